"""A box for tests of code that is run. Where there is none they are skipped; in CI, where that proves nothing, they fail."""

import os

import pytest

from tasks.errors import EnvironmentFault
from tasks.instructions.runner import Box


def box_here() -> Box:
    """A box. Skips the test where this machine cannot make one; fails it where the environment variable CI says that this
    is CI, as .ci/run does."""
    try:
        return Box.open()
    except EnvironmentFault as fault:
        why = str(fault)
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(f"no box on this machine: {why}")
    pytest.fail(
        f"CI must try the box for untrusted code, and this machine makes none: {why} In a container, allow user namespaces "
        "there and on its host. To go on without these tests, unset the environment variable CI.",
        pytrace=False,
    )
