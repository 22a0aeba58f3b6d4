"""Times an engine: single pairs, many pairs in one call, and tables, each on the clock and in processor time.

Processor time is that of the whole process. On a machine that others use as well it is the steadier of the two; divided
by the clock's it says how many processors the engine kept busy.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.clock import elapsed_s
from benchmarks.peers.engine import Engine, Single

WARM_PAIRS = 50
RUNS = 5
LONG_S = 4.0
"""A call that takes this long is not repeated: its first run, which warms up the others, is the one that counts."""


def peak_mb() -> float:
    """The most memory that this process has held so far, in megabytes."""
    # Not getrusage where this can be had: on Linux a child starts with the peak of the process that started it.
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


def resident_mb() -> float | None:
    """The memory that this process holds now; None where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * resource.getpagesize() / 1e6


def time_singles(engine: Engine, pairs: int) -> list[dict[str, Any]]:
    """Every way of asking for one pair, over the first `pairs` pairs."""
    return [_time_single(way, pairs) for way in engine.singles(pairs)]


def _time_single(way: Single, pairs: int) -> dict[str, Any]:
    for k in range(min(WARM_PAIRS, pairs)):
        way.ask(k)
    times_s = np.empty(pairs)
    failed = 0
    cpu_s = time.process_time()
    for k in range(pairs):
        begun_s = elapsed_s()
        try:
            way.ask(k)
        except RuntimeError:  # what the bindings raise where there is no way
            failed += 1
        times_s[k] = elapsed_s() - begun_s
    cpu_s = time.process_time() - cpu_s
    return {
        "kind": way.kind,
        "label": way.label,
        "pairs": pairs,
        "failed": failed,
        "median_us": float(np.median(times_s)) * 1e6,
        "p99_us": float(np.percentile(times_s, 99)) * 1e6,
        "mean_us": float(times_s.mean()) * 1e6,
        "cpu_mean_us": cpu_s / pairs * 1e6,
    }


def time_batches(engine: Engine, pairs: int) -> list[dict[str, Any]]:
    """Every way of asking for the first `pairs` pairs in one call; times are those of a pair."""
    return [
        {
            "kind": way.kind,
            "label": way.label,
            "pairs": pairs,
            **{name: value / pairs * 1e6 for name, value in _in_us(_time_calls(way.ask)).items()},
        }
        for way in engine.batches(pairs)
    ]


def time_tables(engine: Engine, rows: int, columns: int, asked: tuple[int, int]) -> list[dict[str, Any]]:
    """Every way of asking for a table; `asked` is the size that was wanted, where this one is only what is feasible."""
    timed = []
    for way in engine.tables(rows, columns):
        timed.append({
            "kind": way.kind,
            "label": way.label,
            "asked": list(asked),
            "measured": [rows, columns],
            "smaller_than_asked": (rows, columns) != asked,
            **_time_calls(way.ask),
        })  # fmt: skip
    return timed


def _time_calls(ask: Callable[[], Any]) -> dict[str, Any]:
    walls: list[float] = []
    cpus: list[float] = []
    while len(walls) < RUNS + 1 and not (len(walls) == 1 and walls[0] >= LONG_S):
        cpu_s, begun_s = time.process_time(), elapsed_s()
        answer = ask()
        walls.append(elapsed_s() - begun_s)
        cpus.append(time.process_time() - cpu_s)
        del answer  # an engine's answer can be large: two at once would show as its memory
    if len(walls) > 1:
        walls, cpus = walls[1:], cpus[1:]
    return {
        "runs": len(walls),
        "median_s": statistics.median(walls),
        "min_s": min(walls),
        "max_s": max(walls),
        "cpu_s": statistics.median(cpus),
        "processors_busy": statistics.median(cpu / wall for cpu, wall in zip(cpus, walls, strict=True)),
    }


def _in_us(calls: dict[str, Any]) -> dict[str, float]:
    return {
        "median_us": calls["median_s"],
        "min_us": calls["min_s"],
        "max_us": calls["max_s"],
        "cpu_us": calls["cpu_s"],
    }


def answers_of(
    engine: Engine, pairs: int, rows: int, columns: int
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """Seconds of the first `pairs` pairs and of a table, by kind of question; infinity where there is no way.

    Also how long it takes to make numbers of the table's answer, which no other figure counts. Where an engine can be
    asked for pairs both in one call and one by one, that both say the same is made sure of.
    """
    answers: dict[str, NDArray[np.float64]] = {}
    reading_s: dict[str, float] = {}
    for what, ways in (("pairs", engine.batches(pairs)), ("table", engine.tables(rows, columns))):
        for way in ways:
            if way.seconds is None:
                continue
            answer = way.ask()
            begun_s = elapsed_s()
            answers[f"{what}-{way.kind}"] = way.seconds(answer)
            reading_s[f"{what}-{way.kind}"] = elapsed_s() - begun_s
    in_one_call = dict(answers)
    for single in engine.singles(pairs):
        known = in_one_call.get(f"pairs-{single.kind}")
        if known is None:
            if f"pairs-{single.kind}" not in answers:
                answers[f"pairs-{single.kind}"] = np.array([_answer(single, k) for k in range(pairs)])
        elif differ := [k for k in range(WARM_PAIRS) if _answer(single, k) != known[k]]:
            raise ValueError(f"{single.label}: pair {differ[0]} has another answer in one call with others")
    return answers, reading_s


def _answer(way: Single, k: int) -> float:
    try:
        return way.seconds(way.ask(k))
    except RuntimeError:
        return float(np.inf)
