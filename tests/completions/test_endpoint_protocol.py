"""What is sent to an endpoint and what is not: bodies, names, keys, cookies; to nobody but the host in params."""

import datetime
import ipaddress
import json
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Failure, Journal, Reply, Request, complete
from tasks.completions.endpoint import Endpoint
from tasks.errors import EndpointError
from tests.completions.asking import QUICK, SERVER, ask
from tests.completions.bad_server import MODEL, BadServer, http


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with BadServer(lambda content, attempt: "ok", tls=self_signed(tmp_path)) as server:
        [failure] = ask(server, "hello", key="canary-key-1234", attempts=2)
    assert isinstance(failure, Failure) and failure.rule == "connection" and "CERTIFICATE" in failure.reason
    assert server.seen == []


def self_signed(folder: Path) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "both.pem").write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def test_a_redirect_is_not_followed() -> None:
    with BadServer(lambda content, attempt: "ok") as other:
        moved = http(307, b"", Location=f"{other.url}/chat/completions")
        with BadServer(lambda content, attempt: moved) as server:
            [failure] = ask(server, "hello", key="canary-key-1234")
    assert isinstance(failure, Failure) and failure.rule == "redirect"
    assert (len(server.seen), other.seen) == (1, [])


def test_no_cookie_no_proxy_and_no_name_from_the_environment_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with BadServer(lambda content, attempt: "cookie") as server:
        ask(server, "a", "b", "c", in_flight=1)
    assert len(server.seen) == 3
    for seen in server.seen:
        assert "cookie" not in seen.headers and "authorization" not in seen.headers
        assert seen.headers["accept-encoding"] == "identity"


def body(api: str, request: Request) -> dict[str, object]:
    with BadServer(lambda content, attempt: "ok") as server:
        endpoint = Endpoint(replace(SERVER, base_url=server.url, api=api))  # type: ignore[arg-type]
        assert [reply.raw for ended in endpoint.replies([request]) for _, reply in ended if isinstance(reply, Reply)]
    assert server.seen[0].headers["content-type"] == "application/json"
    return server.seen[0].body


def test_a_chat_gets_messages_and_a_base_model_the_text_and_where_to_stop() -> None:
    turns = (("system", "Answer in upper case."), ("user", "你好"))
    request = Request("Input: 你好", 48, prefix="Answer.\n\n", messages=turns, temperature=0.5, top_p=0.9, sample=3)
    common = {"model": MODEL, "max_tokens": 48, "temperature": 0.5, "top_p": 0.9, "seed": 3, "stream": False}
    assert body("chat", request) == common | {"messages": [{"role": role, "content": text} for role, text in turns]}
    text = {"prompt": "Answer.\n\nInput: 你好", "stop": ["\n\n", "\n###"]}
    assert body("completions", request) == common | text
    assert "stop" not in body("completions", replace(request, stop=()))


def test_a_schema_goes_along_and_half_a_character_does_not_stop_us() -> None:
    sent = body("chat", Request("half \ud83d", 9, schema='{"type": "object"}'))
    assert sent["messages"] == [{"role": "user", "content": "half \ud83d"}]
    wanted = {"name": "answer", "strict": True, "schema": {"type": "object"}}
    assert sent["response_format"] == {"type": "json_schema", "json_schema": wanted}


@pytest.mark.parametrize(
    ("asked", "named", "is_fine"),
    [
        ("gpt-4", "gpt-4-0613", True),
        ("gpt-4", "gpt-4o-mini", False),
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("org/toy-1", "toy-1", True),
        ("toy-1", "models/Toy-1:free", True),
        ("toy-latest", "toy-2411", True),
        ("toy-1", "toy-2", False),
    ],
)
def test_another_models_name_is_noticed_and_a_snapshots_is_not(asked: str, named: str, is_fine: bool) -> None:
    said = {"model": named, "choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}
    with BadServer(lambda content, attempt: http(200, json.dumps(said).encode())) as server:
        [result] = ask(server, "hello", model=asked, attempts=1)
    assert isinstance(result, Reply if is_fine else Failure)


def test_the_name_in_the_journal_is_the_models_and_not_the_address_or_the_key() -> None:
    here = Endpoint(SERVER, "canary-key-1234")
    assert here.identity == Endpoint(replace(SERVER, base_url="http://elsewhere.example/v1")).identity
    others = [replace(SERVER, model="toy-2"), replace(SERVER, api="completions")]
    assert len({here.identity, *(Endpoint(other).identity for other in others)}) == 3
    assert "canary" not in repr(here)


@pytest.mark.parametrize("mode", ["401", "says the key", "wrong name is the key"])
def test_a_key_that_a_server_says_again_is_told_and_kept_nowhere(
    mode: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = "sk-canary-0123456789"

    def said(content: str, attempt: int) -> str | bytes:
        choices = [{"message": {"content": "x"}, "finish_reason": "stop"}]
        wrong = json.dumps({"model": "y" * 92 + key, "choices": choices}).encode()
        return http(200, wrong) if mode.startswith("wrong") else mode

    journal, told = Journal(tmp_path / "journal.sqlite"), ""
    with BadServer(said) as server:
        endpoint = Endpoint(replace(SERVER, base_url=server.url, attempts=1), key, patience=QUICK)
        try:
            told = repr(complete([Request("hello", 48)], endpoint, journal))
        except EndpointError as error:
            told = str(error)
    assert server.seen[0].headers["authorization"] == f"Bearer {key}"
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).decode("utf-8", "replace")
    for place in (told, written, *capfd.readouterr()):
        assert "canary" not in place and "sk-c" not in place
    assert told
