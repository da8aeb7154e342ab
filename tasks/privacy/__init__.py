"""Personal data and secrets in a text: found as spans, each kind by a file of its own, and replaced by placeholders."""

from tasks.privacy.replacing import FINDERS, TYPES, private, replaced

__all__ = ["FINDERS", "TYPES", "private", "replaced"]
