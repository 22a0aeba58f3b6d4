"""How much a truck could still gain from where and when it is next free: the bounds that guide the search for routes.

A dynamic programme from the last instant backwards, over routes that may serve a job again but not at once nor after
one other job (2-cycle elimination: Houck, Picard, Queyranne, Vemuganti, "The travelling salesman problem as a
constrained shortest path problem", Opsearch 17, 1980; Christofides, Mingozzi, Toth 1981). Time is cut into buckets and
a truck is taken to be free at its bucket's beginning. Serving later never costs less, so both only lower the value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S
from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.route import cheapest_option, own_cost

NOTHING = -1
"""In place of a job: the route ends."""


class Onward(NamedTuple):
    """For O options, P' distinct places where one ends, B buckets of `width_s` seconds. Costs as in the columns.

    After option o with the truck free in bucket b, the rest of its route costs no less than `best[o, b]` (<= 0), and
    `first[o, b]` is the job that it would go to; `second[o, b]` is the same for rests that go elsewhere first. From
    place p in bucket b the jobs worth going to are `job[begin[p, b] : begin[p, b + 1]]`, in order of `through`, which
    bounds the cost of that job and the rest. From bucket B on nothing is worth it.
    """

    width_s: int
    place: NDArray[np.int64]
    best: NDArray[np.int64]
    second: NDArray[np.int64]
    first: NDArray[np.int32]
    begin: NDArray[np.int64]
    job: NDArray[np.int32]
    through: NDArray[np.int64]


class Crew(NamedTuple):
    """Trucks that are bounded together: bool[J] what any may serve, the latest shift end, the least price a stop."""

    fits: NDArray[np.bool_]
    shift_end_s: int
    price: int


def onward(c: Columns, crew: Crew, buckets: int) -> tuple[Onward, int]:
    """(the bounds for a crew at the prices of `c`, units of work)."""
    places, place = np.unique(c.options["place"], return_inverse=True)
    last_s = min(_last_worth_it(c, crew), crew.shift_end_s)
    width_s = max(1, -(-last_s // buckets))
    count = max(0, -(-last_s // width_s))
    shape = (c.options.size, count)
    best = np.zeros(shape, dtype=np.int64)
    second = np.zeros(shape, dtype=np.int64)
    first = np.full(shape, NOTHING, dtype=np.int32)
    job, through, bounds = _fill(c, crew, width_s, places, place, best, second, first)
    ahead = Onward(width_s, place.astype(np.int64), best, second, first, bounds, job, through)
    return ahead, places.size * count * c.jobs.size // 4 + through.size


@njit(cache=True, nogil=True)
def _last_worth_it(c: Columns, crew: Crew) -> int:
    """An instant from which no job can be reached at a gain."""
    last_s = 0
    for job in range(c.jobs.size):
        row = c.jobs[job]
        if not crew.fits[job] or row.locked >= 0:
            continue
        cheapest = cheapest_option(c, job) + crew.price
        if row.base + row.rate * row.promise_s + cheapest >= 0 or row.rate + row.late_rate == 0:
            if row.rate > 0:
                last_s = max(last_s, -(row.base + cheapest) // row.rate + 1)
            elif row.base + cheapest < 0:
                last_s = max(last_s, crew.shift_end_s)
        else:
            slack = -(row.base + cheapest) + row.late_rate * row.promise_s
            last_s = max(last_s, slack // (row.rate + row.late_rate) + 1)
    return int(last_s)


@njit(cache=True, nogil=True)
def _bare(c: Columns) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The cheapest and the quickest option of each job; NEVER where it has none."""
    cheapest, quickest_s = np.empty(c.jobs.size, dtype=np.int64), np.full(c.jobs.size, NEVER, dtype=np.int64)
    for job in range(c.jobs.size):
        cheapest[job] = cheapest_option(c, job)
        for row in range(c.jobs[job].first_option, c.jobs[job].end_option):
            quickest_s[job] = min(quickest_s[job], c.options[row].span_s)
    return cheapest, quickest_s


@njit(cache=True, nogil=True)
def _all_at_once(c: Columns, crew: Crew, at_s: int) -> int:
    """What serving every job at `at_s`, each where it pays, would bring: less no elementary route can cost."""
    total = 0
    for job in range(c.jobs.size):
        if crew.fits[job] and c.jobs[job].locked < 0:
            arrive_s = max(at_s, c.jobs[job].release_s)
            total += min(0, own_cost(c, job, arrive_s, arrive_s) + crew.price + cheapest_option(c, job))
    return total


@njit(cache=True, nogil=True)
def _fill(
    c: Columns, crew: Crew, width_s: int, places: NDArray[np.int64], place: NDArray[np.int64],
    best: NDArray[np.int64], second: NDArray[np.int64], first: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Fill the bounds from the last bucket to the first; returns (job, through, begin) of the lists."""
    buckets = best.shape[1]
    n = c.jobs.size
    begin = np.zeros((places.size, buckets + 1), dtype=np.int64)
    jobs, throughs = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.int64)
    filled = 0
    cheapest, quickest_s = _bare(c)
    least_rest = np.zeros(buckets + 1, dtype=np.int64)
    through, without = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    after, worth = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    # The lists are made bucket by bucket from the end, and turned round when all are there.
    starts = np.zeros((places.size, buckets), dtype=np.int64)
    sizes = np.zeros((places.size, buckets), dtype=np.int64)
    of_place = np.argsort(place, kind="mergesort")
    place_begin = np.searchsorted(place[of_place], np.arange(places.size + 1))
    for bucket in range(buckets - 1, -1, -1):
        at_s = bucket * width_s
        everything = _all_at_once(c, crew, at_s)
        least_rest[bucket] = everything
        for p in range(places.size):
            count = _through_jobs(
                c, crew, at_s, width_s, places[p], bucket, cheapest, quickest_s, least_rest, best, second, first,
                through, without, after, worth,
            )  # fmt: skip
            if filled + count > jobs.size:
                jobs = np.concatenate((jobs, np.empty(jobs.size + count, dtype=np.int32)))
                throughs = np.concatenate((throughs, np.empty(throughs.size + count, dtype=np.int64)))
            starts[p, bucket], sizes[p, bucket] = filled, count
            for k in range(count):
                jobs[filled + k], throughs[filled + k] = worth[k], through[worth[k]]
            filled += count
            for at in range(place_begin[p], place_begin[p + 1]):
                _rest_after(c, of_place[at], bucket, count, worth, through, without, after, best, second, first)
        least_rest[bucket] = best[:, bucket].min()
    job, cost = np.empty(filled, dtype=np.int32), np.empty(filled, dtype=np.int64)
    at = 0
    for p in range(places.size):
        for bucket in range(buckets):
            begin[p, bucket] = at
            for k in range(starts[p, bucket], starts[p, bucket] + sizes[p, bucket]):
                job[at], cost[at] = jobs[k], throughs[k]
                at += 1
        begin[p, buckets] = at
    return job, cost, begin


@njit(cache=True, nogil=True)
def _through_jobs(
    c: Columns, crew: Crew, at_s: int, width_s: int, from_place: int, bucket: int,
    cheapest: NDArray[np.int64], quickest_s: NDArray[np.int64], least_rest: NDArray[np.int64],
    best: NDArray[np.int64], second: NDArray[np.int64], first: NDArray[np.int32],
    through: NDArray[np.int64], without: NDArray[np.int64], after: NDArray[np.int32], worth: NDArray[np.int32],
) -> int:  # fmt: skip
    """Weigh going to each job next; the number of those that gain, whose rows stand in `worth` by `through`.

    `after` is the job that the bound goes to then, `without` the bound if that is forbidden.
    """
    count = 0
    buckets = best.shape[1]
    for job in range(c.jobs.size):
        row = c.jobs[job]
        if not crew.fits[job] or row.locked >= 0:
            continue
        drive_s = c.durations_s[from_place, row.scene]
        depart_s = max(at_s, row.release_s)
        if drive_s == NO_WAY_S or depart_s >= crew.shift_end_s:
            continue
        arrive_s = depart_s + drive_s
        own = own_cost(c, job, depart_s, arrive_s) + crew.price
        soonest = min(buckets, (arrive_s + quickest_s[job]) // width_s)
        if own + cheapest[job] + least_rest[soonest] >= 0:
            continue
        least, least_without, least_after = 0, 0, NOTHING
        for option in range(row.first_option, row.end_option):
            cost = own + c.options[option].cost
            free_bucket = (arrive_s + c.options[option].span_s) // width_s
            if free_bucket >= buckets:
                value, value_without, to = cost, cost, NOTHING
            elif free_bucket == bucket:
                value = cost + least_rest[bucket]
                value_without, to = value, NOTHING
            else:
                value, to = cost + best[option, free_bucket], first[option, free_bucket]
                value_without = cost + second[option, free_bucket]
            if value < least:
                # The former best may be the best of those that do not go to the same job.
                if least_after != to or least_after == NOTHING:
                    least_without = min(least, value_without)
                else:
                    least_without = min(least_without, value_without)
                least, least_after = value, to
            elif least_after != NOTHING:
                least_without = min(least_without, value_without if to == least_after else value)
        if least_after == NOTHING:
            least_without = least
        if least < 0:
            through[job], without[job], after[job] = least, least_without, least_after
            k = count
            while k > 0 and through[worth[k - 1]] > least:
                worth[k] = worth[k - 1]
                k -= 1
            worth[k] = job
            count += 1
    return count


@njit(cache=True, nogil=True)
def _rest_after(
    c: Columns, option: int, bucket: int, count: int, worth: NDArray[np.int32], through: NDArray[np.int64],
    without: NDArray[np.int64], after: NDArray[np.int32],
    best: NDArray[np.int64], second: NDArray[np.int64], first: NDArray[np.int32],
) -> None:  # fmt: skip
    """The best rest after an option that does not come back to its job at once, nor after one other."""
    least, runner_up, to = 0, 0, NOTHING
    last = _job_of(c, option)
    for k in range(count):
        job = worth[k]
        if through[job] >= runner_up:
            break
        if job == last:
            continue
        value = without[job] if after[job] == last else through[job]
        if value < least:
            least, runner_up, to = value, least, job
        elif value < runner_up:
            runner_up = value
    best[option, bucket], second[option, bucket], first[option, bucket] = least, runner_up, to


@njit(cache=True, nogil=True)
def _job_of(c: Columns, option: int) -> int:
    """The job whose options hold the row: they are in the jobs' order."""
    low, high = 0, c.jobs.size - 1
    while low < high:
        middle = (low + high) // 2
        if c.jobs[middle].end_option > option:
            high = middle
        else:
            low = middle + 1
    return low
