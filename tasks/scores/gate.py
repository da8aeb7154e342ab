"""Numbers → the verdict: may this model be promoted, and why.

    verdict(summary(rows, …), forgetting, min_gain=0.1, max_forgetting=1.5)
    # → {"passed": True, "reasons": ["Exact match changed by +0.73 [+0.66, +0.79] over the base zero-shot; …"], …}

One comparison decides, exact match against the base zero-shot, so nothing is corrected for many comparisons; all others
are shown beside it. The few-shot comparison is shown, and named for what it is, but does not decide.
"""

from collections.abc import Mapping
from typing import Any

from tasks.scores.marks import FEW_SHOT, ZERO_SHOT
from tasks.scores.summary import difference


def verdict(
    summary: Mapping[str, Any], forgetting: Mapping[str, Any], *, min_gain: float, max_forgetting: float
) -> dict[str, Any]:
    """`passed`, `reasons` (a sentence for each check), and `few_shot`, the verdict of that comparison.

    `forgetting` maps a text to the perplexities of `base` and `tuned`, and their `ratio`.
    """
    gain = summary["overall"]["differences"][difference(ZERO_SHOT)]["exact"]
    gained = gain["mean"] >= min_gain and gain["verdict"] == "better"
    kept = {name: text["ratio"] <= max_forgetting for name, text in forgetting.items()}
    return {
        "passed": gained and all(kept.values()),
        "reasons": [
            f"Exact match changed by {signed(gain)} over the base zero-shot; the gate wants at least {min_gain:+.2f} "
            f"and an interval above 0: {_word(gained)}.",
            *(
                f"Perplexity on {name} went from {text['base']:.1f} to {text['tuned']:.1f} ({text['ratio']:.2f} times); "
                f"the gate allows {max_forgetting:.2f} times: {_word(kept[name])}."
                for name, text in forgetting.items()
            ),
            _few_shot(summary),
        ],
        "few_shot": summary["overall"]["differences"][difference(FEW_SHOT)]["exact"]["verdict"],
    }


def _few_shot(summary: Mapping[str, Any]) -> str:
    change = summary["overall"]["differences"][difference(FEW_SHOT)]["exact"]
    by_task = {task: part["differences"][difference(FEW_SHOT)]["exact"]["mean"] for task, part in summary["by_task"].items()}
    behind = ", ".join(task for task, mean in by_task.items() if mean < 0)
    return (
        f"Against the base with solved examples before the question, exact match changed by {signed(change)}: "
        f"{change['verdict']}{f'; lower on {behind}' if behind else ''} (shown, does not decide)."
    )


def signed(change: Mapping[str, float]) -> str:
    """`+0.53 [+0.46, +0.60]`."""
    return f"{change['mean']:+.2f} [{change['low']:+.2f}, {change['high']:+.2f}]"


def _word(passed: bool) -> str:
    return "passed" if passed else "failed"
