"""What stands in a text where personal data or a secret was: how it looks, and how many of them a text has gained.

    placeholder("ip_address")                           →  "<IP_ADDRESS>"
    gained("<KEY> for a@b.org", "<KEY> for <EMAIL>")    →  {"<EMAIL>": 1}

The look is that of StarCoder (arXiv 2305.06161, section 4): it names the type, is no element of HTML, and no finder takes
it for data, so that a cleaned text stays as it is.
"""

import re
from collections import Counter

_PLACEHOLDER = re.compile(r"<[A-Z_]+>")


def placeholder(name: str) -> str:
    """That of a type in params/corpus.yaml."""
    return f"<{name.upper()}>"


def gained(before: str, after: str) -> Counter[str]:
    """Placeholders that a text has, and had not before."""
    return Counter(_PLACEHOLDER.findall(after)) - Counter(_PLACEHOLDER.findall(before))
