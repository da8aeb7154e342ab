"""The screen: rules in order, cheap first, and what it remembers of the Pairs it let through.

screen = Screen(max_prompt=480, max_answer=160, max_ready=600, private=("email",))
screen.refuses(pair)   # → ("constraint", "'a, b -> 3' fails count: -> "), or None, and the Pair is remembered
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tasks.instructions.screen import form, language, said, shape
from tasks.instructions.screen.near import ALIKE, Near
from tasks.instructions.screen.privacy import private, without
from tasks.instructions.screen.refusal import Refusal, is_by_model, is_ready_made, prompt_of
from tasks.ledger import Books
from tasks.records import Pair

Rule = Callable[[Pair], Refusal | None]

FOR_ALL: list[Rule] = [shape.empty, shape.space, shape.stop_string]
FOR_ALL_AFTER_LENGTH: list[Rule] = [shape.language, shape.whole_copy, shape.constraint]
FOR_MODELS: list[Rule] = [
    form.damaged,
    said.no_word,
    said.leaked_prompt,
    said.about_itself,
    said.refusal,
    said.said_again,
    form.repetition,
    form.truncated,
    language.answer_language,
]


@dataclass
class Screen:
    """Rules in order; remembers the Pairs it let through, so that the second of two equal ones is refused."""

    max_prompt: int
    max_answer: int
    max_ready: int
    private: Sequence[str] = ()
    """Kinds of personal data and secrets that a row by a model may not hold."""
    blocked: Rule | None = None
    """Refuses rows with words that the user wants in none."""
    held_out: Rule | None = None
    """Refuses rows that give items of test suites away; set once the test rows are there."""
    _asked: dict[tuple[object, ...], Pair] = field(default_factory=dict)
    _near: Near = field(default_factory=Near)

    def refuses(self, pair: Pair) -> Refusal | None:
        """The first rule that refuses a Pair, with the reason in words; None lets it through."""
        by_model = is_by_model(pair)
        # First, so that no reason of another rule quotes a secret.
        refusal = self.withholds(pair)
        refusal = refusal or _first(FOR_ALL, pair) or self._length(pair) or _first(FOR_ALL_AFTER_LENGTH, pair)
        refusal = refusal or (_first(FOR_MODELS, pair) if by_model else None)
        # Before what was seen: of a row that equals one of test, the report should say so.
        refusal = refusal or (self.held_out(pair) if self.held_out else None) or self._seen(pair)
        refusal = refusal or (self._nearly_seen(pair) if by_model else self._input_seen(pair))
        if refusal is None:
            self._asked[pair.instruction, pair.input, pair.history] = pair
            self._asked[f"task {pair.task}", pair.input or pair.instruction] = pair
            self._near.add(pair)
        return refusal

    def withholds(self, pair: Pair) -> Refusal | None:
        """Why the words of a Pair may stand nowhere, not even as an answer to be avoided; nothing is remembered."""
        refusal = private(pair, self.private) if is_by_model(pair) else None
        return refusal or (self.blocked(pair) if self.blocked else None)

    def _length(self, pair: Pair) -> Refusal | None:
        asked = len(pair.instruction) + len(pair.input)
        if is_ready_made(pair):
            long = sum(map(len, prompt_of(pair))) + len(pair.output)
            reason = f"{long} characters, more than max_ready_characters {self.max_ready} in params/instructions.yaml"
            return ("long_conversation", reason) if long > self.max_ready else None
        if asked > self.max_prompt:
            return "long_prompt", f"{asked} characters, more than {self.max_prompt}"
        if len(pair.output) > self.max_answer:
            return "long_answer", f"{len(pair.output)} characters, more than {self.max_answer}"
        return None

    def _seen(self, pair: Pair) -> Refusal | None:
        if (twin := self._asked.get((pair.instruction, pair.input, pair.history))) is not None:
            return "duplicate", f"asks the same as {_told_apart(twin, pair)}"
        return None

    def _input_seen(self, pair: Pair) -> Refusal | None:
        # Equal signatures stand in many modules: asked twice, one of them in test, they would tell the answer.
        twin = self._asked.get((f"task {pair.task}", pair.input or pair.instruction))
        if twin is not None and not is_ready_made(pair):  # of those we do not know the task: it may be two of one text
            return "duplicate_input", f"asks {pair.task} of the same input as {_told_apart(twin, pair)}"
        return None

    def _nearly_seen(self, pair: Pair) -> Refusal | None:
        if found := self._near.twin(pair):
            return "near_duplicate", f"{found[1]:.2f} like {_told_apart(found[0], pair)}, at least {ALIKE}"
        return None


def admitted(pair: Pair, screen: Screen, books: Books) -> Pair | None:
    """A Pair that passed the screen, or None; either way the books know."""
    books.took()
    if (refusal := screen.refuses(pair)) is not None:
        books.drop(pair.id, *refusal, without(pair, screen.private) if refusal[0] == "private" else pair)
        return None
    books.gave()
    return pair


def _first(rules: Sequence[Rule], pair: Pair) -> Refusal | None:
    for rule in rules:  # no generator: every row of every template passes here
        if refusal := rule(pair):
            return refusal
    return None


def _told_apart(twin: Pair, pair: Pair) -> str:
    """The id of a twin; where both say the same, and so have one id, what the twin was made of."""
    return twin.id if twin.id != pair.id else f"the one made of {' and '.join(twin.parents) or twin.source}"
