"""What a teacher wrote, looked at without a model: one instruction or question, in the right language, of this text alone.

unfit("Who is the keeper?", about="The keeper is Ann.", answer="Ann", prompt=prompt, language="en")       → None
unfit("Is Ann the keeper?", about="The keeper is Ann.", answer="Ann", prompt=prompt, language="en")
→ ("tells_answer", …)
"""

import re
from collections.abc import Sequence

from tasks.instructions.overlap import f1, holds, longest_run, share_found, tokens
from tasks.instructions.prompts import Example, Prompt
from tasks.instructions.screen import Refusal
from tasks.script import SENTENCE_END, has_han, is_unsegmented

LONGEST = {"en": 200, "zh": 80}
"""Characters of an instruction or a question."""
LONGEST_RUN = {"en": 8, "zh": 12}
"""Tokens in a row that may be those of the answer, or of a solved example."""
LEAST_FOUND = {"en": 0.4, "zh": 0.25}
"""Share of the content that must be the text's; Chinese is counted in pairs of characters, which split at each new word."""
TWIN = 0.8
"""From this F1 on, an instruction is that of a solved example."""
_ASKS = {
    "en": re.compile(r"\b(?:what|which|who|whose|whom|when|where|why|how)\b", re.IGNORECASE),
    "zh": re.compile("[什甚][么麼]|[谁誰哪几幾怎]|多[少大长長久高远遠重深宽寬厚快]|如何|[为為]何|何[时時地处處人]"),
}


def unfit(
    text: str, *, about: str, answer: str, prompt: Prompt, language: str, more: Sequence[Example] = ()
) -> Refusal | None:
    """Why a wording will not do, or None. `about` is all that it may speak of; `more` are examples shown after ours."""
    if not text or "\n" in text or len(SENTENCE_END.findall(text)) > 2 or len(text) > LONGEST[language]:
        return "no_instruction", f"not one or two sentences of at most {LONGEST[language]} characters: {text[:200]!r}"
    if has_han(text) if language == "en" else not is_unsegmented(text):
        return "other_language", f"not in the text's language, {language}: {text!r}"
    if told := leaked(text, prompt, more, LONGEST_RUN[language]):
        return "leaked_prompt", f"{text!r} repeats the prompt: {told!r}"
    if _tells(text, answer, LONGEST_RUN[language]):
        return "tells_answer", f"{text!r} tells the answer {answer[:200]!r}"
    if (share := share_found(text, about)) < LEAST_FOUND[language]:
        return "ungrounded", f"{share:.2f} of what {text!r} speaks of is in the text, less than {LEAST_FOUND[language]}"
    return None


def no_question(text: str, language: str) -> Refusal | None:
    """Why a text is no single question that asks for something, or None."""
    if len(SENTENCE_END.findall(text)) == 1 and text.endswith(("?", "？")) and _ASKS[language].search(text):
        return None
    return "no_question", f"not one question with a question word: {text[:200]!r}"


def leaked(text: str, prompt: Prompt, more: Sequence[Example], longest: int) -> str:
    """What of the prompt a text repeats: a label, an example's wording, a run of what examples are about; "" for nothing."""
    labels = [f"{label}{colon}" for label in prompt.labels for colon in (":", "：") if f"{label}{colon}" in text]
    twins = [wording for _, wording in (*prompt.examples, *more) if f1(text, wording) >= TWIN]
    runs = [given for given, _ in (*prompt.examples, *more) if longest_run(text, given) >= longest]
    return next(iter([*labels, *twins, *runs]), "")


def _tells(text: str, answer: str, longest: int) -> bool:
    """All of the answer, more than half of it in a row, or a run that is long for any answer."""
    run = longest_run(text, answer)
    return holds(text, answer) or 2 * run > max(len(tokens(answer)), 2) or run >= longest
