"""params/prompts/<maker>.yaml → what a teacher is asked: a task in words and solved examples of it, in each language.

    prompts = prompts_of(evolve, Path("params"))      the file is that of the module, its prompts are named in evolve.PROMPTS
    prompts.request("deepen", "zh", "描述一座灯塔。", max_new_tokens=96)   → a Request in Chinese

They are data: yours to reword. A reworded prompt asks again, since what is asked is part of an answer's key.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from pydantic import Field

from tasks.completions import Request, few_shot
from tasks.errors import ParamsError
from tasks.params import check, read, settings

Example = tuple[str, str]
"""What is given, and what is wanted then."""

LABELS = {"en": ["Input", "Output"], "zh": ["输入", "输出"]}
"""Of a prompt that names none."""


@settings
class Prompt:
    """A task with solved examples."""

    labels: tuple[str, str]
    """What stands before the thing given and before the thing wanted, for a teacher that continues text."""
    task: str
    """What is to be done, in words."""
    examples: Annotated[list[Example], Field(min_length=1)]
    """Without blank lines, which end answers."""

    def texts(self) -> list[str]:
        """The task, and both parts of each example."""
        return [self.task, *(part for example in self.examples for part in example)]


@settings
class Bilingual:
    """The same task in two languages."""

    en: Prompt
    zh: Prompt | None
    """null where nobody asks in Chinese."""


class Prompts:
    """The prompts of one file, by name and language."""

    def __init__(self, prompts: Mapping[tuple[str, str], Prompt]) -> None:
        self._prompts = prompts

    def prompt(self, name: str, language: str) -> Prompt:
        """That in Chinese where `language` is, that in English else."""
        return self._prompts[name, "zh" if language.startswith("zh") else "en"]

    def request(
        self,
        name: str,
        language: str,
        ask: str,
        *,
        max_new_tokens: int,
        more: Sequence[Example] = (),
        temperature: float = 0.0,
        top_p: float = 1.0,
        sample: int = 0,
    ) -> Request:
        """What is asked about a text; `more` are examples that follow those of the file."""
        prompt = self.prompt(name, language)
        return few_shot(
            prompt.task, (*prompt.examples, *more), ask,
            labels=prompt.labels, max_new_tokens=max_new_tokens, temperature=temperature, top_p=top_p, sample=sample,
        )  # fmt: skip

    def texts(self) -> list[str]:
        """All tasks and examples: what an answer should not repeat."""
        return [text for prompt in self._prompts.values() for text in prompt.texts()]


def prompts_of(module: ModuleType, params: Path) -> Prompts:
    """The prompts that a module names in PROMPTS, of the file of its name in the folder `params`. Errors as read_prompts."""
    return read_prompts(params / "prompts" / f"{module.__name__.rpartition('.')[2]}.yaml", module.PROMPTS)


def read_prompts(file: Path, names: Collection[str]) -> Prompts:
    """The prompts of a file, checked. Raises ParamsError where one of `names` is missing, or is none of them."""
    found = read(file)
    if missing := sorted(set(names) - set(found)):
        raise ParamsError(f"{file} lacks {', '.join(missing)}; `git checkout {file}` brings back the usual prompts.")
    if unknown := sorted(set(found) - set(names)):
        raise ParamsError(f"{file}: nobody asks {', '.join(unknown)}; known: {', '.join(sorted(names))}.")
    prompts: dict[tuple[str, str], Prompt] = {}
    for name in sorted(names):
        two = check(Bilingual, _labelled(found[name]), file)
        prompts[name, "en"] = two.en
        if two.zh:
            prompts[name, "zh"] = two.zh
    for (name, _), prompt in prompts.items():
        for text in prompt.texts():
            if not text.strip() or "\n\n" in text:
                raise ParamsError(f"{file}: {name} has a text that is empty or holds a blank line: {text[:60]!r}.")
    return Prompts(prompts)


def _labelled(languages: Any) -> Any:
    """Each prompt with labels; what is no prompt stays, to be refused by name."""
    if not isinstance(languages, dict):
        return languages
    return {
        language: {"labels": LABELS[language], **prompt} if isinstance(prompt, dict) and language in LABELS else prompt
        for language, prompt in languages.items()
    }
