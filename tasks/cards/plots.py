"""Two plots as SVG files: how long the rows are, and which rule stopped how many. Equal figures give equal bytes.

lengths.svg   a line a kind over a logarithmic axis of characters
drops.svg     a bar a rule, the most frequent on top
"""

from collections.abc import Mapping
from io import StringIO
from typing import Any

INK, FAINT, RULE = "#1f2933", "#7b8794", "#e4e7eb"
COLOURS = ("#1565a8", "#e0a030", "#2e7d4f", "#b3362b")
# As in tasks/scores/plots.py: fixed ids, no date, and fonts left to the browser.
FIXED = {"svg.hashsalt": "zhiling", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
BINS = 40
BARS = 20
"""Rules that get a bar; there are hardly more."""
INCHES_A_BAR = 0.27


def lengths_plot(lengths: Mapping[str, Any]) -> str:
    """Rows by length in characters, a line for each name."""
    import numpy as np

    def draw(axes: Any) -> None:
        longest = max((int(long.max()) for long in lengths.values() if long.size), default=1)
        edges = np.geomspace(1, max(longest, 2), BINS + 1)
        for number, (name, long) in enumerate(lengths.items()):
            rows, _ = np.histogram(np.clip(long, 1, None), edges)
            axes.stairs(rows, edges, color=COLOURS[number % len(COLOURS)], label=name, linewidth=1.6)
        axes.set_xscale("log")
        axes.set_xlabel("characters")
        axes.set_ylabel("rows")
        if axes.patches:
            axes.legend(frameon=False)

    return _plot(draw, 2.8)


def drops_plot(dropped: Mapping[str, int]) -> str:
    """Rows that did not go on, a bar for each rule."""
    shown = sorted(dropped.items(), key=lambda item: (-item[1], item[0]))[:BARS][::-1]

    def draw(axes: Any) -> None:
        bars = axes.barh(range(len(shown)), [rows for _, rows in shown], height=0.6, color=COLOURS[0])
        axes.bar_label(bars, padding=3, color=INK)
        axes.set_yticks(range(len(shown)), [rule for rule, _ in shown])
        axes.margins(x=0.12)
        axes.set_xlabel("rows" if shown else "nothing was dropped")

    return _plot(draw, 0.9 + INCHES_A_BAR * len(shown))


def _plot(draw: Any, height: float) -> str:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(FIXED):
        figure = Figure(figsize=(5.6, height), layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.grid(color=RULE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(length=0, which="both", colors=INK)
        axes.xaxis.label.set_color(FAINT)
        axes.yaxis.label.set_color(FAINT)
        axes.spines[:].set_visible(False)
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()
