"""Every file of params/templates against golden rows, and what a wrong file is told."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.chat import prompt
from tasks.checks import failed
from tasks.errors import InputError, ParamsError
from tasks.instructions import sandbox
from tasks.instructions.library import Library
from tasks.instructions.lint import why_no_row
from tasks.instructions.template_file import LANGUAGES, Language, Style
from tasks.instructions.templates import Template, fill, read_template, read_templates
from tasks.records import Document, Pair
from tests.instructions.pages import pages

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/instructions"
TEMPLATES = read_templates(ROOT / "params/templates")

TOY = """\
version: 1
kinds: [code]
when: parameters | length >= 2
styles: {mark: [" / ", {value: "; ", en: semicolons, zh: 分号}]}
let: {count: parameters | length}
input: "{{ signature }}"
output: "{{ parameters | join(mark) }}"
constraints: ["separated:{{ mark }}"]
say:
  en: ["Name {{ count }}, by {{ said.mark }}.", "List {{ count }}, by {{ said.mark }}.", "{{ count }}, by {{ said.mark }}."]
  zh: ["列出参数：{{ said.mark }}", "写出参数：{{ said.mark }}", "给出参数：{{ said.mark }}"]
"""


SHOWN = {"required": ("none",), "split": ("class=none", "class=Archive")}
"""Answers that depend on the document, not on a style."""


def rows_of(template: Template, documents: list[Document], seed: int = 0) -> list[Pair]:
    """Every row of a family in both languages."""
    library = Library(documents)
    made = [
        fill(template, document, library.facts(document), language=language, seed=seed, split="train")
        for document in library.documents
        if document.kind in template.file.kinds
        for language in LANGUAGES
    ]
    return [pair for pair in made if pair is not None]


def read_toy(tmp_path: Path, text: str = TOY) -> Template:
    path = tmp_path / "toy.yaml"
    path.write_text(text, encoding="utf-8")
    return read_template(path)


def telling(template: Template) -> Template:
    """The template with its draws told before each instruction: the wording's place, and the value of each style."""
    drawn = "".join(f"{{{{ {style} }}}}\x1f" for style in template.file.styles)
    told = {
        language: tuple(sandbox.text(f"{place}\x1f{drawn}{way}") for place, way in enumerate(ways))
        for language, ways in template.file.say.items()
    }
    return replace(template, say=told)


def few_rows_with_every_wording_and_style(template: Template, documents: list[Document], language: Language) -> list[Pair]:
    """Rows as they are drawn for seed 0, 1, 2, …; one that shows nothing new is left out."""
    styles = [
        [style.value if isinstance(style, Style) else style for style in kind] for kind in template.file.styles.values()
    ]
    wanted: set[object] = {(0, str(place)) for place in range(len(template.file.say[language]))}
    wanted |= {(place, str(value)) for place, values in enumerate(styles, 1) for value in values}
    wanted |= set(SHOWN.get(template.family, ()))
    rows = []
    teller = telling(template)
    for seed in range(100):
        for told in rows_of(teller, documents, seed):
            head, _, instruction = told.instruction.rpartition("\x1f")
            shown = {
                *enumerate(head.split("\x1f")),
                *(text for text in SHOWN.get(template.family, ()) if text in told.output),
            }
            if told.language == language and wanted & shown:
                wanted -= shown
                rows.append(replace(told, instruction=instruction))
        if not wanted:
            return rows
    raise AssertionError(f"a hundred seeds never draw {wanted}")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.family)
def test_every_wording_and_style_of_a_family_gives_the_golden_rows(
    template: Template, toy_documents: list[Document]
) -> None:
    """To accept new rows, run this test with REWRITE_GOLDEN=1 and read the diff."""
    reset = "def reset_archive(limit=7, strict=True): ..."
    documents = [
        *toy_documents[:8],
        replace(toy_documents[0], id="reset", title="archives.reset_archive", text=reset),
        *pages(),
    ]
    rows = [row for language in LANGUAGES for row in few_rows_with_every_wording_and_style(template, documents, language)]
    text = "\n".join(f"{prompt(row.instruction, row.input)}{row.output}\n" for row in rows)
    golden = GOLDEN / f"{template.family}.txt"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.family)
def test_every_row_passes_its_own_checks_in_every_style(template: Template, toy_documents: list[Document]) -> None:
    for seed in range(8):
        rows = rows_of(template, [*toy_documents, *pages()], seed)
        assert {row.language for row in rows} == set(LANGUAGES)
        assert all(row.constraints and not failed(row.constraints, row.output) for row in rows)


FAMILIES = {
    "summarise": {"summarise", "about"},
    "title": {"title", "headline"},
    "question and answer": {"cell", "default_of", "field", "import", "next_line", "which_command", "who_said"},
    "extract": {
        "calls", "clause", "column", "header", "item", "numbers", "options", "params", "quoted", "raised", "required",
        "returns", "sentence", "speakers", "split", "turn", "word",
    },
    "classify": {"contains", "end_mark", "kind", "pick", "which_language"},
    "rewrite": {"items", "numbered", "redact", "rename", "reverse", "upper"},
    "continue": {"continue", "reply", "verse"},
    "order": {"order"},
    "fill in": {"fill", "fill_clause"},
    "explain code, or docstring from code": {"docline"},
    "code from docstring": {"implement"},
    "signature from name": {"sig"},
    "call from signature": {"call"},
    "natural language to command": {"command"},
    "command to explanation": {"explain_command"},
    "translate, where two pages are about one command": {"translate"},
    "format-following": {"card", "count", "defaults", "dialogue_json", "fields_json", "json", "list", "record", "row_json"},
}  # fmt: skip
"""By what is asked for, the families that make it."""


def test_there_are_families_of_every_kind_asked_for() -> None:
    named = sorted(family for families in FAMILIES.values() for family in families)
    assert all(FAMILIES.values())
    assert sorted(template.family for template in TEMPLATES) == named
    assert {kind for template in TEMPLATES for kind in template.file.kinds} == {"prose", "code", "dialogue", "table"}


def test_a_pair_knows_where_it_came_from(tmp_path: Path, toy_documents: list[Document]) -> None:
    row = rows_of(read_toy(tmp_path), toy_documents)[0]
    parent = next(document for document in toy_documents if document.id == row.parents[0])
    assert (row.source, row.license, row.maker, row.task) == (parent.source, "MIT", "templates/toy@1", "toy")
    assert row.constraints in [("separated: / ",), ("separated:; ",)]


def test_a_style_is_said_in_the_language_of_the_question(tmp_path: Path, toy_documents: list[Document]) -> None:
    rows = [row for row in rows_of(read_toy(tmp_path), toy_documents) if row.constraints == ("separated:; ",)]
    assert rows
    assert all(("分号" if row.language == "zh" else "semicolons") in row.instruction for row in rows)


def test_a_row_depends_on_its_own_document_alone(tmp_path: Path, toy_documents: list[Document]) -> None:
    template = read_toy(tmp_path)
    few, many = (set(rows_of(template, documents)) for documents in (toy_documents[:20], toy_documents))
    assert few < many


def test_a_missing_fact_makes_a_template_not_applicable(tmp_path: Path, toy_documents: list[Document]) -> None:
    template = read_toy(tmp_path, TOY.replace("parameters | length >= 2", "parameters[7] != ''"))
    assert rows_of(template, toy_documents) == []


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ("version: 1", "version: one", "version"),
        ("kinds: [code]", "kinds: [cod]", "kinds"),
        ("styles:", "style:", "did you mean 'styles'"),
        ("{{ signature }}", "{{ signatur }}", "did you mean 'signature'"),
        ("separated:", "separatd:", "toy.yaml:8: constraints[0]: Constraint 'separatd:{{ mark }}' names no check"),
        ("separated:{{ mark }}", "separated:", "something to look for"),
        ("separated:{{ mark }}", "max_words:x", "'max_words:x' lacks what max_words needs"),
        ("separated:{{ mark }}", "fields:3", "a number, a colon, and a separator"),
        ("separated:{{ mark }}", "case:snake_case", "one of camelCase, PascalCase, kebab-case, UPPER_CASE"),
        ("parameters | length >= 2", "parameters | lenght >= 2", "toy.yaml:3: when: "),
        ("parameters | length >= 2", "parameters | first", "uses 'first', which is no filter; filters are length, "),
        ("parameters | length >= 2", "parameters is odd", "uses 'odd', which is no test; tests are defined, in"),
        (
            "{{ signature }}",
            "{{ signature.__class__ }}",
            "toy.yaml:6: input: '{{ signature.__class__ }}' asks for '__class__'",
        ),
        ("写出参数：", "{{ 参数 ** 2 }}", "toy.yaml:11: say.zh[1]: '{{ 参数 ** 2 }}{{ said.mark }}' uses `**`"),
        ("parameters | length >= 2", "parameters | length >=", "does not read"),
        ("{{ parameters | join(mark) }}", "{% for p in parameters %}{{ p }}{% endfor %}", "uses a loop"),
        ("{{ parameters | join(mark) }}", "{% set p = 1 %}", "uses a statement {% … %}; only plain expressions"),
        ("  zh: [", "  fr: [", "say"),
        (', "给出参数：{{ said.mark }}"', "", "say"),
        (
            "let: {count: parameters | length}",
            "let: {count: parameters * 9}",
            "toy.yaml:5: let.count: 'parameters * 9' uses `*`",
        ),
    ],
)
def test_a_wrong_template_is_named_with_what_is_wrong(tmp_path: Path, change: str, to: str, told: str) -> None:
    assert change in TOY
    with pytest.raises(ParamsError) as error:
        read_toy(tmp_path, TOY.replace(change, to))
    assert "toy.yaml" in str(error.value)
    assert told in str(error.value)


def test_an_expression_that_does_not_fit_its_facts_is_named(tmp_path: Path, toy_documents: list[Document]) -> None:
    template = read_toy(tmp_path, TOY.replace("count: parameters | length", "count: name - 1"))
    with pytest.raises(ParamsError, match=r"Template toy cannot be filled from .*: let\.count: unsupported operand"):
        rows_of(template, toy_documents)


def test_styles_lets_and_constraints_may_be_left_out(tmp_path: Path, toy_documents: list[Document]) -> None:
    text = """\
version: 1
kinds: [code]
when: parameters | length >= 2
input: "{{ signature }}"
output: "{{ parameters[0] }}"
say:
  en: [Name the first parameter., Which parameter is first?, The first parameter.]
  zh: [写出第一个参数。, 第一个参数是什么？, 第一个参数：]
"""
    rows = rows_of(read_toy(tmp_path, text), toy_documents)
    assert rows and {row.constraints for row in rows} == {()}


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ("{{ parameters | join(mark) }}", "{{ parameters[99] }}", "output: parameters[99] is missing in 40 of 40 documents"),
        ("{{ signature }}", "{{ name }}{{ defaults.nobody }}", "input: defaults.nobody is missing in 40 of 40 documents"),
        ("parameters | length >= 2", "parameters | length > 90", "when is false in 40 of 40 documents"),
        ("kinds: [code]", "kinds: [table]", "kinds: the corpus has no document of table"),
        ("kinds: [code]", "kinds: [code]", ""),
    ],
)
def test_what_a_family_without_rows_lacks_is_told_by_key(
    tmp_path: Path, toy_documents: list[Document], change: str, to: str, told: str
) -> None:
    template = read_toy(tmp_path, TOY.replace("length >= 2", "length >= 0").replace(change.replace(">= 2", ">= 0"), to))
    code = [document for document in toy_documents if document.kind == "code"][:40]
    assert why_no_row(template, Library(code), seed=0) == told


def test_of_several_reasons_each_is_counted(tmp_path: Path, toy_documents: list[Document]) -> None:
    text = TOY.replace("parameters | length >= 2", "\"'load' in name\"")
    template = read_toy(tmp_path, text.replace("{{ parameters | join(mark) }}", "{{ parameters[99] }}"))
    code = [document for document in toy_documents if document.kind == "code"]
    loads = sum("load" in document.title.rpartition(".")[2] for document in code)
    assert why_no_row(template, Library(code), seed=0) == (
        f"when is false in {len(code) - loads} of {len(code)} documents; "
        f"output: parameters[99] is missing in {loads} of {len(code)} documents"
    )


def test_a_faulty_file_stops_no_other_family_that_is_asked_for_alone(tmp_path: Path) -> None:
    read_toy(tmp_path)
    (tmp_path / "other.yaml").write_text("version: one\n", encoding="utf-8")
    assert [template.family for template in read_templates(tmp_path, ["toy"], "preview")] == ["toy"]
    with pytest.raises(ParamsError, match=r"other\.yaml"):
        read_templates(tmp_path)
    with pytest.raises(ParamsError, match=r"preview names 'toi', .* did you mean 'toy'"):
        read_templates(tmp_path, ["toi"], "preview")


def test_a_check_that_a_style_leaves_wrong_is_named_with_its_template(tmp_path: Path, toy_documents: list[Document]) -> None:
    template = read_toy(tmp_path, TOY.replace("separated:{{ mark }}", "max_words:{{ mark }}"))
    with pytest.raises(ParamsError, match=r"Template toy cannot be filled from .*max_words needs after the colon"):
        rows_of(template, toy_documents)


def test_a_folder_without_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one template"):
        read_templates(tmp_path)


def test_siblings_are_the_other_names_of_the_same_source(toy_documents: list[Document]) -> None:
    twin = replace(toy_documents[0], id="twin")
    library = Library([*toy_documents, twin])
    assert library.facts(twin)["siblings"] == [
        "count_archive", "find_next_archive", "load_archive", "merge_archive", "split_all_archive", "write_archive",
    ]  # fmt: skip
