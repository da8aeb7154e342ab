"""The standard library of the running Python → Documents, through `ast`: nothing of it is imported or run.

    json/__init__.py → prose  json.loads       "Deserialize ``s`` (a ``str``, …"    source python_docs:json
                       code   json.loads       "def loads(s, *, cls=None, …"        source python_docs:json
    pydoc_data       → prose  assert           "The \"assert\" statement …"         source python_docs:topics/assert

A name with a leading underscore anywhere in it is private and stays out, and so does what lies inside a function.
"""

import ast
import hashlib
import sys
import sysconfig
import tokenize
import warnings
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from tasks.archive.found import Found, Label, Refused
from tasks.archive.settings import PythonDocs
from tasks.errors import InputError

# Tests, tables, and two modules that act when looked at: no documentation of a public interface.
NO_TEXT = frozenset({"antigravity", "encodings", "idlelib", "lib2to3", "pydoc_data", "test", "this", "turtledemo"})
TOPICS = "pydoc_data/topics.py"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def documents(source: PythonDocs) -> Iterator[Found]:
    """Every public docstring, function and method, and pydoc's topics. Raises InputError where there is no such package."""
    labels = {kind: Label(source.name, source.license, kind) for kind in ("prose", "code")}
    library = _library()
    for file in _files(library, source):
        package = file.relative_to(library).parts[0].removesuffix(".py")
        with tokenize.open(file) as stream:
            module = stream.read()
        for kind, title, text in texts(module, _name(file, library)):
            if kind == "code" or len(text) >= source.shortest_docstring:
                yield _found(labels[kind], package, title, text)
    for topic, text in _topics(library):
        yield _found(labels["prose"], f"topics/{topic}", topic, text)


def texts(module: str, name: str) -> Iterator[tuple[str, str, str]]:
    """Kind, title and text of each public docstring (prose) and function (code) in the source of a module."""
    lines = module.split("\n")
    for title, node in _public(_parsed(module), name):
        if docstring := ast.get_docstring(node):
            yield "prose", title, docstring
        if isinstance(node, Function):
            yield "code", title, _segment(node, lines)


def pin(source: PythonDocs) -> dict[str, str | int]:
    """Version of Python and digest of every file that `documents` would read."""
    library = _library()
    files = [*_files(library, source), library / TOPICS]
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(library).as_posix()}\n{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    version = ".".join(str(part) for part in sys.version_info[:3])
    return {"python": version, "files": len(files), "sha256": digest.hexdigest()}


def _found(label: Label, package: str, title: str, text: str) -> Found:
    try:
        return label.document(package, title, text)
    except Refused as refused:
        return label.unreadable(title, refused)


def _library() -> Path:
    return Path(sysconfig.get_paths()["stdlib"])


def _files(library: Path, source: PythonDocs) -> list[Path]:
    """Source files of the packages asked for, in the order of their names."""
    known = sorted(name for name in sys.stdlib_module_names if not name.startswith("_") and name not in NO_TEXT)
    files: list[Path] = []
    for package in sorted(source.packages) or known:
        single, folder = library / f"{package}.py", library / package
        found = [single] if single.is_file() else sorted(folder.rglob("*.py"))
        if source.packages and (package not in known or not found):
            near = get_close_matches(package, known, n=1)
            raise InputError(
                f"Source {source.name}: {package!r} is no public package of this Python's standard library with source"
                f"{f', did you mean {near[0]!r}?' if near else ''}. Change `packages` in params/archive.yaml."
            )
        files += [file for file in found if _is_public(file.relative_to(library).with_suffix("").parts)]
    return files


def _is_public(parts: tuple[str, ...]) -> bool:
    return all(part == "__init__" or (not part.startswith("_") and part not in ("test", "tests")) for part in parts)


def _name(file: Path, library: Path) -> str:
    """json/__init__.py → json, json/decoder.py → json.decoder."""
    return ".".join(file.relative_to(library).with_suffix("").parts).removesuffix(".__init__")


def _parsed(module: str) -> ast.Module:
    with warnings.catch_warnings():
        # Old escapes such as "\." in a docstring warn; they are the library's business.
        warnings.simplefilter("ignore")
        return ast.parse(module)


def _public(node: ast.AST, title: str) -> Iterator[tuple[str, ast.Module | ast.ClassDef | Function]]:
    """A node and the public classes and functions in it, also those behind `if` and `try`, with their qualified names."""
    if isinstance(node, ast.Module | ast.ClassDef | Function):
        yield title, node
    if isinstance(node, Function):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | Function):
            if not child.name.startswith("_"):
                yield from _public(child, f"{title}.{child.name}")
        elif isinstance(child, ast.If | ast.Try | ast.ExceptHandler):
            yield from _public(child, title)


def _segment(node: Function, lines: list[str]) -> str:
    """The source of a function with its decorators, moved to the left margin."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    margin = " " * node.col_offset
    return "\n".join(line.removeprefix(margin) for line in lines[first - 1 : node.end_lineno])


def _topics(library: Path) -> Iterator[tuple[str, str]]:
    """The dict literal in pydoc_data/topics.py, sorted."""
    for statement in _parsed((library / TOPICS).read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign):
            yield from sorted(ast.literal_eval(statement.value).items())
