"""Rules that know what web pages say instead of text, after C4 (Raffel et al. 2020, arXiv 1910.10683, 2.2).

    javascript_notice(Text("Please enable JavaScript to view this page."), 0.5)
      →  "100% of characters in lines that ask for JavaScript, more than 50%"

C4 cuts such lines out; we cut nothing out of a text, and drop one that is little else.
"""

import re

from tasks.corpus.text import Text

# C4 takes any line with "javascript", and documentation of half the web with it.
_JAVASCRIPT = re.compile(
    r"(?:enabl|turn(?:ed)? on|activat|requir|without|disabl)[^.!?\n]{0,40}\bjavascript"
    r"|\bjavascript\b[^.!?\n]{0,30}(?:disabled|enabled|required|turned o|not supported)"
    r"|(?:启用|啟用|开启|開啟|打开|禁用|停用|关闭|關閉)[^。！？\n]{0,12}javascript"
    r"|javascript[^。！？\n]{0,12}(?:启用|啟用|开启|開啟|打开|禁用|停用|关闭|關閉)"
)
_POLICY = re.compile(
    r"terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies"
    r"|[隐隱]私(?:权|權)?(?:政策|声明|聲明)|(?:使用|服务|服務)[条條]款|版[权權]所有"
    r"|(?:使用|接受|允许|允許) ?cookies?|cookies? ?政策"
)
"""C4's phrases, and what Chinese sites write for them."""
_POLICY_WORDS = ("terms of use", "privacy policy", "cookie", "隐私", "隱私", "条款", "條款", "版权所有", "版權所有")
"""One of them is in each of the phrases, and sooner found."""


def lorem_ipsum(text: Text, limit: int) -> str | None:
    """C4: a page with filler is not finished. Two words alone may be an example."""
    found = text.folded.count("lorem ipsum dolor")
    return f"{found} times lorem ipsum dolor, more than {limit}" if found > limit else None


def curly_brackets(text: Text, limit: float) -> str | None:
    """C4 drops a page with one, as source code; documentation quotes code."""
    share = (text.raw.count("{") + text.raw.count("}")) / max(len(text.raw), 1)
    return f"{share:.1%} of characters are curly brackets, more than {limit:.1%}" if share > limit else None


def javascript_notice(text: Text, limit: float) -> str | None:
    """C4: the browser is asked to run scripts."""
    share = _share(text, _JAVASCRIPT) if "javascript" in text.folded else 0
    return f"{share:.0%} of characters in lines that ask for JavaScript, more than {limit:.0%}" if share > limit else None


def policy_notice(text: Text, limit: float) -> str | None:
    """C4: cookies, privacy, terms of use."""
    share = _share(text, _POLICY) if any(word in text.folded for word in _POLICY_WORDS) else 0
    what = "lines on cookies, privacy or terms of use"
    return f"{share:.0%} of characters in {what}, more than {limit:.0%}" if share > limit else None


def _share(text: Text, phrase: re.Pattern[str]) -> float:
    """Of the characters of lines, those in lines with the phrase."""
    found = sum(len(line) for line in text.lines if phrase.search(line.casefold()))
    return found / max(sum(map(len, text.lines)), 1)
