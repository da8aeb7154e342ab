"""Read every template, show each of its wordings filled from data/corpus, and say what is wrong with it.

    $ python -m tasks.instructions.preview json
    == json  params/templates/json.yaml  checks: json:name,args
    ### Task
    Write this signature as JSON with the keys "name" (the function's name) and "args" (its parameter names).
    ### Input
    dump(obj, fp)
    ### Answer
    {"name": "dump", "args": ["obj", "fp"]}

Without names of families all are shown. The exit code is 2 where a template does not read or lint.py finds a fault in it,
with `params/templates/<family>.yaml:<line>: <fault>` for each; 3 where one that is named, or with --strict any one, finds no
document that it fits: such families are told of at the end, and are no fault of a corpus that has, say, no tables.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields, replace

from tasks.chat import prompt
from tasks.errors import InputError, ParamsError, exit_code_of
from tasks.instructions.by_template import ByTemplate
from tasks.instructions.library import Library
from tasks.instructions.lint import faults, faults_of_rows, why_no_row
from tasks.instructions.make import screen_of
from tasks.instructions.makers.settings import Makers
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.template_file import LANGUAGES
from tasks.instructions.templates import Template, read_templates
from tasks.ledger import Books
from tasks.params import load
from tasks.records import Document, Pair
from tasks.shards import read_rows
from tasks.workspace import Workspace, here


def preview(workspace: Workspace, families: Sequence[str], *, strict: bool = False) -> Iterator[str]:
    """A paragraph for each wording. Raises ParamsError for faults, InputError for families that fit nothing and must."""
    params = load(InstructionsParams, workspace.params / "instructions.yaml")
    folder = workspace.params / "templates"
    _check_no_maker(families, {file.stem for file in folder.glob("*.yaml")})
    templates = read_templates(folder, families, "preview")
    library = Library(read_rows(workspace.data / "corpus", "documents", Document))
    wrong, idle = [], []
    for template in templates:
        path = folder / f"{template.family}.yaml"
        books = Books("instructions")
        rows = list(_rows(template, library, params, workspace, books))
        yield from map(_shown, rows)
        wrong += [*faults(template, path), *faults_of_rows(path, books.dropped)]
        if not rows:
            why = dict(Counter(row.rule for row in books.dropped)) or why_no_row(template, library, seed=params.seed)
            idle.append(f"{template.family} ({why})")
    if wrong:
        raise ParamsError("\n".join(["these templates have faults.", *wrong]))
    if idle and (strict or families):
        raise InputError(f"No row could be made by {', '.join(idle)}. Change that in params/templates/.")
    if idle:
        yield f"No document of this corpus makes a row of {', '.join(idle)}.\n"


def _check_no_maker(families: Sequence[str], known: Collection[str]) -> None:
    """Raises ParamsError for the name of a maker that asks a model, where no template is called so."""
    for name in families:
        if name not in known and name in {field.name for field in fields(Makers)}:
            raise ParamsError(
                f"{name} is a maker, which asks a model and has no template: `python -m tasks.instructions.forecast` tries "
                f"a few rows of it, where makers.{name}.rows in params/instructions.yaml wants any."
            )


def _rows(
    template: Template, library: Library, params: InstructionsParams, workspace: Workspace, books: Books
) -> Iterator[Pair]:
    """A row of every wording, in each language."""
    for place in range(max(map(len, template.say.values()))):
        say = {language: (ways[place % len(ways)],) for language, ways in template.say.items()}
        screen = screen_of(params, workspace)
        maker = ByTemplate(library, screen, books, params.seed, chinese_share=1 / len(LANGUAGES), aloud=False)
        yield from maker.rows([replace(template, say=say)], library.documents, split="train", wanted=len(LANGUAGES))


def _shown(row: Pair) -> str:
    checks = ", ".join(row.constraints) or "none"
    head = f"== {row.task}  params/templates/{row.task}.yaml  checks: {checks}"
    return f"{head}\n{prompt(row.instruction, row.input)}{row.output}\n\n"


def main(arguments: Sequence[str]) -> int:
    """Print the preview; the exit code is that of the error met, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tasks.instructions.preview", description="Show and check templates.")
    parser.add_argument("families", nargs="*", help="names of files in params/templates without .yaml; none for all")
    parser.add_argument("--strict", action="store_true", help="end with 3 where a family finds no document that it fits")
    asked = parser.parse_args(arguments)
    shown = preview(here(), asked.families, strict=asked.strict)
    return exit_code_of("preview", lambda: sys.stdout.writelines(shown))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
