"""params/sources.lock: what each source held when the world was last looked at, in git.

    {"python_docs": {"files": 425, "kind": "python_docs", "python": "3.11.7", "sha256": "9f…"}}

Making the archive checks the pins and never moves them, so that an old night can be made again; `refresh` moves them.
"""

import json
from collections.abc import Callable
from typing import Any

from tasks.archive import databases, hub_datasets, local_files, python_docs, web_pages
from tasks.archive.licenses import check_licenses
from tasks.archive.settings import ArchiveParams, Databases, HubDatasets, PythonDocs, Source, WebPages
from tasks.errors import InputError, IntegrityError
from tasks.shards import as_json, publish_text
from tasks.workspace import Workspace

Pin = dict[str, str | int]
Pins = dict[str, Pin]
OfWeb = Callable[[WebPages, Workspace, Pin | None], Pin]

HOW = "Take the sources as they are now by `python -m tasks.archive.refresh`"


def refresh(params: ArchiveParams, workspace: Workspace) -> list[str]:
    """Write what the sources hold now into params/sources.lock; names of those that are new, changed or gone, sorted.

    Unchanged sources leave the file's bytes, and its time, as they are.
    """
    check_licenses(params)
    path = workspace.params / "sources.lock"
    before: Pins = read(workspace) if path.exists() else {}
    now = pins(params, workspace, before, web_pages.look)
    if not path.exists() or as_json(now) != path.read_text(encoding="utf-8"):
        publish_text(path, as_json(now))
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def check(params: ArchiveParams, workspace: Workspace) -> None:
    """Raises InputError where there is no lock, IntegrityError where a source is not what the lock says."""
    if not (workspace.params / "sources.lock").exists():
        raise InputError(f"params/sources.lock is missing. {HOW}.")
    locked = read(workspace)
    now = pins(params, workspace, locked, web_pages.held)
    for name in sorted({*locked, *now}):
        if locked.get(name) != now.get(name):
            raise IntegrityError(
                f"Source {name} is not what params/sources.lock pins: {_shown(now.get(name))} now, "
                f"{_shown(locked.get(name))} in the lock. {HOW}, or bring back what the lock names."
            )


def pins(params: ArchiveParams, workspace: Workspace, locked: Pins, web: OfWeb) -> Pins:
    """What each source holds now, by its name; of the web, by asking it or by what is kept of it."""
    return {
        source.name: {"kind": source.kind, **_pin(source, workspace, locked.get(source.name), web)}
        for source in params.sources
    }


def _pin(source: Source, workspace: Workspace, locked: Pin | None, web: OfWeb) -> Pin:
    if isinstance(source, WebPages):
        return web(source, workspace, locked)
    if isinstance(source, PythonDocs):
        return python_docs.pin(source)
    if isinstance(source, HubDatasets):
        return hub_datasets.pin(source)
    if isinstance(source, Databases):
        return databases.pin(source, workspace.root)
    return local_files.pin(source, workspace.root)


def read(workspace: Workspace) -> Pins:
    """What params/sources.lock pins, by the name of the source."""
    try:
        pins: Pins = json.loads((workspace.params / "sources.lock").read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"params/sources.lock is not JSON ({error}). {HOW} after deleting it.") from error
    return pins


def _shown(pin: dict[str, Any] | None) -> str:
    return ", ".join(f"{key} {str(value)[:12]}" for key, value in sorted(pin.items())) if pin else "nothing"
