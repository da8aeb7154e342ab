"""Starts the ranks of a training by torchrun, as children that end when this process does, however it ends.

    run_ranks(job)   # torchrun --nproc-per-node 2 -m tasks.model.train .cache/model/<key>/job.json

They meet through files in the run's scratch folder and speak over the loopback interface: torch's own meeting place,
TCPStore, listens on every interface and asks nobody who he is.

Raises TrainingError that names the rank that failed first and why, in one paragraph.
"""

import codecs
import os
import re
import signal
import subprocess
import sys
from typing import BinaryIO

from tasks.errors import TrainingError
from tasks.model.job import Job
from tasks.parallel import BRIEF_SPIN
from tasks.workspace import PARENT, end_with_parent

LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"

TAIL = 65_536
"""Characters of the ranks' stderr kept for the error message."""


def run_ranks(job: Job) -> None:
    """Train to the end in `job.params.ranks` processes; their progress and warnings go to stderr as they come."""
    for rank in range(job.params.ranks):
        job.failure(rank).unlink(missing_ok=True)
    for meeting in (job.launch, job.meeting):
        meeting.unlink(missing_ok=True)  # of a run that was killed
    command = [sys.executable, "-m", "tasks.model.ranks", "--nproc-per-node", str(job.params.ranks)]
    command += ["--rdzv-backend", "c10d", "--rdzv-conf", "store_type=file", "--rdzv-endpoint", str(job.launch)]
    command += ["-m", "tasks.model.train", str(job.write())]
    # The ranks do not inherit the workspace's lock: they cannot outlive this process, and would hold it a moment too long.
    with subprocess.Popen(command, env=_environment(job), stderr=subprocess.PIPE) as child:
        try:
            assert child.stderr is not None
            tail = _passed_on(child.stderr)  # type: ignore[arg-type]
        except BaseException:
            child.terminate()  # torchrun ends its ranks on SIGTERM
            raise
    if child.returncode != 0:
        raise TrainingError(_sentence(job, child.returncode, tail))


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends, and tell children whom to watch."""
    end_with_parent(int(os.environ[PARENT]), by=signal.SIGKILL)
    os.environ[PARENT] = str(os.getpid())


def cores_a_rank(ranks: int) -> int:
    """Threads for each of `ranks` processes on this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // ranks)


def _environment(job: Job) -> dict[str, str]:
    return {
        **BRIEF_SPIN,
        **os.environ,
        PARENT: str(os.getpid()),
        "OMP_NUM_THREADS": str(cores_a_rank(job.params.ranks)),
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # the only setting under which cuBLAS gives the same bits each time
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",  # else torchrun opens one in spite of the file
        "GLOO_SOCKET_IFNAME": LOOPBACK,
        "NCCL_SOCKET_IFNAME": LOOPBACK,
        "TOKENIZERS_PARALLELISM": "false",
        # glibc hands each step's large tensors back to the system, and every new page costs a fault: 40 % of the head
        "MALLOC_MMAP_MAX_": "0",
        "MALLOC_TRIM_THRESHOLD_": str(2**33),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",  # one bar is enough: ours
        "PYTHONWARNINGS": "ignore::FutureWarning",  # peft calls what transformers renames
    }


def _passed_on(stream: BinaryIO) -> str:
    """Copy the ranks' stderr to ours until it ends; its last characters."""
    decoder, tail = codecs.getincrementaldecoder("utf-8")("replace"), ""
    while chunk := stream.read1(8192):  # type: ignore[attr-defined]
        text = decoder.decode(chunk)  # a chunk may end within a character
        sys.stderr.write(text)
        sys.stderr.flush()
        tail = (tail + text)[-TAIL:]
    return tail


def _sentence(job: Job, code: int, tail: str) -> str:
    """Which rank failed and why: its own words if it left any, else what torchrun and Python wrote last."""
    for rank in range(job.params.ranks):
        if job.failure(rank).exists():
            return job.failure(rank).read_text(encoding="utf-8")
    root = re.search(r"Root Cause.*?rank\s*:\s*(\d+).*?exitcode\s*:\s*(-?\d+)", tail, re.DOTALL)
    who, how = (f"Rank {root[1]} of {job.params.ranks}", int(root[2])) if root else ("The launcher", code)
    ended = f"was killed by {signal.Signals(-how).name}" if how < 0 else f"ended with exit code {how}"
    errors = re.findall(r"^(?:\[rank\d+\]: )?((?:[\w.]+(?:Error|Exception)|MemoryError)\b.*)$", tail, re.MULTILINE)
    why = f": {errors[0]}" if errors else ""
    return (
        f"{who} {ended}{why}. Nothing was published. Run the same command to go on from the last checkpoint; "
        "where memory ran out, lower rows_at_once in params/model.yaml."
    )


if __name__ == "__main__":
    from torch.distributed.run import main as torchrun

    die_with_parent()
    torchrun(sys.argv[1:])
