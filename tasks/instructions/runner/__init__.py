"""Untrusted Python, run in a box that has no network, no files of ours, and no way to start anything."""

from tasks.instructions.runner.box import Box, Ran, Result

__all__ = ["Box", "Ran", "Result"]
