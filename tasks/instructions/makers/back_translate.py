"""Back-translation: a passage or a short function is the answer; the teacher writes the instruction, and then judges both.

    A lantern burns oil that a wick draws up.   →   Explain how a lantern burns oil.   score 5: kept, label {"score": 5}

Instruction back-translation (Li et al. 2023, arXiv:2308.06259): the answer is somebody's own text, the teacher's are the
instruction and a score from 1 to 5; kept is what scores `least_score` or more (5 in the paper). Two things differ. Where the
paper trains the teacher anew on what was kept, we show it: candidates are dealt out over `rounds`, and from the second on
kept pairs of the rounds before stand among the solved examples. And where the paper marks seeds and made rows by a sentence
in the system prompt, Pair.maker tells them apart; tasks/chat.py has no system turn.

Of code, the answer is a function as it stands, and must parse. Prompts are in params/prompts/back_translate.yaml.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.completions import Completion, Failure, Request
from tasks.instructions.choose import in_chinese, ranked
from tasks.instructions.passages import LANGUAGES, in_turn, language_of
from tasks.instructions.prompts import Example, Prompts
from tasks.instructions.python_source import parsed
from tasks.instructions.rating import ANSWER_LABEL, scored
from tasks.instructions.teacher import Teacher
from tasks.instructions.wording import unfit
from tasks.instructions.workshop import Made, Refused, Workshop, batches, unanswered
from tasks.records import Document, Pair, content_id, pair_id

PROMPTS = ("prose", "code", "score")
RECIPE = "back_translate@1"
LONGEST_REPLY = 64
LONGEST_SCORE = 8
"""Tokens."""
SHOWN = 3
"""Pairs of earlier rounds among the examples."""
SHORTEST = {"en": 40, "zh": 15}
"""Characters of a passage: a shorter one answers little."""
_LEANS_BACK = re.compile(
    r"(?:This|It|Its|These|Those|They|He|She|But|However|Also|Otherwise|Instead|Then)\b|[它他她]|[这這该該此]|但是?|因此|所以|此外|另外|否[则則]"
)
"""How a passage begins that says nothing without the one before."""
_POINTS = re.compile(
    r"\b(?:this|these)\b|\bthe (?:above|following|given) \w+|\bthe (?:passage|paragraph|excerpt)\b"
    r"|[这這](?:[个個段篇种種条條项項些本]|[里裡])|(?<![应應])[该該](?:[段篇个個种種条條项項文]|函[数數]|命令)|[上下]述"
    r"|(?:上面|下面|(?<![度岁歲分米元人级級天年月\d%％])以下)的?|(?<![日文])本(?:文(?![化件字学學献獻档檔本])|段)",
    re.IGNORECASE,
)
"""An instruction that points at a text which whoever answers it is not shown."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer whose instruction is wanted."""

    document: Document
    answer: str
    language: str
    """Of the instruction."""

    @property
    def told(self) -> str:
        """What the teacher reads: a function alone, a passage after its title."""
        titled = self.document.kind == "prose" and self.document.title
        return f"{self.document.title}: {self.answer}" if titled else self.answer


def rows(shop: Workshop, prompts: Prompts, *, longest_answer: int, least_score: int, rounds: int) -> Iterator[Made]:
    """A row of each candidate; `longest_answer` is in characters."""
    tried = candidates(shop, longest_answer)[: shop.most]
    kept: list[tuple[Candidate, str]] = []
    for number in range(rounds):
        before = tuple(kept)
        for some in batches((one for one in tried if _round(one, rounds) == number), shop.at_once):
            for one, made in zip(some, _made(shop, prompts, some, before, least_score), strict=True):
                if isinstance(made, Pair):
                    kept.append((one, made.instruction))
                yield made


def candidates(shop: Workshop, longest_answer: int) -> list[Candidate]:
    """Passages and functions by turns; code is asked about in Chinese in chinese_share of rows."""
    prose = [
        Candidate(passage.document, passage.text, passage.language)
        for passage in in_turn(shop.documents, seed=shop.seed, family="back_translate", longest=longest_answer)
        if len(passage.text) >= SHORTEST[passage.language] and not _LEANS_BACK.match(passage.text)
    ]
    code = _functions(shop, longest_answer)
    turns = [(place, kind, one) for kind, some in enumerate((prose, code)) for place, one in enumerate(some)]
    return [one for _, _, one in sorted(turns, key=lambda turn: turn[:2])]


def _functions(shop: Workshop, longest_answer: int) -> list[Candidate]:
    """Functions that stand alone: a method's code without its class would not run. No longer than an answer may be."""
    code = [one for one in shop.documents if one.kind == "code" and language_of(one) in LANGUAGES]
    found = []
    for document in ranked(code, seed=shop.seed, family="back_translate"):
        facts = shop.library.facts(document)
        text = facts.get("code", "")
        if facts.get("class") == "none" and 0 < len(text) <= longest_answer and "\n\n" not in text and parsed(text):
            chinese = in_chinese(document, seed=shop.seed, family="back_translate", share=shop.chinese_share)
            found.append(Candidate(document, text, "zh" if chinese else "en"))
    return found


def _round(one: Candidate, rounds: int) -> int:
    """Which round tries a candidate: by its content, so that one more moves no other."""
    return int(content_id("round", one.document.id, one.answer), 16) % rounds


def _made(
    shop: Workshop, prompts: Prompts, some: Sequence[Candidate], kept: Sequence[tuple[Candidate, str]], least_score: int
) -> list[Made]:
    """What becomes of candidates that are asked about together."""
    shown = [_shown(one, kept) for one in some]
    replies = shop.teacher.ask(
        [
            prompts.request(one.document.kind, one.language, one.told, max_new_tokens=LONGEST_REPLY, more=more)
            for one, more in zip(some, shown, strict=True)
        ],
        about="back_translate",
    )
    made = [instruction(shop, prompts, one, reply, more=more) for one, reply, more in zip(some, replies, shown, strict=True)]
    by = f"{RECIPE} {shop.teacher.identity}"
    return Judge(shop.teacher, prompts, least_score, about="back_translate", by=by).rows(some, made)


def instruction(
    shop: Workshop, prompts: Prompts, one: Candidate, reply: Completion | Failure, *, more: Sequence[Example] = ()
) -> str | Refused:
    """What somebody wrote for a candidate, who was shown `more`; or why that is no instruction to it."""
    return unanswered(one.document, reply) if isinstance(reply, Failure) else _read(shop, prompts, one, reply, more)


@dataclass(frozen=True, slots=True)
class Judge:
    """The teacher, scoring instructions together with their answers."""

    teacher: Teacher
    prompts: Prompts
    least_score: int
    """From 1 to 5; rows below are refused."""
    about: str
    """The maker that asks."""
    by: str
    """Pair.maker of the rows."""

    def rows(self, some: Sequence[Candidate], made: Sequence[str | Refused]) -> list[Made]:
        """Candidates with their instructions → a row or a refusal of each; what was refused before stays so, unasked."""
        waiting = [(place, text) for place, text in enumerate(made) if isinstance(text, str)]
        requests = [self._request(some[place], text) for place, text in waiting]
        rows: list[str | Made] = list(made)
        for (place, text), score in zip(waiting, self.teacher.ask(requests, about=self.about), strict=True):
            rows[place] = self._row(some[place], text, score)
        return [row for row in rows if not isinstance(row, str)]

    def _request(self, one: Candidate, text: str) -> Request:
        both = f"{text}\n{ANSWER_LABEL[one.language]}: {one.answer}"
        return self.prompts.request("score", one.language, both, max_new_tokens=LONGEST_SCORE)

    def _row(self, one: Candidate, text: str, reply: Completion | Failure) -> Made:
        document = one.document
        score = scored(reply, text)
        if isinstance(score, Failure):
            return unanswered(document, score)
        if score < self.least_score:
            reason = f"{text!r} scores {score}, less than {self.least_score}"
            return Refused(document.id, "low_score", reason, document)
        return _pair(one, text, score, self.by)


def _shown(one: Candidate, kept: Sequence[tuple[Candidate, str]]) -> tuple[Example, ...]:
    """Examples of earlier rounds, of the same kind and language; which, their content decides."""
    alike = [
        (other.told, text)
        for other, text in kept
        if (other.document.kind, other.language) == (one.document.kind, one.language)
    ]
    return tuple(sorted(alike, key=lambda shot: content_id("shown", *shot))[:SHOWN])


def _read(shop: Workshop, prompts: Prompts, one: Candidate, reply: Completion, more: Sequence[Example]) -> str | Refused:
    """The instruction in a reply, or why there is none."""
    document, text = one.document, reply.text.strip()
    if reply.finish == "length":
        return Refused(document.id, "no_instruction", f"the reply never ended: {text[:200]!r}", document)
    if pointed := _POINTS.search(text):
        reason = f"{text!r} speaks of {pointed[0]!r}, which is not shown"
        return Refused(document.id, "points_at_text", reason, document)
    about = f"{one.told} {shop.library.facts(document).get('first', '')}" if document.kind == "code" else one.told
    prompt = prompts.prompt(document.kind, one.language)
    refusal = unfit(text, about=about, answer=one.answer, prompt=prompt, language=one.language, more=more)
    return Refused(document.id, *refusal, document) if refusal else text


def _pair(one: Candidate, text: str, score: int, by: str) -> Pair:
    return Pair(
        id=pair_id(text, "", one.answer),
        instruction=text,
        input="",
        output=one.answer,
        history=(),
        language=one.language,
        task="code" if one.document.kind == "code" else "explain",
        maker=by,
        parents=(one.document.id,),
        source=one.document.source,
        constraints=(),
        label=json.dumps({"score": score}),
        license=one.document.license,
        split="train",
    )
