"""The house stands as its plan says: names, layers, and the code that each stage in dvc.yaml depends on."""

import ast
import re
import shutil
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
NOUNS = ["archive", "corpus", "foundation", "instructions", "model", "scores", "server"]
NO_PART_IN_THE_BYTES = {"tasks/stage.py", "tasks/tracking.py", "tasks/workspace.py"}
"""They start a stage, lock and take notes: a change there must not train for days again."""


PAGES = [ROOT / "Makefile", *sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def stages(root: Path = ROOT) -> dict[str, dict]:
    return YAML(typ="safe").load((root / "dvc.yaml").read_text())["stages"]


def code_of(noun: str, root: Path = ROOT) -> set[str]:
    """The code of a stage as dvc.yaml names it: its folder, and each module or package of tasks/ that it leads to."""
    found, waiting = set(), [f"tasks/{noun}"]
    while waiting:
        place = waiting.pop()
        if place in found:
            continue
        found.add(place)
        files = [root / place] if place.endswith(".py") else sorted((root / place).rglob("*.py"))
        waiting += {unit for file in files for module in imports(file) if (unit := unit_of(module, root))}
    return found - NO_PART_IN_THE_BYTES


def imports(file: Path) -> set[str]:
    """Dotted names a file imports, also inside functions: `from tasks import chat` gives tasks and tasks.chat."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def unit_of(module: str, root: Path) -> str | None:
    """tasks.corpus.clean → tasks/corpus, tasks.chat → tasks/chat.py; None outside tasks."""
    top, _, rest = module.partition(".")
    unit = f"tasks/{rest.split('.')[0]}"
    if top != "tasks" or not rest:
        return None
    return unit if (root / unit).is_dir() else f"{unit}.py" if (root / f"{unit}.py").is_file() else None


def misfits(root: Path) -> dict[str, set[str]]:
    """By stage, the code that its imports want and dvc.yaml lacks, or the other way round."""
    named = {noun: {dep for dep in stage["deps"] if dep.startswith("tasks/")} for noun, stage in stages(root).items()}
    return {noun: differing for noun, deps in named.items() if (differing := deps ^ code_of(noun, root))}


def test_each_stage_depends_on_exactly_the_code_it_imports():
    assert misfits(ROOT) == {}


@pytest.mark.parametrize("line", ["      - tasks/records.py\n", "      - tasks/corpus\n"])
def test_a_missing_code_dependency_is_noticed(tmp_path, line):
    copy = copy_of_code(tmp_path)
    text = (copy / "dvc.yaml").read_text()
    assert line in text
    (copy / "dvc.yaml").write_text(text.replace(line, "", 1))
    assert [deps for deps in misfits(copy).values()] == [{line.split()[1]}]


def test_a_new_import_is_noticed_and_an_old_dependency_too(tmp_path):
    copy = copy_of_code(tmp_path)
    with (copy / "tasks/corpus/make.py").open("a") as code:
        code.write("\ndef late():\n    from tasks.brand_new import thing\n")
    (copy / "tasks/brand_new.py").write_text("")
    assert misfits(copy) == {"corpus": {"tasks/brand_new.py"}}


def copy_of_code(folder: Path) -> Path:
    shutil.copytree(ROOT / "tasks", folder / "tasks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "dvc.yaml", folder)
    return folder


def test_one_noun_names_a_stage_everywhere():
    assert list(stages()) == NOUNS
    for noun, stage in stages().items():
        assert stage["cmd"] == f"python -m tasks.{noun}"
        assert stage["outs"] == [f"data/{noun}"]
        assert stage["params"] == [{f"params/{noun}.yaml": None}]
        assert (ROOT / f"tasks/{noun}/settings.py").is_file() and (ROOT / f"params/{noun}.yaml").is_file()


def test_every_dependency_below_data_is_an_output_or_a_folder_in_one():
    outs = {out for stage in stages().values() for out in stage["outs"]}
    deps = {dep for stage in stages().values() for dep in stage["deps"] if dep.startswith("data/")}
    assert {"/".join(dep.split("/")[:2]) for dep in deps} <= outs


def test_prose_that_scores_reads_is_a_dependency():
    prose = YAML(typ="safe").load((ROOT / "params/scores.yaml").read_text())["prose_files"]
    assert set(prose) <= set(stages()["scores"]["deps"])


def test_the_form_in_prefect_has_every_stage():
    source = ast.parse((ROOT / "flows/deployed.py").read_text())
    (nouns,) = [node.value for node in source.body if isinstance(node, ast.Assign) and node.targets[0].id == "NOUNS"]
    assert ast.literal_eval(nouns) == tuple(NOUNS)


@pytest.mark.parametrize("folder", ["flows", "tasks"])
def test_prefect_dvc_and_mlflow_are_imported_where_they_belong(folder):
    allowed = {"prefect": {"flows/deployed.py", "flows/ui.py"}, "dvc": {"flows/graph.py"}, "mlflow": {"tasks/to_mlflow"}}
    for file in sorted((ROOT / folder).rglob("*.py")):
        place = file.relative_to(ROOT).as_posix()
        for library in {name.split(".")[0] for name in imports(file)} & set(allowed):
            assert any(place.startswith(home) for home in allowed[library]), f"{place} imports {library}"


@pytest.mark.parametrize("file", sorted((ROOT / "flows").glob("[a-z]*.py")), ids=lambda file: file.stem)
def test_no_flow_file_bears_an_importable_modules_name(file):
    """Prefect loads a flow by path and leaves flows/ first on sys.path: flows/evaluate.py once hijacked `evaluate`."""
    assert PathFinder.find_spec(file.stem) is None or find_spec(file.stem).origin == str(file)


@pytest.mark.parametrize("file", sorted((ROOT / "flows").glob("*.py")), ids=lambda file: file.stem)
def test_flows_define_no_classes(file):
    """Loaded twice, by path and by name, a class would be two."""
    assert not [node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    for module in re.findall(r"python3? -m ([\w.]*\w)(?![.\w<])", text):
        assert find_spec(f"{module}.__main__" if is_package(module) else module), f"python -m {module}"
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"(?m)(?:`|^ *)make ([a-z]+)(?=`|\n| +#)", text)) <= targets


def is_package(module: str) -> bool:
    spec = find_spec(module)
    return bool(spec and spec.submodule_search_locations)


def test_no_file_is_a_cellar():
    cellars = {"utils.py", "helpers.py", "common.py", "misc.py", "util.py"}
    assert not [file for folder in ("flows", "tasks") for file in (ROOT / folder).rglob("*.py") if file.name in cellars]
