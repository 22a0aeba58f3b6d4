"""VROOM through its Python bindings. Runs in the peers' environment; imports nothing of ours but the question.

What it cannot be told, and what stands in: it minimises driving, not waiting, so only a time window makes it hurry (one
run with promises as hard windows, one without); of several shops it gets one; it leaves as few jobs as it can, by
priority, not by price; a shift's end is the end of everything, unloading too; prices, switches, places of shops and
that a locked job comes first are unknown to it.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.decision_peers.question import Answer, Question, Sequences

EXPLORATION = 5
THREADS = 2
MOST_PRIORITY = 100
LONG_S = 100_000
"""Instead of no way, and of no limit: longer than every shift, and short enough for its sums."""


def answer(question: Question, seconds: float, *, windows: bool) -> Answer:
    """The sequences, the shops left open."""
    vroom: Any = import_module("vroom")
    begun_s = perf_counter()
    option = question.nearest()
    rows = np.flatnonzero(option >= 0)
    trucks = np.flatnonzero((question.free_s < question.shift_end_s) & question.fits[:, rows].any(axis=1))
    asked = vroom.Input()
    asked.set_durations_matrix(profile="car", matrix_input=_matrix(question, trucks, option[rows]))
    skills, needed = _skills(question, rows)
    asked.add_job([
        vroom.Job(
            id=int(job) + 1,
            location=len(trucks) + at,
            default_service=int(question.span_s[option[job]]),
            skills={int(needed[at])},
            priority=_priority(question, int(job)),
            time_windows=[vroom.TimeWindow(*_window(question, int(job), windows=windows))],
        )
        for at, job in enumerate(rows.tolist())
    ])  # fmt: skip
    asked.add_vehicle([
        vroom.Vehicle(
            id=truck + 1,
            start=at,
            skills=skills[truck],
            time_window=vroom.TimeWindow(int(question.free_s[truck]), int(question.shift_end_s[truck])),
        )
        for at, truck in enumerate(trucks.tolist())
    ])  # fmt: skip
    built_s = perf_counter()
    solution = asked.solve(EXPLORATION, THREADS, timedelta(seconds=seconds))
    timing = {"build_s": built_s - begun_s, "solve_s": perf_counter() - built_s}
    return _sequences(question.trucks, solution.routes), timing


def _matrix(question: Question, trucks: Any, chosen: Any) -> Any:
    """Trucks, then jobs with the option chosen; nobody drives to a truck's place."""
    n = len(trucks) + len(chosen)
    matrix = np.full((n, n), LONG_S, dtype=np.uint32)
    matrix[: len(trucks), len(trucks) :] = np.minimum(LONG_S, question.start_s[np.ix_(trucks, chosen)])
    matrix[len(trucks) :, len(trucks) :] = np.minimum(LONG_S, question.onward_s[np.ix_(chosen, chosen)])
    np.fill_diagonal(matrix, 0)
    return matrix


def _skills(question: Question, rows: Any) -> tuple[list[set[int]], Any]:
    """One skill for each set of trucks that some job fits: capabilities, refusals and locks in one."""
    kinds, needed = np.unique(question.fits[:, rows], axis=1, return_inverse=True)
    return [set(np.flatnonzero(kinds[truck]).tolist()) for truck in range(question.trucks)], needed.ravel()


def _priority(question: Question, job: int) -> int:
    if question.must[job]:
        return MOST_PRIORITY
    dearest = max(1, int(question.unserved_cost.max()))
    return int((MOST_PRIORITY - 1) * int(question.unserved_cost[job]) // dearest)


def _window(question: Question, job: int, *, windows: bool) -> tuple[int, int]:
    opens_s = max(0, int(question.release_s[job]))
    # A promise that is broken already leaves no window: the job may then come at any time.
    kept = windows and question.promise_s[job] > opens_s
    return opens_s, int(question.promise_s[job]) if kept else LONG_S


def _sequences(trucks: int, routes: Any) -> Sequences:
    sequences: Sequences = [[] for _ in range(trucks)]
    served = routes[routes["type"] == "job"].sort_values(["vehicle_id", "arrival"], kind="stable")
    for truck, job in zip(served["vehicle_id"].tolist(), served["id"].tolist(), strict=True):
        sequences[int(truck) - 1].append((int(job) - 1, -1))
    return sequences
