"""The rules of tasks/corpus/quality.py: each a function of a Text and its limit that gives a reason, or None."""
