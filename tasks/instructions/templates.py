"""params/templates/<family>.yaml, and how one of them and one document become one Pair.

    kinds: [code]                                   which documents it is about
    when: parameters | length >= 2                  an expression over facts; false, or a missing fact: not applicable
    styles: {arrow: [" -> ", " => "]}               one value of each is drawn for a row, and named in what is said
    let: {number: parameters | length}              further names, each an expression
    input: "{{ signature }}"
    output: "{{ parameters | join(', ') }}{{ arrow }}{{ number }}"
    constraints: ["count:{{ arrow }}"]              checks of tasks/checks/ that the answer must pass
    say: {en: [...], zh: [...]}                     at least three ways to ask in each language

A style may be spelt in words, `{value: "; ", en: semicolons, zh: 分号}`: `said.<style>` is its name in the language asked.
Beside facts and styles there are `chance`, a number in [0, 1) of this row; `tongue`, the document's language in that of the
question; and `other_tongue`, the language of its twin.
"""

from collections.abc import Mapping, Sequence
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
from tasks.instructions.filters import TooLong
from tasks.params import load, settings
from tasks.records import Document, Pair, content_id, pair_id

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_ROW_NAMES = {"chance", "said", "tongue", "other_tongue"}
FEWEST_WORDINGS = 3
"""Ways to ask, of a family in a language."""
TONGUES = {
    "en": {"en": "English", "zh": "英文"},
    "zh": {"en": "Chinese", "zh": "中文"},
    "zh-Hans": {"en": "Simplified Chinese", "zh": "简体中文"},
    "zh-Hant": {"en": "Traditional Chinese", "zh": "繁体中文"},
}
"""By language of a document its name in the languages of questions."""


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
    say: dict[Language, Annotated[list[str], Field(min_length=FEWEST_WORDINGS)]]
    """Ways to ask, by language."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template file, read and compiled. `family` is its file's stem."""

    family: str
    file: TemplateFile
    when: sandbox.Filled
    at_once: bool
    """Whether `when` asks for facts alone, so that nothing need be drawn before."""
    let: Mapping[str, sandbox.Filled]
    styles: tuple[tuple[str, list[str | int | Style]], ...]
    """By name, in its order."""
    input: sandbox.Filled
    output: sandbox.Filled
    constraints: tuple[sandbox.Filled, ...]
    drawn_constraints: bool
    """Whether a constraint is whole only in a row, and so must be read there."""
    say: Mapping[str, tuple[sandbox.Filled, ...]]


def chosen(templates: Sequence[Template], families: Sequence[str], where: str) -> list[Template]:
    """Those of the families, or all for none named. Raises ParamsError for a name that no file has, with the nearest."""
    known = {template.family: template for template in templates}
    for family in families:
        if family not in known:
            near = get_close_matches(family, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}."
            raise ParamsError(f"{where} names {family!r}, and params/templates holds no {family}.yaml; {hint}")
    return [template for template in templates if not families or template.family in families]


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
            at_once=not sandbox.names_in(f"{{{{ {file.when} }}}}") & (_ROW_NAMES | set(file.styles)),
            let={name: sandbox.value(source) for name, source in file.let.items()},
            styles=tuple(sorted(file.styles.items())),
            input=sandbox.text(file.input),
            output=sandbox.text(file.output),
            constraints=tuple(sandbox.text(source) for source in file.constraints),
            drawn_constraints=any("{{" in source for source in file.constraints),
            say={language: tuple(sandbox.text(source) for source in ways) for language, ways in file.say.items()},
        )
    except ParamsError as error:
        raise ParamsError(f"{path}: {error}") from error


def applies(template: Template, document: Document, known: facts.Facts) -> bool:
    """Whether a document's facts meet `when`; true also where it asks for what is drawn, so that only `fill` can tell."""
    try:
        return not template.at_once or bool(template.when(known))
    except UndefinedError:
        return False
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        raise _unfit(template, document, error) from error


def fill(
    template: Template, document: Document, known: facts.Facts, *, language: Language, seed: int, split: str
) -> Pair | None:
    """The Pair of a template and a document's facts, or None where the template does not apply to it.

    It does not where a fact is missing or a text is longer than any row may be. What is drawn (styles, wording) depends on
    the seed, the family and the document alone. Raises ParamsError where an expression does not fit the facts it meets, such
    as a word added to a number.
    """
    if not applies(template, document, known):
        return None
    try:
        return _pair(template, document, _drawn(template, document, known, language, seed), language, split)
    except (UndefinedError, TooLong):
        return None
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        raise _unfit(template, document, error) from error


def _unfit(template: Template, document: Document, error: Exception) -> ParamsError:
    return ParamsError(f"Template {template.family} cannot be filled from {document.title} ({document.id}): {error}.")


Drawn = tuple[dict[str, Any], sandbox.Filled]


def _drawn(template: Template, document: Document, known: facts.Facts, language: Language, seed: int) -> Drawn:
    """The names of a row, and the wording."""
    draw = Random(int(content_id("style", str(seed), template.family, document.id), 16))
    said: dict[str, Any] = {}
    names: dict[str, Any] = {**known, "chance": draw.random(), "said": said}
    for style, values in template.styles:
        chosen = draw.choice(values)
        names[style] = chosen.value if isinstance(chosen, Style) else chosen
        said[style] = getattr(chosen, language) if isinstance(chosen, Style) else chosen
    for name, tagged in (("tongue", "language"), ("other_tongue", "twin_language")):
        if (tongue := TONGUES.get(known.get(tagged, ""))) is not None:
            names[name] = tongue[language]
    return names, draw.choice(template.say[language])


def _pair(template: Template, document: Document, drawn: Drawn, language: Language, split: str) -> Pair | None:
    names, say = drawn
    if not template.at_once and not template.when(names):
        return None
    for name, expression in template.let.items():
        names[name] = expression(names)
    instruction = say(names)
    asked, answer = template.input(names), template.output(names)
    constraints = tuple([constraint(names) for constraint in template.constraints])
    if template.drawn_constraints:
        for constraint in constraints:
            checks.read(constraint)
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
        split=split,
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
