"""The figures as tables for people."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from benchmarks.decisions.aims import SINGLE_S, aims_of, met

Record = dict[str, Any]


def text_of(document: Record) -> str:
    """All tables of a run, those without rows left out."""
    parts = [
        _table("trucks x jobs|ground|aim|gap, median|worst|proven best|seconds, median|worst|aim met", _aims(document)),
        _table("one job|median ms|99 in 100|aim|aim met", _singles(document["single"])),
        _table("% above the best known|ground|after 0.1 s|1 s|10 s (median of seeds; worst)", _quality(document)),
        _table("bounds put to the test|ground|problems|plans|bounds broken", _bounds(document["bounds"])),
    ]
    faults = sum(len(run["faults"]) for part in ("runs", "single", "quality", "bounds") for run in document[part])
    return "\n".join([*filter(None, parts), f"faults that the checker found in all plans: {faults}\n"])


def _table(heads: str, rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    columns = heads.split("|")
    return "\n".join([f"| {' | '.join(columns)} |", "|---" * len(columns) + "|", *lines, ""])


def _aims(document: Record) -> Iterator[list[str]]:
    for size, ground in dict.fromkeys((run["size"], run["ground"]) for run in document["runs"]):
        for aim in aims_of(size):
            runs = [
                run
                for run in document["runs"]
                if (run["size"], run["ground"], run["budget_s"]) == (size, ground, aim.budget_s)
            ]
            if runs:
                yield [size, ground, aim.words(), *_gaps(runs), *_seconds(runs), "yes" if met(aim, runs) else "NO"]


def _gaps(runs: Sequence[Record]) -> list[str]:
    gaps = sorted(float("inf") if run["gap"] is None else run["gap"] for run in runs)
    return [_percent(gaps[len(gaps) // 2]), _percent(gaps[-1]), f"{sum(gap == 0 for gap in gaps)} of {len(gaps)}"]


def _seconds(runs: Sequence[Record]) -> list[str]:
    seconds = [run["seconds"] for run in runs]
    return [f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}"]


def _percent(share: float | None) -> str:
    if share is None:
        return "worse tier"
    return "none proven" if share == float("inf") else f"{100 * share:.3f} %"


def _singles(singles: Sequence[Record]) -> Iterator[list[str]]:
    for ground in dict.fromkeys(single["ground"] for single in singles):
        of = [single for single in singles if single["ground"] == ground]
        median_ms = statistics.median(single["median_us"] for single in of) / 1e3
        p99_ms = max(single["p99_us"] for single in of) / 1e3
        name = f"{ground}, {'with' if of[0]['with_table'] else 'without'} its table"
        yield [
            name, f"{median_ms:.2f}", f"{p99_ms:.2f}", f"< {1e3 * SINGLE_S:g} ms",
            "yes" if median_ms < 1e3 * SINGLE_S else "NO",
        ]  # fmt: skip


def _quality(document: Record) -> Iterator[list[str]]:
    rows = document["quality"]
    for size, ground, solver in dict.fromkeys((row["size"], row["ground"], row["solver"]) for row in rows):
        of = [row["above"] for row in rows if (row["size"], row["ground"], row["solver"]) == (size, ground, solver)]
        cells = []
        for shares in zip(*of, strict=True):
            ordered = sorted(float("inf") if share is None else share for share in shares)
            cells.append(f"{_above(ordered[len(ordered) // 2])}; {_above(ordered[-1])}")
        yield [f"{size}, {solver}", ground, *cells]


def _above(share: float) -> str:
    return "worse tier" if share == float("inf") else f"{100 * share:.3f}"


def _bounds(batteries: Sequence[Record]) -> Iterator[list[str]]:
    for size, ground in dict.fromkeys((one["size"], one["ground"]) for one in batteries):
        of = [one for one in batteries if (one["size"], one["ground"]) == (size, ground)]
        plans, lies = sum(len(one["costs"]) for one in of), sum(len(one["broken"]) for one in of)
        yield [size, ground, str(len(of)), str(plans), str(lies)]
