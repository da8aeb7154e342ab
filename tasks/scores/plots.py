"""Numbers → two plots as SVG text, to stand inside the report: exact match by task, and what changed, with intervals.

Equal numbers give equal bytes: fixed ids, no date, and fonts left to the browser.
"""

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

from tasks.scores.marks import FEW_SHOT, MAJORITY, TUNED, ZERO_SHOT
from tasks.scores.summary import difference

INK, FAINT, RULE = "#1f2933", "#7b8794", "#e4e7eb"
LOOKS = {
    MAJORITY: ("majority", "|", "#9aa5b1"),
    ZERO_SHOT: ("base 0-shot", "o", "#b8c4d0"),
    FEW_SHOT: ("base few-shot", "D", "#e0a030"),
    TUNED: ("tuned 0-shot", "o", "#1565a8"),
}
VERDICTS = {"better": "#2e7d4f", "worse": "#b3362b", "no evidence of change": "#7b8794"}
FIXED = {"svg.hashsalt": "zhiling", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
INCHES_A_ROW = 0.27


def exact_by_task(scores: Mapping[str, Any]) -> str:
    """A line a task with a dot for each system, the best tuned task on top."""

    def draw(axes: Any, parts: list[tuple[str, Any]]) -> None:
        for system, (label, marker, colour) in LOOKS.items():
            values = [part["systems"][system]["exact"] for _, part in parts]
            axes.scatter(values, range(len(parts)), s=46, marker=marker, color=colour, label=label, zorder=3)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel("share of rows answered exactly")
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.42, 1.0), ncols=4, frameon=False, handletextpad=0.2, columnspacing=1.0
        )

    return _plot(_ordered(scores), draw)


def change_by_task(scores: Mapping[str, Any]) -> str:
    """A line a task with the change in exact match over few-shot and its 95 % interval, coloured by verdict."""

    def draw(axes: Any, parts: list[tuple[str, Any]]) -> None:
        axes.axvline(0, color=INK, linewidth=0.8)
        for place, (_, part) in enumerate(parts):
            change = part["differences"][difference(FEW_SHOT)]["exact"]
            colour = VERDICTS[change["verdict"]]
            axes.plot([change["low"], change["high"]], [place, place], color=colour, linewidth=2.2, solid_capstyle="round")
            axes.scatter([change["mean"]], [place], s=34, color=colour, zorder=3)
        axes.set_xlim(-1.05, 1.05)
        axes.set_xlabel("tuned − base few-shot, exact match, 95 % interval")

    return _plot([("all", scores["overall"]), *_ordered(scores)], draw)


def _ordered(scores: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Tasks from the bottom of a plot to its top."""
    return sorted(scores["by_task"].items(), key=lambda item: (item[1]["systems"][TUNED]["exact"], item[0]))


def _plot(parts: list[tuple[str, Any]], draw: Any) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(FIXED):
        figure = Figure(figsize=(5.6, 0.9 + INCHES_A_ROW * len(parts)), layout="constrained")
        axes = figure.add_subplot()
        draw(axes, parts)
        axes.set_yticks(range(len(parts)), [name for name, _ in parts])
        axes.set_ylim(-0.6, len(parts) - 0.4)
        axes.grid(color=RULE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(length=0, colors=INK)
        axes.xaxis.label.set_color(FAINT)
        axes.spines[:].set_visible(False)
        text = StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    # The XML head and the metadata have no place, and no reader, inside an HTML page.
    svg = text.getvalue()
    return re.sub(r"\s*<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
