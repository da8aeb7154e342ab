"""The 25 verifiable instructions of IFEval (Zhou et al. 2023, arXiv:2311.07911, table 1), for English and Chinese answers.

    has_keywords("Close the lamp.", keywords=["lamp"])                            →  True
    has_paragraphs("One.\\n***\\nTwo.", num_paragraphs=2)                           →  True
    has_nth_first_word("One.\\nTwo.", num_paragraphs=2, nth_paragraph=2, first_word="two")   →  True

Names and arguments are IFEval's. Where a check says another thing than the authors' code, its docstring says so.
"""

import json
import re
from collections.abc import Sequence

from tasks.checks.counting import (
    capital_words,
    compares,
    lines,
    number_of_words,
    occurrences,
    sentences,
)
from tasks.language import language_of
from tasks.script import unsegmented_characters

OPTIONS = (
    "My answer is yes.", "My answer is no.", "My answer is maybe.",
    "我的回答是：是。", "我的回答是：否。", "我的回答是：不确定。",
)  # fmt: skip
"""Of constrained_response: IFEval's three, and ours in Chinese."""
QUOTES = (('"', '"'), ("“", "”"), ("「", "」"))
_PLACEHOLDER = re.compile(r"""(?<![A-Za-z0-9_])\[[^\[\]\n"',]*\w[^\[\]\n"',]*\]|【[^【】\n]*\w[^【】\n]*】""")
_BULLET = re.compile(r"^[ \t]*[*-][ \t]+\S", re.MULTILINE)
_HIGHLIGHT = re.compile(r"\*\*[^\s*](?:[^\n*]*[^\s*])?\*\*|(?<!\*)\*[^\s*](?:[^\n*]*[^\s*])?\*(?!\*)")
_TITLE = re.compile(r"<<[^<>\n]*\w[^<>\n]*>>")
_POSTSCRIPTS = {"P.S.": r"p\.[ ]?s\.", "P.P.S": r"p\.[ ]?p\.[ ]?s\b"}


def has_keywords(answer: str, keywords: Sequence[str]) -> bool:
    """Each of them; whole words, where IFEval finds `key` in `monkeys` too."""
    return all(occurrences(keyword, answer) for keyword in keywords)


def has_frequency(answer: str, keyword: str, frequency: int, relation: str) -> bool:
    """A keyword that often; whole words."""
    return compares(occurrences(keyword, answer), relation, frequency)


def lacks_words(answer: str, forbidden_words: Sequence[str]) -> bool:
    """None of them, as whole words; in Chinese nowhere."""
    return not any(occurrences(word, answer) for word in forbidden_words)


def has_letters(answer: str, letter: str, let_frequency: int, let_relation: str) -> bool:
    """A letter that often, in whatever case."""
    return compares(answer.lower().count(letter.lower()), let_relation, let_frequency)


def is_in_language(answer: str, language: str) -> bool:
    """Written in a language. English that fastText cannot tell, short mostly, has no Han; IFEval lets all such pass."""
    found = language_of(answer, wanted=(language,))[0]
    if language == "en":
        return found in ("en", "") and not unsegmented_characters(answer) and any(map(str.isalpha, answer))
    return found == language


def has_sentences(answer: str, num_sentences: int, relation: str) -> bool:
    """That many sentences, by marks at their ends; IFEval asks a model of NLTK."""
    return compares(len(sentences(answer)), relation, num_sentences)


def has_paragraphs(answer: str, num_paragraphs: int) -> bool:
    """Exactly that many, with *** between them; single line breaks around it, as an empty line would end our answers."""
    parts = [part.strip() for part in answer.split("***")]
    inner = parts[(not parts[0]) : len(parts) - (not parts[-1])]
    return len(inner) == num_paragraphs and all(inner)


def has_words(answer: str, num_words: int, relation: str) -> bool:
    """That many words; in Chinese characters."""
    return compares(number_of_words(answer), relation, num_words)


def has_nth_first_word(answer: str, num_paragraphs: int, nth_paragraph: int, first_word: str) -> bool:
    """Exactly that many paragraphs, one of which begins with a word. A paragraph is a line; IFEval parts them by two."""
    paragraphs = lines(answer)
    if len(paragraphs) != num_paragraphs or nth_paragraph > num_paragraphs:
        return False
    begins = paragraphs[nth_paragraph - 1].lstrip("\"'“‘「")[: len(first_word) + 1]
    return begins.lower().startswith(first_word.lower()) and bool(occurrences(first_word, begins))


def has_placeholders(answer: str, num_placeholders: int) -> bool:
    """At least that many, [address] or 【地址】; empty ones, lists and a[0] are none, in IFEval they are."""
    return len(_PLACEHOLDER.findall(answer)) >= num_placeholders


def has_postscript(answer: str, postscript_marker: str) -> bool:
    """The marker, and something after it in its line, which IFEval does not ask for."""
    marker = _POSTSCRIPTS.get(postscript_marker, re.escape(postscript_marker))
    return re.search(rf"{marker}[^\n]*\w", answer, re.IGNORECASE) is not None


def has_bullets(answer: str, num_bullets: int) -> bool:
    """Exactly that many lines that begin with `* ` or `- `; IFEval also counts marks without a space, such as ---."""
    return len(_BULLET.findall(answer)) == num_bullets


def is_constrained(answer: str) -> bool:
    """One of the fixed answers is in it, in either language."""
    return any(option in answer for option in OPTIONS)


def has_highlights(answer: str, num_highlights: int) -> bool:
    """At least that many *parts* or **parts**, stars close to the text as Markdown has it; IFEval counts `* a *` too."""
    return len(_HIGHLIGHT.findall(answer)) >= num_highlights


def has_sections(answer: str, section_spliter: str, num_sections: int) -> bool:
    """At least that many lines that begin with the word and a number: `Section 1`; IFEval finds them inside one, too."""
    return len(re.findall(rf"^[ \t]*{re.escape(section_spliter)}[ ]?\d+", answer, re.MULTILINE)) >= num_sections


def is_json(answer: str) -> bool:
    """One JSON object or array, with or without a fence of ```; IFEval takes a lone number or text, too."""
    text = answer.strip()
    if text.startswith("```") and text.endswith("```"):
        text = re.sub(r"\A```(?:json)?|```\Z", "", text, flags=re.IGNORECASE)
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def has_title(answer: str) -> bool:
    """A title in double angular brackets: <<poem of joy>>."""
    return _TITLE.search(answer) is not None


def is_two_responses(answer: str) -> bool:
    """Two that differ, with ****** between them and nowhere else."""
    responses = [response.strip() for response in answer.split("******")]
    return len(responses) == 2 and all(responses) and responses[0] != responses[1]


def repeats_prompt(answer: str, prompt_to_repeat: str) -> bool:
    """The request word for word, and then something more; IFEval is content with the request."""
    said, asked = answer.strip().lower(), prompt_to_repeat.strip().lower()
    return said.startswith(asked) and bool(re.search(r"\w", said[len(asked) :]))


def ends_with(answer: str, end_phrase: str) -> bool:
    """The phrase is the last there is, quotation marks aside."""
    return answer.strip().strip('"”」').lower().endswith(end_phrase.strip().strip('"”」').lower())


def is_quoted(answer: str) -> bool:
    """All of it between double quotation marks: "…", “…” or 「…」."""
    text = answer.strip()
    return len(text) > 2 and any(text[0] == opening and text[-1] == closing for opening, closing in QUOTES)


def has_capital_words(answer: str, capital_frequency: int, capital_relation: str) -> bool:
    """Words of capital letters alone, that many."""
    return compares(capital_words(answer), capital_relation, capital_frequency)


def is_english_capital(answer: str) -> bool:
    """English, and no small letter."""
    return answer.isupper() and is_in_language(answer, "en")


def is_english_lowercase(answer: str) -> bool:
    """English, and no capital letter."""
    return answer.islower() and is_in_language(answer, "en")


def lacks_commas(answer: str) -> bool:
    """Neither , nor ，; the Chinese 、 is none."""
    return not re.search("[,，]", answer)
