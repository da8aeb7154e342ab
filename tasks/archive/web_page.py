"""An HTML page → its title and its text, by the standard library's parser.

    <title>Hi</title><p>One <b>two</b></p><script>no()</script><ul><li>three</ul>   →   ("Hi", "One two\n\n- three")

What a reader does not see (scripts, styles, templates) goes; navigation stays: telling it from the text is another step.
"""

import re
from html.parser import HTMLParser

UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "head", "iframe", "object"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | {"address", "article", "aside", "blockquote", "body", "dd", "div", "dl", "dt", "figcaption", "figure"}
BLOCKS |= {"footer", "form", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul"}


def text_of(page: str) -> tuple[str, str]:
    """Title and text: blocks parted by empty lines, list items begun with a dash, `pre` as it stands."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    text = "".join(reader.text)
    text = re.sub(r"[ \t]+\n", "\n", text)
    return " ".join("".join(reader.title).split()), re.sub(r"\n{3,}", "\n\n", text).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.text: list[str] = []
        self.unseen = 0
        self.verbatim = 0
        self.in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            # A head that was never closed ends here.
            self.unseen = 0
        self.unseen += tag in UNSEEN
        self.verbatim += tag == "pre"
        self.in_title = tag == "title" and not self.title
        if tag in BLOCKS:
            self.text.append("\n\n")
        elif tag == "li":
            self.text.append("\n- ")
        elif tag == "br":
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen = max(0, self.unseen - (tag in UNSEEN))
        self.verbatim = max(0, self.verbatim - (tag == "pre"))
        self.in_title = False
        if tag in BLOCKS:
            self.text.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self.in_title:
            self.title.append(data)
        elif not self.unseen:
            self.text.append(data if self.verbatim else self._one_line(data))

    def _one_line(self, data: str) -> str:
        """White space is one blank, and none at the beginning of a line."""
        line = re.sub(r"\s+", " ", data)
        return line.lstrip(" ") if not self.text or self.text[-1].endswith(("\n", " ")) else line
