"""How the figures of `benchmarks.roads` grow with the graph, as a table and as a picture.

Medians: of processor time where one thread works and its time can be told; else on the clock.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Size = dict[str, Any]
FIGURES: tuple[tuple[str, Callable[[Size], float]], ...] = (
    ("links", lambda size: size["links"]),
    ("turns", lambda size: size["turns"]),
    ("arcs of the hierarchy", lambda size: sum(size["arcs"])),
    ("levels", lambda size: size["levels"]),
    ("a time, among 10,000 (us)", lambda size: size["single"]["in_one_call_us"]["cpu_s"]),
    ("a time, alone (us)", lambda size: size["single"]["alone"]["median_us"]),
    ("a time, alone, 99th in a hundred (us)", lambda size: size["single"]["alone"]["p99_us"]),
    ("a way (us)", lambda size: size["single"]["with_way"]["median_us"]),
    ("table of 49 x 20 (ms)", lambda size: 1e3 * _table(size, 49, 1)["cpu_s"]),
    ("table of 500 x 200 (ms)", lambda size: 1e3 * _table(size, 500, 1)["cpu_s"]),
    ("table of 2000 x 2000 (ms)", lambda size: 1e3 * _table(size, 2000, 1)["cpu_s"]),
    ("the same on the clock, quickest of several (ms)", lambda size: 1e3 * _table(size, 2000, 1)["min_s"]),
    ("and with two threads (ms)", lambda size: 1e3 * _table(size, 2000, 2)["min_s"]),
    ("customisation (ms)", lambda size: 1e3 * size["customise"]["cpu_s"]),
    ("version with closures (ms)", lambda size: 1e3 * size["with_closed"]["cpu_s"]),
    ("order (s)", lambda size: size["structure"]["order"]["cpu_s"]),
    ("contraction (s)", lambda size: size["structure"]["contraction"]["cpu_s"]),
    ("open (ms)", lambda size: 1e3 * _fresh(size, "open_s")),
    ("reading the kernels of time, way and table (ms)", lambda size: 1e3 * _fresh(size, "kernels_s")),
    ("memory of a process that serves (MB)", lambda size: _fresh(size, "served_mb")),
    ("scipy, all times from one place (ms)", lambda size: 1e3 * size["scipy_row_s"]["cpu_s"]),
    ("a time, as many times faster than that", lambda size: size["times_faster_than_scipy"]["single"]),
)


def _table(size: Size, rows: int, threads: int) -> dict[str, float]:
    (table,) = (each for each in size["tables"] if (each["rows"], each["threads"]) == (rows, threads))
    return dict(table)


def _fresh(size: Size, name: str) -> float:
    return statistics.median(run[name] or 0.0 for run in size["fresh"])


def table_of(sizes: Sequence[Size]) -> str:
    """Markdown: a row for each figure, a column for each graph."""
    heads = ["", *(f"{size['copies']} copies" if size["copies"] > 1 else "the city" for size in sizes)]
    rows = [heads, ["---", *("---:" for _ in sizes)]]
    rows += [[name, *(_text(figure(size)) for size in sizes)] for name, figure in FIGURES]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _text(value: float) -> str:
    """At least three figures, and never fewer than stand before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def draw(sizes: Sequence[Size], path: Path) -> None:
    """All times over the number of links, both in powers of ten."""
    from matplotlib.figure import Figure  # takes a second to import

    figure = Figure(figsize=(8, 6))
    axes = figure.add_subplot()
    links = [size["links"] for size in sizes]
    for number, (name, value) in enumerate(FIGURES):
        unit = {"(us)": 1e-6, "(ms)": 1e-3, "(s)": 1.0}.get(name.rsplit(" ", 1)[-1])
        if unit is not None:
            axes.loglog(
                links, [value(size) * unit for size in sizes], marker="os^v"[number % 4], label=name.rsplit(" ", 1)[0]
            )
    axes.set_xlabel("directed links (copies of one city)")
    axes.set_ylabel("seconds")
    axes.grid(visible=True, which="both", alpha=0.2)
    axes.legend(fontsize=7, bbox_to_anchor=(1.02, 1), loc="upper left")
    figure.savefig(path, dpi=120, bbox_inches="tight")
