"""The study's figures over all draws, as Markdown tables and as a picture."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from benchmarks.days.study import REFERENCE, RULES

Figures = dict[str, Any]
SHOWN = ("mean", "p90", "p99", "max")
NAMES = {"closest-idle": "closest idle", "finish-then-go": "finish, then go", "batch-30": "assignment every 30 s",
         "reassign": "re-assignment", "production": "ours", REFERENCE: "clairvoyant plan"}  # fmt: skip
COLOURS = {"closest-idle": "#7f8c8d", "finish-then-go": "#b9770e", "batch-30": "#6c3483", "reassign": "#c0392b",
           "production": "#0b6e99", REFERENCE: "#1b2733"}  # fmt: skip


def summed_up(cells: Sequence[Figures]) -> list[Figures]:
    """One row for each day, fleet and rule: means over the draws, and the mean wait above the reference's.

    The percentage is of the same draws that the reference was made for; `slowest_ms` is the greatest of the draws'
    99th decision in a hundred.
    """
    rows = []
    for day, trucks, rule in dict.fromkeys((each["day"], each["trucks"], each["rule"]) for each in cells):
        mine = [c for c in cells if (c["day"], c["trucks"], c["rule"]) == (day, trucks, rule)]
        known = {c["draw"]: c for c in cells if (c["day"], c["trucks"], c["rule"]) == (day, trucks, REFERENCE)}
        both = [(c["mean"], known[c["draw"]]) for c in mine if c["draw"] in known]
        row: Figures = {"day": day, "trucks": trucks, "rule": rule, "draws": len(mine)}
        row |= {name: round(statistics.mean(c[name] for c in mine), 1) for name in SHOWN}
        row |= {name: round(statistics.mean(c[name] for c in mine), 4) for name in ("late", "switches", "unserved")}
        if both:
            row["above_plan"] = round(sum(a for a, _ in both) / sum(b["mean"] for _, b in both) - 1, 4)
            row["above_bound"] = round(sum(a for a, _ in both) / sum(b["bound"] for _, b in both) - 1, 4)
            row["compared_draws"] = len(both)
        if rule != REFERENCE:
            row["timing"] = {"slowest_ms": max(c["timing"]["p99_ms"] for c in mine)}
        rows.append(row)
    return rows


def table_of(rows: Sequence[Figures]) -> str:
    """Markdown: a table for each day and fleet."""
    parts = []
    for day, trucks in dict.fromkeys((row["day"], row["trucks"]) for row in rows):
        some = [row for row in rows if (row["day"], row["trucks"]) == (day, trucks)]
        heads = ["", "mean", "p90", "p99", "max", "late", "switches a job", "above plan", "above bound"]
        lines = [f"**{day}, {trucks} trucks** ({max(row['draws'] for row in some)} draws)\n", _line(heads)]
        lines.append(_line(["---", *("---:" for _ in heads[1:])]))
        lines += [_line(_texts(row)) for row in some]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _texts(row: Figures) -> list[str]:
    waits = [f"{row[name]:,.0f}" for name in SHOWN]
    above = [f"{row[name]:+.0%}" if name in row else "" for name in ("above_plan", "above_bound")]
    return [NAMES[row["rule"]], *waits, f"{row['late']:.1%}", f"{row['switches']:.3f}", *above]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def draw(rows: Sequence[Figures], path: Path) -> None:
    """Mean and 99th in a hundred, a panel for each day: fleets along the side, a mark for each rule."""
    days = list(dict.fromkeys(row["day"] for row in rows))
    figure = Figure(figsize=(4.6 * len(days), 6.4), layout="constrained")
    panels = figure.subplots(2, len(days), squeeze=False)
    for column, day in enumerate(days):
        fleets = sorted({row["trucks"] for row in rows if row["day"] == day}, reverse=True)
        for line, name in enumerate(("mean", "p99")):
            axes = panels[line][column]
            for rule in (*RULES, REFERENCE):
                found = {row["trucks"]: row[name] / 60 for row in rows if (row["day"], row["rule"]) == (day, rule)}
                at = [fleets.index(trucks) for trucks in fleets if trucks in found]
                minutes = [found[trucks] for trucks in fleets if trucks in found]
                style = "--" if rule == REFERENCE else "-"
                axes.plot(at, minutes, style, marker="o", markersize=4, color=COLOURS[rule], label=NAMES[rule])
            axes.set_yscale("log")
            axes.set_xticks(range(len(fleets)), [str(trucks) for trucks in fleets])
            axes.set_title(f"{day}: {name}", loc="left", fontsize=10)
            axes.set_xlabel("trucks")
            axes.set_ylabel("wait (minutes)")
    panels[0][0].legend(fontsize=7)
    figure.savefig(path, dpi=110)
