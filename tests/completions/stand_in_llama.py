"""A program with llama-server's command line and HTTP protocol and no model, for machines without the real one.

    LLAMA_API_KEY=… python stand_in_llama.py --model toy.gguf --alias gguf --host 127.0.0.1 --port 8000 --parallel 4 …

What the "model" file says decides how it behaves: good, broken (ends at once), slow (never ready), mortal (dies while
answering the fourth request). It notes its process, words and environment in toy.gguf.jsonl, a line for each start.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

READY_AFTER = 0.3


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="llama-server")
    for name in ("--model", "--alias", "--host"):
        parser.add_argument(name, required=True)
    for name in ("--port", "--parallel", "--ctx-size"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--no-kv-unified", action="store_true")
    parser.add_argument("--offline", action="store_true")
    said = parser.parse_args(words)
    model = Path(said.model)
    with Path(f"{model}.jsonl").open("a", encoding="utf-8") as notes:
        started = {"pid": os.getpid(), "words": list(words), "environment": sorted(os.environ)}
        notes.write(json.dumps(started) + "\n")
    if (kind := model.read_text(encoding="utf-8").strip()) == "broken":
        sys.exit("gguf_init: invalid magic characters\nerror: failed to load model")
    serve(said, kind, os.environ["LLAMA_API_KEY"])


def serve(said: argparse.Namespace, kind: str, key: str) -> None:
    ready = time.monotonic() + (3600 if kind == "slow" else READY_AFTER)
    came, gate = [0], threading.Semaphore(said.parallel)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            is_ready = time.monotonic() >= ready
            self.reply(200 if is_ready else 503, {"status": "ok"} if is_ready else {"error": {"message": "Loading model"}})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["Authorization"] != f"Bearer {key}":
                return self.reply(401, {"error": {"message": "Invalid API Key"}})
            came[0] += 1
            if kind == "mortal" and came[0] == 4:
                os.kill(os.getpid(), signal.SIGKILL)
            with gate:
                chat = self.path == "/v1/chat/completions"
                text = (asked["messages"][-1]["content"] if chat else asked["prompt"]).upper()
                said_ = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
                choice = {"index": 0, "finish_reason": "stop"} | said_
                usage = {"prompt_tokens": 5, "completion_tokens": 3}
                return self.reply(200, {"id": "chatcmpl-1", "model": asked["model"], "choices": [choice], "usage": usage})

        def reply(self, status: int, value: dict[str, object]) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    ThreadingHTTPServer((said.host, said.port), Handler).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
