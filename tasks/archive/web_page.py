r"""An HTML page → its title and its text.

    <title>Hi</title><p>One <b>two</b></p><script>no()</script><ul><li>three</ul>   →   ("Hi", "One two\n\n- three")

What a reader does not see (scripts, styles, templates) goes; navigation stays: telling it from the text is another step.
libxml2 parses, which stops at 2,048 levels (the page is then refused) and needs no more than a moment for pages that are
made to hang a parser; the standard library's parser took minutes for a hundred thousand open tags.
"""

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Any

from tasks.archive.markup import check_entities, check_memory, local_name, xml
from tasks.archive.refused import Refused

UNSEEN = frozenset({"head", "iframe", "noscript", "object", "script", "style", "svg", "template"})
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir"}
)
BLOCKS |= {
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
}
BLOCKS |= {"hgroup", "hr", "legend", "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre", "search", "section"}
BLOCKS |= {"summary", "table", "tr", "ul"}
MARKS = {"br": "\n", "li": "\n- ", "td": " ", "th": " "} | dict.fromkeys(BLOCKS, "\n\n")
"""What the beginning of an element writes."""
VERBATIM = str.maketrans("\n ", "\udc0a\udc20")
"""What `pre` has in place of line ends and blanks until the rest is tidy: no text holds half a surrogate pair."""
AS_WRITTEN = {new: old for old, new in VERBATIM.items()}
NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")
OF_XML = (b"amp", b"apos", b"gt", b"lt", b"quot")


def text_of(page: str) -> tuple[str, str]:
    """Title and text: blocks parted by empty lines, list items begun with a dash, `pre` as it stands.

    Raises Refused for a page that libxml2 would read a part of.
    """
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = etree.fromstring(page.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        check_memory(error)
        # Nothing in it, as in an empty file.
        return "", ""
    if limits := parser.error_log.filter_types(etree.ErrorTypes.ERR_RESOURCE_LIMIT):
        raise Refused("too_deep", limits[0].message.partition(", use ")[0], page.encode("utf-8", "backslashreplace"))
    if tree is None:
        return "", ""
    parts = [part for root in (tree, *tree.itersiblings()) for part in _parts(root)]  # a sibling is what follows </html>
    return _title(tree), tidy("".join(parts))


def text_of_xhtml(body: bytes, most_tags: int) -> tuple[str, str]:
    """Title and text of XHTML, where `<title/>` ends at once; in HTML it begins a title that goes on to the page's end.

    Raises Refused: broken_xml, entities, too_many_tags.
    """
    tree = xml(NAMED.sub(_numbered, body), most_tags)
    check_entities(tree)
    for element in tree.iter("{*}*"):
        element.tag = local_name(element)
    return _title(tree), tidy("".join(_parts(tree)))


def _numbered(reference: re.Match[bytes]) -> bytes:
    """&nbsp; → &#160;, &amp; → &amp;: XML knows five names, and the others by a DTD that is not read."""
    meant = html5.get(f"{reference[1].decode()};", "")
    return reference[0] if reference[1] in OF_XML else "".join(f"&#{ord(one)};" for one in meant).encode() or reference[0]


def _title(tree: Any) -> str:
    title = tree.find(".//title")
    if title is None or next(title.iterancestors("svg"), None) is not None:  # a picture's is none of the page
        return ""
    return " ".join("".join(title.itertext()).split())


def _parts(root: Any) -> Iterator[str]:
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end"))
    verbatim = 0
    for event, element in walk:
        begins = event == "start"
        verbatim += (element.tag == "pre") * (1 if begins else -1)
        if begins and element.tag in UNSEEN:
            walk.skip_subtree()
            continue
        yield MARKS.get(element.tag, "") if begins or element.tag in BLOCKS else ""
        text = (element.text if begins else element.tail) or ""
        yield text.translate(VERBATIM) if verbatim else re.sub(r"\s+", " ", text)


def tidy(text: str) -> str:
    """No blanks before a line's end, one at most before its beginning, one empty line at most; `pre` as it stands."""
    text = re.sub(r"(?<![ \t])[ \t]+\n", "\n", text)  # not tried anew at each of a million blanks
    text = re.sub(r"\n (?=\S)", "\n", text)
    text = re.sub(r"(?<=\n)\udc0a+|(?<!\udc0a)\udc0a+(?=\n)", "", text)  # line ends at the ends of a `pre`
    text = re.sub(r"(?m)^-\n+(?=[^-\n])", "- ", text)  # a list item whose text is a paragraph
    return re.sub(r"\n{3,}", "\n\n", text).strip().translate(AS_WRITTEN).strip("\n")
