"""Ask where a row came from and what became of it.

python -m tasks.why 4e804bb1fef02da9                       the story of a Document or a Pair, by its id or how it begins
python -m tasks.why --dropped --stage corpus --samples 2   what did not go on, counted by rule, with two rows of each
python -m tasks.why --source mine                          what became of each row of a source, or of one of its files
"""

import argparse
import sys

from tasks.errors import exit_code_of
from tasks.why.dropped import counted
from tasks.why.sources import fates
from tasks.why.story import story
from tasks.workspace import here


def main() -> int:
    """The command line: exit code 0, or the error's, with its message on stderr."""
    asked = argparse.ArgumentParser(prog="python -m tasks.why", description="Where a row came from, and what became of it.")
    asked.add_argument("id", nargs="?", help="the id of a Document or a Pair, or how it begins")
    asked.add_argument("--dropped", action="store_true", help="count what did not go on")
    asked.add_argument("--by", choices=["rule", "stage"], default="rule", help="with --dropped: a line for each of these")
    asked.add_argument("--stage", default="", help="with --dropped: of this stage alone")
    asked.add_argument("--samples", type=int, default=0, metavar="N", help="with --dropped: show N rows of each rule")
    asked.add_argument(
        "--source", default="", help="each row of a source, such as mine, or of a file of it, such as mine:a.csv"
    )
    words = asked.parse_args()
    if bool(words.id) + words.dropped + bool(words.source) != 1:
        asked.error("name an id, or ask for --dropped, or for a --source")

    def answer() -> None:
        data = here().data
        if words.source:
            sys.stdout.writelines(f"{line}\n" for line in fates(data, words.source))
        elif words.dropped:
            lines = counted(data, stage=words.stage, by=words.by, samples=max(words.samples, 0))
            sys.stdout.writelines(f"{line}\n" for line in lines)
        else:
            sys.stdout.write(story(data, words.id.lower()))

    return exit_code_of("why", answer)


if __name__ == "__main__":
    sys.exit(main())
