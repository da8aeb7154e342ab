"""Seeds and the words of params/prompts/self_instruct.yaml → what self-instruct asks a teacher.

    prompts = TaskPrompts(read_wordings(file), seeds, seed=0, most=5)
    prompts.propose(eight, "en", sample=0).prompt        → "Task 1: …\\n…\\nTask 8: …\\nTask 9:"
    prompts.classify("Name a river.", "en").prompt       → "Task: Name a river.\\nIs it classification?:"
    prompts.instances("Name a river.", "en", label_first=False).prompt   → "Task: Name a river.\\n"

Tables 6 to 9 of Wang et al. 2022 (arXiv:2212.10560), with our words. A language has prompts of its own, solved examples too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from tasks.completions import Request, few_shot
from tasks.errors import ParamsError
from tasks.instructions.seeds import Seed
from tasks.params import load, settings
from tasks.records import content_id

SHOWN = 8
"""Instructions in a prompt for new ones (section 2.2)."""
NEW = 8
"""Instructions that a reply may go on with (the authors' code: tasks 9 to 16)."""
TEMPERATURE, TOP_P = 0.7, 0.5
"""Of new instructions, as in the authors' code; all else takes the likeliest token, as there."""
LONGEST_LIST, LONGEST_VERDICT, LONGEST_INSTANCES = 320, 4, 300
"""Tokens a teacher may write; the paper's lists had 1,024, for a model that writes faster."""
CLASSES, OTHERS = 6, 6
"""Solved examples of each answer about classification; the paper has 12 and 19, for a longer context."""
LABELLED, WITH_INPUT, WITHOUT_INPUT = 5, 4, 2
"""Tasks with their instances in prompts that are label-first and input-first."""


@settings
class Wording:
    """What is said in one language."""

    propose: str
    """Asks for a list of tasks."""
    go_on: str
    """Asks a model that chats for tasks {first} to {last}."""
    classify: str
    """Asks whether a task is classification."""
    label_first: str
    """Asks for labels and an input of each."""
    input_first: str
    """Asks for up to {most} inputs and their outputs."""
    task: str
    """Label before an instruction; so are those below before what they name."""
    verdict: str
    label: str
    input: str
    output: str
    yes: str
    """The answer about classification."""
    no: str
    none: str
    """What stands for an input where there is none."""


@settings
class Wordings:
    """The file."""

    en: Wording
    zh: Wording


def read_wordings(file: Path) -> dict[str, Wording]:
    """By language. Raises ParamsError for a wrong file."""
    found = load(Wordings, file)
    return {"en": found.en, "zh": found.zh}


class TaskPrompts:
    """What is asked, about any instruction."""

    def __init__(self, wordings: Mapping[str, Wording], seeds: Sequence[Seed], *, seed: int, most: int) -> None:
        self.wordings = wordings
        self.seeds = {language: [one for one in seeds if one.language == language] for language in wordings}
        self._seed = seed
        self._most = most
        """Instances wanted of an instruction."""

    def check(self, language: str) -> None:
        """Raises ParamsError where a language has too few seeds to be asked in."""
        seeds = self.seeds[language]
        classes = sum(one.is_classification for one in seeds)
        if len(seeds) < SHOWN or not classes or classes == len(seeds):
            raise ParamsError(
                f"params/seeds has {len(seeds)} seeds in {language}, {classes} of them classification; self_instruct needs "
                f"{SHOWN}, of both sorts. Add some, or set chinese_share in params/instructions.yaml so that none are asked."
            )

    def propose(self, shown: Sequence[str], language: str, *, sample: int) -> Request:
        """Asks for more instructions like those shown."""
        words = self.wordings[language]
        said = "\n".join(f"{self._number(number, language)} {text}" for number, text in enumerate(shown, 1))
        first, last = len(shown) + 1, len(shown) + NEW
        go_on = words.go_on.replace("{first}", str(first)).replace("{last}", str(last))
        return Request(
            prompt=f"{said}\n{self._number(first, language)}",
            max_new_tokens=LONGEST_LIST,
            prefix=f"{words.propose}\n\n",
            messages=(("system", words.propose), ("user", f"{said}\n\n{go_on}")),
            temperature=TEMPERATURE,
            top_p=TOP_P,
            sample=sample,
            stop=(f"\n{self._number(last + 1, language)}", "\n###"),
        )

    def classify(self, instruction: str, language: str) -> Request:
        """Asks whether an instruction is classification."""
        words, seeds = self.wordings[language], self.seeds[language]
        classes = self._drawn("classes", [one for one in seeds if one.is_classification], CLASSES)
        others = self._drawn("others", [one for one in seeds if not one.is_classification], OTHERS)
        examples = [(one.instruction, words.yes if one.is_classification else words.no) for one in (*classes, *others)]
        Random(content_id("self_instruct", "mixed", str(self._seed))).shuffle(examples)
        labels = (words.task, words.verdict)
        return few_shot(words.classify, examples, instruction, labels=labels, max_new_tokens=LONGEST_VERDICT)

    def instances(self, instruction: str, language: str, *, label_first: bool) -> Request:
        """Asks for what the instruction may be given, and the answers."""
        words = self.wordings[language]
        task = self.task(language, label_first=label_first)
        solved = [(one.instruction, self._solved(one)) for one in self.examples(language, label_first=label_first)]
        turns = [turn for asked, answer in solved for turn in (("user", asked), ("assistant", answer))]
        return Request(
            prompt=f"{words.task}: {instruction}\n",
            max_new_tokens=LONGEST_INSTANCES,
            prefix=f"{task}\n\n" + "".join(f"{words.task}: {asked}\n{answer}\n\n" for asked, answer in solved),
            messages=(("system", task), *turns, ("user", instruction)),
        )

    def task(self, language: str, *, label_first: bool) -> str:
        """What is asked of a teacher that gives instances, in words."""
        words = self.wordings[language]
        return words.label_first if label_first else words.input_first.replace("{most}", str(self._most))

    def examples(self, language: str, *, label_first: bool) -> list[Seed]:
        """The seeds that are shown with their instances."""
        seeds = self.seeds[language]
        if label_first:
            return self._drawn("labelled", [one for one in seeds if one.is_classification], LABELLED)
        others = [one for one in seeds if not one.is_classification]
        given = self._drawn("given", [one for one in others if one.instances[0][0]], WITH_INPUT)
        return [*given, *self._drawn("alone", [one for one in others if not one.instances[0][0]], WITHOUT_INPUT)]

    def _number(self, number: int, language: str) -> str:
        task = self.wordings[language].task
        return f"{task}{number}：" if language == "zh" else f"{task} {number}:"

    def _solved(self, seed: Seed) -> str:
        words, lines = self.wordings[seed.language], []
        for given, wanted in seed.instances:
            about = [f"{words.input}: {given}"] if given else []
            answer = [f"{words.label if seed.is_classification else words.output}: {wanted}"]
            lines += [*answer, *about] if seed.is_classification else [*about, *answer]
        return "\n".join(lines)

    def _drawn(self, name: str, seeds: Sequence[Seed], count: int) -> list[Seed]:
        """The same in each request, so that the model reads them once."""
        return Random(content_id("self_instruct", name, str(self._seed))).sample(seeds, min(count, len(seeds)))
