"""How tests ask a bad server: quickly, and with every index answered once."""

from dataclasses import replace

from tasks.completions import Failure, Reply, Request
from tasks.completions.endpoint import Endpoint, Patience
from tasks.completions.settings import Server
from tests.completions.bad_server import MODEL, BadServer

QUICK = Patience(first_pause=0.01, longest_pause=0.05, failures=1000, alone=0.1, pauses=2)
SERVER = Server(
    kind="endpoint", base_url="http://127.0.0.1:9/v1", model=MODEL, api="chat", key_env=None, in_flight=4,
    requests_per_minute=None, tokens_per_minute=None, deadline_seconds=5, attempts=3,
    longest_retry_after_seconds=5, max_reply_bytes=200_000,
)  # fmt: skip


def ask(
    server: BadServer, *contents: str, key: str = "", patience: Patience = QUICK, **changes: object
) -> list[Reply | Failure]:
    """What becomes of requests for these contents."""
    asked = [Request(content, max_new_tokens=48) for content in contents]
    endpoint = Endpoint(replace(SERVER, base_url=server.url, **changes), key, patience=patience)  # type: ignore[arg-type]
    found = {index: result for ended in endpoint.replies(asked) for index, result in ended}
    assert sorted(found) == list(range(len(asked)))
    return [found[index] for index in range(len(asked))]
