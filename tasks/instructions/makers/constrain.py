"""Constrain: instructions that ask for something a program can check, and answers that pass the check.

    Why do leaves fall?  +  Answer with fewer than 15 words.   →   Trees drop leaves to save water.

Two ways, by lot. Found: of the constraints that an answer already meets one to three are put into its instruction; the
answer stays, so it is right by construction. Asked: the teacher answers an instruction with constraints `samples` times;
the first answer that passes every check makes the Pair, and each that fails makes a Preference beside it (AutoIF, Dong et
al. 2024, arXiv:2406.13542, section 3). The constraints are IFEval's (Zhou et al. 2023, arXiv:2311.07911) and our Chinese
ones. A check judges the form alone: whether an answer that passes is true, nobody has looked. The prompt is in
params/prompts/constrain.yaml.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from tasks import chat
from tasks.checks import failed, named
from tasks.completions import Completion, Failure, Request
from tasks.instructions.constraints.about import About
from tasks.instructions.constraints.choice import Chosen, chosen
from tasks.instructions.constraints.wording import ConstraintKind, Language, read_kinds
from tasks.instructions.prompts import Prompts
from tasks.instructions.workshop import Made, Refused, Workshop, batches, unanswered
from tasks.records import Pair, Preference, content_id, pair_id, preference_id

PROMPTS = ("answer",)
RECIPE = "constrain@2"
LONGEST_REPLY = 96
"""Tokens; the longest answer that the screen lets through has about 45, of which constraints may ask for more."""
TEMPERATURE, TOP_P = 0.7, 0.95
"""Samples of one request must differ."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Pair, and the constraints drawn for it."""

    pair: Pair
    constraints: tuple[Chosen, ...]
    asked: bool
    """Whether the teacher answers it; else its answer stays."""

    @property
    def instruction(self) -> str:
        """With what is said for the constraints after it."""
        chinese, own = self.pair.language == "zh", self.pair.instruction.strip()
        goes_on = "\n" not in own and own.endswith(("。", "？", "！", ".", "?", "!"))
        gap = "\n" if not goes_on else "" if chinese else " "
        return own + gap + ("" if chinese else " ").join(one.said for one in self.constraints)

    @property
    def checks(self) -> tuple[str, ...]:
        """The constraints as tasks/checks/ reads them."""
        return tuple(one.constraint for one in self.constraints)


def rows(shop: Workshop, prompts: Prompts, *, samples: int) -> Iterator[Made]:
    """A Pair with constraints, or why there is none, for each English or Chinese Pair; Preferences come before it."""
    kinds = read_kinds(shop.params / "constraints")
    for pairs in batches(ordered(shop.pairs, seed=shop.seed)[: shop.most], shop.at_once):
        some = [candidate(kinds, pair, seed=shop.seed, samples=samples) for pair in pairs]
        asked = [request(prompts, one, sample) for one in some if one.asked for sample in range(samples)]
        replies = iter(shop.teacher.ask(asked, about="constrain") if asked else ())
        for one in some:
            if one.asked:
                yield from answered(one, [next(replies) for _ in range(samples)], shop.teacher.identity)
            elif one.constraints:
                yield _found(one)
            else:
                yield Refused(
                    one.pair.id, "no_constraint", "the answer meets no constraint that could be asked for", one.pair
                )


def ordered(pairs: Sequence[Pair], *, seed: int) -> list[Pair]:
    """Those in English or Chinese, in the order in which they are tried."""
    fitting = [pair for pair in pairs if pair.language in ("en", "zh")]
    return sorted(fitting, key=lambda pair: content_id("constrain", str(seed), pair.id))


def candidate(kinds: Mapping[str, ConstraintKind], pair: Pair, *, seed: int, samples: int) -> Candidate:
    """What is drawn for a Pair. One whose answer has a form already, or that goes on a talk, keeps its answer."""
    draw = Random(content_id("constraints", str(seed), pair.id))
    asked = draw.random() < 0.5 and samples > 0 and not pair.constraints and not pair.history
    language: Language = "zh" if pair.language == "zh" else "en"
    about = About(pair.instruction, pair.input, pair.output, language, stays=not asked)
    drawn = chosen(kinds, about, draw, told=[named(constraint) for constraint in pair.constraints])
    return Candidate(pair, tuple(drawn), asked and bool(drawn))


def request(prompts: Prompts, one: Candidate, sample: int) -> Request:
    """What the teacher is asked; `sample` tells apart the answers to one request."""
    return prompts.request(
        "answer",
        one.pair.language,
        f"{one.instruction}\n{one.pair.input}".rstrip("\n"),
        max_new_tokens=LONGEST_REPLY,
        temperature=TEMPERATURE,
        top_p=TOP_P,
        sample=sample,
    )


def answered(one: Candidate, replies: Sequence[Completion | Failure], teacher: str) -> Iterator[Made]:
    """What the samples of one request come to: a Pair after its Preferences, or one Refused."""
    ended = [reply for reply in replies if isinstance(reply, Completion)]
    texts = list(dict.fromkeys(reply.text.strip() for reply in ended if reply.finish != "length" and reply.text.strip()))
    good = [text for text in texts if not failed(one.checks, text)]
    if not ended:
        yield from (unanswered(one.pair, reply) for reply in replies[:1] if isinstance(reply, Failure))
    elif not texts:
        yield Refused(one.pair.id, "no_answer", f"empty or cut off: {ended[0].text[:200]!r}", one.pair)
    elif not good:
        wrong = ", ".join(failed(one.checks, texts[0]))
        yield Refused(one.pair.id, "constraint", f"{texts[0][:200]!r} fails {wrong}", one.pair)
    else:
        pair = _pair(one, good[0], one.checks, f"{RECIPE} {teacher}")
        yield from (_preference(pair, text) for text in texts if text not in good)
        yield pair


def _found(one: Candidate) -> Pair:
    made = _pair(one, one.pair.output, (*one.pair.constraints, *one.checks), f"{RECIPE} found")
    return replace(made, label=one.pair.label)


def _pair(one: Candidate, output: str, constraints: tuple[str, ...], maker: str) -> Pair:
    pair = one.pair
    return replace(
        pair,
        id=pair_id(one.instruction, pair.input, output, pair.history),
        instruction=one.instruction,
        output=output,
        task="constrain",
        maker=maker,
        parents=(pair.id,),
        constraints=constraints,
        label="",
        split="train",
    )


def _preference(pair: Pair, rejected: str) -> Preference:
    prompt = chat.prompt(pair.instruction, pair.input)
    return Preference(preference_id(prompt, pair.output, rejected), prompt, pair.output, rejected, origin=pair.id)
