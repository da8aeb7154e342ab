"""Pairs as alpaca, ShareGPT and messages, with history, several lines and Chinese."""

import json
from dataclasses import replace

from tasks.instructions.exports import alpaca, messages, preference_conversations, preferences, sharegpt
from tasks.records import Pair, Preference

PAIR = Pair(
    "0", "翻译成英文。", "书", "book", (), "zh", "translate", "by hand@1", ("d",), "toy:a", (), "", "MIT", "train"
)  # fmt: skip
TALK = replace(PAIR, instruction="And two?", input="", output="books", history=(("One 书?", "book"),))


def test_alpaca_has_three_columns_and_history_only_where_there_is_one() -> None:
    assert json.loads(alpaca([PAIR, TALK])) == [
        {"instruction": "翻译成英文。", "input": "书", "output": "book"},
        {"instruction": "And two?", "input": "", "output": "books", "history": [["One 书?", "book"]]},
    ]


def test_sharegpt_takes_turns() -> None:
    first, second = json.loads(sharegpt([PAIR, TALK]))
    assert [turn["from"] for turn in second["conversations"]] == ["human", "gpt", "human", "gpt"]
    assert first["conversations"][0]["value"] == "翻译成英文。\n\n书"


def test_messages_are_a_line_each_even_where_the_text_has_several() -> None:
    lines = messages([replace(PAIR, output="- a\n- b"), TALK]).splitlines()
    assert [turn["role"] for turn in json.loads(lines[1])["messages"]] == ["user", "assistant", "user", "assistant"]
    assert json.loads(lines[0])["messages"][-1]["content"] == "- a\n- b"


def test_chinese_stays_readable_in_every_export() -> None:
    assert all("翻译成英文" in export([PAIR]) for export in (alpaca, sharegpt, messages))


def test_preferences_have_the_prompt_of_training_or_turns_with_history() -> None:
    prompt = "### Task\nOne 书?\n### Answer\nbook\n\n### Task\nAnd two?\n### Answer\n"
    row = Preference("1", prompt, "books", "book, books", origin="talk")
    assert json.loads(preferences([row])) == {"prompt": prompt, "chosen": "books", "rejected": "book, books"}
    told = json.loads(preference_conversations([row], [PAIR, replace(TALK, id="talk")]))
    assert [(turn["role"], turn["content"]) for turn in told["prompt"]] == [
        ("user", "One 书?"), ("assistant", "book"), ("user", "And two?"),
    ]  # fmt: skip
    assert told["chosen"] == [{"role": "assistant", "content": "books"}]
    assert told["rejected"] == [{"role": "assistant", "content": "book, books"}]
