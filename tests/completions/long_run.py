"""A run of many requests in a process of its own, to be killed.

`python -m tests.completions.long_run URL JOURNAL OUT COUNT ROOM` writes to OUT what became of each of COUNT requests with
ROOM tokens, a line each, whole or not at all.
"""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from tasks.completions import Completion, Journal, Request, complete
from tasks.completions.endpoint import Endpoint
from tasks.shards import publish_text
from tests.completions.asking import QUICK, SERVER


def requests(count: int, room: int) -> list[Request]:
    return [Request(f"number {number}", max_new_tokens=room) for number in range(count)]


def endpoint(url: str) -> Endpoint:
    return Endpoint(replace(SERVER, base_url=url, in_flight=8), patience=QUICK)


def main(url: str, journal: str, out: str, count: str, room: str) -> None:
    answers = complete(requests(int(count), int(room)), endpoint(url), Journal(Path(journal)), about="")
    lines = [{"answered": isinstance(result, Completion), **asdict(result)} for result in answers.results]
    publish_text(Path(out), "".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
