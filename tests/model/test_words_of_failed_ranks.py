"""When a rank fails, the error says which one and why, in one paragraph."""

from pathlib import Path

import pytest

from tasks.model.job import Job
from tasks.model.ranks import _sentence, cores_a_rank
from tasks.model.settings import ModelParams

SUMMARY = """
Root Cause (first observed failure):
[0]:
  time      : 2026-11-23_12:00:00
  rank      : 1 (local_rank: 1)
  exitcode  : {code} (pid: 4711)
"""


@pytest.fixture
def job(tmp_path: Path, small: ModelParams) -> Job:
    return Job(params=small, scratch=tmp_path, foundation=Path("data/foundation"), numbers=Path("n.jsonl"), padding=0)


def test_the_last_words_of_a_rank_are_told_as_they_are(job: Job) -> None:
    job.failure(0).write_text("At step 3 of 6 the loss is nan.")
    assert _sentence(job, 1, SUMMARY.format(code=7)) == "At step 3 of 6 the loss is nan."


def test_a_killed_rank_is_named_with_its_signal(job: Job) -> None:
    assert _sentence(job, 1, SUMMARY.format(code=-9)).startswith("Rank 1 of 1 was killed by SIGKILL. Nothing was published.")


def test_an_exception_of_a_library_is_quoted(job: Job) -> None:
    tail = "Traceback (most recent call last):\n[rank1]: RuntimeError: out of memory: 3 GB\n" + SUMMARY.format(code=1)
    assert _sentence(job, 1, tail).startswith("Rank 1 of 1 ended with exit code 1: RuntimeError: out of memory: 3 GB.")


def test_a_launcher_that_dies_alone_is_named(job: Job) -> None:
    assert _sentence(job, -15, "").startswith("The launcher was killed by SIGTERM.")


def test_a_job_survives_its_file(job: Job) -> None:
    assert Job.read(job.write()) == job


def test_every_rank_has_a_core() -> None:
    assert cores_a_rank(1) >= cores_a_rank(2) >= 1
    assert cores_a_rank(10_000) == 1
