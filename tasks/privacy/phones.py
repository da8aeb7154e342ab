"""Telephone numbers, as spans of a text.

    phones("Call +44 20 7123 4567 or 12345.")    →  [(5, 21)]
    phones("电话13812345678，客服400-123-4567。")   →  [(2, 13)]

With the code of a country; and as they are written in mainland China and North America. Other national forms look like any
number. Each must be valid by its country's numbering plan, which `phonenumbers` has; those that a company answers (400, 800,
premium rates) and those of films (555-0123) are nobody's.
"""

import re
from collections.abc import Iterator

# Most texts have no number as long: this alone is looked for in them.
_SEVEN_DIGITS = re.compile(r"[0-9](?:[ .()/-]{0,2}[0-9]){6}")
_INTERNATIONAL = re.compile(r"(?<![\w+.])\(?\+ ?[1-9](?:[ .()/-]{0,3}[0-9]){6,14}(?![0-9])", re.A)
# 13812345678, 138 1234 5678, 0086-138-1234-5678.
_CHINA_MOBILE = re.compile(r"(?<![\w.+])(?<!\d-)(?<!\w/)(?:(?:00)?86[ -]?)?1[3-9]\d([ -]?)\d{4}\1\d{4}(?!\w|[.-]\d)", re.A)
# 010-12345678, (0571) 8815 6789; the brackets may be Chinese.
_CHINA_LANDLINE = re.compile(
    r"(?<![\w.-])(?<!\d )(?:[(（]0\d{2,3}[)）] ?|0\d{2,3}[ -])(?:\d{7,8}|\d{4}[ -]\d{4})(?!\w|\.\d|[ -]\d{4})", re.A
)
# (212) 456-7890, 212-456-7890, 1-212-456-7890.
_NORTH_AMERICA = re.compile(r"(?<![\w.+-])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}(?!\w|[.-]\d)", re.A)
_NATIONAL = ((_CHINA_MOBILE, "CN"), (_CHINA_LANDLINE, "CN"), (_NORTH_AMERICA, "US"))
# 15000000000 nanoseconds are no number; nor is 555-0123, which the North American plan keeps for fiction.
_NO_NUMBER = re.compile(r"0000000$|55501\d\d$")


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Valid ones; a number may be found in two ways."""
    if not _SEVEN_DIGITS.search(text):
        return
    for found in _INTERNATIONAL.finditer(text):
        # The digits that follow may be of something else: the longest part that is a number counts.
        ends = [found.start() + place.end() for place in re.finditer(r"\d(?!\d)", found[0])]
        if end := next((end for end in reversed(ends) if _is_somebodys(text[found.start() : end], None)), 0):
            yield found.start(), end
    for pattern, country in _NATIONAL:
        yield from (found.span() for found in pattern.finditer(text) if _is_somebodys(found[0], country))


def _is_somebodys(written: str, country: str | None) -> bool:
    from phonenumbers import NumberParseException, PhoneNumberType, is_valid_number, number_type, parse  # 0.1 s

    digits = re.sub(r"[^+0-9]", "", written.replace("(0)", ""))
    if _NO_NUMBER.search(digits):
        return False
    try:
        number = parse(digits, country)
    except NumberParseException:
        return False
    fixed = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP)
    return is_valid_number(number) and number_type(number) in (PhoneNumberType.MOBILE, *fixed)
