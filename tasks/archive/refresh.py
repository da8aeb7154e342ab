"""Look at the world: write what each source holds now into params/sources.lock. `python -m tasks.archive.refresh`."""

import sys

from tasks.archive.lock import refresh
from tasks.archive.settings import ArchiveParams
from tasks.errors import ZhilingError
from tasks.params import load
from tasks.workspace import command, here, locked


def main() -> int:
    """Refresh in the current checkout and say what changed; exit code 0, or the error's."""
    try:
        workspace = here()
        with locked(workspace, command()):
            changed = refresh(load(ArchiveParams, workspace.params / "archive.yaml"), workspace)
    except ZhilingError as error:
        sys.stderr.write(f"archive: {error}\n")
        return error.exit_code
    sys.stdout.write(
        f"params/sources.lock: {', '.join(changed)} changed\n" if changed else "params/sources.lock: no change\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
