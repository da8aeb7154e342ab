"""Keys, tokens and passwords, as spans of a text: by the shape their issuer gave them, and by what they are called.

    secrets("postgres://shop:k3Jx9-Qw@db.corp.cn/shop")   →  [(16, 24)], the password alone
    secrets('password: "tR4!vm9Kz2"')                     →  [(11, 21)], for it looks drawn by chance
    secrets("ghp_…")                                      →  where the shape of GitHub's tokens is, whatever it is called

Left alone: what holds a place (EXAMPLE, xxxx, $TOKEN, <token>), UUIDs, hashes of git, public keys and certificates.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from itertools import pairwise

SHAPES = tuple(
    (mark, re.compile(shape, re.A))
    for mark, shape in (
        ("AKIA", r"\bAKIA[A-Z2-7]{16}\b"),  # Amazon
        ("ASIA", r"\bASIA[A-Z2-7]{16}\b"),
        ("AIza", r"\bAIza[\w-]{35}(?![\w-])"),  # Google
        ("GOCSPX-", r"\bGOCSPX-[\w-]{28}(?![\w-])"),
        ("LTAI", r"\bLTAI[A-Za-z0-9]{12,26}\b"),  # Alibaba
        ("AKID", r"\bAKID[A-Za-z0-9]{32}\b"),  # Tencent
        ("gh", r"\bgh[pousr]_[A-Za-z0-9]{36,251}\b"),  # GitHub
        ("github_pat_", r"\bgithub_pat_\w{40,255}\b"),
        ("gl", r"\bgl(?:pat|ptt|dt|rt|cbt|oas|soat|ft|agent)-[\w.-]{20,}(?![\w-])"),  # GitLab
        ("sk-", r"\bsk-(?:ant|proj|svcacct|admin|or)-[\w-]{20,}(?![\w-])"),  # Anthropic, OpenAI, OpenRouter
        ("sk-", r"\bsk-[A-Za-z0-9]{32,64}(?![\w-])"),  # OpenAI before 2024, DeepSeek, DashScope, Moonshot
        ("hf_", r"\bhf_[A-Za-z0-9]{34,40}\b"),  # Hugging Face
        ("gsk_", r"\bgsk_[A-Za-z0-9]{52}\b"),  # Groq
        ("xai-", r"\bxai-[A-Za-z0-9]{80}\b"),
        ("r8_", r"\br8_[A-Za-z0-9]{37}\b"),  # Replicate
        ("xox", r"\bxox[abeoprs]-(?=[\w-]*\d)[\w-]{20,}(?![\w-])"),  # Slack
        ("hooks.slack.com", r"hooks\.slack\.com/services/(T\w{8,}/B\w{8,}/\w{20,})"),
        ("k_live_", r"\b[rs]k_live_[A-Za-z0-9]{16,247}\b"),  # Stripe
        ("k_test_", r"\b[rs]k_test_[A-Za-z0-9]{16,247}\b"),
        ("whsec_", r"\bwhsec_[A-Za-z0-9+/]{32,}={0,2}"),
        ("npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("pypi-AgE", r"\bpypi-AgE[\w-]{50,}(?![\w-])"),
        ("SG.", r"\bSG\.[\w-]{16,32}\.[\w-]{30,64}(?![\w-])"),  # SendGrid
        ("SK", r"\bSK[0-9a-f]{32}\b"),  # Twilio
        ("AC", r"\bAC[0-9a-f]{32}\b"),
        (":AA", r"\b\d{8,10}:AA[\w-]{33}(?![\w-])"),  # Telegram
        ("dapi", r"\bdapi[0-9a-f]{32}\b"),  # Databricks
        ("dop_v1_", r"\bdop_v1_[0-9a-f]{64}\b"),  # DigitalOcean
        ("shp", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),  # Shopify
        ("hvs.", r"\bhvs\.[\w-]{24,}(?![\w-])"),  # Vault
        ("AGE-SECRET", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
        ("ion: Basic ", r"\bAuthorization: Basic ([A-Za-z0-9+/]{8,}={0,2})(?![\w+/])"),
        ("earer ", r"\b[Bb]earer (?=[\w.~+/-]*\d)([\w.~+/-]{20,}={0,2})"),  # of an Authorization header
    )
)
"""A mark that is quick to look for, and the shape: the secret is the first group, or else the whole."""
_JWT = re.compile(r"\b(eyJ[\w-]{8,})\.[\w-]{8,}\.[\w-]*", re.A)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?P<kind>[A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?)-----"
    r"(?:(?P<body>(?:(?!-----).){40,20000})-----END (?P=kind)-----|(?:\s{1,4}[A-Za-z0-9+/=]{40,80})+)",  # cut off
    re.S,
)
_FULL_LINE = re.compile(r"[A-Za-z0-9+/=]{40}")
_IN_ADDRESS = re.compile(r"://[^\s/@:'\"<>]{0,100}:([^\s/@'\"<>\[\]{}]{3,200})@(?=[\w\[])")
_VALUE = r"[!#-&(-+\--:=?-_a-~]"  # what can be seen of ASCII, but for quotes, comma, semicolon and angles
_ASSIGNED = re.compile(
    r"[=:：](?<!:[:=])[=>]?[ \t]{0,4}(?P<quote>[\"'`“]?)"
    # Looked at, not taken: in `see: http://x.org/?token=…` the second sign counts.
    rf"(?=(?P<value>{_VALUE}(?:(?!&\w+=){_VALUE}){{6,198}}(?<![.])))"
)
_CALLED = re.compile(
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|密码|口令|密钥|令牌"
    r"|(?:api|access|auth|secret|private|account|encryption|signing)[_ -]?key)"
    r"(?:_?(?:id|value|key))?(?: is| was|是|为)?[\"'`]?\]?\s{0,4}(?::\s?str\s?)?\Z"
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_HOLDS_A_PLACE = re.compile(
    r"(?i)example|placeholder|x{4}|\*{3}|\.{3}|…|your|redacted|changeme|change_me|0123456|1234567|abcdef|(.)\1{7}"
)
_NO_PASSWORD = re.compile(
    r"(?i)pass(?:word|wd)?\d{0,3}|pwd|pw|secret|token|key|api_?key|foo|bar|test|user|admin|root|guest"
    r"|\$\w+|%\w+%?|\$?[({\[].*[)}\]]"  # a variable, a field to fill in
)
_CALL = re.compile(r"[(\[{]")
_NAME_IN_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*[.:]?", re.A)


def secrets(text: str) -> Iterator[tuple[int, int]]:
    """Spans of secrets, in no order; some may lie within others."""
    for mark, shape in SHAPES:
        if mark in text:
            yield from (_value(found) for found in shape.finditer(text) if not _HOLDS_A_PLACE.search(found[0]))
    if "eyJ" in text:
        yield from (found.span() for found in _JWT.finditer(text) if _is_jwt_header(found[1]))
    if "-----BEGIN" in text:
        yield from (
            found.span() for found in _PRIVATE_KEY.finditer(text) if not found["body"] or _FULL_LINE.search(found["body"])
        )
    if "://" in text and "@" in text:
        yield from (found.span(1) for found in _IN_ADDRESS.finditer(text) if not _is_no_password(found[1]))
    for found in _ASSIGNED.finditer(text):
        if _CALLED.search(text[max(0, found.start() - 30) : found.start()].lower()) and _is_assigned_secret(found):
            yield found.span("value")


def _value(found: re.Match[str]) -> tuple[int, int]:
    return found.span(1 if found.re.groups else 0)


def _is_no_password(value: str) -> bool:
    return bool(_HOLDS_A_PLACE.search(value) or _NO_PASSWORD.fullmatch(value))


def _is_assigned_secret(found: re.Match[str]) -> bool:
    value = found["value"]
    expression = not found["quote"] and (_CALL.search(value) or ("." in value and _NAME_IN_CODE.fullmatch(value)))
    return not expression and not _is_no_password(value) and not _UUID.fullmatch(value) and looks_drawn(value)


def looks_drawn(value: str) -> bool:
    """Whether chance made it: it goes from letters to digits and back more often than words and versions do.

    Of two kinds of characters it must be long (16), of three a password's length (8) will do.
    """
    kinds = ["A" if letter.isupper() else "a" if letter.isalpha() else "0" if letter.isdigit() else "-" for letter in value]
    kinds = [kind for kind, letter in zip(kinds, value, strict=True) if letter not in "_-"]
    if sum(kind in "aA" for kind in kinds) < 3 or 2 * len(set(value)) < min(len(value), 16):
        return False
    if "0" not in kinds or len(value) < (8 if len(set(kinds)) > 2 else 16):
        return False
    # A capital before a small letter begins a word.
    changes = sum(one != other for one, other in pairwise(kinds) if (one, other) != ("A", "a"))
    return 4 * changes >= len(kinds)


def _is_jwt_header(part: str) -> bool:
    """Whether it is JSON that names an algorithm: RFC 7515, 4.1.1."""
    try:
        header = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return False
    return isinstance(header, dict) and "alg" in header
