"""How long something takes: medians of several runs and their spread, on the clock and in processor time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from api.clock import elapsed_s

RUNS = 7


def spread(work: Callable[[], object], runs: int = RUNS) -> dict[str, float]:
    """Seconds of several runs after one that is not counted: median, least and most, and of processor time the median.

    Processor time is that of all threads together; on a machine that others use too it is the steadier figure.
    """
    work()
    return _spread_of([_timed(work) for _ in range(runs)])


def once(work: Callable[[], object]) -> dict[str, float]:
    """As `spread`, of a single run: for what takes long, or can be done for the first time only once."""
    return _spread_of([_timed(work)])


def each_us(ask: Callable[[int], object], count: int, warm: int = 50) -> dict[str, float]:
    """Microseconds of single calls ask(0), ask(1), ...: median, the 99th in a hundred, and the mean."""
    for k in range(min(warm, count)):
        ask(k)
    times_s = np.empty(count)
    for k in range(count):
        begun_s = elapsed_s()
        ask(k)
        times_s[k] = elapsed_s() - begun_s
    return {
        "calls": count,
        "median_us": float(np.median(times_s)) * 1e6,
        "p99_us": float(np.percentile(times_s, 99)) * 1e6,
        "mean_us": float(times_s.mean()) * 1e6,
    }


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    begun_s, cpu_s = elapsed_s(), time.process_time()
    work()
    return elapsed_s() - begun_s, time.process_time() - cpu_s


def _spread_of(runs: list[tuple[float, float]]) -> dict[str, float]:
    walls, cpus = zip(*runs, strict=True)
    return {
        "runs": len(runs),
        "median_s": statistics.median(walls),
        "min_s": min(walls),
        "max_s": max(walls),
        "cpu_s": statistics.median(cpus),
    }
