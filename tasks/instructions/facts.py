"""What is known of a Document, by name, for templates to use. A fact that cannot be had is simply not there.

facts(Document(title="textwrap.fill", source="python_docs:textwrap", kind="code",
               text='def fill(text, width=70):\n    \"\"\"Wrap one paragraph. Really.\"\"\"\n    return wrap(text)', …))
→ {"module": "textwrap", "class": "none", "name": "fill", "signature": "fill(text, width=70)",
   "parameters": ["text", "width"], "required": ["text"], "defaults": {"width": "70"}, "returned": "wrap(text)",
   "first": "Wrap one paragraph.", "sentences": ["Wrap one paragraph.", "Really."], "words": ["Wrap", …], …}
"""

import ast
import re
import warnings
from typing import Any

from tasks.records import Document

NAMES = frozenset(
    {"title", "sentences", "passage", "first", "words", "long_words", "other_words"}
    | {"name", "module", "class", "signature", "arguments", "parameters", "plain", "required", "defaults", "optional"}
    | {"keywords", "body", "returned", "siblings"}
)
"""Every name a template may use, besides its own styles and lets."""

# Not after e.g., i.e. or an initial; Chinese sentences need no space after them.
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!\b[A-Z]\.)\s+(?=[\"'`(]?[A-Z])|(?<=[。！？])\s*(?=\S)")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*[A-Za-z]|[A-Za-z]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_MARKUP = re.compile(r">>>|::|[{}<>\\*=|]|^\s*[-+#.]|\S {3,}\S", re.MULTILINE)
"""Signs that a paragraph is an example, a table or a list rather than sentences."""

Facts = dict[str, Any]


def facts(document: Document) -> Facts:
    """The facts of one document, without `siblings`, which only its neighbours can tell."""
    if document.kind == "code":
        return {"title": document.title, **_code(document)}
    return {"title": document.title, **_prose(document.text)}


def _code(document: Document) -> Facts:
    function = _function(document.text)
    if function is None:
        return {}
    place = _place(document, function.name)
    arguments = _arguments(function, method=place.get("class", "none") != "none")
    found = {"name": function.name, **place, **_signature(function.name, arguments), **_body(function)}
    return {**found, **_prose(ast.get_docstring(function) or "")}


def _function(source: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # "\d" in somebody's source is not our fault
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
    return body[0] if len(body) == 1 and isinstance(body[0], ast.FunctionDef | ast.AsyncFunctionDef) else None


def _place(document: Document, name: str) -> Facts:
    """Module and class, from `python_docs:email.message` and `email.message.Message.get`; class none for a function."""
    module = document.source.partition(":")[2]
    if not document.title.startswith(f"{module}.") or not document.title.endswith(f".{name}"):
        return {}
    return {"module": module, "class": document.title[len(module) + 1 : -len(name) - 1] or "none"}


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef, *, method: bool) -> ast.arguments:
    """The arguments of a call: no self or cls, no annotations."""
    given = function.args
    for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]:
        if argument:
            argument.annotation = None
    first = (given.posonlyargs or given.args)[:1]
    if method and first and first[0].arg in ("self", "cls"):
        (given.posonlyargs or given.args).pop(0)
    return given


def _signature(name: str, given: ast.arguments) -> Facts:
    positional = [argument.arg for argument in [*given.posonlyargs, *given.args]]
    values = dict(zip(reversed(positional), (ast.unparse(value) for value in reversed(given.defaults)), strict=False))
    for argument, value in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if value is not None:
            values[argument.arg] = ast.unparse(value)
    named = [*positional, *(argument.arg for argument in given.kwonlyargs)]
    stars = [star.arg for star in (given.vararg, given.kwarg) if star]
    return {
        "signature": f"{name}({ast.unparse(given)})",
        "arguments": ast.unparse(given),
        "plain": not stars and not given.posonlyargs and not given.kwonlyargs,
        "parameters": [*named, *stars],
        "required": [name for name in named if name not in values],
        "defaults": {name: values[name] for name in named if name in values},
        "optional": [f"{name}={values[name]}" for name in named if name in values],
        "keywords": [f"{name}={name}" for name in named],
    }


def _body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Facts:
    """The statements after the docstring, and the expression returned where there is exactly one."""
    statements = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    if not statements:
        return {}
    returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
    returned = {"returned": ast.unparse(returns[0])} if len(returns) == 1 else {}
    return {"body": "\n".join(ast.unparse(statement) for statement in statements), **returned}


def _prose(text: str) -> Facts:
    sentences = _sentences(text)
    if not sentences:
        return {}
    found: Facts = {"sentences": sentences, "first": sentences[0], "passage": " ".join(sentences[:3])}
    if _HAN.search(sentences[0]):
        return found  # where its words end is another question
    words = _WORD.findall(sentences[0])
    long_words = [word for word in words if len(word) >= 5 and word.islower() and words.count(word) == 1]
    elsewhere = {word for other in sentences[1:] for word in _WORD.findall(other) if len(word) >= 5 and word.islower()}
    return {**found, "words": words, "long_words": long_words, "other_words": sorted(elsewhere - set(words))}


def _sentences(text: str) -> list[str]:
    """Whole sentences of the first paragraphs that are prose; headings before them are passed over, examples end them."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        sentences = _SENTENCE_END.split(" ".join(paragraph.split()))
        if not _MARKUP.search(paragraph) and all(_is_sentence(sentence) for sentence in sentences):
            found += sentences
        elif found:
            break
    return found


def _is_sentence(sentence: str) -> bool:
    return sentence.endswith((".", "!", "?", "。", "！", "？")) and (sentence[0].isupper() or bool(_HAN.match(sentence)))
