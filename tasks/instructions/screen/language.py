"""A model's answer in another language than all that was asked: `Was ist das?` to an English question about English text.

Left alone: an answer too short to tell (fewer than 40 letters or 5 different words, unless its script tells), one in the
language of the input, code, and whatever asks for a language by name.
"""

import re

from tasks.instructions.screen.refusal import Refusal, prompt_of
from tasks.language import FEWEST_LETTERS_OF_LINE, SURE, base_language, language_of
from tasks.records import Pair
from tasks.script import words

FEWEST_WORDS = 5
"""Different ones; of "tide tide tide" the model is sure that it is Swedish."""

NAMES_A_LANGUAGE = re.compile(
    r"(?i)translat|\b(?:english|chinese|mandarin|french|german|spanish|japanese|korean|russian|italian|portuguese|latin|arabic)\b"
    r"|翻译|译[成为]|[中英法德日韩俄]文|[汉英法德日韩俄]语|西班牙语|葡萄牙语|意大利语|阿拉伯语|拉丁语"
)
CODE = re.compile(
    r"```|^\s*(?:def|class|import|from|return|SELECT|function|const|let|var|#include)\b|[{};]\s*$|\w\(.*\)\s*$", re.M
)


def answer_language(pair: Pair) -> Refusal | None:
    """Refuses an answer that is surely in none of the languages of the instruction, the input and earlier turns."""
    if "translat" in pair.task or NAMES_A_LANGUAGE.search(pair.instruction) or CODE.search(pair.output):
        return None
    few = len(set(words(pair.output))) < FEWEST_WORDS
    found, sure = language_of(pair.output, fewest=len(pair.output) + 1 if few else FEWEST_LETTERS_OF_LINE)
    if not found or sure < SURE or found == base_language(pair.language):
        return None
    asked = {language_of(part)[0] for part in prompt_of(pair)}
    if found in asked:
        return None
    return "answer_language", f"the answer is in {found} ({sure:.2f}), the instruction in {pair.language}"
