"""What the rounds of a run say: ratios within each round, and how near the peers' answers are to ours."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from benchmarks.peers.plans import OURS

Record = dict[str, Any]
Figures = dict[str, tuple[float, float]]
"""By question and kind: on the clock, in processor time; seconds or microseconds, the best way of that kind."""

OUR_KIND = {"search": "snapped"}
"""The kind of ours that a peer's is compared with, where it is another one."""

SHORTEST_S = 60.0
"""Ratios of shorter drives than this are left out: where a place is taken to lie decides them."""


def figures_of(record: Record) -> Figures:
    """The figures of one engine in one round: `single`, `batch` and `RxC`, each as (wall, cpu) by kind."""
    found: Figures = {}
    for name, wall, cpu in _figures(record):
        if name not in found or wall < found[name][0]:
            found[name] = (wall, cpu)
    return found


def _figures(record: Record) -> Iterator[tuple[str, float, float]]:
    for way in record["single"]:
        yield f"single, {way['kind']}", way["median_us"], way["cpu_mean_us"]
    for way in record["batch"]:
        yield f"batch, {way['kind']}", way["median_us"], way["cpu_us"]
    for way in record["tables"]:
        rows, columns = way["measured"]
        yield f"{rows}x{columns}, {way['kind']}", way["median_s"], way["cpu_s"]


def ratios(rounds: list[dict[str, Record]], name: str) -> dict[str, Record]:
    """How many times as long an engine takes as our router with one thread, by question: within each round first.

    `wall` and `cpu` hold the median of the rounds, the least and the most. For single pairs `wall` compares the medians
    of the pairs, `cpu` their means.
    """
    found: dict[str, Record] = {}
    both = [(figures_of(each[name]), figures_of(each[OURS])) for each in rounds if name in each and OURS in each]
    for question in both[0][0] if both else ():
        what, kind = question.split(", ")
        ours = f"{what}, {OUR_KIND.get(kind, kind)}"
        pairs = [(theirs[question], mine[ours]) for theirs, mine in both if question in theirs and ours in mine]
        if pairs:
            found[question] = {
                "wall": _spread([theirs[0] / mine[0] for theirs, mine in pairs]),
                "cpu": _spread([theirs[1] / mine[1] for theirs, mine in pairs]),
            }
    return found


def medians(rounds: list[dict[str, Record]], name: str) -> dict[str, Record]:
    """The figures of an engine, median of the rounds, least and most."""
    each = [figures_of(one[name]) for one in rounds if name in one]
    return {
        question: {
            "wall": _spread([figures[question][0] for figures in each]),
            "cpu": _spread([figures[question][1] for figures in each]),
            "unit": "s" if "x" in question.split(",")[0] else "us",
        }
        for question in (each[0] if each else ())
    }


def _spread(values: list[float]) -> dict[str, float | list[float]]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "rounds": values}


def agreement(answers: Path, name: str) -> dict[str, Record]:
    """How near an engine's answers are to ours on the same questions: shares and ratios, theirs over ours."""
    found = {}
    for path in sorted(answers.glob(f"{name}-*.npy")):
        what = path.stem.removeprefix(f"{name}-")
        ours = answers / f"{OURS}-{what}.npy"
        if ours.is_file():
            found[what] = agree(np.load(path), np.load(ours))
    return found


def agree(theirs: NDArray[np.float64], ours: NDArray[np.float64]) -> Record:
    """Theirs beside ours, seconds; of pairs only as many as both were asked."""
    count = min(len(theirs), len(ours))
    theirs, ours = theirs[:count].reshape(-1), ours[:count].reshape(-1)
    both = np.isfinite(theirs) & np.isfinite(ours)
    long = both & (ours >= SHORTEST_S)
    ratio = theirs[long] / ours[long]
    low, middle, high = np.percentile(ratio, [5, 50, 95]) if len(ratio) else [np.nan] * 3
    apart_ms = np.rint(np.abs(theirs[both] - ours[both]) * 1000.0)
    return {
        "questions": len(ours),
        "answered_by_both": int(both.sum()),
        "only_theirs": int((np.isfinite(theirs) & ~np.isfinite(ours)).sum()),
        "only_ours": int((~np.isfinite(theirs) & np.isfinite(ours)).sum()),
        "our_median_s": float(np.median(ours[both])),
        "ratio": {"median": float(middle), "p5": float(low), "p95": float(high)},
        "spearman": float(spearmanr(theirs[both], ours[both]).statistic),
        "same_to_the_millisecond": float((apart_ms == 0).mean()),
        "most_apart_s": float(apart_ms.max(initial=0)) / 1000.0,
    }
