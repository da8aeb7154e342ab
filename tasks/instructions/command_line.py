"""Numbers on command lines: argparse.ArgumentParser().add_argument("--port", type=between(int, 0, 65535))."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import TypeVar

Number = TypeVar("Number", int, float)


def between(kind: type[Number], least: float, most: float) -> Callable[[str], Number]:
    """A reader of numbers from `least` to `most`, as argparse wants them."""

    def number(text: str) -> Number:
        value = kind(text)  # argparse tells of its ValueError
        if not least <= value <= most:
            raise ArgumentTypeError(f"{value} is not between {least} and {most}")
        return value

    return number
