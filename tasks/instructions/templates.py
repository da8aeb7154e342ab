"""params/templates/<family>.yaml, and how one of them and one document become one Pair.

    kinds: [code]                                   which documents it is about
    when: parameters | length >= 2                  an expression over facts; false, or a missing fact: not applicable
    styles: {arrow: [" -> ", " => "]}               one value of each is drawn for a row, and named in what is said
    let: {number: parameters | length}              further names, each an expression
    input: "{{ signature }}"
    output: "{{ parameters | join(', ') }}{{ arrow }}{{ number }}"
    constraints: ["count:{{ arrow }}"]              checks of tasks/checks/ that the answer must pass
    say: {en: [...], zh: [...]}                     at least two ways to ask in each language

A style may be spelt in words, `{value: "; ", en: semicolons, zh: 分号}`: `said.<style>` is its name in the language asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from random import Random
from typing import Annotated, Any, Literal

from jinja2 import TemplateError, UndefinedError
from pydantic import Field

from tasks import checks
from tasks.errors import InputError, ParamsError
from tasks.instructions import facts, sandbox
from tasks.params import load, settings
from tasks.records import Document, Pair, content_id, pair_id

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_ROW_NAMES = {"chance", "said"}


@settings
class Style:
    """A value that is not its own name."""

    value: str | int
    """What templates see."""
    en: str
    """What it is called in English."""
    zh: str
    """What it is called in Chinese."""


@settings
class TemplateFile:
    """One file of params/templates."""

    version: Annotated[int, Field(ge=1)]
    """Raised when the meaning of the family changes; part of Pair.maker."""
    kinds: Annotated[list[Literal["prose", "code", "dialogue", "table"]], Field(min_length=1)]
    """Kinds of Document it applies to."""
    when: str
    """Condition on the facts."""
    styles: dict[str, Annotated[list[str | int | Style], Field(min_length=2)]]
    """Choices drawn for each row."""
    let: dict[str, str]
    """Names for expressions, in order; each may use those before it."""
    input: str
    """What the instruction is about; "" for nothing."""
    output: str
    """The right answer."""
    constraints: list[str]
    """Checks on the answer."""
    say: dict[Language, Annotated[list[str], Field(min_length=2)]]
    """Ways to ask, by language."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template file, read and compiled. `family` is its file's stem."""

    family: str
    file: TemplateFile
    when: sandbox.Filled
    let: Mapping[str, sandbox.Filled]
    forms: Mapping[str, sandbox.Filled]
    """input and output."""
    constraints: tuple[sandbox.Filled, ...]
    say: Mapping[str, tuple[sandbox.Filled, ...]]


def read_templates(folder: Path) -> list[Template]:
    """Every template of a folder, by family. Raises ParamsError naming the file, InputError where there is none."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise InputError(f"{folder} holds no *.yaml file; the instructions stage needs at least one template family.")
    return [read_template(file) for file in files]


def read_template(path: Path) -> Template:
    """One template file, checked: its languages, names, filters and constraints. Raises ParamsError that names it."""
    file = load(TemplateFile, path)
    try:
        _check(file)
        return Template(
            family=path.stem,
            file=file,
            when=sandbox.value(file.when),
            let={name: sandbox.value(source) for name, source in file.let.items()},
            forms={"input": sandbox.text(file.input), "output": sandbox.text(file.output)},
            constraints=tuple(sandbox.text(source) for source in file.constraints),
            say={language: tuple(sandbox.text(source) for source in ways) for language, ways in file.say.items()},
        )
    except ParamsError as error:
        raise ParamsError(f"{path}: {error}") from error


def fill(template: Template, document: Document, known: facts.Facts, *, language: Language, seed: int) -> Pair | None:
    """The Pair of a template and a document's facts, or None where the template does not apply to it.

    It does not where a fact is missing or a text is longer than any row may be. What is drawn (styles, wording) depends on
    the seed, the family and the document alone. Raises ParamsError where an expression does not fit the facts it meets, such
    as a word added to a number.
    """
    draw = Random(content_id("style", str(seed), template.family, document.id))
    names: dict[str, Any] = {**known, "chance": draw.random(), "said": {}}
    for style, values in sorted(template.file.styles.items()):
        chosen = draw.choice(values)
        names[style] = chosen.value if isinstance(chosen, Style) else chosen
        names["said"][style] = getattr(chosen, language) if isinstance(chosen, Style) else chosen
    say = draw.choice(template.say[language])
    try:
        if not template.when(names):
            return None
        for name, expression in template.let.items():
            names[name] = expression(names)
        instruction = say(names)
        asked, answer = (template.forms[form](names) for form in ("input", "output"))
        constraints = tuple(constraint(names) for constraint in template.constraints)
        for constraint in constraints:
            checks.read(constraint)
    except (UndefinedError, sandbox.TooLong):
        return None
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        raise ParamsError(
            f"Template {template.family} cannot be filled from {document.title} ({document.id}): {error}."
        ) from error
    return Pair(
        id=pair_id(instruction, asked, answer),
        instruction=instruction,
        input=asked,
        output=answer,
        history=(),
        language=language,
        task=template.family,
        maker=f"templates/{template.family}@{template.file.version}",
        parents=(document.id,),
        source=document.source,
        constraints=constraints,
        label="",
        license=document.license,
        split="",
    )


def _check(file: TemplateFile) -> None:
    if missing := set(LANGUAGES) - set(file.say):
        raise ParamsError(f"say lacks {', '.join(sorted(missing))}; a family is asked in en and zh.")
    for constraint in file.constraints:
        # What a style or a fact will put after the colon is read with the first row.
        (checks.named if "{{" in constraint else checks.read)(constraint)
    known = facts.NAMES | _ROW_NAMES | set(file.styles) | set(file.let)
    expressions = [f"{{{{ {source} }}}}" for source in (file.when, *file.let.values())]
    texts = [file.input, file.output, *file.constraints, *(way for ways in file.say.values() for way in ways)]
    for source in [*expressions, *texts]:
        for name in sorted(sandbox.names_in(source) - known):
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known facts: {', '.join(sorted(facts.NAMES))}."
            raise ParamsError(f"{source!r} uses {name!r}, which is neither a fact, a style nor a let; {hint}")
