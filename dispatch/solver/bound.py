"""A proven lower bound for any problem, whatever its durations (no triangle inequality is assumed).

In any plan each job is one of three: some truck's first stop, a later stop, or unserved. A first stop's arrival and
cost are known exactly, and a truck has one first stop. A later stop arrives no sooner than along the quickest chain of
jobs that one truck could serve before it, where the relaxation forgets that a job is served once and that shops fill
up. Choosing for each job the cheapest of the three, with each truck first somewhere at most once, is a linear
assignment whose optimum no plan can beat.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dispatch.problem import NO_WAY_S
from dispatch.solver.append import AppendTable, append_table, starts
from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.route import cheapest_option, own_cost

_EXACT = 2**52
"""Sums of integers below this are exact in float64, with a bit to spare."""

_MOST_RELAXATIONS = 30_000_000
"""Above this many steps (some 50 ms) the chains of all trucks are relaxed as those of one truck."""


class Later(NamedTuple):
    """Lower bounds on each job as a later stop: int64[J], NEVER where no chain of jobs leads to it."""

    wait_s: NDArray[np.int64]
    cost: NDArray[np.int64]


class Bound(NamedTuple):
    """The least unserved must-serve jobs, with those the least wait, and the least cost of plans that attain both."""

    must_unserved: int
    must_wait_s: int
    cost: int


def lower_bound(c: Columns) -> Bound:
    """A bound that no plan beats, in integers throughout."""
    n = c.jobs.size
    first = append_table(c, starts(c), np.zeros_like(c.limits), np.arange(n, dtype=np.int64))
    later = _later(c, first)
    switches = int(c.trucks["switch"].sum())
    unserved = c.jobs["unserved_cost"]
    must = np.flatnonzero(c.jobs["must"])
    if must.size == 0:
        return Bound(0, 0, switches + _cheapest(unserved, first.change, np.minimum(later.cost - unserved, 0)))
    must_unserved, wait_s, sure = _tier_bound(first, later, must)
    # Where every must-serve job that could be reached is served in each plan of this tier, leaving it is no choice.
    otherwise = np.where(later.cost < NEVER, later.cost - unserved, NEVER)
    free = np.ones(n, dtype=np.bool_)
    free[must[sure]] = False
    otherwise[free] = np.minimum(otherwise[free], 0)
    return Bound(must_unserved, wait_s, switches + _cheapest(unserved, first.change, otherwise))


def _tier_bound(first: AppendTable, later: Later, must: NDArray[np.int64]) -> tuple[int, int, NDArray[np.bool_]]:
    """(least unserved, least wait, which of the jobs are served in every plan with the least unserved)."""
    possible = first.change[must] < NEVER
    wait_s = np.where(possible, first.wait_s[must], NEVER)
    chained_s = later.wait_s[must]
    reachable = np.minimum(wait_s.min(axis=1, initial=NEVER), chained_s) < NEVER
    finite = np.concatenate([wait_s[possible], chained_s[chained_s < NEVER], [0]])
    leave = (int(finite.max()) + 1) * (must.size + 1)
    total = _cheapest(
        np.full(must.size, leave),
        np.where(possible, wait_s - leave, NEVER),
        np.where(chained_s < NEVER, chained_s - leave, 0),
    )
    must_unserved, least_wait_s = divmod(total, leave)
    sure = reachable if must_unserved == np.count_nonzero(~reachable) else np.zeros_like(reachable)
    return int(must_unserved), int(least_wait_s), sure


def _cheapest(unserved: NDArray[np.int64], first: NDArray[np.int64], otherwise: NDArray[np.int64]) -> int:
    """At least the sum of `unserved` plus, for each job, one change: as a first stop (once a truck) or otherwise.

    `first` int64[n, T] and `otherwise` int64[n] are changes against `unserved`, NEVER where impossible. A job that can
    be neither is one that the caller knows to be served all the same, so it is a first stop in every such plan.
    """
    base = int(unserved.sum())
    stuck = otherwise >= NEVER
    # What stands for a choice that no plan has may be any number; the dearest first stop keeps the others in force.
    dearest_first = np.where(first < NEVER, first, -NEVER).max(axis=1, initial=-NEVER)
    rest = np.where(stuck, np.where(dearest_first > -NEVER, dearest_first, 0), otherwise)
    gain = np.minimum(first - rest[:, None], 0)
    base += int(rest.sum())
    if gain.size == 0 or not gain.any():
        return base
    # Halving rounds towards minus infinity, so each entry, and with it the optimum, only gets smaller: still a bound.
    halvings = max(0, (-int(gain.min()) * (gain.shape[0] + 1) // _EXACT).bit_length())
    small = gain >> halvings
    rows, trucks = linear_sum_assignment(small.astype(np.float64))
    matched = int(small[rows, trucks].sum())
    bound: int = base + (matched << halvings)
    return bound


def _later(c: Columns, first: AppendTable) -> Later:
    n = c.jobs.size
    later = Later(np.full(n, NEVER, dtype=np.int64), np.full(n, NEVER, dtype=np.int64))
    if n > 1 and c.trucks.size:
        merged = c.trucks.size * n * c.options.size > _MOST_RELAXATIONS
        _relax_chains(c, first.change, first.wait_s, _least_drive(c), merged, later)
    return later


def _least_drive(c: Columns) -> NDArray[np.int64]:
    """int64[J]: the shortest drive to each scene from any place where a job can end."""
    ends = np.unique(c.options["place"])
    return np.ascontiguousarray(c.durations_s[ends][:, c.jobs["scene"]].min(axis=0, initial=NO_WAY_S))


@njit(cache=True, nogil=True)
def _relax_chains(
    c: Columns, change: NDArray[np.int64], first_wait_s: NDArray[np.int64], drive_s: NDArray[np.int64],
    merged: bool, later: Later,
) -> None:  # fmt: skip
    """Fill `later` with the least over all trucks of what a label-correcting search finds for each.

    Merged, one truck stands for all: it starts wherever any does, may whatever any may, and quits with the last.
    """
    n = c.jobs.size
    direct_s, chained_s = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    fits = np.empty(n, dtype=np.bool_)
    for group in range(1 if merged else c.trucks.size):
        from_truck, to_truck = (0, c.trucks.size) if merged else (group, group + 1)
        shift_end_s, price = c.trucks[from_truck].shift_end_s, c.trucks[from_truck].price
        for truck in range(from_truck, to_truck):
            shift_end_s = max(shift_end_s, c.trucks[truck].shift_end_s)
            price = min(price, c.trucks[truck].price)
        for job in range(n):
            direct_s[job], chained_s[job], fits[job] = NEVER, NEVER, False
            for truck in range(from_truck, to_truck):
                fits[job] |= c.fits[truck, job]
                if change[job, truck] < NEVER:
                    direct_s[job] = min(direct_s[job], first_wait_s[job, truck] + c.jobs[job].reported_s)
        _label_correct(c, shift_end_s, fits, direct_s, chained_s)
        for job in range(n):
            if chained_s[job] < NEVER:
                later.wait_s[job] = min(later.wait_s[job], chained_s[job] - c.jobs[job].reported_s)
                cost = own_cost(c, job, chained_s[job] - drive_s[job], chained_s[job]) + price
                later.cost[job] = min(later.cost[job], cost + cheapest_option(c, job))


@njit(cache=True, nogil=True)
def _label_correct(
    c: Columns, shift_end_s: int, fits: NDArray[np.bool_], direct_s: NDArray[np.int64], chained_s: NDArray[np.int64]
) -> None:
    """Earliest arrival at each job after at least one other, from the arrivals at each as a first stop."""
    n = c.jobs.size
    changed = True
    while changed:
        changed = False
        for before in range(n):
            arrive_s = min(direct_s[before], chained_s[before])
            if arrive_s >= NEVER:
                continue
            for row in range(c.jobs[before].first_option, c.jobs[before].end_option):
                free_s = arrive_s + c.options[row].span_s
                if free_s >= shift_end_s:
                    continue
                for job in range(n):
                    if job == before or not fits[job] or free_s >= chained_s[job] or c.jobs[job].locked >= 0:
                        continue
                    depart_s = max(free_s, c.jobs[job].release_s)
                    drive_s = c.durations_s[c.options[row].place, c.jobs[job].scene]
                    if depart_s < shift_end_s and drive_s != NO_WAY_S and depart_s + drive_s < chained_s[job]:
                        chained_s[job] = depart_s + drive_s
                        changed = True
