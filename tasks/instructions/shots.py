"""What makers of documents ask a teacher, in words and solved examples: English and Chinese, written here, about no corpus.

QUESTION["en"].request("The gate shuts at dusk.\\nAnswer: at dusk", max_new_tokens=40)
→ … "Passage: The gate shuts at dusk.\\nAnswer: at dusk\\nQuestion:"
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.completions import Request, few_shot

Shot = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A task for the teacher."""

    task: str
    labels: tuple[str, str]
    """What stands before the thing given and before the thing wanted."""
    shots: tuple[Shot, ...]

    def request(self, given: str, *, max_new_tokens: int, more: Sequence[Shot] = ()) -> Request:
        """The request about one thing; `more` are examples that follow ours."""
        return few_shot(self.task, (*self.shots, *more), given, max_new_tokens=max_new_tokens, labels=self.labels)


def asked_of(passage: str, second: str, *, label: str) -> str:
    """A passage with a second line: Answer: …, Question: …"""
    return f"{passage}\n{label}: {second}"


_FERRY = "The ferry leaves the old harbour at six in the morning. It carries 40 passengers and no cars."
_BEES = "Beekeepers use smoke because it calms the bees. The smoker burns dry pine needles."
_LAKE = "Lake Orrin froze in 1956. People then crossed it on skates to reach the market in Tolby."
_FERRY_ZH = "渡轮每天早上六点离开旧港口。船上可以坐40名乘客，但是不能载汽车。"
_BEES_ZH = "养蜂人用烟，是因为烟能让蜜蜂安静下来。熏烟器里烧的是干松针。"
_LAKE_ZH = "1956年，奥林湖结了冰。人们穿着冰鞋过湖，到对岸的托尔比赶集。"

ANSWER_LABEL = {"en": "Answer", "zh": "答案"}
QUESTION_LABEL = {"en": "Question", "zh": "问题"}

QUESTION = {
    "en": Prompt(
        "Each passage comes with an answer that stands in it. Write the question that has this answer, without telling it.",
        ("Passage", "Question"),
        (
            (asked_of(_FERRY, "40 passengers", label="Answer"), "How many passengers does the ferry carry?"),
            (asked_of(_BEES, "dry pine needles", label="Answer"), "What does the smoker of a beekeeper burn?"),
            (asked_of(_LAKE, "1956", label="Answer"), "When did Lake Orrin freeze?"),
            (asked_of(_LAKE, "Tolby", label="Answer"), "Where was the market that people reached on skates?"),
        ),
    ),
    "zh": Prompt(
        "每篇文章后面有一个答案，答案是文章里的原话。写出这个答案所回答的问题，问题里不要说出答案。",
        ("文章", "问题"),
        (
            (asked_of(_FERRY_ZH, "40名", label="答案"), "渡轮可以坐多少乘客？"),
            (asked_of(_BEES_ZH, "干松针", label="答案"), "熏烟器里烧的是什么？"),
            (asked_of(_LAKE_ZH, "1956年", label="答案"), "奥林湖是哪一年结冰的？"),
            (asked_of(_LAKE_ZH, "托尔比", label="答案"), "人们穿着冰鞋过湖，到哪里赶集？"),
        ),
    ),
}
"""Passage and answer → question."""

ANSWER = {
    "en": Prompt(
        "Each question is answered with the fewest words of the passage that answer it, as they stand there.",
        ("Passage", "Answer"),
        (
            (asked_of(_FERRY, "When does the ferry leave the old harbour?", label="Question"), "six in the morning"),
            (asked_of(_BEES, "What do beekeepers use to calm the bees?", label="Question"), "smoke"),
            (asked_of(_LAKE, "Which lake froze in 1956?", label="Question"), "Lake Orrin"),
        ),
    ),
    "zh": Prompt(
        "用文章里的原话回答每个问题，字数越少越好。",
        ("文章", "答案"),
        (
            (asked_of(_FERRY_ZH, "渡轮早上几点离开旧港口？", label="问题"), "六点"),
            (asked_of(_BEES_ZH, "养蜂人用什么让蜜蜂安静下来？", label="问题"), "烟"),
            (asked_of(_LAKE_ZH, "1956年哪个湖结了冰？", label="问题"), "奥林湖"),
        ),
    ),
}
"""Passage and question → answer: the way back."""

INSTRUCTION = {
    ("prose", "en"): Prompt(
        "Each text is the answer to somebody's instruction. Write that instruction.",
        ("Text", "Instruction"),
        (
            ("Lanterns: A lantern burns oil that a wick draws up from a small tank.", "Explain how a lantern burns oil."),
            ("Barometers: Falling pressure means that rain is near.", "What does falling pressure on a barometer mean?"),
            (
                "Night trains: Book a berth two weeks ahead. Bring your own blanket.",
                "Give two pieces of advice to somebody who takes a night train.",
            ),
            ("Kettle.boil: Heat the water until it boils.", "What does Kettle.boil do?"),
        ),
    ),
    ("prose", "zh"): Prompt(
        "每段文字都是对某个指令的回答。写出这个指令。",
        ("文字", "指令"),
        (
            ("油灯：油灯靠灯芯把小油壶里的油吸上来燃烧。", "解释油灯是怎样燃烧的。"),
            ("气压计：气压下降，说明快要下雨了。", "气压计的读数下降说明什么？"),
            ("夜行火车：卧铺要提前两周预订。最好自己带一条毯子。", "给乘坐夜行火车的人提两条建议。"),
            ("水壶：先把水烧开，再把火关小。", "怎样用水壶烧水？"),
        ),
    ),
    ("code", "en"): Prompt(
        "Each Python function is the answer to somebody's instruction. Write that instruction.",
        ("Function", "Instruction"),
        (
            (
                "def garden_area(width, length):\n    return width * length",
                "Write a Python function garden_area(width, length) that multiplies width by length.",
            ),
            (
                "def is_ripe(fruit):\n    return fruit.weight > 100",
                "Write a Python function is_ripe(fruit) that tells whether a fruit weighs more than 100.",
            ),
            (
                "def ring(bells):\n    for bell in bells:\n        bell.strike()",
                "Write a Python function ring(bells) that strikes each of the bells.",
            ),
        ),
    ),
    ("code", "zh"): Prompt(
        "每个 Python 函数都是对某个指令的回答。写出这个指令。",
        ("函数", "指令"),
        (
            (
                "def garden_area(width, length):\n    return width * length",
                "写一个 Python 函数 garden_area(width, length)，返回宽和长的乘积。",
            ),
            (
                "def is_ripe(fruit):\n    return fruit.weight > 100",
                "写一个 Python 函数 is_ripe(fruit)，判断 fruit 的重量是否超过100。",
            ),
            (
                "def ring(bells):\n    for bell in bells:\n        bell.strike()",
                "写一个 Python 函数 ring(bells)，把 bells 里的每口钟敲一下。",
            ),
        ),
    ),
}
"""Text or function → the instruction that it answers, by kind and language."""

SCORE = {
    "en": Prompt(
        "Each answer to an instruction gets a score. 1: it is about something else, or breaks off. 2: it touches the matter "
        "and does not do what is asked. 3: it does most of it, with things missing or things nobody asked for. 4: complete, "
        "with small faults. 5: complete, to the point and clear, as an expert writes. Only the number is written.",
        ("Instruction", "Score"),
        (
            ("Why does a kite need a tail?\nAnswer: The tail keeps the kite upright and steady in the wind.", "5"),
            ("Name the colours of a traffic light.\nAnswer: Subscribe now for more recipes.", "1"),
            ("How is bread baked?\nAnswer: Mix flour and water. Ask a baker about the rest.", "3"),
            ("What is a tide?\nAnswer: The regular rise and fall of the sea, and so on.", "4"),
            ("Explain how to sharpen a knife.\nAnswer: Knives have been made for a very long time.", "2"),
        ),
    ),
    "zh": Prompt(
        "给每个指令的回答打分。1：答非所问，或者话没说完。2：沾边，但没有做到所要求的。3：大部分做到了，有遗漏或多余的话。"
        "4：完整，有小毛病。5：完整、切题、清楚，像专家写的。只写数字。",
        ("指令", "评分"),
        (
            ("风筝为什么要有尾巴？\n答案: 尾巴能让风筝在风里保持平稳，不会翻转。", "5"),
            ("说出红绿灯的颜色。\n答案: 立即订阅，获取更多菜谱。", "1"),
            ("面包是怎么烤的？\n答案: 把面粉和水混合，其余的去问面包师。", "3"),
            ("什么是潮汐？\n答案: 海水有规律地涨落，等等。", "4"),
            ("解释怎样磨刀。\n答案: 刀的历史非常悠久。", "2"),
        ),
    ),
}
"""Instruction and answer → 1 to 5: the rubric of Li et al. 2023 (arXiv:2308.06259, table 19), shortened."""
