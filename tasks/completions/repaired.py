"""JSON that a model wrote nearly right → its value, where no word of it must be guessed.

    repaired("{'name': 'fig', 'sweet': True,}")   → {"name": "fig", "sweet": True}
    repaired('{"name": "fig" "plum"}')            ValueError: plum would be lost
    plain_marks("{“名称”：“苹果，红”，}")            → '{"名称":"苹果，红",}'

The library json-repair answers always, if need be by dropping what it does not understand or taking NaN for a word. So its
answer counts only where every word of the reply is in it, in the same order, and every text of it stood between quotes.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from json_repair import repair_json

LONGEST = 20_000
"""Characters that are repaired: json-repair looks ahead again and again, a second long for a hostile text of this length."""

_PLAIN = str.maketrans("：，｛｝［］＂", ':,{}[]"')
_MARK = re.compile(r'"(?:[^"\\]|\\.)*+"?|\'(?:[^\'\\\n]|\\.)*+\'?|“([^“”]*)”|[：，｛｝［］＂]', re.DOTALL)
_COMMENT = re.compile(r"(\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?)|//[^\n]*|/\*.*?\*/|#[^\n]*", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"\\/bfnrt]))")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?", re.DOTALL)
_LOST = re.compile(r"\.\.\.|…|[%$€£¥]")
"""What json-repair drops outside of strings, and what is no word."""
_WORD = re.compile(r"\w+")
_LITERALS = {"True": "true", "False": "false", "None": "null"}
"""Python's words for JSON's."""


def repaired(text: str) -> Any:
    """The value that a text stands for, brackets included. Raises ValueError where a word would be lost or made up."""
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters, more than {LONGEST} that are repaired")
    if not text.rstrip().endswith(("]", "}", '"', "'")) or '"""' in text or _LOST.search(_STRING.sub("", text)):
        raise ValueError("something was left out")
    value = repair_json(text, return_objects=True, skip_json_loads=True)
    if not isinstance(value, dict if text.startswith("{") else list):
        raise ValueError("a repair would turn an object into an array, or an array into something else")
    said = _ESCAPE.sub(_unescaped, _COMMENT.sub(lambda found: found[1] or " ", text))
    if _words(said) != _words(" ".join(_leaves(value))):
        raise ValueError("a repair would lose or move words")
    for part, is_key in _texts(value):
        if not any(f"{quote}{part}{quote}" in said for quote in "\"'") and not (is_key and _stands_bare(part, said)):
            raise ValueError(f"a repair would make a text of {part[:60]!r}")
    return value


def plain_marks(text: str) -> str:
    """The marks of JSON in ASCII where a Chinese keyboard put its own; what stands between quotes is kept."""
    return _MARK.sub(_plain_mark, text)


def _plain_mark(found: re.Match[str]) -> str:
    if found[1] is not None:
        return json.dumps(found[1], ensure_ascii=False)
    return found[0] if found[0][0] in "\"'" else found[0].translate(_PLAIN)


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else _ESCAPED.get(found[2], found[2])


def _words(text: str) -> list[str]:
    return [_LITERALS.get(word, word) for word in _WORD.findall(text)]


def _leaves(value: Any) -> Iterator[str]:
    """All that a value says, in its order."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


def _texts(value: Any) -> Iterator[tuple[str, bool]]:
    """The strings of a value, and whether each is a key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, True
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value, False


def _stands_bare(key: str, said: str) -> bool:
    """Whether a key was written without quotes, as in JavaScript: {name: "fig"}."""
    return key.isidentifier() and re.search(rf"[{{,]\s*{re.escape(key)}\s*:", said) is not None
