"""Look at the world: write what each source holds now into params/sources.lock. `python -m tasks.archive.refresh`."""

import sys

from tasks.archive.lock import refresh
from tasks.archive.settings import ArchiveParams
from tasks.errors import exit_code_of
from tasks.params import load
from tasks.workspace import command, here, locked


def look() -> None:
    """Refresh in the current checkout and say what changed."""
    workspace = here()
    with locked(workspace, command()):
        changed = refresh(load(ArchiveParams, workspace.params / "archive.yaml"), workspace)
    sys.stdout.write(f"params/sources.lock: {', '.join(changed) or 'nothing'} changed\n")


if __name__ == "__main__":
    sys.exit(exit_code_of("archive", look))
