"""Pairs in the three shapes that other tuning tools read.

alpaca     {"instruction": …, "input": …, "output": …, "history": [[…, …]]}     one JSON array
sharegpt   {"conversations": [{"from": "human", "value": …}, {"from": "gpt", …}]}   one JSON array
messages   {"messages": [{"role": "user", "content": …}, {"role": "assistant", …}]}  a JSON object a line
"""

import json
from collections.abc import Sequence
from typing import Any

from tasks.records import Pair


def alpaca(pairs: Sequence[Pair]) -> str:
    """One JSON array; earlier turns as `history`, which LLaMA-Factory reads and Stanford's own trainer passes over."""
    return _array([{**_triple(pair), **({"history": pair.history} if pair.history else {})} for pair in pairs])


def sharegpt(pairs: Sequence[Pair]) -> str:
    """One JSON array of conversations between human and gpt."""
    speakers = {"user": "human", "assistant": "gpt"}
    return _array(
        [{"conversations": [{"from": speakers[role], "value": content} for role, content in _turns(pair)]} for pair in pairs]
    )


def messages(pairs: Sequence[Pair]) -> str:
    """One JSON object a line, in the roles of chat APIs."""
    return "".join(
        json.dumps({"messages": [{"role": role, "content": content} for role, content in _turns(pair)]}, ensure_ascii=False)
        + "\n"
        for pair in pairs
    )


def _triple(pair: Pair) -> dict[str, Any]:
    return {"instruction": pair.instruction, "input": pair.input, "output": pair.output}


def _turns(pair: Pair) -> list[tuple[str, str]]:
    earlier = [turn for user, assistant in pair.history for turn in (("user", user), ("assistant", assistant))]
    asked = f"{pair.instruction}\n\n{pair.input}" if pair.input else pair.instruction
    return [*earlier, ("user", asked), ("assistant", pair.output)]


def _array(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
