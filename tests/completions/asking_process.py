"""A process that asks an endpoint and writes what came of it, to be killed: `python -m tests.completions.asking_process`.

    … http://127.0.0.1:8000/v1 folder --contents 500 --room 48 --read raw
    folder/journal.sqlite, folder/results.jsonl: ["content 0", "CONTENT 0", "stop"], …; on stdout: asked 500, known 0

`--read lower` stands for a parser that reads the same replies otherwise.
"""

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

from tasks.completions import Completion, Failure, Journal, Request, complete
from tasks.completions.endpoint import Endpoint
from tasks.shards import publish_text
from tests.completions.asking import QUICK, SERVER

IN_FLIGHT = 8
READ = {"raw": str, "lower": str.lower}


def requests(count: int, room: int) -> list[Request]:
    return [Request(f"content {number} 指令", max_new_tokens=room) for number in range(count)]


def endpoint(url: str) -> Endpoint:
    server = replace(SERVER, base_url=url, in_flight=IN_FLIGHT, attempts=4)
    return Endpoint(server, os.environ.get("CANARY_KEY", ""), patience=QUICK)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--contents", type=int, required=True)
    parser.add_argument("--room", type=int, required=True)
    parser.add_argument("--read", choices=READ, required=True)
    said = parser.parse_args()
    asked = requests(said.contents, said.room)
    answers = complete(asked, endpoint(said.url), Journal(said.folder / "journal.sqlite"))
    rows = [row(request, result, said.read) for request, result in zip(asked, answers.results, strict=True)]
    publish_text(said.folder / "results.jsonl", "".join(json.dumps(some, ensure_ascii=False) + "\n" for some in rows))
    print(f"asked {answers.asked}, known {answers.reused}")  # noqa: T201 - its result


def row(request: Request, result: Completion | Failure, read: str) -> list[str]:
    if isinstance(result, Failure):
        return [request.prompt, result.rule, result.reason]
    return [request.prompt, READ[read](result.text), result.finish]


if __name__ == "__main__":
    main()
