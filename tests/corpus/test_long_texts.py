"""A text made to be slow costs no more than its length: nobody else's text waits for it."""

from pathlib import Path

import pytest

from tasks.corpus.clean import cleaned
from tasks.corpus.settings import CorpusParams
from tasks.params import load
from tasks.records import Document

PARAMS = load(CorpusParams, Path("params/corpus.yaml"))
CHARACTERS = 200_000
HALF = CHARACTERS // 2
# Each took from half a minute to hours where a pattern began anew at every character, or a pass took off one layer.
SLOW = {
    "spaces within a line": "word" + " " * CHARACTERS + "word",
    "no-break spaces": "字" + "\u00a0" * CHARACTERS + "字",
    "spaces before no line break": "</ <br>" + " " * CHARACTERS + "word",
    "fences that stay open": "```python\n" * (CHARACTERS // 10),
    "tags in tags": "<b>" * (HALF // 3) + "x" + "</b>" * (HALF // 4),
    "comments in comments": "<!--" * (HALF // 4) + "-->" * (HALF // 3),
    "BBCode in BBCode": "[b]" * (HALF // 3) + "x" + "[/b]" * (HALF // 4),
    "BBCode that stays open": "[/ " + "[url=" * (CHARACTERS // 5),
    "an ampersand escaped again and again": "&" + "amp;" * (CHARACTERS // 4) + "lt;",
    "fields to fill in": "{{" * HALF,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_a_long_text_costs_no_more_than_its_length(text: str) -> None:
    cleaned(Document("0" * 16, text, "", "", "prose", "toy:a", "CC0-1.0"), PARAMS)
