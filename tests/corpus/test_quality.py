"""Quality rules: golden pairs, the n-grams they count, and what params/corpus.yaml keeps and drops."""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.corpus.quality import RULES, Rule, refusal
from tasks.corpus.settings import CodeQuality, CorpusParams, Quality
from tasks.corpus.text import Text
from tasks.ngrams import Ngrams
from tasks.params import load

ROOT = Path(__file__).parents[2]
PAIRS = [
    json.loads(line) for line in (ROOT / "tests/golden/corpus/quality.jsonl").read_text(encoding="utf-8").split("\n") if line
]
FLAT: dict[str, Rule] = {
    rule.__name__: rule for part in RULES.values() for rule in (part.values() if isinstance(part, dict) else [part])
}
ONE_SCRIPT_ONLY = {"short_words": False, "long_words": False, "few_own_letters": True}
"""Rules that make sense in one kind of script, and whether that is the unsegmented one."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
some_words = st.lists(st.sampled_from(["a", "bb", "一", "ccc"]), max_size=60)


def text_of(pair: dict[str, Any]) -> Text:
    return Text(pair["text"] * pair.get("times", 1), pair.get("language", ""))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['rule']}-{pair['text'][:20]}")
def test_each_rule_says_why_or_nothing(pair: dict[str, Any]) -> None:
    assert FLAT[pair["rule"]](text_of(pair), pair["limit"]) == pair["reason"]


@pytest.mark.parametrize("rule", FLAT)
def test_each_rule_has_golden_pairs_that_refuse_and_that_do_not_in_each_kind_of_script(rule: str) -> None:
    seen = {(text_of(pair).unsegmented, pair["reason"] is None) for pair in PAIRS if pair["rule"] == rule}
    scripts = [ONE_SCRIPT_ONLY[rule]] if rule in ONE_SCRIPT_ONLY else [False, True]
    assert seen == {(script, stays) for script in scripts for stays in (False, True)}


def test_each_limit_has_a_rule() -> None:
    assert _names(Quality) == {name: set(part) if isinstance(part, dict) else set() for name, part in RULES.items()}
    assert _names(CodeQuality).items() <= _names(Quality).items()


def _names(kind: type) -> dict[str, set[str]]:
    return {
        field.name: {inner.name for inner in fields(field.type)} if is_dataclass(field.type) else set()  # type: ignore[arg-type]
        for field in fields(kind)  # type: ignore[arg-type]
    }


@given(texts)
def test_no_text_breaks_a_rule(text: str) -> None:
    for name, rule in FLAT.items():
        rule(Text(text * 5), {"top_ngram": (0.1,) * 3, "duplicate_ngrams": (0.1,) * 6}.get(name, 0.5))


@given(some_words, st.integers(1, 10))
def test_ngrams_are_counted_as_one_would_by_hand(words: list[str], size: int) -> None:
    runs = [tuple(words[start : start + size]) for start in range(len(words) - size + 1)]
    characters = max(len("".join(words)), 1)
    top = max((runs.count(run) * len("".join(run)) for run in runs), default=0) / characters
    again = {place for start, run in enumerate(runs) if run in runs[:start] for place in range(start, start + size)}
    assert Ngrams(words).top(size) == pytest.approx(min(1, top))
    assert Ngrams(words).repeated(size) == pytest.approx(len("".join(words[place] for place in again)) / characters)


@given(some_words)
def test_what_rules_leave_uncounted_could_not_refuse(words: list[str]) -> None:
    ngrams = Ngrams(words)
    for size in range(2, 11):
        assert ngrams.repeated(size) <= ngrams.repeated(size - 1)
        assert ngrams.top(size) <= ngrams.top_at_most(size) + 1e-9
        assert ngrams.repeated(size) <= ngrams.repeated_at_most() + 1e-9


@pytest.mark.parametrize(
    "text",
    [
        "# am\n\n> Android activity manager.\n\n- Start an activity:\n\n`am start -n {{com.android.settings/.Settings}}`\n\n"
        "- Start an activity and pass data to it:\n\n`am start -a {{android.intent.action.VIEW}} -d {{tel:123}}`\n",
        "# 列出软件包\n\n> 列出设备上已安装的软件包。\n\n- 列出所有：\n\n`pm list packages`\n\n"
        "- 列出所有，以及文件的路径：\n\n`pm list packages -f`\n\n"
        "- 仅列出禁用的：\n\n`pm list packages -d`\n\n- 仅列出启用的：\n\n`pm list packages -e`\n",
        "《桑中》\n\n爰采唐矣，沬之鄉矣，云誰之思，美孟姜矣，\n期我乎桑中，要我乎上宮，送我乎淇之上矣。\n"
        "爰采麥矣，沬之北矣，云誰之思，美孟弋矣，\n期我乎桑中，要我乎上宮，送我乎淇之上矣。\n"
        "爰采葑矣，沬之東矣，云誰之思，美孟庸矣，\n期我乎桑中，要我乎上宮，送我乎淇之上矣。",
        "Return the sum of the numbers.\n\n>>> total([1, 2, 3])\n6\n>>> total([])\n0\n",
        "How do I list what is in a folder?\nUse `ls`; with `-l` it says how large each file is.",
        "什么是人工智能？\n人工智能是工程和科学的分支，致力于构建具有思维的机器。",
    ],
    ids=["commands", "commands-zh", "verse", "docstring", "chat", "chat-zh"],
)
def test_good_short_texts_pass_every_limit(text: str) -> None:
    assert _verdict(text) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("\n".join(f"Access All Records Of 213-484-{number:04} Now!" for number in range(40)), "top_ngram"),
        ("这款产品质量非常好，大家快来购买吧！" * 10, "duplicate_ngrams"),
        (
            "我们在这里介绍文件的权限。".encode("gbk").decode("utf-8", "replace").encode().decode("gbk", "ignore") * 5,
            "garbled",
        ),
        ("我们在这里介绍文件的权限。".encode().decode("gbk", "ignore") * 5, "garbled"),
        ("Please enable JavaScript in your browser to continue reading.", "javascript_notice"),
        ("本网站使用 Cookie，继续浏览即表示您同意我们的隐私政策。", "policy_notice"),
    ],
)
def test_what_no_one_would_learn_from_is_dropped(text: str, rule: str) -> None:
    assert (_verdict(text) or ("", ""))[0] == rule


def _verdict(text: str) -> tuple[str, str] | None:
    limits = load(CorpusParams, ROOT / "params/corpus.yaml").quality
    prose = Text(text)
    return refusal(prose, limits.unsegmented if prose.unsegmented else limits.segmented)
