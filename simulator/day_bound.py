"""A proven lower bound on the summed wait of a whole day, for plans that know the day's calls beforehand.

Lagrangian relaxation: that each job is served once is given up for a price; what is left falls apart into one best walk
for each truck, found by dynamic programming over (job, time slot). Jobs may then be visited again and again, but for a
return to the job just left (the 2-cycle elimination of Christofides, Mingozzi and Toth, "Exact algorithms for the
vehicle routing problem", Mathematical Programming 20, 1981). Any prices give a bound; good ones are those of a linear
program over the walks found so far (Dantzig and Wolfe, Operations Research 8, 1960), smoothed towards the best so far
(Wentges, "Weighted Dantzig-Wolfe decomposition", International Transactions in Operational Research 4, 1997).

Why it is a bound: a slot stands for every instant in it, and each walk is charged as if it came at the slot's start;
the value of going on from a slot is the least of that slot and all later ones, and the drives after an idle time are
the least of all instants that the slot and its error can stand for (`IdleWays.least_ms`). A job may be reached after
the last slot of its window; that costs at least what the window's end costs, and where it leads from there is unknown,
so the least value of all states from then on stands in for it. All times are whole milliseconds, all sums exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.day_master import Master
from simulator.idle_ways import FAR_MS, SLICE_MS, IdleWays

NO_JOB, UNKNOWN = -1, -2
SMOOTHING = 0.6
WALKS = 12
"""How many of a truck's walks are taken into the linear program at a time."""

CLOSE = 0.001
"""A bound that is so near to a plan's cost, or to the best that these walks allow, is not sought on."""


@dataclass(frozen=True, slots=True, eq=False)
class DayArrays:
    """A day in milliseconds from its beginning: J jobs by release, O ends of each.

    release_ms  int64[J]     nobody sets off before: reported, and the driver has answered
    reported_ms int64[J]
    span_ms     int64[J, O]  from arrival until the driver could set off for the next: work, tow, unloading, an answer
    end         int64[J, O]  row of IdleWays where it is free then, -1 for none
    """

    release_ms: NDArray[np.int64]
    reported_ms: NDArray[np.int64]
    span_ms: NDArray[np.int64]
    end: NDArray[np.int64]


def day_bound(
    day: DayArrays,
    ways: IdleWays,
    routes: Sequence[Sequence[int]],
    waits_ms: NDArray[np.int64],
    *,
    steps: int,
    slot_ms: int,
    progress: Callable[[str], None] = lambda _line: None,
) -> tuple[int, list[list[int]]]:
    """Milliseconds that the waits of no plan sum to less than; and the jobs of each truck in a plan that is made of
    the walks, perhaps with jobs that several of them visit.

    `routes` are the jobs of each truck in some plan, `waits_ms` int64[J] how long they wait in it: the first walks.
    """
    plan_ms = int(waits_ms.sum())
    margin = int(_longest_drive_ms(ways) // slot_ms) + 2
    window = max(int(3 * waits_ms.max() // slot_ms) + 2, 2 * margin)
    slots = window, margin, slot_ms
    # With dearer jobs, coming too late for a window would be worth its while.
    dearest = window * slot_ms * 2 // 3
    master = Master(len(waits_ms), len(routes))
    for truck, jobs in enumerate(routes):
        master.add(truck, int(waits_ms[list(jobs)].sum()), jobs)
    # At the least wait that any truck could bring about, no walk is worth its while: the bound is their sum.
    least_ms = np.minimum(ways.post_ms.min(axis=0), ways.least_ms.min(axis=(0, 1, 2)))
    centre = (day.release_ms + least_ms - day.reported_ms).astype(np.float64)
    best_ms, prices = 0, centre
    for step in range(steps):
        value_ms, prices = master.solve() if step else (float(plan_ms), centre)
        # Prices between the master's and the best so far (Wentges smoothing) make fewer and better steps.
        tried = np.rint(SMOOTHING * centre + (1 - SMOOTHING) * np.minimum(prices, dearest)).astype(np.int64)
        bound_ms, walks = _relaxed(day, ways, tried, slots)
        if bound_ms > best_ms:
            best_ms, centre = bound_ms, tried.astype(np.float64)
        if step % 10 == 0:
            progress(f"bound after {step} steps: {best_ms / 1000 / len(waits_ms):.1f} s a job")
        fresh = sum([master.add(*walk) for walk in walks])
        if best_ms >= (1 - CLOSE) * min(plan_ms, value_ms):
            break
        if not fresh:
            centre = np.minimum(prices, dearest)
    return min(best_ms, plan_ms), master.choose()


def _longest_drive_ms(ways: IdleWays) -> int:
    drives = np.concatenate([ways.direct_ms.ravel(), ways.post_ms.ravel()])
    return int(drives[drives < FAR_MS].max(initial=0))


def _relaxed(
    day: DayArrays, ways: IdleWays, prices: NDArray[np.int64], slots: tuple[int, int, int]
) -> tuple[int, list[tuple[int, int, list[int]]]]:
    """The bound at these prices, and walks (truck, cost, jobs) that come out well, some for each truck.

    `slots`: how many make a job's window, how many the longest drive, and milliseconds of one.
    """
    window, _, slot_ms = slots
    jobs = np.arange(len(prices))
    first = day.release_ms // slot_ms
    bound_ms, walks = int(prices.sum()), []
    for truck in range(len(ways.post_ms)):
        value, onto, slot_of, least_value = _going_on(
            day.release_ms, day.reported_ms, day.span_ms, day.end, ways.direct_ms, ways.least_ms[truck], prices,
            *slots, SLICE_MS,
        )  # fmt: skip
        arrive_ms = day.release_ms + ways.post_ms[truck]
        slot = arrive_ms // slot_ms - first
        too_late = np.minimum(first + window + day.span_ms.min() // slot_ms, len(least_value) - 1)
        after = np.where(slot < window, value[jobs, np.minimum(slot, window - 1), 0], least_value[too_late])
        total = arrive_ms - day.reported_ms - prices + after
        bound_ms += min(0, int(total.min()))
        for job in np.argsort(total, kind="stable")[:WALKS].tolist():
            if total[job] < 0 and slot[job] < window:
                walk = _walk(onto, slot_of, job, int(slot[job]))
                # A walk through a state of which nothing is known has no jobs to its value, and makes no column.
                if walk is not None:
                    walks.append((truck, int(total[job] + prices[walk].sum()), walk))
    return bound_ms, walks


def _walk(onto: NDArray[np.int64], slot_of: NDArray[np.int64], job: int, slot: int) -> list[int] | None:
    walk, before = [job], NO_JOB
    while True:
        way = 1 if before >= 0 and onto[job, slot, 0] == before else 0
        before, job, slot = job, int(onto[job, slot, way]), int(slot_of[job, slot, way])
        if job < 0:
            return walk if job == NO_JOB else None
        walk.append(job)


@njit(cache=True, nogil=True)
def _going_on(release, reported, span, end, direct, least, prices, window, margin, slot_ms, slice_ms):  # type: ignore[no-untyped-def]
    """What it is worth to go on from each (job, slot of its window), onto which job and into which of its slots."""
    n = release.size
    first = release // slot_ms
    last_slot = first.max() + window
    # Best and second value of going on from (job, slot of its window), each with the next job and that job's slot.
    value = np.zeros((n, window, 2), np.int64)
    onto = np.full((n, window, 2), -1, np.int64)
    slot_of = np.zeros((n, window, 2), np.int64)
    # The least value of all states from a slot on, and the least price of coming too late for a job's window.
    least_value = np.zeros(last_slot + 2, np.int64)
    shortest = span.min()
    late_price = np.full(last_slot + 2, 2**60, np.int64)
    for job in range(n):
        # A truck that is free a drive before the window ends may come after it.
        at = max(0, first[job] + window - margin)
        late_price[at] = min(late_price[at], (first[job] + window) * slot_ms - reported[job] - prices[job])
    for at in range(1, last_slot + 2):
        late_price[at] = min(late_price[at], late_price[at - 1])
    # By end and job: the best two of going on to this job or a later one after an idle time of the last slice.
    n_ends, slices = least.shape[0], least.shape[1]
    ahead = np.zeros((n_ends, n + 1, 2), np.int64)
    ahead_onto = np.full((n_ends, n + 1, 2), -1, np.int64)
    ahead_slot = np.zeros((n_ends, n + 1, 2), np.int64)
    oldest, youngest = n, n
    for at in range(last_slot - 1, -1, -1):
        least_value[at] = least_value[at + 1]
        # Jobs youngest.. have all their slots behind, jobs oldest.. have a slot here or behind.
        while youngest > 0 and first[youngest - 1] > at:
            youngest -= 1
            _look_ahead(
                youngest, release, reported, least, prices, slot_ms, first, value, ahead, ahead_onto, ahead_slot
            )
        while oldest > 0 and first[oldest - 1] + window > at:
            oldest -= 1
        for job in range(oldest, youngest):
            slot = at - first[job]
            arrive = max(at * slot_ms, release[job])
            if slot + 1 < window:
                for way in range(2):
                    value[job, slot, way] = value[job, slot + 1, way]
                    onto[job, slot, way] = onto[job, slot + 1, way]
                    slot_of[job, slot, way] = slot_of[job, slot + 1, way]
            for option in range(span.shape[1]):
                here = end[job, option]
                if here < 0:
                    continue
                free = arrive + span[job, option]
                slot_free = min(free // slot_ms, last_slot + 1)
                if late_price[slot_free] < 2**59:
                    later = min(slot_free + shortest // slot_ms, last_slot + 1)
                    lost = late_price[slot_free] + least_value[later]
                    _keep(value, onto, slot_of, job, slot, lost, UNKNOWN, 0)
                other = np.searchsorted(release, free - window * slot_ms)
                last = np.searchsorted(release, free + slices * slice_ms)
                while other < last:
                    if other != job:
                        if free >= release[other]:
                            there = free + direct[here, other]
                        else:
                            there = release[other] + least[here, (release[other] - free) // slice_ms, other]
                        at_other = there // slot_ms - first[other]
                        if at_other < window:
                            way = 1 if onto[other, at_other, 0] == job else 0
                            total = there - reported[other] - prices[other] + value[other, at_other, way]
                            _keep(value, onto, slot_of, job, slot, total, other, at_other)
                    other += 1
                for way in range(2):
                    if ahead_onto[here, last, way] >= 0:
                        _keep(
                            value, onto, slot_of, job, slot, ahead[here, last, way], ahead_onto[here, last, way],
                            ahead_slot[here, last, way],
                        )  # fmt: skip
            least_value[at] = min(least_value[at], arrive - reported[job] - prices[job] + value[job, slot, 0])
        later = min(at + shortest // slot_ms, last_slot + 1)
        if late_price[at] < 2**59:
            least_value[at] = min(least_value[at], late_price[at] + least_value[later])
    return value, onto, slot_of, least_value


@njit(cache=True, nogil=True, inline="always")
def _keep(value, onto, slot_of, job, slot, here, next_job, next_slot):  # type: ignore[no-untyped-def]
    """Enters a way to go on among the best two with different next jobs."""
    if here < value[job, slot, 0]:
        if onto[job, slot, 0] != next_job:
            value[job, slot, 1] = value[job, slot, 0]
            onto[job, slot, 1] = onto[job, slot, 0]
            slot_of[job, slot, 1] = slot_of[job, slot, 0]
        value[job, slot, 0], onto[job, slot, 0], slot_of[job, slot, 0] = here, next_job, next_slot
    elif here < value[job, slot, 1] and onto[job, slot, 0] != next_job:
        value[job, slot, 1], onto[job, slot, 1], slot_of[job, slot, 1] = here, next_job, next_slot


@njit(cache=True, nogil=True)
def _look_ahead(job, release, reported, least, prices, slot_ms, first, value, ahead, ahead_onto, ahead_slot):  # type: ignore[no-untyped-def]
    """Enters a job among those that can be gone on to after the longest idle time."""
    for here in range(least.shape[0]):
        for way in range(2):
            ahead[here, job, way] = ahead[here, job + 1, way]
            ahead_onto[here, job, way] = ahead_onto[here, job + 1, way]
            ahead_slot[here, job, way] = ahead_slot[here, job + 1, way]
        there = release[job] + least[here, least.shape[1] - 1, job]
        slot = there // slot_ms - first[job]
        if slot < value.shape[1]:
            total = there - reported[job] - prices[job] + value[job, slot, 0]
            _keep(ahead, ahead_onto, ahead_slot, here, job, total, job, slot)
