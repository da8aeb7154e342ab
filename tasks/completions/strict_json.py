"""JSON that every reader reads alike, or a ValueError that says where and why it is none.

    decoded('{"label": "noun"}')              → {"label": "noun"}
    decoded('{"label": "noun", "label": 3}')  ValueError: a key comes twice in one object

RFC 8259 less what it leaves open: keys that come twice, NaN and Infinity, nesting deeper than Python recurses. No message
repeats what the text holds: a server may say a key of ours.
"""

import json
from collections.abc import Sequence
from typing import Any, NoReturn


def decoded(text: str) -> Any:
    """One JSON value and nothing else. Raises ValueError."""
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name}, which JSON does not know")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
