"""An answer depends on its request and on the model, and on nothing else; it is asked for once."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from tasks.causal_lm import load_model, load_tokenizer, prompt_ids
from tasks.chat import prompt
from tasks.completions import Failure, Journal, Reply, Request, complete
from tasks.completions.exchange import TOO_LONG, first_stop, thought_and_answer
from tasks.completions.local import LocalModel
from tasks.errors import InputError
from tasks.model_files import digest
from tests.completions.test_structured import Scripted

PROMPTS = [
    prompt("Say it in upper case.", "hello"),
    prompt("用大写字母写出来。", "指令 🙂"),
    prompt("Name the parameters, joined by a comma.", "def loads(s, *, cls=None): ..."),
    "The",
    "the quick brown fox jumps over the lazy dog; " * 3,  # longer than the sliding window of 32 tokens
    "def",
]
IDS = {"eos_token_id": 1, "bos_token_id": 2, "pad_token_id": 0}
SHOTS = prompt("Say it in upper case.", "quick") + "QUICK\n\n"


@pytest.fixture(scope="module")
def tokenizer(tiny_foundation: Path) -> Any:
    return load_tokenizer(tiny_foundation)


@pytest.fixture(scope="module", params=["gemma3", "gemma3-bf16", "llama", "gpt2"])
def any_kind(request: pytest.FixtureRequest, tiny_foundation: Path, tokenizer: Any) -> LocalModel:
    dtype = torch.bfloat16 if request.param == "gemma3-bf16" else torch.float32
    kinds = {"llama": tiny_llama, "gpt2": tiny_gpt2}
    model = kinds[request.param](tokenizer) if request.param in kinds else load_model(tiny_foundation, dtype=dtype)
    return LocalModel(model, tokenizer, digest(tiny_foundation), slots=4)


@pytest.fixture(scope="module")
def local(tokenizer: Any) -> LocalModel:
    return LocalModel(tiny_llama(tokenizer), tokenizer, "tiny llama", slots=4)


def tiny_llama(tokenizer: Any) -> Any:
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "max_position_embeddings": 512}
    return LlamaForCausalLM(LlamaConfig(**IDS, **sizes, vocab_size=len(tokenizer), num_attention_heads=4)).eval()


def tiny_gpt2(tokenizer: Any) -> Any:
    torch.manual_seed(0)
    return GPT2LMHeadModel(
        GPT2Config(**IDS, vocab_size=len(tokenizer), n_embd=64, n_layer=2, n_head=4, n_positions=512)
    ).eval()


def requests() -> list[Request]:
    plain = [Request(text, max_new_tokens=3 + 2 * number, stop=()) for number, text in enumerate(PROMPTS)]
    return [*plain, *(Request(text, max_new_tokens=7, prefix=SHOTS, stop=()) for text in PROMPTS[:4])]


def raws(local: LocalModel, asked: Sequence[Request]) -> list[str]:
    found = {index: reply.raw for ended in local.replies(asked) for index, reply in ended if isinstance(reply, Reply)}
    return [found[index] for index in range(len(asked))]


@pytest.mark.parametrize("any_kind", ["gemma3", "llama", "gpt2"], indirect=True)  # in bf16 other shapes round otherwise
def test_answers_are_those_of_generate(any_kind: LocalModel) -> None:
    for request, raw in zip(requests(), raws(any_kind, requests()), strict=True):
        opening = prompt_ids(any_kind.tokenizer, request.prefix) if request.prefix else []
        ids = [*opening, *prompt_ids(any_kind.tokenizer, request.prompt)[1 if opening else 0 :]]
        out = any_kind.model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids)),
            max_new_tokens=request.max_new_tokens,
            do_sample=False,
        )
        assert raw == any_kind.tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)


def test_an_answer_does_not_depend_on_its_companions(any_kind: LocalModel) -> None:
    together = dict(zip(requests(), raws(any_kind, requests()), strict=True))
    shuffled = random.Random(3).sample(requests(), k=len(requests()))
    assert dict(zip(shuffled, raws(any_kind, shuffled), strict=True)) == together
    assert dict(zip(shuffled[:3], raws(any_kind, shuffled[:3]), strict=True)) == {key: together[key] for key in shuffled[:3]}
    for request in shuffled[-3:]:
        assert raws(any_kind, [request]) == [together[request]]


def test_an_answer_ends_at_a_stop_string_or_at_the_end_of_text(local: LocalModel) -> None:
    whole = raws(local, requests())
    middle = whole[2][2:5]
    asked = [replace(request, stop=(middle,)) for request in requests()]
    stopped = [reply for ended in local.replies(asked) for _, reply in ended]
    assert {reply.finish for reply in stopped} == {"stop", "length"}
    assert all((reply.finish == "stop") == (first_stop(reply.raw, (middle,)) is not None) for reply in stopped)
    first = prompt_ids(local.tokenizer, whole[5])[1]
    eos, local.model.config.eos_token_id = local.model.config.eos_token_id, [first, 1]
    try:
        [[(_, reply)]] = local.replies([requests()[5]])
    finally:
        local.model.config.eos_token_id = eos
    assert reply.raw == "" and reply.finish == "stop" and reply.new_tokens == 1


def test_a_known_answer_is_not_asked_again(local: LocalModel, tmp_path: Path) -> None:
    asked = requests()
    first = complete(asked[:5], local, Journal(tmp_path / "journal.sqlite"))
    assert (first.asked, first.reused) == (5, 0)
    again = complete([*asked, asked[0]], local, Journal(tmp_path / "journal.sqlite"))
    assert (again.asked, again.reused) == (len(asked) - 5, 6)
    assert again.completions[:5] == first.completions
    assert again.completions[-1] == first.completions[0]


def test_a_kill_costs_only_what_was_being_answered_and_changes_nothing(local: LocalModel, tmp_path: Path) -> None:
    class Killed(Journal):
        def write(self, replies: Any) -> None:
            super().write(replies)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        complete(requests(), local, Killed(tmp_path / "journal.sqlite"))
    resumed = complete(requests(), local, Journal(tmp_path / "journal.sqlite"))
    assert resumed.reused >= 1
    assert resumed.completions == complete(requests(), local, Journal(tmp_path / "other.sqlite")).completions


def test_a_request_longer_than_the_context_fails_alone_and_tells_its_first_words(local: LocalModel, tmp_path: Path) -> None:
    asked = [Request("The", max_new_tokens=4), Request("word " * 2000, max_new_tokens=4)]
    ended = dict(one for some in local.replies(asked) for one in some)
    assert isinstance(ended[0], Reply)
    assert isinstance(ended[1], Failure) and ended[1].rule == TOO_LONG and "begins 'word word" in ended[1].reason
    answers = complete(asked, local, Journal(tmp_path / "journal.sqlite"))
    with pytest.raises(InputError, match=r"model's context of 512 together; it begins 'word word"):
        answers.completions  # noqa: B018


def test_a_stop_string_is_cut_off_the_completion_and_kept_in_the_journal(tmp_path: Path) -> None:
    class Teacher:
        identity = "a teacher that always says the same"

        def replies(self, requests: Sequence[Request]) -> Any:
            yield [(index, Reply("one\ntwo\n\n### Task", "stop", 6)) for index in range(len(requests))]

    answers = complete([Request("count", 9)], Teacher(), Journal(tmp_path / "journal.sqlite"))
    assert answers.completions[0].text == "one\ntwo"
    assert answers.completions[0].new_tokens == 6


def test_an_answer_that_a_stop_string_ends_is_whole_though_the_model_went_on(tmp_path: Path) -> None:
    """A chat is sent no stop strings, so that a server counts what follows them, and says `length`."""
    said = Reply("What is it?\n\nExplanation: it is", "length", 20)
    model, journal = Scripted(lambda request: said), Journal(tmp_path / "journal.sqlite")
    asked = Request("ask", 20)
    [found] = complete([asked], model, journal).completions
    assert (found.text, found.finish, found.whole_finish) == ("What is it?", "stop", "length")
    assert journal.read([(asked.key(model.identity), 20)]) == {(asked.key(model.identity), 20): said}
    more = complete([replace(asked, max_new_tokens=40)], model, journal)
    assert (more.asked, more.completions) == (0, (found,))
    assert complete([replace(asked, max_new_tokens=10)], model, journal).asked == 1  # it may have come to its end later


@pytest.mark.parametrize("raw", ["What is", "<think>It may be.\n\nOr not"])
def test_what_broke_off_before_a_stop_string_is_asked_again_with_more_room(raw: str, tmp_path: Path) -> None:
    model, journal = Scripted(lambda request: Reply(raw, "length", 20)), Journal(tmp_path / "journal.sqlite")
    assert complete([Request("ask", 20)], model, journal).completions[0].finish == "length"
    assert complete([Request("ask", 40)], model, journal).asked == 1


def test_json_that_broke_off_is_asked_again_with_more_room_since_an_empty_line_may_stand_in_it(tmp_path: Path) -> None:
    model = Scripted(lambda request: Reply('{"name": "fig",\n\n"seeds":', "length", 20))
    journal = Journal(tmp_path / "journal.sqlite")
    complete([Request("ask", 20, schema="{}")], model, journal)
    assert complete([Request("ask", 40, schema="{}")], model, journal).asked == 1


@pytest.mark.parametrize(
    ("raw", "thought", "answer"),
    [
        ("<think>2 + 2</think> 4", "2 + 2", "4"),
        ("<think>2 + 2", "2 + 2", ""),
        ("The user wants 2+2.\n\nThat is 4.\n</think>\n\n4", "The user wants 2+2.\n\nThat is 4.", "4"),
        ("\n</think>\n\n4", "", "4"),
        ("So 4.\n</think>", "So 4.", ""),
        ("A thought ends with </think>\nand then comes the answer.", "", None),
        ("`</think>` ends a thought.", "", None),
        ("So:\n<think>\n2 + 2\n</think>\n4", "", None),
    ],
)
def test_what_was_thought_is_told_apart_also_where_the_prompt_opened_the_thought(
    raw: str, thought: str, answer: str | None
) -> None:
    assert thought_and_answer(raw) == (thought, raw if answer is None else answer)
