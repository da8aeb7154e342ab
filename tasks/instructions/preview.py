"""Read every template and show it filled from data/corpus, once in each language: `python -m tasks.instructions.preview`.

    == json  params/templates/json.yaml  checks: json:name,args
    ### Task
    Write this signature as JSON with the keys "name" (the function's name) and "args" (its parameter names).
    ### Input
    dump(obj, fp)
    ### Answer
    {"name": "dump", "args": ["obj", "fp"]}

Families may be named: `… preview json rename`. The exit code is 2 for a template that does not read, 3 where one finds no
document that it fits.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tasks.chat import prompt
from tasks.errors import InputError, ParamsError, exit_code_of
from tasks.instructions.by_template import ByTemplate
from tasks.instructions.library import Library
from tasks.instructions.screen import Screen
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.templates import LANGUAGES, Template, read_templates
from tasks.ledger import Books
from tasks.params import load
from tasks.records import Document
from tasks.shards import read_rows
from tasks.workspace import Workspace, here


def preview(workspace: Workspace, families: Sequence[str]) -> Iterator[str]:
    """A paragraph for each template. Raises ParamsError for one that is wrong, InputError for those that fit nothing."""
    params = load(InstructionsParams, workspace.params / "instructions.yaml")
    templates = _chosen(workspace.params / "templates", families)
    library = Library(read_rows(workspace.data / "corpus", "documents", Document))
    idle = []
    for template in templates:
        screen = Screen(params.max_prompt_characters, params.max_answer_characters, params.max_ready_characters)
        books = Books("instructions")
        maker = ByTemplate(library, screen, books, params.seed, chinese_share=1 / len(LANGUAGES))
        rows = maker.rows([template], library.documents, split="train", wanted=len(LANGUAGES))
        idle += (
            [] if rows else [f"{template.family} ({dict(Counter(row.rule for row in books.dropped)) or 'no document fits'})"]
        )
        for row in rows:
            checks = ", ".join(row.constraints) or "none"
            head = f"== {row.task}  params/templates/{row.task}.yaml  checks: {checks}"
            yield f"{head}\n{prompt(row.instruction, row.input)}{row.output}\n\n"
    if idle:
        raise InputError(f"No row could be made by {', '.join(idle)}. Change `when` or `kinds` in params/templates/.")


def _chosen(folder: Path, families: Sequence[str]) -> list[Template]:
    templates = read_templates(folder)
    known = [template.family for template in templates]
    for family in families:
        if family not in known:
            raise ParamsError(f"{folder} has no {family}.yaml; families there: {', '.join(known)}.")
    return [template for template in templates if not families or template.family in families]


def main(families: Sequence[str]) -> int:
    """Print the preview; the exit code is that of the error met, else 0."""
    return exit_code_of("preview", lambda: sys.stdout.writelines(preview(here(), families)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
