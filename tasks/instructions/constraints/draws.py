"""Arguments for a constraint, drawn by a Random for one instruction and the answer that it has.

    DRAWS["length_constraints:number_words"](Random(0), About("Name a tool.", "", "A saw cuts wood.", "en", stays=True))
    →  {"num_words": 4, "relation": "at least"}

Numbers lie near those of the answer, so that they can be met; where it has no list or section yet, a small one is drawn.
None: nothing fits. Of an answer that stays, whether it meets what was drawn is for the checks to say.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any

from tasks.checks.arguments import AT_LEAST, LESS
from tasks.checks.counting import capital_words, lines, number_of_words, occurrences, sentences
from tasks.checks.kinds import KINDS
from tasks.instructions.constraints.about import About, says, terms, terms_of_answer
from tasks.instructions.constraints.wording import Language
from tasks.script import HAN, is_unsegmented, script_of

Arguments = dict[str, Any]
ENDINGS: Mapping[Language, tuple[str, ...]] = {
    "en": ("Any other questions?", "Is there anything else I can help with?"),  # IFEval's
    "zh": ("还有其他问题吗？", "希望这些内容对你有帮助。"),
}
STARTS = ("总的来说", "简单地说", "首先")
POSTSCRIPTS: Mapping[Language, tuple[str, ...]] = {"en": ("P.S.", "P.P.S"), "zh": ("附言：", "又及：")}
SPLITERS: Mapping[Language, tuple[str, ...]] = {"en": ("Section", "SECTION"), "zh": ("小节", "部分")}
LONGEST_REPEATED = 120
"""Characters of a request that is to be repeated."""
FEWEST_WORDS = 15
"""Fewer words are never asked for by `less than`: an ending and a keyword must find room."""
_LANGUAGE = re.compile(r"(?i)simplified|traditional|chinese|english|[简簡繁][体體]|[中英][文语語]|[汉漢][语語]")
"""An instruction that names a language or a script has said what it wants."""
_ENDED = re.compile(r"""[.!?。！？]["'”’」』)）]*\Z""")
Draw = Callable[[Random, About], Arguments | None]


def _wanted(about: About) -> list[str]:
    """Terms that an answer may be told to have: of one that stays none that the instruction names, which has it anyway."""
    return [term for term in terms_of_answer(about) if not (about.stays and says(about.instruction, term))]


def _keywords(draw: Random, about: About) -> Arguments | None:
    known = _wanted(about)
    return {"keywords": sorted(draw.sample(known, min(len(known), draw.randint(1, 2))))} if known else None


def _frequency(draw: Random, about: About) -> Arguments | None:
    if not (known := _wanted(about)):
        return None
    keyword = draw.choice(known)
    times = occurrences(keyword, about.answer)
    relation = draw.choice((AT_LEAST, LESS)) if times > 1 else LESS
    return {
        "keyword": keyword,
        "frequency": times if relation == AT_LEAST else times + draw.randint(1, 2),
        "relation": relation,
    }


def _forbidden(draw: Random, about: About) -> Arguments | None:
    if _is_of_other_words(about):  # which it could hardly hold
        return None
    # An answer that stays is not told to leave out a word that its instruction has, in whatever form, for the task.
    barred = f"{about.instruction}\n{about.answer}" if about.stays else about.answer
    known = [term for term in terms(about.asked, about.language) if not says(barred, term)]
    return {"forbidden_words": sorted(draw.sample(known, min(len(known), draw.randint(1, 2))))} if known else None


def _letters(draw: Random, about: About) -> Arguments | None:
    known = [letter for letter in "etaoinshrdlu" if letter in about.answer.lower()]
    if not known or _is_of_other_words(about):
        return None
    letter = draw.choice(known)
    number, relation = _near(draw, about.answer.lower().count(letter), fewest=3)
    return {"letter": letter, "let_frequency": number, "let_relation": relation}


def _language(draw: Random, about: About) -> Arguments | None:
    return None if _LANGUAGE.search(about.instruction) else {"language": about.language}


def _sentences(draw: Random, about: About) -> Arguments | None:
    found = sentences(about.answer)
    if about.stays and not any(_ENDED.search(sentence) for sentence in found):  # fields, names: no sentences to count
        return None
    number, relation = _near(draw, len(found), fewest=2)
    return {"num_sentences": number, "relation": relation}


def _words(draw: Random, about: About) -> Arguments | None:
    if _is_of_other_words(about):
        return None
    number, relation = _near(draw, number_of_words(about.answer), fewest=FEWEST_WORDS)
    return {"num_words": number, "relation": relation}


def _is_of_other_words(about: About) -> bool:
    """Asked in Chinese, whose words are characters, of an answer that stays in words with spaces; or the other way round."""
    return about.stays and is_unsegmented(about.answer) != (about.language == "zh")


def _near(draw: Random, number: int, *, fewest: int) -> tuple[int, str]:
    """A threshold that the number meets by at most a quarter; `fewest` is the least that is asked for by `less than`."""
    if number > 1 and draw.random() < 0.5:
        return number - draw.randint(0, number // 4), AT_LEAST
    return max(fewest, number + 1 + draw.randint(0, number // 4)), LESS


def _capitals(draw: Random, about: About) -> Arguments | None:
    found = capital_words(about.answer)
    if about.stays and not found:
        return None
    number, relation = _near(draw, found, fewest=2)
    return {"capital_frequency": number, "capital_relation": relation}


def _nth_word(draw: Random, about: About) -> Arguments | None:
    paragraphs = lines(about.answer)
    if len(paragraphs) > 1:
        nth = draw.randint(1, len(paragraphs))
        first = _FIRST[about.language].match(paragraphs[nth - 1])
        return {"num_paragraphs": len(paragraphs), "nth_paragraph": nth, "first_word": first[0]} if first else None
    if not (known := terms_of_answer(about)):
        return None
    number = draw.randint(2, 3)
    return {"num_paragraphs": number, "nth_paragraph": draw.randint(1, number), "first_word": draw.choice(known)}


_FIRST = {"en": re.compile(r"[A-Za-z]{2,20}(?![\w'’-])"), "zh": re.compile(f"[{HAN}]{{2,8}}(?=[，、。；：！？].)")}
"""In Chinese what stands before the first mark, if more follows: two characters would mostly end within a word."""


def _postscript(draw: Random, about: About) -> Arguments:
    return {"postscript_marker": draw.choice(POSTSCRIPTS[about.language])}


def _sections(draw: Random, about: About) -> Arguments:
    spliter = draw.choice(SPLITERS[about.language])
    found = len(re.findall(rf"^[ \t]*{spliter}[ ]?\d+", about.answer, re.MULTILINE))
    return {"section_spliter": spliter, "num_sections": found if found > 1 else draw.randint(2, 3)}


def _repeat(draw: Random, about: About) -> Arguments | None:
    asked = about.instruction.strip()
    fits = 0 < len(asked) <= LONGEST_REPEATED and len(lines(asked)) == 1
    return {"prompt_to_repeat": asked} if fits else None


def _ending(draw: Random, about: About) -> Arguments | None:
    if not about.stays:
        return {"end_phrase": draw.choice(ENDINGS[about.language])}
    tail = _LAST[about.language].search(about.answer)
    return {"end_phrase": tail[0]} if tail else None


_LAST = {
    "en": re.compile(r"(?<!\S)(?:[\w'-]+ ){2}[\w'-]+[.!?]?\Z"),
    "zh": re.compile(f"(?<=[，、。；：！？])[{HAN}]{{2,8}}[。！？]?\\Z"),
}


def _number(draw: Random, about: About, *, name: str, few: tuple[int, int]) -> Arguments:
    """As many as the answer has of them, or a few."""
    check = KINDS[_OF_NUMBER[name]].check
    found = next((number for number in range(10, few[0] - 1, -1) if check(about.answer, **{name: number})), None)
    return {name: found if found is not None else draw.randint(*few)}


_OF_NUMBER = {
    "num_paragraphs": "length_constraints:number_paragraphs",
    "num_placeholders": "detectable_content:number_placeholders",
    "num_bullets": "detectable_format:number_bullet_lists",
    "num_highlights": "detectable_format:number_highlighted_sections",
    "num_sentences": "chinese:sentences",
    "num_lines": "chinese:four_character_lines",
    "num_quotes": "chinese:corner_quotes",
}


def _nothing(draw: Random, about: About) -> Arguments:
    return {}


def _unrepeated(draw: Random, about: About) -> Arguments | None:
    return None if about.stays and len(sentences(about.answer)) < 2 else {}


def _characters(draw: Random, about: About) -> Arguments | None:
    if _is_of_other_words(about):
        return None
    number = max(number_of_words(about.answer), 8)
    return {"low": number - draw.randint(1, number // 4), "high": max(number + draw.randint(1, number // 4 + 1), 20)}


def _script(draw: Random, about: About) -> Arguments | None:
    if _LANGUAGE.search(about.instruction):
        return None
    told = script_of(about.answer if about.stays else about.asked)
    return {"script": "traditional" if told == "zh-Hant" else "simplified"}


def _start(draw: Random, about: About) -> Arguments | None:
    if not about.stays:
        return {"start": draw.choice(STARTS)}
    head = _FIRST["zh"].match(about.answer)
    return {"start": head[0]} if head else None


def _items(draw: Random, about: About) -> Arguments:
    check = KINDS["chinese:list_items"].check
    marks = ("1、", "一、", "①", "1.")
    found = [(n, mark) for mark in marks for n in range(2, 11) if check(about.answer, num_items=n, mark=mark)]
    number, mark = found[0] if found else (draw.randint(2, 4), draw.choice(marks))
    return {"num_items": number, "mark": mark}


def _short(draw: Random, about: About) -> Arguments | None:
    if _is_of_other_words(about):
        return None
    longest = max(map(number_of_words, sentences(about.answer)), default=0)
    return {"most_characters": max(longest + draw.randint(0, 3), 10)}


DRAWS: dict[str, Draw] = {
    "keywords:existence": _keywords,
    "keywords:frequency": _frequency,
    "keywords:forbidden_words": _forbidden,
    "keywords:letter_frequency": _letters,
    "language:response_language": _language,
    "length_constraints:number_sentences": _sentences,
    "length_constraints:number_paragraphs": partial(_number, name="num_paragraphs", few=(2, 3)),
    "length_constraints:number_words": _words,
    "length_constraints:nth_paragraph_first_word": _nth_word,
    "detectable_content:number_placeholders": partial(_number, name="num_placeholders", few=(1, 2)),
    "detectable_content:postscript": _postscript,
    "detectable_format:number_bullet_lists": partial(_number, name="num_bullets", few=(2, 4)),
    "detectable_format:constrained_response": _nothing,
    "detectable_format:number_highlighted_sections": partial(_number, name="num_highlights", few=(1, 2)),
    "detectable_format:multiple_sections": _sections,
    "detectable_format:json_format": _nothing,
    "detectable_format:title": _nothing,
    "combination:two_responses": _nothing,
    "combination:repeat_prompt": _repeat,
    "startend:end_checker": _ending,
    "startend:quotation": _nothing,
    "change_case:capital_word_frequency": _capitals,
    "change_case:english_capital": _nothing,
    "change_case:english_lowercase": _nothing,
    "punctuation:no_comma": _nothing,
    "chinese:characters": _characters,
    "chinese:script": _script,
    "chinese:full_width_punctuation": _nothing,
    "chinese:ends_with_full_stop": _nothing,
    "chinese:no_latin_letters": _nothing,
    "chinese:no_digits": _nothing,
    "chinese:sentences": partial(_number, name="num_sentences", few=(2, 3)),
    "chinese:starts_with": _start,
    "chinese:list_items": _items,
    "chinese:four_character_lines": partial(_number, name="num_lines", few=(2, 4)),
    "chinese:no_repeated_sentence": _unrepeated,
    "chinese:corner_quotes": partial(_number, name="num_quotes", few=(1, 2)),
    "chinese:short_sentences": _short,
}
