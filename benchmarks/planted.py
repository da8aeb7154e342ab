"""Sentences with one value in each that is personal or secret, or only looks so; made by chance, nothing real is stored.

planted(1, 40)[0]      →  Sentence("email", "e-mail", "备注：li-na7@qq.com。", "备注：<EMAIL>。")
lookalikes(1, 40)[0]   →  Sentence("", "card without checksum", "- 4716 0025 …\n- the second point", the same)
"""

import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from uuid import UUID

from tasks.placeholders import placeholder
from tasks.privacy.account_numbers import IBAN_LENGTHS, passes_luhn, passes_mod_11_2, passes_mod_97

Maker = Callable[[Random], str]

CONTEXTS = (
    "Please write {} into the form before Friday.",
    "It says {}; nobody knows why.",
    "He told us: {}",
    'row["note"] = "{}"  # as it came',
    "- {}\n- the second point",
    "请把{}填进表格，周五之前交。",
    "上面写着{}，没有人知道为什么。",
    "备注：{}。",
    "他说的是（{}），请核对。",
)
SLOTS = {
    "#": string.digits,
    "%": "0123456789abcdef",
    "*": string.ascii_letters + string.digits,
    "~": string.ascii_letters + string.digits + "-_",
    "&": string.ascii_uppercase + "234567",
    "?": string.ascii_lowercase,
}
CHECKSUM_TYPES = ("card", "iban", "id_number")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, and what it must become."""

    type: str
    kind: str
    text: str
    private: str


def like(*patterns: str) -> Maker:
    """A maker that takes a pattern and fills its slots by chance: ## → 47, %% → a0, ** → Tz."""

    def make(source: Random) -> str:
        return "".join(source.choice(SLOTS.get(letter, letter)) for letter in source.choice(patterns))

    return make


def first(candidates: Callable[[], str], passes: Callable[[str], bool]) -> str:
    """The first of many that passes a test."""
    while not passes(found := candidates()):
        pass
    return found


def card(source: Random, valid: bool = True) -> str:
    """Of Visa, Mastercard, American Express or UnionPay, in one run or in groups."""
    prefix, size = source.choice([("4", 16), ("51", 16), ("2223", 16), ("34", 15), ("622848", 19), ("622202", 16)])
    maker = like(prefix + "#" * (size - len(prefix)))
    digits = first(lambda: maker(source), lambda one: passes_luhn(one) == valid)
    ends = (0, 4, 10, 15) if size == 15 else (0, 4, 8, 12, 16, 19)
    return source.choice(["", " ", "-"]).join(digits[start:end] for start, end in pairwise(ends) if start < size)


def iban(source: Random, valid: bool = True) -> str:
    """Of any country of the registry, in one run or in fours; the bank's own part in digits, or with letters."""
    country, slot = source.choice(sorted(IBAN_LENGTHS)), source.choice("#&")
    own = like(slot * (IBAN_LENGTHS[country] - 4))(source)
    written = first(lambda: f"{country}{source.randrange(2, 99):02}{own}", lambda one: passes_mod_97(one) == valid)
    return source.choice(["", " "]).join(written[place : place + 4] for place in range(0, len(written), 4))


def id_number(source: Random, valid: bool = True) -> str:
    """Of mainland China."""
    born = f"{source.randrange(1930, 2020)}{source.randrange(1, 13):02}{source.randrange(1, 29):02}"
    head = like(*(f"{place}{born}###" for place in ("110105", "310115", "440306", "510107", "330106", "620102")))(source)
    return first(lambda: head + source.choice("0123456789X"), lambda one: passes_mod_11_2(one) == valid)


def email(source: Random) -> str:
    """As people have them."""
    local = source.choice(["zhang.wei", "j.smith", "info", "anna_k", "müller", "sales+eu", "li-na"])
    domain = source.choice(["qq.com", "163.com", "gmail.com", "uni-bonn.de", "mail.pku.edu.cn", "corp.co.uk"])
    return f"{local}{source.randrange(99)}{source.choice('@@@＠')}{domain}"


def phone(source: Random) -> str:
    """Of mainland China, North America, or with the code of a country; the last digits are drawn."""
    mobile = source.choice(["135", "138", "150", "177", "186", "199"])
    makers = like(
        f"{mobile}7######1",
        f"{mobile}-#1##-###2",
        f"+86 {mobile} #1## ###2",
        "010-65####21",
        "(021) 62####21",
        "(212) 46#-##91",
        "+1 415-67#-##91",
        "+44 20 71## ##91",
        "+49 30 20####91",
        "+33 6 12 ## ## 91",
    )
    return makers(source)


def jwt(source: Random) -> str:
    """A token of three parts, signed by chance."""
    parts = [b'{"alg":"HS256","typ":"JWT"}', like('{"sub":"#########"}')(source).encode(), source.randbytes(32)]
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def private_key(source: Random) -> str:
    """Lines of base64 between their marks."""
    kind = source.choice(["RSA ", "EC ", "OPENSSH ", ""]) + "PRIVATE KEY"
    body = b64encode(source.randbytes(700)).decode()
    lines = "\n".join(body[place : place + 64] for place in range(0, len(body), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"


SECRETS: dict[str, Maker] = {
    "AWS": like("AKIA" + 16 * "&"),
    "AWS session": like("ASIA" + 16 * "&"),
    "GitHub": like("ghp_" + 36 * "*"),
    "GitHub app": like("ghs_" + 36 * "*"),
    "GitHub fine-grained": like("github_pat_" + 22 * "*" + "_" + 59 * "*"),
    "GitLab": like("glpat-" + 19 * "~" + "*"),
    "OpenAI": like("sk-" + 20 * "*" + "T3BlbkFJ" + 20 * "*"),
    "OpenAI project": like("sk-proj-" + 155 * "~" + "*"),
    "Anthropic": like("sk-ant-api03-" + 93 * "~" + "AA"),
    "DeepSeek": like("sk-" + 32 * "%"),
    "Google": like("AIza" + 34 * "~" + "*"),
    "Slack": like("xoxb-" + 12 * "#" + "-" + 12 * "#" + "-" + 24 * "*"),
    "Stripe": like("sk_live_" + 24 * "*"),
    "Stripe restricted": like("rk_live_" + 24 * "*"),
    "npm": like("npm_" + 36 * "*"),
    "PyPI": like("pypi-AgEIcHlwaS5vcmc" + 150 * "~" + "*"),
    "Hugging Face": like("hf_" + 34 * "*"),
    "Telegram": like("1" + 9 * "#" + ":AA" + 32 * "~" + "*"),
    "SendGrid": like("SG." + 22 * "*" + "." + 43 * "*"),
    "Twilio": like("SK" + 32 * "%"),
    "Alibaba": like("LTAI5t" + 18 * "*"),
    "Tencent": like("AKID" + 32 * "*"),
    "JWT": jwt,
    "private key": private_key,
}
PLANTED: dict[str, dict[str, Maker]] = {
    "email": {"e-mail": email},
    "phone": {"telephone": phone},
    "ip_address": {
        "IP address": like("47.1##.2#.1##", "185.2#.1#.1#", "220.181.1##.2#", "2a01:4f8:1%1%:2%%::%1", "2400:da00::1%%%")
    },
    "card": {"card": card},
    "iban": {"IBAN": iban},
    "id_number": {"identity number": id_number},
    "secret": SECRETS,
}
"""By type and kind."""
LOOKALIKES: dict[str, Maker] = {
    "card without checksum": lambda source: card(source, valid=False),
    "IBAN without checksum": lambda source: iban(source, valid=False),
    "identity number without checksum": lambda source: id_number(source, valid=False),
    "private network": like("10.0.1#.2##", "192.168.1#.1##", "172.16.1##.#", "127.0.0.1"),
    "documentation network": like("192.0.2.1##", "198.51.100.2#", "203.0.113.1#", "2001:db8::%%"),
    "version": like("v#.##.###.#", "v12#.0.6###.1##", "3.1#.#", "1.2#.3#.4"),
    "build": like("version 1#.2#.1##.2#", "版本1#.2#.1##.2#"),
    "section": like("1#.2.#.1", "#.1#.3.2"),
    "date and time": like("202#-0#-1# 12:3#:4#", "1#.0#.202#", "202#年1#月2#日"),
    "timestamp": like("17###########"),
    "hash": like(40 * "%", "sha256:" + 64 * "%"),
    "UUID": lambda source: str(UUID(int=source.getrandbits(128))),
    "ISBN": like("978-7-###-#####-#", "ISBN 978-0-#####-###-#"),
    "service number": like("400-###-####", "800-###-####", "95###"),
    "short number": like("1####", "2######", "3#########"),
    "amount": like("1#,###,###.50", "￥###.##万"),
    "decimal": like("0.################"),
    "reserved mail": like("??????@example.com", "???@mail.example.org", "???@shop.test"),
    "remote": like(
        "git@github.com:???/???.git", "scp notes.txt ???@host.???.net:/srv", "scp notes.txt ???@host.???.net:notes"
    ),
    "file or unit": like("icon#@2x.png", "getty@tty#.service"),
    "package": like("lodash@#.##.#"),
    "MAC address": like("%%:%%:%%:%%:%%:%%"),
    "place for a secret": like("password=$DB_PASSWORD", "token: <token>", "secret=changeme", "password: xxxxxxxxxxxx"),
    "name in code": like("token = TokenType#Parser", "token = config.v#.TOKEN_#", "token = next_token#(stream)"),
    "password of a guide": like("postgres://user:password@localhost/db"),
    "class of CSS": like("sk-toggleable__content-arrow-#"),
}


def planted(seed: int, each: int) -> list[Sentence]:
    """For each kind so many sentences; 10 times as many where a type has one kind alone."""
    source, made = Random(seed), []
    for type, kinds in PLANTED.items():
        for kind, maker in kinds.items():
            for _ in range(each if len(kinds) > 1 else 10 * each):
                context = source.choice(CONTEXTS)
                made.append(Sentence(type, kind, context.format(maker(source)), context.format(placeholder(type))))
    return made


def lookalikes(seed: int, each: int) -> list[Sentence]:
    """For each kind so many sentences that must stay as they are."""
    source, made = Random(seed), []
    for kind, maker in LOOKALIKES.items():
        for _ in range(each):
            text = source.choice(CONTEXTS).format(maker(source))
            made.append(Sentence("", kind, text, text))
    return made
