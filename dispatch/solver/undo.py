"""Taking back a step of the search: trucks are written down before their first change, and put back as they were."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.solver.arrays import Columns
from dispatch.solver.draft import Draft
from dispatch.solver.progress import Progress, follow_up


class Undo(NamedTuple):
    """Sequences as in a draft, of the trucks marked in `changed` bool[T]; `used` int64[L] the shops' counts."""

    jobs: NDArray[np.int64]
    options: NDArray[np.int64]
    stops: NDArray[np.int64]
    used: NDArray[np.int64]
    changed: NDArray[np.bool_]


def nothing_done(draft: Draft) -> Undo:
    """Room to write down any step."""
    return Undo(
        np.empty_like(draft.jobs), np.empty_like(draft.options), np.empty_like(draft.stops), draft.used.copy(),
        np.zeros(draft.stops.size, dtype=np.bool_),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def write_down(draft: Draft, undo: Undo, truck: int) -> None:
    """Before a truck is changed; the second time in a step does nothing."""
    if not undo.changed[truck]:
        undo.changed[truck] = True
        undo.stops[truck] = draft.stops[truck]
        for at in range(draft.stops[truck]):
            undo.jobs[truck, at], undo.options[truck, at] = draft.jobs[truck, at], draft.options[truck, at]


@njit(cache=True, nogil=True)
def begin(draft: Draft, undo: Undo) -> None:
    """A step begins."""
    undo.changed[:] = False
    undo.used[:] = draft.used


@njit(cache=True, nogil=True)
def take_back(c: Columns, draft: Draft, progress: Progress, undo: Undo) -> None:
    """Put everything as it was when the step began."""
    for truck in range(undo.changed.size):
        if undo.changed[truck]:
            for at in range(draft.stops[truck]):
                draft.truck[draft.jobs[truck, at]] = -1
    for truck in range(undo.changed.size):
        if undo.changed[truck]:
            draft.stops[truck] = undo.stops[truck]
            for at in range(undo.stops[truck]):
                draft.jobs[truck, at], draft.options[truck, at] = undo.jobs[truck, at], undo.options[truck, at]
                draft.truck[undo.jobs[truck, at]] = truck
            follow_up(c, draft, progress, truck, 0)
    draft.used[:] = undo.used


@njit(cache=True, nogil=True)
def copy_trucks(source: Draft, target: Draft, marked: NDArray[np.bool_]) -> None:
    """Make a draft like another that differs in the marked trucks alone."""
    for truck in range(marked.size):
        if marked[truck]:
            target.stops[truck] = source.stops[truck]
            target.cost[truck], target.wait_s[truck] = source.cost[truck], source.wait_s[truck]
            for at in range(source.stops[truck]):
                target.jobs[truck, at], target.options[truck, at] = source.jobs[truck, at], source.options[truck, at]
    target.truck[:] = source.truck
    target.used[:] = source.used
