"""Translate: rows of one language in another, with code and names untouched, each checked by its way back.

    Describe a ferry. → A ferry carries cars.   –zh-Hans→   描述一艘渡轮。 → 渡轮运载汽车。
    列出参数名。 + code → path, mode              –en→        List the parameter names. + code → path, mode

Which parts are translated is decided in translatable.py, what no translator touches in protection.py, and what a
translation must be like in fidelity.py; then it is translated back, and both are compared (chrf.py). A mistake that is made
there and undone on the way back passes. A line is translated apart from the next, so that lists stay lists.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from tasks.completions import Completion, Failure
from tasks.instructions.choose import ranked_pairs
from tasks.instructions.chrf import chrf
from tasks.instructions.makers.fidelity import unfaithful
from tasks.instructions.makers.protection import Protected, bare, protect, restored
from tasks.instructions.makers.translatable import kept_terms, letters_of, parts
from tasks.instructions.makers.translators import Line, Translator
from tasks.instructions.screen import Refusal
from tasks.instructions.workshop import Made, Refused, Workshop, batches, unanswered
from tasks.language import base_language
from tasks.records import Pair, pair_id
from tasks.script import script_of

PROMPTS = ("simplified", "traditional")
VERSION = 1


@dataclass(slots=True)
class _Text:
    """A line of a row on its way."""

    held: Protected
    waiting: bool
    """Whether there is anything to translate; a line of code, of numbers or of nothing stays as it is."""
    whole: str
    """In the end the translation, with all that was kept in its place."""
    said: str = ""
    """What the translator said, tokens and all."""
    back: str = ""
    """What that is in the language it came from."""


@dataclass(slots=True)
class _Row:
    """A row on its way into another language."""

    pair: Pair
    source: str
    target: str
    texts: dict[str, list[_Text]]
    """The lines of each part that is translated."""
    refused: Refusal | None = None
    lost: Failure | None = None
    """Why a line has no answer."""

    @property
    def how(self) -> str:
        """What of it is translated, and to what: whole/zh-Hans."""
        return f"{'whole' if 'output' in self.texts else 'instruction'}/{self.target}"

    def is_open(self) -> bool:
        """Whether nothing speaks against it so far."""
        return not self.refused and not self.lost

    def waiting(self) -> dict[str, list[_Text]]:
        """The lines that a translator sees, of each part that has any; other parts stay as they are."""
        seen = {name: [text for text in texts if text.waiting] for name, texts in self.texts.items()}
        return {name: texts for name, texts in seen.items() if texts}


def rows(shop: Workshop, translator: Translator, *, to: Collection[str], least_back_score: float) -> Iterator[Made]:
    """What becomes of each row that can be said in one of the languages wanted: a Pair or a refusal."""
    for some in batches(islice(_candidates(shop, to), shop.most), shop.at_once):
        _step(translator, some, back=False)
        for row in filter(_Row.is_open, some):
            row.refused = _wrong(row)
        _step(translator, some, back=True)
        for row in some:
            if row.is_open():
                row.refused = _drifted(shop, row, least_back_score)
            yield _made(row, translator.identity)


def _candidates(shop: Workshop, to: Collection[str]) -> Iterator[_Row]:
    """Every row that can be translated, once for each language wanted that is not its own."""
    for pair in ranked_pairs(shop.pairs, seed=shop.seed, maker="translate"):
        targets = [target for target in sorted(set(to)) if base_language(target) != pair.language]
        if pair.language not in ("en", "zh") or not targets or not (names := parts(pair)):
            continue
        written = script_of("\n".join(getattr(pair, name) for name in names))
        source = "en" if pair.language == "en" else "zh-Hant" if written == "zh-Hant" else "zh-Hans"
        for target in targets:
            row = _Row(pair, source, target, {name: _texts(pair, name) for name in names})
            if "instruction" not in row.waiting():
                row.refused = "nothing_to_translate", f"all of the instruction stays as it is: {pair.instruction[:200]!r}"
            yield row


def _texts(pair: Pair, name: str) -> list[_Text]:
    terms, lines = kept_terms(pair), getattr(pair, name).split("\n")
    held = [protect(line, terms) for line in lines]
    return [
        _Text(one, waiting=letters_of(pair.language, bare(one.text)) > 0, whole=line)
        for one, line in zip(held, lines, strict=True)
    ]


def _step(translator: Translator, rows: Sequence[_Row], *, back: bool) -> None:
    """Have lines translated, or what came of them translated back, of rows that came so far."""
    work = [(row, text) for row in rows if row.is_open() for texts in row.waiting().values() for text in texts]
    lines = [
        Line(text.said, row.target, row.source) if back else Line(text.held.text, row.source, row.target)
        for row, text in work
    ]
    for (row, text), reply in zip(work, translator.ask(lines), strict=True):
        if isinstance(reply, Failure):
            row.lost = row.lost or reply
        else:
            row.refused = row.refused or _read(text, reply, back=back)


def _read(text: _Text, reply: Completion, *, back: bool) -> Refusal | None:
    if reply.finish == "length":
        return "truncated", f"the {'way back' if back else 'translation'} did not end: {reply.text[:200]!r}"
    said = " ".join(reply.text.split())  # a line was asked for
    if back:
        text.back = said
        return None
    whole = restored(said, text.held.kept)
    if not isinstance(whole, str):
        return whole
    text.said, text.whole = said, whole
    return None


def _wrong(row: _Row) -> Refusal | None:
    """The first rule that a part does not meet, with the name of the part."""
    for name, texts in row.waiting().items():
        source, said = (bare("\n".join(lines)) for lines in zip(*((one.held.text, one.said) for one in texts), strict=True))
        if wrong := unfaithful(source, said, target=row.target):
            return wrong[0], f"{name}: {wrong[1]}"
    return None


def _drifted(shop: Workshop, row: _Row, least: float) -> Refusal | None:
    """Whether a part came back as something else; the scores of all are noted."""
    found: Refusal | None = None
    for name, texts in row.waiting().items():
        source, back = (bare("\n".join(lines)) for lines in zip(*((one.held.text, one.back) for one in texts), strict=True))
        score = chrf(back, source)
        shop.note(f"back score of {name} in {row.target}", score)
        if score < least and found is None:
            found = (
                "back_score",
                f"{name}: chrF {score:.1f}, less than {least:g}: {source[:120]!r} came back as {back[:120]!r}",
            )
    return found


def _made(row: _Row, identity: str) -> Made:
    pair = row.pair
    if row.refused:
        return Refused(pair.id, *row.refused, pair, how=row.how)
    if row.lost:
        return unanswered(pair, row.lost, how=row.how)
    said = {name: "\n".join(text.whole for text in texts) for name, texts in row.texts.items()}
    made = replace(
        pair,
        instruction=said["instruction"],
        input=said.get("input", pair.input),
        output=said.get("output", pair.output),
        language=base_language(row.target),
        task=f"translated_{pair.task}",
        maker=f"translate/{row.how}@{VERSION} {identity}",
        parents=(pair.id,),
        split="train",
    )
    return replace(made, id=pair_id(made.instruction, made.input, made.output))
