"""A problem as its peers are asked it: numbers alone, in a file that needs nothing of ours to be read.

A job with one of its shops is an option, one node: its service is everything from the arrival at the scene until the
truck is free at the shop, and from there it drives on to the next scene.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NO_WAY_S = 10_000_000
"""Where there is no way: longer than any day."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """T trucks, J jobs, O options, L shops with a limit of places; times in seconds from now, prices in fen.

    start_s int64[T, O]   from each truck's place to each option's scene, onward_s int64[O, O] from an option's end
    span_s int64[O]       from arrival until free; extra int64[O] tow detour and the shop's price
    job int64[O]          the option's job; limit int64[O] its shop's row of `places` int64[L], or -1
    rate int64[J]         fen a second from `reported_s` on, late_rate from `promise_s` on; fixed: whatever the arrival
    fits bool[T, J]       may serve it; locked int64[J] the only truck, first, or -1
    free_s, shift_end_s, price, target, switch int64[T]  target: the job driven to or -1, switch: the price of that
                          job not coming first
    empty_rate, overtime_rate  int64[1] each
    """

    start_s: Ints
    onward_s: Ints
    span_s: Ints
    extra: Ints
    job: Ints
    limit: Ints
    places: Ints
    reported_s: Ints
    release_s: Ints
    promise_s: Ints
    rate: Ints
    late_rate: Ints
    fixed: Ints
    unserved_cost: Ints
    must: Ints
    locked: Ints
    fits: NDArray[np.bool_]
    free_s: Ints
    shift_end_s: Ints
    price: Ints
    target: Ints
    switch: Ints
    empty_rate: Ints
    overtime_rate: Ints

    @property
    def trucks(self) -> int:
        return len(self.free_s)

    @property
    def jobs(self) -> int:
        return len(self.rate)

    def nearest(self) -> Ints:
        """int64[J], the option of each job that frees its truck soonest for its price, -1 without any: for a peer that
        can weigh one shop alone."""
        best = np.full(self.jobs, -1)
        order = np.argsort(self.extra + self.span_s, kind="stable")[::-1]
        best[self.job[order]] = order
        return best


Sequences = list[list[tuple[int, int]]]
"""For each truck, (job, option) in order; option -1 leaves the shop open."""


Answer = tuple[Sequences | None, dict[str, float]]
"""What a peer says, None where it has nothing to say; and seconds of building its model and of solving it."""


def save(question: Question, path: Path) -> None:
    np.savez(path, **asdict(question))


def load(path: Path) -> Question:
    with np.load(path) as read:
        return Question(**{field.name: read[field.name] for field in fields(Question)})
