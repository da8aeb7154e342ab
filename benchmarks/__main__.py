"""All tables in one page: `python -m benchmarks --peers .cache/peers > benchmarks/RESULTS.md` (make bench)."""

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import cleaning_chain, near_duplicates, rouge_pool, scale, steps, template_pairs
from benchmarks.settings import settings

CLAIMS = {
    "Near-duplicates": near_duplicates,
    "The cleaning chain": cleaning_chain,
    "Scale": scale,
    "Where the time goes": steps,
    "The nearest instruction by ROUGE-L": rouge_pool,
    "Rows by template": template_pairs,
}


def head() -> str:
    """Where and with what it was measured."""
    names = [
        line for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines() if line.startswith("model name")
    ]
    peers = (Path(__file__).parent / "peers.txt").read_text(encoding="utf-8").splitlines()
    compared = ", ".join(line.replace("==", " ") for line in peers[1:5])
    return (
        f"# Measured with `make bench`, {datetime.now(UTC):%Y-%m-%d}\n\n"
        f"{len(names)} cores of {names[0].partition(': ')[2]}, Python {platform.python_version()}, "
        f"numpy {version('numpy')}, rensa {version('rensa')}; compared with {compared}.\n"
    )


def main() -> None:
    """Write the page to stdout, each table when it is done."""
    wanted = settings()
    sys.stdout.write(head())
    for title, claim in CLAIMS.items():
        sys.stdout.write(f"\n## {title}\n\n{claim.compare(wanted)}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
