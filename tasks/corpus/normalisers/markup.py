r"""Remains of markup in prose, taken away where they can be nothing else; Markdown and reST stay: they are text.

    "Open <b>all</b> files.<br>Then…"       →  "Open all files.\nThen…"
    "[url=http://x.org]Here[/url] it is"    →  "Here it is"
    "in [[Alabama|the state]]"              →  "in the state"
    "`<b>` makes text bold", "rm <file>"    →  the same

A text may speak of what this takes away. So fences, code spans and indented lines are left alone; and HTML is, in a text
that speaks of markup, that has pairs of tags which are none of HTML's, or a table of Markdown, whose cells it is part of.
"""

import re
from collections import defaultdict
from html import unescape

_SIGN = re.compile(r"</|<br|<hr|<!--|&[a-z#]|\[/|\[\[", re.I)
# One group, so that split() gives prose and code in turn.
_CODE = re.compile(r"(?m)(^ *```[\s\S]*?(?:^ *```|\Z)|^ *~~~[\s\S]*?(?:^ *~~~|\Z)|^(?: {4}|\t).*|```?[^`\n]+```?|`[^`\n]+`)")
_ABOUT_MARKUP = re.compile(
    r"(?i)\b(?:x?html|xml|svg|css|markup|tags?|elements?|entit(?:y|ies)|escap(?:ed?|es|ing))\b"
    r"|标[签记]|標[籤記]|元素|实体|實體|转义|轉義"
)
_BLOCK = "p|div|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tr|blockquote|center|section|article"
_INLINE = "a|b|i|u|s|em|strong|span|font|small|big|sub|sup|tt|kbd|code|pre|del|ins|strike|abbr|td|th|ref"
_HTML = re.compile(f"{_BLOCK}|{_INLINE}|script|style")
_ATTRIBUTES = r"(?:\s[^<>]*)?"
_HIDING = re.compile(rf"(?i)<(?P<opens>script|style){_ATTRIBUTES}>|</(?P<closes>script|style)\s*>|<!--|-->")
_PAIRED = re.compile(rf"(?i)<(?P<opens>{_BLOCK}|{_INLINE}){_ATTRIBUTES}>|</(?P<closes>{_BLOCK}|{_INLINE})\s*>")
_UNSEEN = {"!--", "script", "style", "ref"}
"""Of these goes what they hold, too."""
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:.-]*)(?:\s[^<>]*)?>")
_LINE_BREAK = re.compile(rf"(?i)(?<![ \t])[ \t]*<(?:br|hr){_ATTRIBUTES}/?>[ \t]*")
_ENTITY = re.compile(
    r"&(?:nbsp|quot|apos|#3[49]|#160|[mn]dash|hellip|[lr][sd]quo|[lr]aquo|copy|reg|trade|middot|bull);", re.I
)
# However often it was escaped.
_ESCAPED = re.compile(r"&(?:amp;)*(amp|[lg]t);", re.I)
# A text with one of these of its own may speak of the other; and decoded, &lt; before a name would pass for a tag.
_BARE = re.compile(r"<|&(?!\w+;|#\d+;)|&(?:amp;)*lt;[/!a-z]", re.I)
_BB = "b|i|u|s|url|quote|code|color|size|font|center|email"
_BBCODE = re.compile(rf"(?i)\[(?P<opens>{_BB})(?:=[^\[\]\n]*)?\]|\[/(?P<closes>{_BB})\]")
_BBCODE_IMAGE = re.compile(r"(?i)\[img(?:=[^\[\]\n]*)?\][^\[\]\s]*\[/img\]")
_WIKI_LINK = re.compile(r"\[\[[^\W\d][^\[\]|\n]*\|([^\[\]|\s](?:[^\[\]|\n]*[^\[\]|\s])?)\]\]")


def without_markup(text: str) -> str:
    """Prose without remains of HTML, BBCode and wiki links outside its code."""
    if not _SIGN.search(text):
        return text
    about_markup = _ABOUT_MARKUP.search(text) or _has_table(text) or _has_pair_of_others(text)
    pieces = _CODE.split(text)
    for number in range(0, len(pieces), 2):
        piece = _WIKI_LINK.sub(r"\1", _without_pairs(_BBCODE_IMAGE.sub("", pieces[number]), _BBCODE))
        pieces[number] = piece if about_markup else _without_html(piece)
    return "".join(pieces)


def _has_table(text: str) -> bool:
    """Whether a line parts the head of a Markdown table from its rows."""
    return any("|" in line and "-" in line and not line.strip(" |:-") for line in text.split("\n"))


def _has_pair_of_others(text: str) -> bool:
    tags = {(slash, name.lower()) for slash, name in _TAG.findall(text)}
    return any(("", name) in tags and not _HTML.fullmatch(name) for slash, name in tags if slash)


def _without_html(prose: str) -> str:
    prose = _LINE_BREAK.sub("\n", _without_pairs(_without_pairs(prose, _HIDING), _PAIRED))
    prose = _ENTITY.sub(lambda entity: unescape(entity[0].lower()), prose)
    return prose if _BARE.search(prose) else _ESCAPED.sub(lambda entity: unescape(f"&{entity[1].lower()};"), prose)


def _without_pairs(prose: str, tags: re.Pattern[str]) -> str:
    """Without tags that are opened and closed, however deep; what a pair of a block holds stands on lines of its own."""
    opened: dict[str, list[int]] = defaultdict(list)
    cuts: list[tuple[int, int, str]] = []
    found = list(tags.finditer(prose))
    for number, tag in enumerate(found):
        name = (tag["opens"] or tag["closes"] or "!--").lower()
        if not tag[0].startswith(("</", "[/", "-->")):
            opened[name].append(number)
        elif opened[name]:
            start, end = found[opened[name].pop()].span()
            edge = "\n" if re.fullmatch(_BLOCK, name) else ""
            cuts += [(start, tag.end(), "")] if name in _UNSEEN else [(start, end, edge), (*tag.span(), edge)]
    pieces, end = [], 0
    for start, stop, edge in sorted(cuts):
        if start >= end:
            pieces += [prose[end:start], edge]
            end = stop
    return "".join([*pieces, prose[end:]])
