"""What params may say of whom to ask: the foundation in this process, a server, or llama.cpp's server, started by us.

backend: {kind: foundation}
backend: {kind: endpoint, base_url: "https://api.example.org/v1", model: some-model, key_env: EXAMPLE_KEY, …}
backend: {kind: llama_cpp, gguf: models/some.gguf, …}
"""

import re
from ipaddress import ip_address
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from tasks.params import UNTOLD, settings

_NAME = re.compile(r"(?!AKIA|ASIA)[A-Z][A-Z_]*[0-9]{0,3}(_[A-Z0-9]{1,16})*")
_URL = re.compile(r"(https?)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
"""No user, no password, no query: each of them may hold a key."""


def _name(value: Any) -> Any:
    if value is not None and not (isinstance(value, str) and len(value) <= 64 and _NAME.fullmatch(value)):
        raise PydanticCustomError(
            UNTOLD,
            "is no name of an environment variable, such as EXAMPLE_API_KEY, and is not shown: it may be a key. "
            "Put the key into a variable, and that variable's name here",
        )
    return value


def _url(value: Any) -> Any:
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise PydanticCustomError(
            UNTOLD,
            "is no address such as https://api.example.org/v1, and is not shown: it may hold a key. "
            "No user, password, ? or # may stand in it",
        )
    return value.rstrip("/")


@settings
class Foundation:
    """data/foundation, in this process: no network, no cost but time."""

    kind: Literal["foundation"]
    """foundation."""


@settings
class Server:
    """Any server that speaks OpenAI's protocol: vLLM, Ollama, SGLang, a provider."""

    kind: Literal["endpoint"]
    """endpoint."""
    base_url: Annotated[str, BeforeValidator(_url)]
    """Address before /chat/completions, such as http://127.0.0.1:8000/v1: the only host that is asked."""
    model: Annotated[str, Field(min_length=1, max_length=200)]
    """Name of the model as the server knows it."""
    api: Literal["chat", "completions"]
    """chat sends messages, for models that chat; completions sends a text to go on with, for base models."""
    key_env: Annotated[str | None, BeforeValidator(_name)]
    """Name of the environment variable with the key, never the key; null sends none."""
    in_flight: Annotated[int, Field(ge=1, le=1000)]
    """Requests at work at once, at most; those that wait to be asked again are counted."""
    requests_per_minute: Annotated[float, Field(gt=0)] | None
    """Attempts a minute, at most; null leaves it to the server."""
    tokens_per_minute: Annotated[float, Field(gt=0)] | None
    """Tokens read and written a minute, at most; null leaves it to the server."""
    deadline_seconds: Annotated[float, Field(gt=0, le=3600)]
    """For one attempt, from the connection to the last byte; waiting between attempts is apart."""
    attempts: Annotated[int, Field(ge=1, le=20)]
    """How often a request is put to the server before it counts as failed."""
    longest_retry_after_seconds: Annotated[float, Field(ge=0, le=3600)]
    """A server that asks for a longer pause (Retry-After) is not waited for: the request fails."""
    max_reply_bytes: Annotated[int, Field(ge=1000, le=2**28)]
    """A longer reply is cut off and counts as failed."""


def sends_key_in_clear(server: Server) -> bool:
    """Whether a key would travel without TLS to another machine."""
    matched = _URL.fullmatch(server.base_url)
    assert matched
    return server.key_env is not None and matched[1] == "http" and not _is_here(matched[2].strip("[]"))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@settings
class LlamaCpp:
    """A GGUF file, served by the `llama-server` of this machine: a quantised model on CPU or GPU."""

    kind: Literal["llama_cpp"]
    """llama_cpp."""
    gguf: Annotated[str, Field(min_length=1)]
    """The model file, relative to the checkout."""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    """Of the file; "" takes whatever it holds, and asks everything again when that changes."""
    api: Literal["chat", "completions"]
    """chat sends messages, by the template in the file; completions a text to go on with, for base models."""
    in_flight: Annotated[int, Field(ge=1, le=256)]
    """Requests answered side by side, at most."""
    context_tokens: Annotated[int, Field(ge=64)]
    """Room of each request, question and answer together; memory is taken for in_flight of them."""
    deadline_seconds: Annotated[float, Field(gt=0, le=3600)]
    """For one answer; there are two attempts."""


Backend = Foundation | Server | LlamaCpp
