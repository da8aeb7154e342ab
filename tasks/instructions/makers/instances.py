"""A teacher's instances of an instruction → each of them, with what speaks against it.

    read("Input: 2 + 2\\nOutput: 4\\nInput: 3\\nOutput: 3", "stop", words)   → [Instance("2 + 2", "4"), …]
    read("Class label: noun\\nInput: boat", "stop", words)                      → [Instance("boat", "noun")]
    judged(instances, …)   sets Instance.refused where a rule says so

The rules are those of Wang et al. 2022 (arXiv:2212.10560, section 2.2): an output that repeats its input goes, and so do all
that give different outputs for one input.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tasks.instructions.makers.task_prompts import Wording
from tasks.instructions.screen import Refusal

_NOTHING = {"none", "n/a", "no input", "无", "不需要", "没有", "无输入"}
"""What models write where an instruction needs no input, besides the word of the prompt."""


@dataclass(slots=True)
class Instance:
    """What an instruction was given, and what is wanted then."""

    input: str
    output: str
    refused: Refusal | None = None


def read(text: str, finish: str, words: Wording) -> list[Instance]:
    """Instances in their order, those that lack a part or broke off refused; [] where there is no label of ours."""
    found: list[Instance] = []
    given: str | None = None
    label: str | None = None
    for name, said in _fields(text, words):
        if name == words.label:
            found += _alone(label, "label")
            label = said
        elif name == words.input and label is not None:
            found, label = [*found, Instance(_input(said, words), label)], None
        elif name == words.input:
            found += _alone(given, "input")
            given = said
        else:
            found, given = [*found, Instance(_input(given or "", words), said)], None
    if given is not None:
        found.append(Instance(given, "", ("incomplete", f"no output follows the input {given[:200]!r}")))
    if label is not None:
        found += _alone(label, "label") if found else [Instance("", label)]  # a task that needs no input has one label
    if finish == "length" and found:
        last = found[-1]
        last.refused = "truncated", f"the reply did not end: {last.output[:200]!r}"
    return found


def judged(instances: Sequence[Instance], *, most: int, prompt: str, shown: Collection[tuple[str, str]]) -> None:
    """Refuse instances by the rules; `prompt` is its task, `shown` the solved examples in it."""
    outputs = defaultdict(set)
    for one in instances:
        outputs[one.input].add(one.output)
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(instances, 1):
        one.refused = one.refused or _refusal(one, outputs[one.input], prompt, shown)
        if one.refused is None and (one.input, one.output) in seen:
            one.refused = "duplicate_instance", f"comes twice in one reply: {one.output[:200]!r}"
        if one.refused is None and number > most:
            one.refused = "surplus", f"instance {number}, and {most} were asked for: {one.output[:200]!r}"
        seen.add((one.input, one.output))


def _refusal(one: Instance, outputs: Collection[str], prompt: str, shown: Collection[tuple[str, str]]) -> Refusal | None:
    if not one.output:
        return "empty_output", f"nothing is answered to {one.input[:200]!r}"
    if one.input == one.output:
        return "input_is_output", f"{one.output[:200]!r}"
    if len(outputs) > 1:
        said = ", ".join(repr(output[:80]) for output in sorted(outputs))
        return "contradiction", f"one input has {len(outputs)} outputs: {said}"
    if (one.input and (one.input, one.output) in shown) or prompt in f"{one.input}\n{one.output}":
        return "prompt_repeated", f"stands in the prompt: {one.output[:200]!r}"
    return None


def _fields(text: str, words: Wording) -> list[tuple[str, str]]:
    """(label, text) for each label at the beginning of a line; what stands before the first is left out."""
    names = {name.casefold(): name for name in (words.label, words.input, words.output)}
    head = re.compile(
        r"^[\s*#>-]*(?:\d{1,2}[.、)][\s*]*)?(" + "|".join(map(re.escape, names)) + r")[\s*]*[:：][\s*]*",
        re.IGNORECASE | re.MULTILINE,
    )
    found = list(head.finditer(text))
    ends = [*(one.start() for one in found), len(text)][1:]
    return [(names[one[1].casefold()], text[one.end() : end].strip()) for one, end in zip(found, ends, strict=True)]


def _alone(said: str | None, name: str) -> list[Instance]:
    if said is None:
        return []
    return [Instance(said, "", ("incomplete", f"the {name} {said[:200]!r} stands alone"))]


def _input(said: str, words: Wording) -> str:
    return "" if said.strip(" .。()（）").casefold() in _NOTHING | {words.none.casefold()} else said
