"""What leaving out one job of a route could cost at most: the price at which labels with different jobs compare.

Where a truck that skips a job is at the next one no later than with it, a route without the job is a route too. So a
label that has served a job which another has not can still take the other's place, if it is cheaper by all that the
job could bring afterwards.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S
from dispatch.solver.arrays import Columns
from dispatch.solver.route import cheapest_option, own_cost

NEVER_SKIPPED = np.iinfo(np.int64).max


class Skipping(NamedTuple):
    """`drive_s` int64[J] the shortest drive to a job from where any other ends, NO_WAY_S where none leads there.

    `longer_s` int64[J]: how much longer empty drives can get by skipping the job, NEVER_SKIPPED where it may make
    somebody later.
    """

    drive_s: NDArray[np.int64]
    longer_s: NDArray[np.int64]


def skipping(c: Columns) -> Skipping:
    """What the durations allow, whatever the prices."""
    places = np.unique(c.options["place"])
    to_jobs_s = np.ascontiguousarray(c.durations_s[places][:, c.jobs["scene"]])
    later = np.flatnonzero(c.jobs["locked"] < 0)
    longer_s = np.full(c.jobs.size, NEVER_SKIPPED, dtype=np.int64)
    _longer(c, places, to_jobs_s, later, longer_s)
    return Skipping(to_jobs_s.min(axis=0, initial=NO_WAY_S), longer_s)


@njit(cache=True, nogil=True)
def _longer(
    c: Columns, places: NDArray[np.int64], to_jobs_s: NDArray[np.int64], later: NDArray[np.int64],
    longer_s: NDArray[np.int64],
) -> None:  # fmt: skip
    for job in later:
        longest_s, may = 0, True
        for option in range(c.jobs[job].first_option, c.jobs[job].end_option):
            span_s = c.options[option].span_s
            onward_s = to_jobs_s[np.searchsorted(places, c.options[option].place)]
            for place in range(places.size):
                there_s = to_jobs_s[place, job]
                if there_s == NO_WAY_S:
                    continue
                for then in later:
                    if then == job or onward_s[then] == NO_WAY_S:
                        continue
                    drive_s = to_jobs_s[place, then] - onward_s[then]
                    may = may and drive_s <= there_s + span_s
                    longest_s = max(longest_s, drive_s - there_s)
        if may:
            longer_s[job] = longest_s


@njit(cache=True, nogil=True, inline="always")
def most_gained(c: Columns, skip: Skipping, truck: int, job: int, free_s: int) -> int:
    """At least what serving the job after `free_s` brings to any rest of the truck's route."""
    longer_s = skip.longer_s[job]
    if longer_s == NEVER_SKIPPED:
        return NEVER_SKIPPED
    row = c.jobs[job]
    depart_s = max(free_s, row.release_s)
    if skip.drive_s[job] == NO_WAY_S or depart_s >= c.trucks[truck].shift_end_s:
        return 0
    cost = own_cost(c, job, depart_s + skip.drive_s[job], depart_s + skip.drive_s[job]) + c.trucks[truck].price
    return int(max(0, c.empty_rate * longer_s - cost - cheapest_option(c, job)))
