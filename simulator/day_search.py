"""A better plan of a day for trucks that go home when idle: jobs are taken out and put back where they fit best.

Ruin and recreate (Schrimpf, Schneider, Stamm-Wilbrandt and Dueck, Journal of Computational Physics 159, 2000) with
threshold acceptance: a few jobs that were reported at about the same time leave their trucks and are put in again one
after the other, each at its cheapest place; the new plan is kept unless it is worse by more than a bound that shrinks.
`solve` cannot do this, as PROBLEM.json does not know of ways home.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from simulator.day_bound import DayArrays
from simulator.idle_ways import SLICE_MS, IdleWays

MOST_OUT = 10
NEIGHBOURS = 3
"""How many places before and after the one by time of report are tried in a truck's sequence."""

FIRST_THRESHOLD = 0.01
"""How much worse, as a share of all waiting, a plan may be in the beginning."""


def improve(day: DayArrays, ways: IdleWays, routes: list[list[int]], rounds: int, seed: int) -> list[list[int]]:
    """The jobs of each truck in a plan that waits no longer than that of `routes`; depends on its arguments alone."""
    n = len(day.release_ms)
    table = np.full((len(routes), n + 1), -1, np.int64)
    stops = np.array([len(route) for route in routes], np.int64)
    for truck, route in enumerate(routes):
        table[truck, : len(route)] = route
    _search(
        table, stops, day.release_ms, day.reported_ms, day.span_ms, day.end, ways.direct_ms, ways.post_ms,
        ways.middle_ms, SLICE_MS, rounds, seed,
    )  # fmt: skip
    return [table[truck, : stops[truck]].tolist() for truck in range(len(routes))]


@njit(cache=True, nogil=True)
def _wait(truck, jobs, size, release, reported, span, end, direct, post, middle, slice_ms):  # type: ignore[no-untyped-def]
    """Summed wait of a truck's sequence, each job towed to where the next is reached from first."""
    total, before, arrive = 0, -1, 0
    for at in range(size):
        job = jobs[at]
        if before < 0:
            arrive = release[job] + post[truck, job]
        else:
            best = 2**60
            for option in range(span.shape[1]):
                here = end[before, option]
                if here < 0:
                    continue
                free = arrive + span[before, option]
                if free >= release[job]:
                    there = free + direct[here, job]
                else:
                    idle = min((release[job] - free) // slice_ms, middle.shape[2] - 1)
                    there = release[job] + middle[truck, here, idle, job]
                best = min(best, there)
            arrive = best
        total += arrive - reported[job]
        before = job
    return total


@njit(cache=True, nogil=True)
def _search(table, stops, release, reported, span, end, direct, post, middle, slice_ms, rounds, seed):  # type: ignore[no-untyped-def]
    n, trucks = release.size, stops.size
    lot = np.uint64(seed * 2 + 1)
    cost = np.empty(trucks, np.int64)
    for truck in range(trucks):
        cost[truck] = _wait(
            truck, table[truck], stops[truck], release, reported, span, end, direct, post, middle, slice_ms
        )
    present = cost.sum()
    best, best_table, best_stops = present, table.copy(), stops.copy()
    kept_table, kept_stops, kept_cost = table.copy(), stops.copy(), cost.copy()
    trial = np.empty(n + 1, np.int64)
    out = np.empty(MOST_OUT, np.int64)
    for at_round in range(rounds):
        lot = lot * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        centre = np.int64(lot >> np.uint64(33)) % n
        lot = lot * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        size = min(n, 2 + np.int64(lot >> np.uint64(33)) % (MOST_OUT - 1))
        taken = 0
        while taken < size:
            lot = lot * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            job = (centre + np.int64(lot >> np.uint64(33)) % (3 * size)) % n
            known = False
            for other in range(taken):
                known = known or out[other] == job
            if known:
                job = (job + 1) % n
                for other in range(taken):
                    if out[other] == job:
                        job = -1
                        break
                if job < 0:
                    size -= 1
                    continue
            out[taken] = job
            taken += 1
        for truck in range(trucks):
            left = 0
            for at in range(stops[truck]):
                stays = True
                for other in range(size):
                    stays = stays and out[other] != table[truck, at]
                if stays:
                    table[truck, left] = table[truck, at]
                    left += 1
            if left < stops[truck]:
                stops[truck] = left
                cost[truck] = _wait(
                    truck, table[truck], left, release, reported, span, end, direct, post, middle, slice_ms
                )
        for other in range(size):
            job = out[other]
            least, least_truck, least_at, least_cost = 2**60, -1, 0, 0
            for truck in range(trucks):
                by_time = 0
                while by_time < stops[truck] and table[truck, by_time] < job:
                    by_time += 1
                for at in range(max(0, by_time - NEIGHBOURS), min(stops[truck], by_time + NEIGHBOURS) + 1):
                    trial[:at] = table[truck, :at]
                    trial[at] = job
                    trial[at + 1 : stops[truck] + 1] = table[truck, at : stops[truck]]
                    waits = _wait(
                        truck, trial, stops[truck] + 1, release, reported, span, end, direct, post, middle, slice_ms
                    )
                    if waits - cost[truck] < least:
                        least, least_truck, least_at, least_cost = waits - cost[truck], truck, at, waits
            row = table[least_truck]
            for at in range(stops[least_truck], least_at, -1):
                row[at] = row[at - 1]
            row[least_at] = job
            stops[least_truck] += 1
            cost[least_truck] = least_cost
        fresh = cost.sum()
        if fresh <= present * (1 + FIRST_THRESHOLD * (1 - at_round / rounds)):
            present = fresh
            kept_table[:], kept_stops[:], kept_cost[:] = table, stops, cost
            if fresh < best:
                best = fresh
                best_table[:], best_stops[:] = table, stops
        else:
            table[:], stops[:], cost[:] = kept_table, kept_stops, kept_cost
    table[:], stops[:] = best_table, best_stops
