"""Numbers of cards, accounts and people that carry a checksum, as spans of a text.

cards("Pay with 4111 1111 1111 1111.")        →  [(9, 28)]
ibans("an DE89 3704 0044 0532 0130 00, bitte")  →  [(3, 30)]
id_numbers("身份证11010519491231002X。")          →  [(3, 21)]
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import accumulate

_ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}"  # Discover
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|(?:2131|1800)\d{11}"  # JCB of old
    r"|62\d{14,17}"  # UnionPay
    r"|(?:5018|5020|5038|5[678]\d\d|6304|6390|6759|676[1-3])\d{12,15}"  # Maestro
    r"|220[0-4]\d{12,15}"  # Mir
)
# Most texts have no number as long: this alone is looked for in them.
_THIRTEEN_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){12}")
_CARD = re.compile(
    r"(?<![\w.])(?<!\d[ -])[1-6]\d{3}(?:"
    r"\d{9,15}"
    r"|(?P<gap>[ -])\d{4}(?P=gap)\d{4}(?P=gap)\d{4}(?:(?P=gap)\d{1,3})?"
    r"|(?P<space>[ -])\d{6}(?P=space)\d{4,5}"  # American Express, Diners
    r")(?!\w|\.\d|[ -]\d{4}(?!\d))",  # no part of a longer number, or of a row of them
    re.A,
)
_ID_NUMBER = re.compile(r"(?<![\w.])[1-8]\d{5} ?(?P<born>(?:18|19|20)\d{6}) ?\d{3}[\dXx](?!\w|\.\d)", re.A)
_IBAN = re.compile(r"[A-Z](?<!\w[A-Z])[A-Z]\d\d(?=[ -]?[A-Z0-9]{4})", re.A)
IBAN_LENGTHS = {
    "NO": 15, "BE": 16, "DK": 18, "FI": 18, "FK": 18, "FO": 18, "GL": 18, "NL": 18, "SD": 18, "MK": 19, "SI": 19, "AT": 20,
    "BA": 20, "EE": 20, "KZ": 20, "LT": 20, "LU": 20, "MN": 20, "XK": 20, "CH": 21, "HR": 21, "LI": 21, "LV": 21, "BG": 22,
    "BH": 22, "CR": 22, "DE": 22, "GB": 22, "GE": 22, "IE": 22, "ME": 22, "RS": 22, "VA": 22, "AE": 23, "GI": 23, "IL": 23,
    "IQ": 23, "OM": 23, "SO": 23, "TL": 23, "AD": 24, "CZ": 24, "ES": 24, "MD": 24, "PK": 24, "RO": 24, "SA": 24, "SE": 24,
    "SK": 24, "TN": 24, "VG": 24, "LY": 25, "PT": 25, "ST": 25, "IS": 26, "TR": 26, "BI": 27, "DJ": 27, "FR": 27, "GR": 27,
    "IT": 27, "MC": 27, "MR": 27, "SM": 27, "AL": 28, "AZ": 28, "BY": 28, "CY": 28, "DO": 28, "GT": 28, "HN": 28, "HU": 28,
    "LB": 28, "NI": 28, "PL": 28, "BR": 29, "EG": 29, "PS": 29, "QA": 29, "UA": 29, "JO": 30, "KW": 30, "MU": 30, "YE": 30,
    "MT": 31, "SC": 31, "LC": 32, "RU": 33,
}  # fmt: skip
"""Characters by country: the SWIFT IBAN registry."""
_PROVINCES = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83}


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Payment cards: 13 to 19 digits with an issuer's prefix that pass Luhn's test; also those published for tests."""
    for found in _CARD.finditer(text) if _THIRTEEN_DIGITS.search(text) else ():
        digits = re.sub("[ -]", "", found[0])
        if _ISSUERS.fullmatch(digits) and passes_luhn(digits) and not is_ean_13(digits):
            yield found.span()


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B: from the right, each second digit doubled."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def is_ean_13(digits: str) -> bool:
    """Whether it is the number of an article: those of Germany and Japan begin as a Visa of 13 digits does."""
    return len(digits) == 13 and sum(map(int, digits[::2] + 3 * digits[1::2])) % 10 == 0


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Bank accounts by ISO 13616, in one run or in fours."""
    for found in _IBAN.finditer(text):
        length = IBAN_LENGTHS.get(found[0][:2], 0)
        run = re.compile(rf"(?:[ -]?[A-Z0-9]){{{length}}}(?![A-Za-z0-9])").match(text, found.start()) if length else None
        if run and passes_mod_97(re.sub("[ -]", "", run[0])):
            yield run.span()


def passes_mod_97(iban: str) -> bool:
    """ISO/IEC 7064, MOD 97-10: the first four characters at the end, letters as 10 to 35."""
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def id_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Identity numbers of mainland China, GB 11643: province, a day of birth that was, and a checksum."""
    for found in _ID_NUMBER.finditer(text) if _THIRTEEN_DIGITS.search(text) else ():
        if int(found[0][:2]) in _PROVINCES and _is_day(found["born"]) and passes_mod_11_2(found[0].replace(" ", "")):
            yield found.span()


def passes_mod_11_2(number: str) -> bool:
    """ISO/IEC 7064, MOD 11-2, where X is ten."""
    values = [10 if digit in "Xx" else int(digit) for digit in number]
    *_, check = accumulate(values, lambda sum, value: (2 * sum + value) % 11)
    return check == 1


def _is_day(digits: str) -> bool:
    try:
        date.fromisoformat(digits)
    except ValueError:
        return False
    return True
