"""Where somebody can be reached: e-mail addresses, telephone numbers and public IP addresses, as spans of a text.

    emails("写信到zhang.wei@corp.cn。")           →  [(3, 20)]
    phones("Call +44 20 7123 4567 or 12345.")    →  [(5, 21)]
    ip_addresses("from 93.184.216.34, v1.2.3.4")  →  [(5, 18)]

Left alone is what reaches nobody: names reserved for examples (RFC 2606, 5737, 3849), private networks, `git@host` of a
command, numbers that a company answers (400, 800).
"""

import re
from collections.abc import Iterator
from ipaddress import IPv6Network, ip_address

from tasks.corpus.script import UNSEGMENTED

Span = tuple[int, int]

LONGEST_LOCAL = 64
"""Characters before the @: RFC 5321, 4.5.3.1.1."""
_LETTER = rf"[^\W{UNSEGMENTED}]"  # not of Chinese, where the words before an address touch it
_LOCAL = re.compile(rf"{_LETTER}(?:(?:{_LETTER}|[.%+-])*{_LETTER})?\Z")
_DOMAIN = re.compile(rf"(?:[^\W_{UNSEGMENTED}](?:[^\W_{UNSEGMENTED}]|-){{0,62}}\.){{1,8}}(?a:[A-Za-z]{{2,24}}(?![\w-]))")
_RESERVED = re.compile(
    r"(?i)(?:^|\.)(?:example\.(?:com|net|org|edu|cn)|(?:your|my)?domain\.(?:com|org|net)|[^.]+\.(?:test|example|invalid|localhost|local|internal|lan|domain(?:name)?))$"
)
# Units of systemd and files (`icon@2x.png`) have the shape of an address.
_NO_DOMAIN = re.compile(
    r"(?i)\.(?:service|socket|timer|target|mount|slice|scope|png|jpe?g|gif|svg|webp|js|json|ya?ml|txt|conf|html?)$"
)
_NOBODY = {"git", "hg", "svn", "root", "user", "username", "anonymous", "email", "you", "name", "yourname", "your.name"}
_REMOTE_COMMAND = re.compile(
    r"\b(?:ssh|scp|sftp|rsync|mosh|sshfs|ssh-copy-id|ssh-keygen|clone|kinit)\s(?:(?![,;，；。]|\.\s)[^\n]){0,80}\Z", re.A
)

# Most texts have no number as long: this alone is looked for in them.
_SEVEN_DIGITS = re.compile(r"[0-9](?:[ .()/-]{0,2}[0-9]){6}")
_INTERNATIONAL = re.compile(r"(?<![\w+.])\(?\+ ?[1-9](?:[ .()/-]{0,3}[0-9]){6,14}(?![0-9])", re.A)
_NATIONAL = (
    # Mobile telephones of mainland China: 13812345678, 138 1234 5678, 0086-138-1234-5678.
    ("CN", re.compile(r"(?<![\w.+])(?<!\d-)(?<!\w/)(?:(?:00)?86[ -]?)?1[3-9]\d([ -]?)\d{4}\1\d{4}(?!\w|[.-]\d)", re.A)),
    # Its landlines: 010-12345678, (0571) 8815 6789.
    (
        "CN",
        re.compile(
            r"(?<![\w.-])(?<!\d )(?:[(（]0\d{2,3}[)）] ?|0\d{2,3}[ -])(?:\d{7,8}|\d{4}[ -]\d{4})(?!\w|\.\d|[ -]\d{4})", re.A
        ),
    ),
    # North America: (212) 456-7890, 212-456-7890, 1-212-456-7890.
    ("US", re.compile(r"(?<![\w.+-])(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}(?!\w|[.-]\d)", re.A)),
)
_FICTION = re.compile(r"55501\d\d$")

# That it begins no later than a word is asked after its first character: `re` is quick where a class stands at the head.
_IPV4 = re.compile(r"[0-9](?<![\w.-][0-9])(?<!\w/[0-9])\d{0,2}(?:\.\d{1,3}){3}(?!\w|\.\d|-\w|/(?:[12]?\d|3[01])\b)", re.A)
_IPV6 = re.compile(r"2(?<![\w:.]2)[0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2,34}(?![\w.]|:|/\d)", re.A)
_VERSION = re.compile(
    r"(?i)(?:\bv|version|versions|release|ver\.?|build|section|chapter|§|版本|版|第|章|节)\s*(?:is|:|=|号|为|是)?\s*\Z"
)
SHORTEST_IPV4 = 10
_GLOBAL = IPv6Network("2000::/3")
# Name servers for everybody, which every handbook quotes.
_RESOLVERS = re.compile(
    r"8\.8\.8\.8|8\.8\.4\.4|1\.0\.0\.1|9\.9\.9\.9|149\.112\.112\.112|208\.67\.22[02]\.22[02]|114\.114\.11[45]\.11[45]|223\.[56]\.[56]\.[56]"
    r"|119\.29\.29\.29|180\.76\.76\.76|2001:4860:4860::88(?:88|44)|2606:4700:4700::1[01]{3}|2400:3200(?:::|:baba::)1"
)


def emails(text: str) -> Iterator[Span]:
    """Addresses of mail; looked for around each @, so that a long text without one costs nothing."""
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.search(text, max(0, at - LONGEST_LOCAL), at)
        domain = _DOMAIN.match(text, at + 1)
        if local and domain and not _reaches_nobody(text, local[0], domain):
            yield local.start(), domain.end()
        at = text.find("@", at + 1)


def _reaches_nobody(text: str, local: str, domain: re.Match[str]) -> bool:
    start = domain.start() - 1 - len(local)
    remote = text.startswith((":/", ":~", ":."), domain.end()) or text.endswith("://", 0, start)
    if remote or local.lower() in _NOBODY or _RESERVED.search(domain[0]) or _NO_DOMAIN.search(domain[0]):
        return True
    line = text[max(text.rfind("\n", 0, start) + 1, start - 100) : start]
    return _REMOTE_COMMAND.search(line) is not None


def phones(text: str) -> Iterator[Span]:
    """Numbers with a country code, of mainland China, and of North America as they are written there.

    Valid by the numbering plans that `phonenumbers` has of every country.
    """
    if not _SEVEN_DIGITS.search(text):
        return
    for found in _INTERNATIONAL.finditer(text):
        # The digits that follow may be of something else: the longest part that is a number counts.
        ends = [found.start() + place.end() for place in re.finditer(r"\d(?!\d)", found[0])]
        end = next((end for end in reversed(ends) if _is_phone(text[found.start() : end], None)), None)
        if end:
            yield found.start(), end
    for country, pattern in _NATIONAL:
        for found in pattern.finditer(text):
            if _is_phone(found[0], country):
                yield found.span()


def _is_phone(written: str, country: str | None) -> bool:
    from phonenumbers import NumberParseException, PhoneNumberType, is_valid_number, number_type, parse

    digits = re.sub(r"[^+0-9]", "", written.replace("(0)", ""))
    # 1500000000000 and its like are amounts.
    if digits.endswith("0000000") or _FICTION.search(digits):
        return False
    try:
        number = parse(digits, country)
    except NumberParseException:
        return False
    of_a_person = (
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    )
    return is_valid_number(number) and number_type(number) in of_a_person


def ip_addresses(text: str) -> Iterator[Span]:
    """Addresses of machines in the public network; networks, versions and section numbers are none."""
    for found in _IPV4.finditer(text) if _SEVEN_DIGITS.search(text) else ():
        if _is_public(found[0]) and not _VERSION.search(text, max(0, found.start() - 12), found.start()):
            yield found.span()
    for found in _IPV6.finditer(text) if ":" in text else ():
        if _is_public(found[0]):
            yield found.span()


def _is_public(written: str) -> bool:
    try:
        address = ip_address(written)
    except ValueError:
        return False
    if address.version == 6:
        return address in _GLOBAL and address.is_global and not _RESOLVERS.fullmatch(str(address))
    # 5.0.0.62 and 12.10.2.1 are versions and sections: of a hundred addresses hardly two are as short. x.y.z.0 is a network.
    a_host = len(written) >= SHORTEST_IPV4 and not written.endswith(".0")
    return a_host and address.is_global and not address.is_multicast and not _RESOLVERS.fullmatch(written)
