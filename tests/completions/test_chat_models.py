"""A model that chats is asked by its template; what requests share is read once, and changes no answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.causal_lm import load_model, load_tokenizer
from tasks.completions import Reply, Request, few_shot
from tasks.completions.local import LocalModel
from tasks.completions.tokens import tokens
from tasks.errors import InputError

TEMPLATE = """{{ bos_token }}{% for message in messages %}\
{% if message['role'] == 'tool' %}{{ raise_exception('no tools') }}{% endif %}\
### {{ message['role'] }}
{{ message['content'] | trim }}
{% endfor %}{% if add_generation_prompt %}### model
{% endif %}"""

SHOTS = [("hi", "HI"), ("你好", "大写")]


@pytest.fixture(scope="module")
def chatting(tiny_foundation: Path) -> LocalModel:
    tokenizer = load_tokenizer(tiny_foundation)
    tokenizer.chat_template = TEMPLATE
    return LocalModel(load_model(tiny_foundation), tokenizer, "tiny", slots=4, chat=True)


def asked(text: str) -> Request:
    return replace(few_shot("Answer in upper case.", SHOTS, text, max_new_tokens=6), stop=())


@pytest.mark.parametrize("text", ["hello", "指令", "\nindented", "", "HI"])
def test_what_it_reads_is_the_template_filled(chatting: LocalModel, text: str) -> None:
    shared, own = tokens(chatting.tokenizer, asked(text), chat=True)
    turns = "### user\nhi\n### assistant\nHI\n### user\n你好\n### assistant\n大写\n"
    whole = f"<bos>### system\nAnswer in upper case.\n{turns}### user\n{text.strip()}\n### model\n"
    assert [*shared, *own] == chatting.tokenizer(whole, add_special_tokens=False)["input_ids"]
    assert own


def test_requests_with_the_same_shots_share_them(chatting: LocalModel) -> None:
    shared = {tokens(chatting.tokenizer, asked(text), chat=True)[0] for text in ("hello", "指令", "quick fox")}
    assert len(shared) == 1
    assert chatting.tokenizer.decode(shared.pop()).endswith("大写\n### user\n")


def test_a_request_without_messages_is_one_message(chatting: LocalModel) -> None:
    assert tokens(chatting.tokenizer, Request("b", 4, prefix="a "), chat=True) == tokens(
        chatting.tokenizer, Request("", 4, messages=(("user", "a b"),)), chat=True
    )


def test_a_chat_is_answered_as_generate_does(chatting: LocalModel) -> None:
    requests = [asked(text) for text in ("hello", "指令", "quick fox", "", "lazy dog")]
    found = {index: reply.raw for ended in chatting.replies(requests) for index, reply in ended if isinstance(reply, Reply)}
    for index, request in enumerate(requests):
        turns = [{"role": role, "content": content} for role, content in request.messages]
        given = chatting.tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_tensors="pt")
        out = chatting.model.generate(**given, max_new_tokens=6, do_sample=False)
        assert found[index] == chatting.tokenizer.decode(out[0, given["input_ids"].shape[1] :], skip_special_tokens=True)
        assert list(chatting.replies([request])) == [[(0, Reply(found[index], "length", 6, given["input_ids"].shape[1]))]]


def test_it_is_another_model_than_the_one_that_continues_text(chatting: LocalModel) -> None:
    assert chatting.identity != replace(chatting, chat=False).identity


def test_a_template_that_refuses_the_messages_says_which(chatting: LocalModel) -> None:
    with pytest.raises(InputError, match=r"refuses messages of user, tool \(no tools\)"):
        list(chatting.replies([Request("", 4, messages=(("user", "a"), ("tool", "b")))]))


def test_a_stop_string_in_a_thought_that_the_template_opens_ends_nothing(
    tiny_foundation: Path, chatting: LocalModel
) -> None:
    tokenizer = load_tokenizer(tiny_foundation)
    tokenizer.chat_template = TEMPLATE.replace("### model\n", "### model\n<think>\n")
    thinking = replace(chatting, tokenizer=tokenizer)
    [[(_, reply)]] = thinking.replies([asked("hello")])
    assert isinstance(reply, Reply) and reply.raw.startswith("<think>")
    middle = reply.raw.removeprefix("<think>")[2:5]
    assert list(thinking.replies([replace(asked("hello"), stop=(middle,))])) == [[(0, reply)]]
