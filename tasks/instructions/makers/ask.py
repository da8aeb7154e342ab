"""Ask: the teacher turns a description of a function or a command into a question, whose answer is known before it is asked.

    Pop the smallest item off the heap.   →   Which function pops the smallest item off the heap?
                                              heappop / heapify / merge / nsmallest   →   heappop
    合并文件行。                           →   哪个命令合并文件行？
                                              mv / paste / top / xz   →   paste

A small base model writes good questions and bad answers: asked for both at once, Gemma 3 270M got 1 of 4 answers right even
among those copied from the text. So it only rewords (instruction back-translation; Li et al. 2023, arXiv:2308.06259): the
answer is the name, among three others (subjects.py), and a question that says more or less than the description is dropped.
These rows are for training alone; a test is not written by the model it tests. Prompts are in params/prompts/ask.yaml.
"""

import re
from collections.abc import Iterator
from random import Random

from tasks.completions import Completion, Failure, Request
from tasks.instructions.makers.subjects import CHOICES, Subject, gives_away, is_named, subjects
from tasks.instructions.overlap import is_one_word
from tasks.instructions.prompts import Prompts
from tasks.instructions.screen import Refusal
from tasks.instructions.workshop import Made, Refused, Workshop, batches, unanswered
from tasks.records import Pair, content_id, pair_id
from tasks.script import HAN, script_of

PROMPTS = ("function", "command")
RECIPE = "ask@1"
LONGEST_REPLY = 40
"""Tokens; a question of 25 words needs about 35."""

_OPENINGS = {
    "function": {"en": "Which function", "zh": "哪个函数", "zh-Hant": "哪個函數"},
    "command": {"en": "Which command", "zh": "哪个命令", "zh-Hant": "哪個命令"},
}
_REST = {"en": r" [^\n?]+\?", "zh": r"[^\n?？。]+[?？]"}
_VERB = re.compile(r"(?:[a-z]+ly )?(?:[a-z-]+s|can|will)\b")
"""How a question about a command goes on; what a docstring says is a verb already."""
_FRAME = {"which", "that", "this", "the", "and", "does", "tells", "whether"}
"""Words a question may have of itself, besides the kind of thing that it asks for."""
_FRAME_ZH = re.compile("哪[个個]|函[数數]|命令|[此这這]|用[于於来來]|可以|能[够夠]?|[會会]|[將将把]|[是为為的]|[在时時]")
"""What may come or go in Chinese; it parts the runs of characters beside it."""
_THING = re.compile(
    "[^，,；。（(]*(?:工具|工具箱|程[序式]|器|平台|框架|[软軟][件体體]|客[户戶]端|[语語]言|版|[别別]名|替代品|方案|套件|助手|引擎|"
    "[虚虛][拟擬][机機]|守[护護][进進]程) *"
    "(?:[，,；。（(]|$)"
)
"""A description in Chinese that says what a thing is, not what it does: only `是` makes a question of it."""
_CONTENT = re.compile(r"\w{3,}")
_RUN = re.compile(f"[{HAN}]+|[^\\W{HAN}]+")
MOST_LEFT_OUT = 0.25
"""Share of the description's content words that a question may lack; in Chinese of its pairs of characters, and no name."""


def rows(shop: Workshop, prompts: Prompts) -> Iterator[Made]:
    """A question about each function and command, in the order of `subjects`, or why there is none."""
    for some in batches(subjects(shop.library, shop.documents, seed=shop.seed)[: shop.most], shop.at_once):
        replies = shop.teacher.ask([request(prompts, subject) for subject in some], about="ask")
        for subject, reply in zip(some, replies, strict=True):
            if isinstance(reply, Failure):
                yield unanswered(subject.document, reply)
            elif refusal := unfit(subject, reply):
                yield Refused(subject.document.id, *refusal, subject.document)
            else:
                yield _pair(shop, subject, reply)


def request(prompts: Prompts, subject: Subject) -> Request:
    """What the teacher is asked, in the language of the description."""
    return prompts.request(subject.kind, subject.language, subject.description, max_new_tokens=LONGEST_REPLY)


def unfit(subject: Subject, completion: Completion) -> Refusal | None:
    """Why a reply makes no row, or None."""
    question, opening = completion.text.strip(), _opening(subject)
    if completion.finish == "length" or not re.fullmatch(opening + _REST[subject.language], question):
        return "no_question", f"the reply is not one question that begins with {opening}: {question[:200]!r}"
    if is_named(subject.name, question) or (subject.kind == "command" and gives_away(subject.name, question)):
        return "tells_answer", f"the question names {subject.name}: {question!r}"
    return _without_verb(subject, question, opening) or _unfaithful(subject, question)


def _opening(subject: Subject) -> str:
    traditional = subject.language == "zh" and script_of(subject.description) == "zh-Hant"
    return _OPENINGS[subject.kind]["zh-Hant" if traditional else subject.language]


def _without_verb(subject: Subject, question: str, opening: str) -> Refusal | None:
    """Refuses 哪个命令用于压缩工具？ and Which command archiving tool?"""
    rest = question.removeprefix(opening).strip()
    if subject.language == "zh":
        is_thing = _THING.match(subject.description) or subject.description.startswith("是")
        wrong = rest.startswith("是") != bool(is_thing)
    else:
        wrong = subject.kind == "command" and not _VERB.match(rest)
    return ("no_sentence", f"{opening} does not go on with a fitting verb: {question!r}") if wrong else None


def _unfaithful(subject: Subject, question: str) -> Refusal | None:
    description = subject.description
    if subject.language == "en":
        asked, described, frame = _words(question), _words(description), _FRAME | {subject.kind}
        added = sorted(word for word in asked - frame if not _has(described, word))
        lacking = sorted(word for word in described - frame if not _has(asked, word))
    else:
        asked, described = _runs(question), _runs(description)
        added, lacking = sorted(asked - described), sorted(described - asked)
    # Among Chinese characters the words in Latin letters are names, without which the question is another.
    names = [word for word in lacking if word.isascii()] if subject.language == "zh" else []
    if added or names or len(lacking) > MOST_LEFT_OUT * len(described):
        return "unfaithful", f"{question!r} adds {added} to {description!r} and lacks {lacking}"
    return None


def _pair(shop: Workshop, subject: Subject, completion: Completion) -> Pair:
    document = subject.document
    draw = Random(content_id("ask", str(shop.seed), document.id))
    choices = [subject.name, *draw.sample(subject.others, CHOICES)]
    draw.shuffle(choices)
    question, offered = completion.text.strip(), " / ".join(choices)
    return Pair(
        id=pair_id(question, offered, subject.name),
        instruction=question,
        input=offered,
        output=subject.name,
        history=(),
        language=subject.language,
        task="ask",
        maker=f"{RECIPE} {shop.teacher.identity}",
        parents=(document.id,),
        source=document.source,
        constraints=(f"one_of:{'|'.join(choices)}",),
        label="",
        license=document.license,
        split="train",
    )


def _words(text: str) -> set[str]:
    return {word.lower() for word in _CONTENT.findall(text)}


def _runs(text: str) -> set[str]:
    """Latin words, pairs of neighbouring Chinese characters, and characters alone between marks or frame."""
    runs = [run for part in _FRAME_ZH.split(text.casefold()) for run in _RUN.findall(part)]
    whole = {run for run in runs if len(run) == 1 or not re.match(f"[{HAN}]", run)}
    return whole | {run[at : at + 2] for run in runs if run not in whole for at in range(len(run) - 1)}


def _has(there: set[str], wanted: str) -> bool:
    return any(is_one_word(word, wanted) for word in there)
