"""Chinese sentences without a download: short words put into patterns (chinese.yaml), hardly two alike.

next(sentences(Random(1)))  →  "清晨值班护士连夜登记了旧铜镜，据说码头415号雨伞漏着水。"
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tasks.params import read

FILE = Path(__file__).with_name("chinese.yaml")


def sentences(source: Random) -> Iterator[str]:
    """Without end."""
    given = read(FILE)
    words = {slot: some.split() for slot, some in given["words"].items()}
    while True:
        chosen = {slot: source.choice(some) for slot, some in words.items()}
        chosen |= {"thing2": source.choice(words["thing"]), "number": str(source.randrange(2, 1000))}
        yield source.choice(given["patterns"]).format(**chosen)
