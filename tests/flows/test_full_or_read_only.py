"""A full disk or a read-only checkout is told in one paragraph, wherever it is met: also where notes and locks are kept."""

import sys

import pytest

from tests.mounts import mounted

pytestmark = [pytest.mark.whole, pytest.mark.timeout(120)]


@pytest.mark.parametrize("module", ["flows.whole", "tasks.doctor", "tasks.pages", "tasks.to_mlflow"])
def test_a_read_only_checkout_is_named_with_the_remedy(toy, module):
    with mounted(toy.root / ".cache", "ro"):
        done = toy.run(sys.executable, "-m", module)
    assert done.returncode == 4, done.stderr
    assert "Read-only file system: .cache/" in done.stderr
    assert "run the same command again" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_full_disk_under_the_lock_is_named_with_the_remedy(toy):
    with mounted(toy.root / ".cache", "size=4k"):
        (toy.root / ".cache/fill").write_bytes(b"x" * 4096)
        done = toy.whole()
    assert done.returncode == 4, done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_of_ours_keeps_its_trace(toy):
    with (toy.root / "tasks/pages/make.py").open("a") as code:
        code.write("    open('no-such-file')\n")
    assert "Traceback" in toy.run(sys.executable, "-m", "tasks.pages").stderr
