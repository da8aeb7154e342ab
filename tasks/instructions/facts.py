"""What is known of a Document, by name, for templates to use. A fact that cannot be had is simply not there.

    def fill(text, width=70):                name fill, module textwrap, class none, signature fill(text, width=70),
        "Wrap one paragraph. Really."    →   parameters [text, width], required [text], defaults {width: 70},
        return wrap(text, width)             returned wrap(text, width), first Wrap one paragraph.,
                                             words [Wrap, one, paragraph], …

Signatures and parameters are those of a call: without self, cls and annotations.
"""

import ast
import re
import warnings
from typing import Any

from tasks.records import Document

NAMES = frozenset(
    {"title", "sentences", "passage", "first", "words", "long_words", "other_words"}
    | {"name", "module", "class", "signature", "arguments", "parameters", "plain", "required", "defaults", "optional"}
    | {"code", "body", "returned", "siblings"}
)
"""Every name a template may use, besides its own styles and lets."""

# Not after e.g., i.e. or an initial; Chinese sentences need no space after them.
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!\b[A-Z]\.)\s+(?=[\"'`(]?[A-Z])|(?<=[。！？])\s*(?=\S)")
_WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*")
_AROUND_WORDS = ".,;:!?()\"'`"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_MARKUP = re.compile(r">>>|::|[{}<>\\*=|]|^\s*[-+#.]|\S {3,}\S", re.MULTILINE)
"""Signs that a paragraph is an example, a table or a list rather than sentences."""

Facts = dict[str, Any]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def facts(document: Document) -> Facts:
    """The facts of one document, without `siblings`, which only its neighbours can tell."""
    if document.kind == "code":
        return {"title": document.title, **_code(document)}
    return {"title": document.title, **_prose(document.text)}


def _code(document: Document) -> Facts:
    function = _function(document.text)
    if function is None:
        return {}
    docstring, receiver = ast.get_docstring(function), _receiver(function)
    statements = function.body[docstring is not None :]
    function.args = _arguments(function.args, receiver)
    found = {"name": function.name, **_place(document, function.name, method=bool(receiver) or _is_static(function))}
    return {**found, **_signature(function.name, function.args), **_body(function, statements), **_prose(docstring or "")}


def _function(source: str) -> Function | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # "\d" in somebody's source is not our fault
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
    return body[0] if len(body) == 1 and isinstance(body[0], Function) else None


def _receiver(function: Function) -> str:
    """self or cls, where the first argument is one; "" for a function that is called by itself."""
    first = [*function.args.posonlyargs, *function.args.args][:1]
    names = {"self"} | ({"cls"} if "classmethod" in _decorators(function) else set())
    return first[0].arg if first and first[0].arg in names else ""


def _is_static(function: Function) -> bool:
    return "staticmethod" in _decorators(function)


def _decorators(function: Function) -> set[str]:
    return {ast.unparse(decorator) for decorator in function.decorator_list}


def _place(document: Document, name: str, *, method: bool) -> Facts:
    """Module and class of `email.message.Message.get`; class none for a function. Classes within classes are left out."""
    *outer, last = document.title.split(".")
    parts = outer[:-1] if method else outer
    if last != name or not parts or any(part[:1].isupper() for part in parts):
        return {}
    return {"module": ".".join(parts), "class": outer[-1] if method else "none"}


def _arguments(given: ast.arguments, receiver: str) -> ast.arguments:
    """The arguments of a call: no self or cls, no annotations."""
    for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]:
        if argument:
            argument.annotation = None
    if receiver:
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
    }


def _body(function: Function, statements: list[ast.stmt]) -> Facts:
    """The code without docstring, its statements alone, and the expression returned where there is exactly one."""
    if not statements:
        return {}
    returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
    returned = {"returned": ast.unparse(returns[0])} if len(returns) == 1 else {}
    function.body, function.decorator_list, function.returns = statements, [], None
    return {"code": ast.unparse(function), "body": "\n".join(map(ast.unparse, statements)), **returned}


def _prose(text: str) -> Facts:
    sentences = sentences_of(text)
    if not sentences:
        return {}
    found: Facts = {"sentences": sentences, "first": sentences[0], "passage": " ".join(sentences[:3])}
    words = [word.strip(_AROUND_WORDS) for word in sentences[0].split()]
    if not all(_WORD.fullmatch(word) for word in words):
        return found  # Chinese, or names and numbers among the words: what a word is would be a matter of taste
    long_words = [word for word in words if _is_plain_long(word) and words.count(word) == 1]
    elsewhere = {word for other in sentences[1:] for word in _WORD.findall(other) if _is_plain_long(word)}
    return {**found, "words": words, "long_words": long_words, "other_words": sorted(elsewhere - set(words))}


def _is_plain_long(word: str) -> bool:
    return len(word) >= 5 and word.isalpha() and word.islower()


def sentences_of(text: str) -> list[str]:
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
