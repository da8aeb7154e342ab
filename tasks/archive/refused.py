"""The exception of the archive, in a file of its own: the child that reads documents imports it, and starts the sooner."""


class Refused(Exception):
    """Raised, or passed along in a row's place, where one record cannot be used; the rest of its file goes on."""

    def __init__(self, rule: str, reason: str, raw: bytes = b"") -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason
        self.raw = raw
