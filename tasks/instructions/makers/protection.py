r"""What no translator may touch, as tokens that it copies, and put back afterwards.

    held = protect("Call `json.loads` at 20 km/h.")   → Protected(text="Call X1X at X2X.", kept=("`json.loads`", "20 km/h"))
    restored("以X2X调用X1X。", held.kept)               → "以20 km/h调用`json.loads`。"
    restored("调用X1X。", held.kept)                    → ("placeholder", "'20 km/h' is lost: …")

Tokens may change places, as words do between languages; each must come back once. They are letters and digits, which every
vocabulary has: to a model that has no ⟦, ⟦1⟧ is <unk>1<unk>, and nothing brings it back.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from tasks.instructions.screen import Refusal

_UNIT = (
    "%|‰|°C|°F|℃|km/h|m/s|[kKMGT]i?B(?:/s)?|[kMG]?bit/s|[kMG]?Hz|[kM]?W|kWh"
    "|[kcm]?m|[kmµ]g|g|m[lL]|L|ms|µs|ns|s|min|h|px|pt|dpi"
)
_KEPT = (
    r"```.*?```|`[^`\n]+`",
    r"https?://[\w.~:/?#@!$&'*+,;=%-]*[\w/#=-]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"\$\{[^{}\n]*\}|\{\{[^{}\n]*\}\}|\{[^{}\n]*\}|</?[A-Za-z_][^<>\n]*>|\$[A-Za-z_]\w*|%\(\w+\)[a-z]|%[sdrfgixX](?!\w)",
    r"(?<![\w-])--?[A-Za-z][\w-]*",
    r"(?<![\w/.])(?:~|\.{1,2})?(?:/[\w.-]*\w)+/?",
    r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w+)+(?:\(\))?",
    r"\b(?:\w*[A-Za-z0-9]_\w+|_+\w+|[a-z]+[A-Z]\w*|[A-Za-z]\w*(?=\(\)))(?:\(\))?",
    rf"\b\d+(?:[.,]\d+)*\s?(?:{_UNIT})(?!\w)",
    r"[XxＸｘ]\s?[0-9０-９]+",
)
"""Code, addresses, fields to fill in, options, paths, names as programs have them, numbers with units; last what looks like
one of our tokens, so that none is taken for one."""
_TOKEN = re.compile(r"[XxＸｘ]\s?([0-9０-９]+)\s?[XxＸｘ]")
_QUOTED = re.compile(r"\"([^\"\n]+)\"|“([^”\n]+)”|「([^」\n]+)」|‘([^’\n]+)’|(?<!\w)'([^'\n]+)'(?!\w)")


@dataclass(frozen=True, slots=True)
class Protected:
    """A text with tokens in it, and what stood there, in their order."""

    text: str
    kept: tuple[str, ...]


def protect(text: str, terms: Collection[str] = ()) -> Protected:
    """A text with a token for each thing to be kept; `terms` are kept, too, wherever they stand as words of their own."""
    kept: list[str] = []

    def token(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"X{len(kept)}X"

    wanted = [_as_word(term) for term in sorted(terms, key=lambda term: (-len(term), term))]
    return Protected(re.sub("|".join([*wanted, *_KEPT]), token, text, flags=re.ASCII | re.DOTALL), tuple(kept))


def restored(said: str, kept: Collection[str]) -> str | Refusal:
    """What a translator said with all that was kept in its place, or what is wrong with its tokens."""
    things = list(kept)
    came = Counter(int(found[1]) for found in _TOKEN.finditer(said))
    for number, thing in enumerate(things, start=1):
        if came[number] != 1:
            return "placeholder", f"{thing!r} is {'there twice' if came[number] else 'lost'}: {said[:200]!r}"
    if invented := sorted(set(came) - set(range(1, len(things) + 1))):
        return "placeholder", f"X{invented[0]}X stands for nothing: {said[:200]!r}"
    return _TOKEN.sub(lambda found: things[int(found[1]) - 1], said)


def bare(text: str) -> str:
    """A text without its tokens: what a translator had to do."""
    return _TOKEN.sub(" ", text)


def quoted(text: str, within: str) -> set[str]:
    """Quotations of a text, marks and all, that another text repeats; and without the marks, where they hold a word."""
    found = [(match[0], next(filter(None, match.groups()))) for match in _QUOTED.finditer(text)]
    said = [(whole, inner) for whole, inner in found if inner in within]
    return {whole for whole, _ in said} | {inner for _, inner in said if re.search(r"\w\w|[\u3400-\u9fff]", inner)}


def _as_word(term: str) -> str:
    before, after = (r"(?<!\w)" if term[0].isalnum() else ""), (r"(?!\w)" if term[-1].isalnum() else "")
    return f"{before}{re.escape(term)}{after}"
