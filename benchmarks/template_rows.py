"""All rows by template of a folder of Documents, as the instructions stage makes them: `python template_rows.py IN OUT`."""

import sys
from pathlib import Path

from tasks.instructions.by_template import ByTemplate
from tasks.instructions.library import Library
from tasks.instructions.screen import Screen
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.templates import read_templates
from tasks.ledger import Books
from tasks.params import load
from tasks.records import Document, Pair
from tasks.shards import new_folder, read_rows

PARAMS = Path(__file__).parents[1] / "params"


def write_rows(source: Path, out: Path) -> None:
    """Every row that every family makes and the screen lets through."""
    params = load(InstructionsParams, PARAMS / "instructions.yaml")
    library = Library(read_rows(source, "documents", Document))
    screen = Screen(params.max_prompt_characters, params.max_answer_characters, params.max_ready_characters)
    maker = ByTemplate(library, screen, Books("instructions"), params.seed, params.chinese_share)
    wanted = 2 * len(library.documents)  # both shares are then more than there are documents
    templates = read_templates(PARAMS / "templates")
    rows = maker.rows(templates, library.documents, split="train", wanted=max(wanted, round(wanted / params.chinese_share)))
    with new_folder(out) as folder:
        folder.rows("train", rows, Pair)


if __name__ == "__main__":
    write_rows(Path(sys.argv[1]), Path(sys.argv[2]))
