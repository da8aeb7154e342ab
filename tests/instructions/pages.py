"""Invented pages of every kind that templates know, in English and in Chinese."""

from tasks.records import Document, document_id

HARBOUR = (
    "The harbour has 12 berths, 3 cranes and a small chapel. Fishermen call it “the old basin”, and visitors like it. "
    "In summer the ferry leaves twice a day, before breakfast and after dinner. "
    "Nobody pays for the first crossing of the year."
)
ORCHARD = (
    "Beyond the wall lies an orchard of apples, pears, plums, and quinces. Children gather fallen fruit there every autumn. "
    "The keeper sells cider in brown bottles, and he keeps the best one for himself."
)
HARBOUR_ZH = (
    "港口有12个泊位，3台吊车，还有一座小教堂。渔民把它叫作“老池子”，\n游客也很喜欢这里。夏天渡轮每天开两班，早饭前一班，"
    "晚饭后一班，周日停开。每年第一次渡海不收费。"
)
ORCHARD_ZH = "围墙外面是一片果园，种着苹果，也种着梨。孩子们每年秋天去捡落下的果子。看园人卖苹果酒，最好的一瓶留给自己。"
GUIDE = """\
# Keeping bees

Bees need water close to the hive.

## Winter

Cover the hive before the first frost.

Height: 60 cm
Colour: pale yellow
Entrance: south
"""
GUIDE_ZH = """\
# 养蜂

蜂箱附近要有干净的水。

## 过冬

第一次霜冻之前要盖好蜂箱。

高度：60厘米
颜色：浅黄色
朝向：南
"""
LIST = "What to take along:\n\n- a warm coat\n- two candles\n- a map of the coast\n- bread\n"
LIST_ZH = "出门要带的东西：\n\n- 一件厚外套\n- 两支蜡烛\n- 海岸地图\n- 面包\n"
VERSE = "The lamp is lit,\nthe boats are in,\nthe nets hang on the wall,\nand snow begins.\n"
VERSE_ZH = "灯已点亮，\n船已归来，\n渔网挂在墙上，\n雪落下来。\n"
TALK = "Ann: Is the ferry late?\nBo: It leaves at nine.\nAnn: Then we have time!\nBo: Let us buy some bread.\n"
TALK_ZH = "小安：渡轮晚点了吗？\n阿波：九点开。\n小安：那还来得及！\n阿波：我们去买点面包吧。\n"
LINES = "Where do you live?\nBy the harbour.\nIs it loud there?\nOnly in the morning.\n"
LINES_ZH = "你住在哪里？\n我住在港口旁边。\n那里吵吗？\n只有早上吵。\n"
TABLE = "tree,height,leaves\noak,30,lobed\nash,25,feathered\nyew,12,needles\n"
TABLE_ZH = "树,高度,叶子\n橡树,30,浅裂\n白蜡树,25,羽状\n红豆杉,12,针形\n"
COMMAND = """\
# moor

> Make ships fast to a berth and set them free again.

- Make a ship fast to a berth:

`moor --berth {{3}} {{ship}}`

- List the ships of a berth:

`moor --list {{3}}`

- Set all ships free:

`moor --free --all`
"""
COMMAND_ZH = """\
# moor

> 把船只系在泊位上，也可以解开。

- 把一艘船系在泊位上：

`moor --berth {{3}} {{ship}}`

- 列出一个泊位上的船只：

`moor --list {{3}}`

- 解开所有船只：

`moor --free --all`
"""
CODE = '''\
def weigh_cargo(hold, scale, unit="kg"):
    """Weigh the cargo of a hold. Empty holds weigh nothing."""
    if not hold:
        raise ValueError(hold)
    check(scale)
    crates = sorted(hold)
    return total(crates, unit)
'''
SHORT_CODE = '''\
def count_crates(hold, empty=False):
    """Count the crates of a hold."""
    return len(hold) + empty
'''


def pages() -> list[Document]:
    """Two Documents of each kind at least, one in each language."""
    both = {
        "harbour": ("prose", HARBOUR, HARBOUR_ZH), "orchard": ("prose", ORCHARD, ORCHARD_ZH),
        "guide": ("prose", GUIDE, GUIDE_ZH), "list": ("prose", LIST, LIST_ZH), "verse": ("prose", VERSE, VERSE_ZH),
        "talk": ("dialogue", TALK, TALK_ZH), "lines": ("dialogue", LINES, LINES_ZH),
        "table": ("table", TABLE, TABLE_ZH), "moor": ("prose", COMMAND, COMMAND_ZH),
    }  # fmt: skip
    written = [
        _page(title, kind, text, language)
        for title, (kind, *texts) in both.items()
        for text, language in zip(texts, ("en", "zh-Hans"), strict=True)
    ]
    return [*written, _page("cargo.weigh_cargo", "code", CODE, "en"), _page("cargo.count_crates", "code", SHORT_CODE, "en")]


def _page(title: str, kind: str, text: str, language: str) -> Document:
    return Document(document_id("toy", "pages", title, text), text, language, title, kind, "toy:pages", "MIT")
