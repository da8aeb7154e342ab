"""Passage and an answer in it → the question, asked of a teacher and asked back.

    Sought(passage, "The keeper rows 12 miles.", "12 miles")   →   "How far does the keeper row?"
    … and to that question about the passage the teacher must say 12 miles, or it is refused: round_trip

Roundtrip consistency (Alberti et al. 2019, arXiv:1906.05416): a question whose answer is not found again is a wrong one.
The teacher of that paper was trained for both ways; ours reads solved examples.
Prompts are in params/prompts/questions.yaml.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tasks.completions import Completion, Failure, Request
from tasks.instructions.overlap import f1
from tasks.instructions.passages import Passage
from tasks.instructions.prompts import Prompts
from tasks.instructions.spans import spans
from tasks.instructions.teacher import Teacher
from tasks.instructions.wording import no_question, unfit
from tasks.instructions.workshop import Refused, unanswered

PROMPTS = ("question", "answer")
LONGEST_REPLY = 48
"""Tokens of a question or an answer."""
LEAST_F1 = 0.8
"""Of the answer found again with the one known before: words in English, characters in Chinese."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A question that is not there yet: its answer, a span of a sentence of a passage."""

    passage: Passage
    sentence: str
    answer: str


def sought(passage: Passage, sentences: Sequence[str], chance: Random) -> Sought | None:
    """One of the spans of these sentences that the passage has once, or None."""
    found = [
        Sought(passage, sentence, span)
        for sentence in sentences
        for span in spans(sentence, passage.language)
        if passage.text.count(span) == 1
    ]
    return chance.choice(found) if found else None


def questions(
    teacher: Teacher, prompts: Prompts, wanted: Sequence[Sought], *, about: str, round_trip: bool
) -> list[str | Refused]:
    """The question of each, or why there is none; `about` is the maker that asks."""
    replies = teacher.ask([question_request(prompts, one) for one in wanted], about=about)
    found = [_question(prompts, one, reply) for one, reply in zip(wanted, replies, strict=True)]
    if not round_trip:
        return found
    told = [(place, question) for place, question in enumerate(found) if isinstance(question, str)]
    answers = teacher.ask([answer_request(prompts, wanted[place], question) for place, question in told], about=about)
    for (place, question), answer in zip(told, answers, strict=True):
        found[place] = _came_back(wanted[place], question, answer)
    return found


def question_request(prompts: Prompts, one: Sought) -> Request:
    """What the teacher is asked first."""
    language = one.passage.language
    label = prompts.prompt("answer", language).labels[1]
    return prompts.request("question", language, f"{one.passage.text}\n{label}: {one.answer}", max_new_tokens=LONGEST_REPLY)


def answer_request(prompts: Prompts, one: Sought, question: str) -> Request:
    """What it is asked back; the answer is not told."""
    language = one.passage.language
    label = prompts.prompt("question", language).labels[1]
    return prompts.request("answer", language, f"{one.passage.text}\n{label}: {question}", max_new_tokens=LONGEST_REPLY)


def _question(prompts: Prompts, one: Sought, reply: Completion | Failure) -> str | Refused:
    document = one.passage.document
    if isinstance(reply, Failure):
        return unanswered(document, reply)
    text, language = reply.text.strip(), one.passage.language
    if reply.finish == "length":
        return Refused(document.id, "no_question", f"the reply never ended: {text[:200]!r}", document)
    prompt = prompts.prompt("question", language)
    refusal = unfit(text, about=one.passage.text, answer=one.answer, prompt=prompt, language=language)
    refusal = refusal or no_question(text, language)
    return Refused(document.id, *refusal, document) if refusal else text


def _came_back(one: Sought, question: str, reply: Completion | Failure) -> str | Refused:
    document = one.passage.document
    if isinstance(reply, Failure):
        return unanswered(document, reply)
    if (same := f1(reply.text, one.answer)) < LEAST_F1:
        reason = f"asked {question!r}, the teacher says {reply.text.strip()[:200]!r}, not {one.answer!r}: F1 {same:.2f}"
        return Refused(document.id, "round_trip", f"{reason}, less than {LEAST_F1}", document)
    return question
