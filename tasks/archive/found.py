"""What reading a source yields: Documents or Pairs, and Unreadable where a record could not be read or trusted."""

from dataclasses import dataclass

from tasks.archive.refused import Refused as Refused
from tasks.records import Document, Pair, content_id, document_id


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that goes to quarantine: which rule refused it, where and why in words, and its raw text."""

    id: str
    rule: str
    reason: str
    raw: str


Found = Document | Pair | Unreadable


@dataclass(frozen=True, slots=True)
class Label:
    """What all Documents of a source share."""

    name: str
    license: str
    kind: str

    def document(
        self, locator: str, title: str, text: str, *, language: str = "", group: str = "", license: str = ""
    ) -> Document:
        """A Document found at a place; its source is `<name>:<group>`, without a group `<name>:<locator>`.

        Its licence is its own where it has one.

        Raises Refused for a text that is empty or cannot be stored.
        """
        for value in (text, title, language, locator, group, license):
            check_storable(value)
        if not text.strip():
            raise Refused("empty", "holds no text")
        id = document_id(self.name, locator, title, text)
        return Document(id, text, language, title, self.kind, f"{self.name}:{group or locator}", license or self.license)

    def unreadable(self, place: str, refused: Refused) -> Unreadable:
        """The quarantined record for a refusal at a place such as `a.jsonl, line 12`; its reason begins with the source."""
        raw = refused.raw.decode("utf-8", "backslashreplace")
        reason = f"{self.name}:{place}: {refused.reason}"
        return Unreadable(content_id("unreadable", self.name, refused.rule, reason, raw), refused.rule, reason, raw)


def check_storable(text: str) -> None:
    """Raises Refused for a text that holds what a file of UTF-8 cannot, or a NUL."""
    if "\0" in text:
        raise Refused("nul", f"has a NUL at character {text.index(chr(0))}", text.encode("utf-8", "backslashreplace"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        reason = f"has half of a surrogate pair, {text[error.start]!r}, at character {error.start}"
        raise Refused("lone_surrogate", reason, text.encode("utf-8", "backslashreplace")) from error
