"""A scripted teacher for self-instruct, that always has new tasks of boats, and what its prompts look like.

Sailor()(a request that proposes)   → "What did barge number 0 carry?\nTask 10: What did canoe …"
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tasks.completions import Failure, Reply, Request
from tasks.instructions.makers import self_instruct
from tasks.instructions.makers.task_prompts import read_wordings
from tasks.instructions.workshop import Made, Workshop

PARAMS = Path(__file__).parents[2] / "params"
WORDS = read_wordings(PARAMS / "prompts/self_instruct.yaml")
BOATS = [
    "barge", "canoe", "dinghy", "ferry", "gondola", "hulk", "junk", "ketch",
    "lugger", "monitor", "nef", "outrigger", "punt", "raft", "sloop", "trawler",
]  # fmt: skip
DOES = [
    "carry", "cost", "earn", "fear", "guard", "honour", "keep", "lack",
    "need", "owe", "prize", "rescue", "sell", "tow", "use", "visit",
]  # fmt: skip
THINGS = [
    "缆绳", "船桨", "铁锚", "灯塔", "码头", "罗盘", "渔网", "帆布",
    "甲板", "舵轮", "旗帜", "浮标", "桅杆", "货舱", "海图", "闸门",
]  # fmt: skip
PLACES = [
    "苏州", "杭州", "宁波", "福州", "厦门", "泉州", "广州", "珠海",
    "北海", "三亚", "大连", "青岛", "烟台", "天津", "上海", "南通",
]  # fmt: skip


class Sailor:
    """Always has new tasks, of boats; every third is classification."""

    def __call__(self, request: Request) -> str:
        kind, language = kind_of(request)
        last = request.messages[-1][1]
        if kind == "propose":
            # A function of the request alone, as with a real model: its own chance is the sample.
            some = [self.task(request.sample * 4 + place, language) for place in range(4)]
            head = "任务" if language == "zh" else "Task "
            return some[0] + "".join(f"\n{head}{place}: {text}" for place, text in enumerate(some[1:], 10))
        if kind == "classify":
            yes = sum(map(ord, last)) % 3 == 0
            return {"en": ("No", "Yes"), "zh": ("否", "是")}[language][yes]
        words = WORDS[language]
        if kind == "label_first":
            return (
                f"{words.label}: {last[:3]}甲\n{words.input}: 1{last}\n{words.label}: {last[:3]}乙\n{words.input}: 2{last}"
            )
        said = "Twelve barrels and a cat." if language == "en" else "十二个木桶和一只猫。"
        return f"{words.input}: {last[::-1]}\n{words.output}: {said}"

    @staticmethod
    def task(number: int, language: str) -> str:
        one, two = number % 16, number // 16 % 16
        if language == "zh":
            return f"{PLACES[two]}{THINGS[one]}{THINGS[(7 * one + two) % 16]}怎么修？"
        return f"What did {BOATS[one]} number {number} {DOES[two]}?"


def kind_of(request: Request) -> tuple[str, str]:
    """Which prompt it is, and in which language."""
    said = request.messages[0][1]
    for language, words in WORDS.items():
        for kind in ("propose", "classify", "label_first"):
            if said == getattr(words, kind):
                return kind, language
        if said == words.input_first.format(most=5):
            return "input_first", language
    raise AssertionError(f"an unknown prompt: {said}")


class AtOnce:
    """The same teacher, all of whose answers to one call go to the journal together: a flush costs 20 ms."""

    identity = "scripted"

    def __init__(self, answer: Callable[[Request], str]) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        self.requests += requests
        yield [(index, Reply(self.answer(request), "stop", 9)) for index, request in enumerate(requests)]


def rows(shop: Workshop) -> list[Made]:
    return list(self_instruct.rows(shop, 5))


def shown(request: Request) -> list[str]:
    return re.findall(r"(?m)^(?:Task |任务)\d+[:：] ?(.+)", request.prompt)
