"""OpenAI's protocol: a Request as a body to send, the body that comes back as a Reply.

    body_of(request, model="m", api="chat")   → b'{"model": "m", "messages": [...], "max_tokens": 48, "seed": 0, ...}'
    reply_of(b'{"choices": [{"message": {"content": "HI"}, "finish_reason": "stop"}], ...}', asked)
        → Reply(raw="HI", finish="stop", new_tokens=1)

Nothing that a server says is believed: keys that come twice, NaN, nesting without end, half characters, another model's
name and an id that is another request's are found, and the request is asked again.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from tasks.completions.exchange import Reply, Request
from tasks.completions.strict_json import decoded
from tasks.completions.unanswered import Unanswered

OURS = "zhiling-"
"""What X-Request-Id begins with; vLLM and some proxies say it again, in a header or in the body's id."""
_FINISH = {
    "stop": "stop", "eos": "stop", "eos_token": "stop", "end_turn": "stop", "stop_sequence": "stop",
    "length": "length", "max_tokens": "length",
}  # fmt: skip
"""Words for how an answer ended, of OpenAI, TGI and others."""
_SHORTEST_KEY = 8
"""Characters; a shorter key is no secret, and may well stand in an answer."""
_MOST_TOKENS = 10**9
"""A greater count is no count."""
_SNAPSHOT = re.compile(r"(-[0-9][0-9-]*|[:@].*)?", re.DOTALL)
"""What a server may add to the name that was asked for: gpt-4o-2024-08-06, model:free, model@2024."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reply is compared with."""

    request: Request
    model: str
    id: str
    """X-Request-Id of this attempt."""
    key: str = ""
    """What is sent for a key: nothing that a server says is shown or kept before it is taken out."""

    def clean(self, text: str) -> str:
        """Text that can be stored: half characters are joined or become U+FFFD, and a key that comes back is gone."""
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.replace(self.key, "[key]") if len(self.key) >= _SHORTEST_KEY else whole


def body_of(request: Request, *, model: str, api: str) -> bytes:
    """JSON in ASCII. The seed is Request.sample, so that two samples differ where the server heeds it.

    Stop strings go with api `completions` alone: in a chat an empty line ends a paragraph, or a thought, not the answer;
    answers.py cuts there either way.
    """
    sent: dict[str, Any] = {"model": model}
    if api == "chat":
        turns = request.messages or (("user", request.prefix + request.prompt),)
        sent["messages"] = [{"role": role, "content": content} for role, content in turns]
    else:
        sent["prompt"] = request.prefix + request.prompt
        sent |= {"stop": list(request.stop)} if request.stop else {}
    sent |= {"max_tokens": request.max_new_tokens, "temperature": request.temperature, "top_p": request.top_p}
    sent |= {"seed": request.sample, "stream": False}
    if request.schema:
        wanted = {"name": "answer", "strict": True, "schema": json.loads(request.schema)}
        sent["response_format"] = {"type": "json_schema", "json_schema": wanted}
    return json.dumps(sent).encode("ascii")


def reply_of(body: bytes, asked: Asked) -> Reply:
    """The first choice. Raises Unanswered: unreadable, wrong_model, wrong_reply, empty, cut_off, content_filter, finish.

    Without a believable `usage` the tokens read count as 0, and those written as the most they can have been, so that the
    journal never takes the answer for one that fits into less room.
    """
    value = _json(body)
    _same(value, asked)
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Unanswered("empty", "the reply holds no choices", alive=True)
    choice = choices[0]
    finish = _finish(choice, asked)
    text, reasoning = _said(choice, asked)
    usage = value.get("usage")
    new, read = (
        _count(usage.get(f"{name}_tokens")) if isinstance(usage, dict) else None for name in ("completion", "prompt")
    )
    uncounted = new is None or (not new and (text or reasoning))  # some servers count nothing, and say 0
    return Reply(text, finish, asked.request.max_new_tokens if uncounted else new or 0, read or 0, reasoning)


def words_of(body: bytes, asked: Asked) -> str:
    """What a server says went wrong, for people: at most 200 characters of its error message, or of whatever it sent."""
    try:
        value = _json(body)
        error = value.get("error", value)
        told = error.get("message") if isinstance(error, dict) else error
    except Unanswered:
        told = None
    text = told if isinstance(told, str) else body.decode("utf-8", "replace")
    return " ".join(asked.clean(text).replace("\0", " ").split())[:200]


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = decoded(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Unanswered("unreadable", f"the reply is not UTF-8 (byte {error.start})", alive=True) from error
    except ValueError as error:
        raise Unanswered("unreadable", f"the reply is no JSON: {str(error)[:100]}", alive=True) from error
    if not isinstance(value, dict):
        raise Unanswered("unreadable", "the reply is no JSON object", alive=True)
    return value


def _same(value: dict[str, Any], asked: Asked) -> None:
    """A name that is missing is no other name."""
    named, wanted = value.get("model"), asked.model.removesuffix("-latest")
    if isinstance(named, str) and not _is_model(named.lower(), wanted.lower()):
        raise Unanswered("wrong_model", f"{asked.clean(named)[:100]!r} answered, not {asked.model!r}", alive=True)
    check_id(value.get("id"), asked)


def check_id(id: Any, asked: Asked) -> None:
    """Raises Unanswered where an id is one of ours, and not this request's; ids that a server makes up say nothing."""
    if isinstance(id, str) and OURS in id and asked.id not in id:
        raise Unanswered("wrong_reply", "the reply bears the id of another request", alive=True)


def _is_model(named: str, wanted: str) -> bool:
    """Whether one is the other, but for the folder before it and the date behind it."""
    names = (named, named.rpartition("/")[2])
    return any(
        name.startswith(asked) and bool(_SNAPSHOT.fullmatch(name[len(asked) :]))
        for name in names
        for asked in (wanted, wanted.rpartition("/")[2])
    )


def _finish(choice: dict[str, Any], asked: Asked) -> str:
    finish = choice.get("finish_reason")
    if finish is None:
        raise Unanswered("cut_off", "the answer does not say how it ended", alive=True)
    if finish == "content_filter":
        raise Unanswered("content_filter", "the server held the answer back", again=False, alive=True)
    if not isinstance(finish, str) or finish not in _FINISH:
        ended = asked.clean(str(finish))[:40]
        raise Unanswered("finish", f"the answer ended with {ended!r}, which is no end", again=False, alive=True)
    return _FINISH[finish]


def _said(choice: dict[str, Any], asked: Asked) -> tuple[str, str]:
    """Answer, and what was thought first where the server tells it apart (vLLM, SGLang, DeepSeek: reasoning_content)."""
    message = choice.get("message", choice)
    if not isinstance(message, dict):
        raise Unanswered("unreadable", "the choice holds no message", alive=True)
    if isinstance(refusal := message.get("refusal"), str) and refusal:
        raise Unanswered("content_filter", f"the model refuses: {asked.clean(refusal)[:200]}", again=False, alive=True)
    text = message.get("content", message.get("text"))
    reasoning = message.get("reasoning_content") or message.get("reasoning") or ""
    if not isinstance(text, str | None) or not isinstance(reasoning, str) or (text is None and not reasoning):
        raise Unanswered("empty", "the choice holds no text", alive=True)
    return asked.clean(text or ""), asked.clean(reasoning)


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return value if is_count else None
