"""params/prompts/<maker>.yaml → what a teacher is asked: a task in words and solved examples of it, in each language.

    prompts = read_prompts(Path("params/prompts/evolve.yaml"), names=("deepen", "answer"))
    prompts["deepen"]["zh"].request("描述一座灯塔。", max_new_tokens=96)   → a Request in Chinese

They are data: yours to reword. A reworded prompt asks again, since what is asked is part of an answer's key.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tasks.completions import Request, few_shot
from tasks.errors import ParamsError
from tasks.params import check, read, settings

LABELS = {"en": ("Input", "Output"), "zh": ("输入", "输出")}
"""What stands before a question and its answer, for a teacher that continues text."""


@settings
class Prompt:
    """A task with solved examples."""

    task: str
    """What is to be done, in words."""
    examples: Annotated[list[tuple[str, str]], Field(min_length=1)]
    """What may be given, and what is wanted then; without blank lines, which end answers."""


@settings
class Bilingual:
    """The same task in two languages."""

    en: Prompt
    zh: Prompt


class Prompts:
    """The prompts of one maker, by name and language."""

    def __init__(self, prompts: Mapping[str, Bilingual]) -> None:
        self._prompts = prompts

    def request(
        self, name: str, language: str, ask: str, *, max_new_tokens: int, temperature: float = 0.0, sample: int = 0
    ) -> Request:
        """What is asked about a text; in Chinese where `language` is, in English else."""
        spoken: Literal["en", "zh"] = "zh" if language.startswith("zh") else "en"
        prompt: Prompt = getattr(self._prompts[name], spoken)
        return few_shot(
            prompt.task, prompt.examples, ask,
            labels=LABELS[spoken], max_new_tokens=max_new_tokens, temperature=temperature, sample=sample,
        )  # fmt: skip

    def texts(self) -> list[str]:
        """All tasks and examples: what an answer should not repeat."""
        each = [prompt for two in self._prompts.values() for prompt in (two.en, two.zh)]
        return [text for prompt in each for text in (prompt.task, *(part for pair in prompt.examples for part in pair))]


def read_prompts(file: Path, names: Collection[str]) -> Prompts:
    """The prompts of a file, checked. Raises ParamsError where one of `names` is missing, or is none of them."""
    found = read(file)
    if missing := sorted(set(names) - set(found)):
        raise ParamsError(f"{file} lacks {', '.join(missing)}; `git checkout {file}` brings back the usual prompts.")
    if unknown := sorted(set(found) - set(names)):
        raise ParamsError(f"{file}: nobody asks {', '.join(unknown)}; known: {', '.join(sorted(names))}.")
    prompts = {name: check(Bilingual, found[name], file) for name in sorted(names)}
    for name, two in prompts.items():
        for prompt in (two.en, two.zh):
            for text in (prompt.task, *(part for pair in prompt.examples for part in pair)):
                if not text.strip() or "\n\n" in text:
                    raise ParamsError(f"{file}: {name} has a text that is empty or holds a blank line: {text[:60]!r}.")
    return Prompts(prompts)
