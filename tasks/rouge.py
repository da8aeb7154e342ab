"""Two texts → ROUGE-L: how much of one is, in order, in the other. Right in Chinese, too.

    >>> rouge_l("the cat sat", "the cat on the mat sat")
    0.6666666666666666
    >>> rouge_l("解析字符串", "解析一个字符串")
    0.8333333333333334

C.-Y. Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", ACL workshop 2004, section 3 (β = 1, no stemming).
On English it equals Google's rouge_score, which finds no token at all in Chinese.
"""

import re

from rapidfuzz.distance import LCSseq

_ONE_CHARACTER = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Han and kana: scripts without spaces, where a character is the token."""
_TOKEN = re.compile(f"[{_ONE_CHARACTER}]|[^\\W_{_ONE_CHARACTER}]+")


def tokens(text: str) -> list[str]:
    """Lower-case words of letters and digits; single characters of Chinese and Japanese."""
    return _TOKEN.findall(text.lower())


def rouge_l(answer: str, reference: str) -> float:
    """F-measure of the longest common subsequence, 0 to 1. Equal texts score 1 even where they hold signs alone."""
    if answer == reference:
        return 1.0
    said, expected = tokens(answer), tokens(reference)
    common = LCSseq.similarity(said, expected)
    return 2 * common / (len(said) + len(expected)) if common else 0.0
