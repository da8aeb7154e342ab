"""Strict JSON: what two readers may take otherwise is refused, and no message repeats what the text holds."""

import pytest

from tasks.completions.strict_json import decoded


def test_a_value_is_read() -> None:
    assert decoded(' {"a": [1, "b", null]} ') == {"a": [1, "b", None]}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"secret": 1, "secret": 2}', "a key comes twice in one object"),
        ('{"a": NaN}', "NaN, which JSON does not know"),
        ("[-Infinity]", "-Infinity, which JSON does not know"),
        ("[" * 100_000, "nested too deeply"),
        ('{"secret": tru}', "Expecting value"),
        ("{} {}", "Extra data"),
        ("", "Expecting value"),
    ],
)
def test_what_is_no_strict_json_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        decoded(text)
    assert "secret" not in str(refused.value)
