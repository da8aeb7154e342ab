"""params/templates/<family>.yaml, and how one of them and one document become one Pair.

    kinds: [code]                                   which documents it is about
    when: parameters | length >= 2                  an expression over facts; false, or a missing fact: not applicable
    styles: {arrow: [" -> ", " => "]}               one value of each is drawn for a row, and named in what is said
    let: {number: parameters | length}              further names, each an expression
    input: "{{ signature }}"
    output: "{{ parameters | join(', ') }}{{ arrow }}{{ number }}"
    constraints: ["count:{{ arrow }}"]              checks of tasks/checks/ that the answer must pass
    say: {en: [...], zh: [...]}                     at least three ways to ask in each language

`styles`, `let` and `constraints` may be left out; all other keys, and `version`, must be there.
A style may be spelt in words, `{value: "; ", en: semicolons, zh: 分号}`: `said.<style>` is its name in the language asked.
Beside facts and styles there are `chance`, a number in [0, 1) of this row; `tongue`, the document's language in that of the
question; and `other_tongue`, the language of its twin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from random import Random
from typing import Any

from jinja2 import TemplateError, TemplateRuntimeError, UndefinedError

from tasks import checks
from tasks.errors import InputError, ParamsError
from tasks.instructions import facts, sandbox
from tasks.instructions.filters import TooLong
from tasks.instructions.template_file import LANGUAGES, Keys, Language, Style, TemplateFile, key_of, line_of, sources
from tasks.params import load
from tasks.records import Document, Pair, content_id, pair_id

_ROW_NAMES = {"chance", "said", "tongue", "other_tongue"}
TONGUES = {
    "en": {"en": "English", "zh": "英文"},
    "zh": {"en": "Chinese", "zh": "中文"},
    "zh-Hans": {"en": "Simplified Chinese", "zh": "简体中文"},
    "zh-Hant": {"en": "Traditional Chinese", "zh": "繁体中文"},
}
"""By language of a document its name in the languages of questions."""


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


def read_templates(folder: Path, families: Sequence[str] = (), where: str = "") -> list[Template]:
    """The templates of the families, which `where` names, or all for none named; no file of another family is opened.

    Raises ParamsError naming the file, or a family that has none; InputError where the folder has no file at all.
    """
    files = {file.stem: file for file in sorted(folder.glob("*.yaml"))}
    if not files:
        raise InputError(f"{folder} holds no *.yaml file; the instructions stage needs at least one template family.")
    _named(families, set(files), where)
    return [read_template(file) for family, file in files.items() if not families or family in families]


def _named(families: Sequence[str], known: set[str], where: str) -> None:
    for family in families:
        if family not in known:
            near = get_close_matches(family, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}."
            raise ParamsError(f"{where} names {family!r}, and params/templates holds no {family}.yaml; {hint}")


def read_template(path: Path) -> Template:
    """One template file, checked: its languages, names, filters and constraints. Raises ParamsError that names it."""
    file = load(TemplateFile, path)
    if missing := set(LANGUAGES) - set(file.say):
        raise ParamsError(f"{path}: say lacks {', '.join(sorted(missing))}; a family is asked in en and zh.")
    compiled = {keys: _compiled(path, file, keys, source) for keys, source in sources(file)}
    return Template(
        family=path.stem,
        file=file,
        when=compiled["when",],
        at_once=not sandbox.names_in(f"{{{{ {file.when} }}}}") & (_ROW_NAMES | set(file.styles)),
        let={name: compiled["let", name] for name in file.let},
        styles=tuple(sorted(file.styles.items())),
        input=compiled["input",],
        output=compiled["output",],
        constraints=tuple(compiled["constraints", place] for place in range(len(file.constraints))),
        drawn_constraints=any("{{" in source for source in file.constraints),
        say={
            language: tuple(compiled["say", language, place] for place in range(len(file.say[language])))
            for language in file.say
        },
    )


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
    made = _filled(template, document, known, language, seed, split)
    return made if isinstance(made, Pair) else None


def obstacle(template: Template, document: Document, known: facts.Facts, *, language: Language, seed: int) -> str:
    """Why `fill` makes no Pair: "when is false", "output: parameters[99] is missing"; "" where it makes one."""
    made = _filled(template, document, known, language, seed, split="train")
    return "" if isinstance(made, Pair) else made


def _filled(
    template: Template, document: Document, known: facts.Facts, language: Language, seed: int, split: str
) -> Pair | str:
    """The Pair, or why the template does not apply."""
    try:
        if template.at_once and not template.when(known):
            return "when is false"
        made = _pair(template, document, _drawn(template, document, known, language, seed), language, split)
        return made or "when is false"
    except (UndefinedError, TooLong) as error:
        return str(error)
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


def _compiled(path: Path, file: TemplateFile, keys: Keys, source: str) -> sandbox.Filled:
    """A source as a function of names, whose errors name its key. Raises ParamsError with file, line and key."""
    key = key_of(keys)
    try:
        if keys[0] == "constraints":
            # What a style or a fact will put after the colon is read with the first row.
            (checks.named if "{{" in source else checks.read)(source)
        is_value = keys[0] in ("when", "let")
        filled = (sandbox.value if is_value else sandbox.text)(source)
        _check_names(file, source, sandbox.names_in(f"{{{{ {source} }}}}" if is_value else source))
    except ParamsError as error:
        raise ParamsError(f"{path}:{line_of(path, keys)}: {key}: {error}") from error

    def keyed(names: sandbox.Names) -> Any:
        try:
            return filled(names)
        except (UndefinedError, TooLong) as error:
            raise type(error)(f"{key}: {error}") from error
        except (TemplateError, TypeError, ValueError, LookupError) as error:
            raise TemplateRuntimeError(f"{key}: {error}") from error

    return keyed


def _check_names(file: TemplateFile, source: str, names: set[str]) -> None:
    known = facts.NAMES | _ROW_NAMES | set(file.styles) | set(file.let)
    for name in sorted(names - known):
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known facts: {', '.join(sorted(facts.NAMES))}."
        raise ParamsError(f"{source!r} uses {name!r}, which is neither a fact, a style nor a let; {hint}")
