"""Which parts of a Pair are to be said in another language, so that its answer is right in the new one as well.

    "Name the parameters." + code → "path, mode"        the instruction alone: names stay names
    "Name the ferry." + prose → a span of the prose      the instruction alone: a span of a translation would be a guess
    "Describe a lighthouse." → prose                     all there is
    "Explain the function." + code → prose               instruction and answer
    "Answer in French." → prose                          nothing

Where in doubt, nothing or the instruction alone: a question in Chinese about an English text is what many people ask, and
its answer, taken from the text, is as right as before. So are the constraints of a row whose answer stays.
"""

import json
import re

from tasks import checks
from tasks.checks.forms import FORMS
from tasks.instructions.makers.protection import bare, protect, quoted
from tasks.instructions.screen.language import CODE, NAMES_A_LANGUAGE
from tasks.records import Pair
from tasks.script import HAN, words

STAYS = {"json", "case", "def_line", "count", "separated", "one_of", "fields", "upper"}
"""Forms of an answer that is names, a choice, or copied."""
IN_ANY_LANGUAGE = {"sentence", "one_line"}
"""Forms that a translation has where the original had them; words and titles are counted and written another way."""
_ABOUT_WORDS = re.compile(
    r"(?i)\b(?:rhym\w*|spell\w*|syllables?|vowels?|consonants?|letters|anagrams?|acronyms?|palindromes?|puns?|limericks?|haikus?"
    r"|plurals?|synonyms?|antonyms?|pronounc\w*|grammar|grammatical\w*|past tense|(?:\d+|how many) (?:words|characters))\b"
    r"|拼音|笔[画顺]|筆[畫順]|偏旁|部首|押韵|押韻|声调|聲調|成语|成語|对联|對聯|谜语|謎語|绕口令|繞口令|同义词|反义词|近义词|同義詞|反義詞"
    r"|造句|语法|語法|[0-9一二三四五六七八九十百]+个?[字词]|[0-9一二三四五六七八九十百]+個?[字詞]|几个字|幾個字|多少字"
)
"""Questions about words, whose answers are others for other words."""
_HAN_RUN = re.compile(f"[{HAN}]+")
_LETTERS = {"en": re.compile("[A-Za-z]"), "zh": re.compile(f"[{HAN}]")}


def parts(pair: Pair) -> tuple[str, ...]:
    """Names of the fields to translate, () where the row cannot be: it has earlier turns, is about words or a language, or
    has a form or a choice that would no longer be right."""
    names = {checks.named(constraint) for constraint in pair.constraints}
    if (
        not is_prose(pair.instruction, pair.language)
        or pair.history
        or names - set(FORMS)
        or "translat" in pair.task
        or NAMES_A_LANGUAGE.search(pair.instruction)
        or _ABOUT_WORDS.search(pair.instruction)
    ):
        return ()
    if names & STAYS or _taken(pair.output, pair.input) or not is_prose(pair.output, pair.language):
        return ("instruction",)
    chosen = pair.output.strip(" .。").casefold() in pair.instruction.casefold()
    if pair.label or chosen or names - IN_ANY_LANGUAGE:
        return ()
    return ("instruction", "input", "output") if is_prose(pair.input, pair.language) else ("instruction", "output")


def kept_terms(pair: Pair) -> set[str]:
    """Words that stay as they stand: choices, keys, quotations that the answer or a constraint repeats.

    Where the answer is not translated every quotation stays, since it may be what the answer is about.
    """
    named = [checks.read(constraint) for constraint in pair.constraints]
    choices = {choice for name, wanted in named if name == "one_of" for choice in wanted.split("|")}
    keys = {key for name, wanted in named if name == "json" for key in wanted.split(",")}
    within = "\n".join([pair.output, *(wanted for _, wanted in named)]) if "output" in parts(pair) else pair.instruction
    return (quoted(pair.instruction, within) | choices | keys) - {""}


def is_prose(text: str, language: str) -> bool:
    """Whether a text is to be translated from en or zh: not code, not JSON, most words of it in that script."""
    if CODE.search(text) or _is_json(text):
        return False
    own, other = (letters_of(code, bare(protect(text).text)) for code in (language, "zh" if language == "en" else "en"))
    return own > 0 and (own >= other if language == "en" else 3 * own >= other)  # a Chinese word has two letters, names more


def letters_of(language: str, text: str) -> int:
    """How many letters of English, or of Chinese, are in a text."""
    return len(_LETTERS[language].findall(text))


def _taken(output: str, input: str) -> bool:
    """Whether every word of an answer stands in what it is about; in Chinese every run of characters."""
    there, about = set(words(input)), input.casefold()
    others = words(_HAN_RUN.sub(" ", output))
    return (
        bool(input)
        and all(run in about for run in _HAN_RUN.findall(output))
        and all(word in there or word.isdigit() for word in others)
    )


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False
