"""What a judge wrote → the score from 1 to 5 that it says, or None. Nothing is guessed.

    rating("Score: 4.")  →  4
    rating("评分：四分")   →  4
    rating("10")         →  None    not 1, and not 10 either: the scale ends at 5
    rating("4 or 5")     →  None

In UltraFeedback one compared character made 10 of 1 in 2,628 scores (OpenBMB/UltraFeedback, issue 8). So the whole reply
must be a score and nothing else.
"""

import re
import unicodedata

from tasks.completions import Completion, Failure

ANSWER_LABEL = {"en": "Answer", "zh": "答案"}
"""What stands before an answer that is shown to a judge, in the solved examples of its prompt, too."""
_NUMBERS = {
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5},
    **{"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5},
    **{str(number): number for number in range(1, 6)},
}
_RATING = re.compile(
    r"(?:(?:the |my |final |overall )*(?:score|rating)(?: is)?|(?:评分|分数|得分|打分|总分)(?:是|为)?)?\s*[:=]?\s*"
    rf"(?P<score>{'|'.join(_NUMBERS)})\s*(?:(?:/|out of|of)\s*(?:5|five)|分|points?|stars?)?\s*[.。!]?"
)
_EMPHASIS = re.compile(r"[*`\"']+")


def rating(reply: str) -> int | None:
    """The score of a reply that is one, in figures or words, in English or Chinese; None for anything else."""
    plain = _EMPHASIS.sub("", unicodedata.normalize("NFKC", reply)).strip().lower()
    found = _RATING.fullmatch(plain)
    return _NUMBERS[found["score"]] if found else None


def scored(reply: Completion | Failure, of: str) -> int | Failure:
    """The score in what a judge said `of` something, or why there is none: its own Failure, or `no_score`."""
    if isinstance(reply, Failure):
        return reply
    score = rating(reply.text)
    if score is None:
        reason = f"the judge's reply to {of!r} is no score from 1 to 5: {reply.text[:200]!r}"
        return Failure("no_score", reason, reply.whole)
    return score
