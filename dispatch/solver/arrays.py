"""The problem as columns: what the kernels read. Built once for each solve.

Each table is a structured array whose fields are all int64, so that a kernel reads `jobs[j].scene`; the alternative of
one plain array a field was measured at three times the call overhead (some thirty arguments a call).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S, Problem, ProblemJob, Weights

NEVER = 2**62
"""Larger than any cost or wait of a plan: formats refuses problems whose sums could come near it."""

TRUCK = np.dtype([(name, np.int64) for name in ("place", "free_s", "shift_end_s", "price", "target", "switch")])
"""`free_s` is never before now (0); `target` is the row of the job driven to or -1; `switch`
the charge for leaving it."""

JOB = np.dtype(
    [
        (name, np.int64)
        for name in (
            "scene", "release_s", "promise_s", "reported_s", "rate", "late_rate", "base",
            "unserved_cost", "must", "locked", "first_option", "end_option",
        )
    ]
)  # fmt: skip
"""Own terms at arrival a are `base + rate * a + late_rate * max(0, a - promise_s)`, plus empty drive and prices.

`locked` is the row of the only truck or -1; its options are rows `first_option` up to `end_option`.
"""

OPTION = np.dtype([(name, np.int64) for name in ("place", "span_s", "cost", "limit", "shop")])
"""A reachable shop of a job: `span_s` from arrival at the scene until free at the shop, `cost` tow detour and price.

`limit` is the row of the shop's limit or -1, `shop` its position in the job's own list, -1 for a job without shops.
A shop that has no room at all is no option.
"""


class Columns(NamedTuple):
    """Everything that a kernel may ask: T trucks, J jobs, O options, L limited shops, P places.

    `durations_s` int64[P, P]; `trucks` TRUCK[T]; `jobs` JOB[J]; `options` OPTION[O]; `fits` bool[T, J] (capabilities,
    refusals, locks, an option to go to); `limits` int64[L]; `empty_rate` and `overtime_rate` weights of the policy.
    """

    durations_s: NDArray[np.int64]
    trucks: NDArray[np.void]
    jobs: NDArray[np.void]
    options: NDArray[np.void]
    fits: NDArray[np.bool_]
    limits: NDArray[np.int64]
    empty_rate: int
    overtime_rate: int


def columns(problem: Problem) -> Columns:
    """Columnise a problem. Costs some 3 microseconds for each truck and job."""
    weights = problem.weights
    # A read-only table would be another type to the kernels, and compile them a second time.
    durations_s = np.require(problem.durations_s, dtype=np.int64, requirements=["C", "W"])
    row_of_job = {job.id: row for row, job in enumerate(problem.jobs)}
    row_of_truck = {truck.id: row for row, truck in enumerate(problem.trucks)}
    trucks = np.array(
        [
            (
                truck.place, max(0, truck.free_at_s), truck.shift_end_s, truck.price,
                -1 if truck.driving_to is None else row_of_job[truck.driving_to],
                0 if truck.driving_to is None else weights.theta + weights.kappa * truck.driven_s,
            )
            for truck in problem.trucks
        ],
        dtype=TRUCK,
    )  # fmt: skip
    limit_of_shop: dict[str, int] = {}
    options: list[tuple[int, int, int, int, int]] = []
    jobs = []
    for job in problem.jobs:
        first_option = len(options)
        options.extend(_options(problem, job, limit_of_shop))
        locked = -1 if job.locked_to is None else row_of_truck.get(job.locked_to, -2)
        jobs.append(_job_row(job, weights, locked, first_option, len(options)))
    return Columns(
        durations_s,
        trucks,
        np.array(jobs, dtype=JOB),
        np.array(options, dtype=OPTION),
        _fits(problem, jobs, row_of_truck),
        np.array([min(problem.shop_places[shop], len(jobs)) for shop in limit_of_shop], dtype=np.int64),
        weights.empty_drive,
        weights.overtime,
    )


def _job_row(job: ProblemJob, weights: Weights, locked: int, first_option: int, end_option: int) -> tuple[int, ...]:
    blocked_rate = weights.blocked * job.lanes_blocked
    rate = job.weight * weights.wait + blocked_rate
    return (
        job.scene, job.release_s, job.promise_s, job.reported_s,
        rate, job.weight * weights.late, blocked_rate * job.on_scene_s - rate * job.reported_s,
        job.unserved_cost, job.must_serve, locked, first_option, end_option,
    )  # fmt: skip


def _options(problem: Problem, job: ProblemJob, limit_of_shop: dict[str, int]) -> list[tuple[int, int, int, int, int]]:
    if not job.shops:
        return [(job.scene, job.on_scene_s, 0, -1, -1)]
    tows_s = [int(problem.durations_s[job.scene, shop.place]) for shop in job.shops]
    shortest_s = min(tows_s)
    rows = []
    for position, (shop, tow_s) in enumerate(zip(job.shops, tows_s, strict=True)):
        places = problem.shop_places.get(shop.id)
        if tow_s == NO_WAY_S or places == 0:
            continue
        limit = -1 if places is None else limit_of_shop.setdefault(shop.id, len(limit_of_shop))
        cost = problem.weights.tow_detour * (tow_s - shortest_s) + shop.price
        rows.append((shop.place, job.on_scene_s + tow_s + shop.unload_s, cost, limit, position))
    return rows


def capability_masks(problem: Problem) -> tuple[list[int], list[int]]:
    """Bits of what each truck can do and of what each job needs; only capabilities that a job names get a bit."""
    bit_of: dict[str, int] = {}
    needs = [_mask(job.can, bit_of, grow=True) for job in problem.jobs]
    mask_of: dict[frozenset[str], int] = {}
    offers = []
    for truck in problem.trucks:
        if truck.can not in mask_of:
            mask_of[truck.can] = _mask(truck.can, bit_of, grow=False)
        offers.append(mask_of[truck.can])
    return offers, needs


def _mask(names: frozenset[str], bit_of: dict[str, int], *, grow: bool) -> int:
    mask = 0
    for name in names:
        if grow:
            mask |= 1 << bit_of.setdefault(name, len(bit_of))
        elif name in bit_of:
            mask |= 1 << bit_of[name]
    return mask


def capable(problem: Problem) -> NDArray[np.bool_]:
    """bool[T, J]: the truck holds every capability that the job needs."""
    offers, needs = capability_masks(problem)
    able = np.empty((len(offers), len(needs)), dtype=np.bool_)
    # Python's integers have as many bits as there are capabilities; the distinct needs are few.
    of_need: dict[int, NDArray[np.bool_]] = {}
    for row, need in enumerate(needs):
        if need not in of_need:
            of_need[need] = np.array([offer & need == need for offer in offers], dtype=np.bool_)
        able[:, row] = of_need[need]
    return able


def _fits(problem: Problem, jobs: list[tuple[int, ...]], row_of_truck: dict[str, int]) -> NDArray[np.bool_]:
    fits = capable(problem)
    for row, job in enumerate(problem.jobs):
        for truck in job.refused_by:
            if truck in row_of_truck:
                fits[row_of_truck[truck], row] = False
        if job.locked_to is not None:
            only = row_of_truck.get(job.locked_to)
            kept = only is not None and bool(fits[only, row])
            fits[:, row] = False
            if only is not None:
                fits[only, row] = kept
        if jobs[row][-2] == jobs[row][-1]:
            fits[:, row] = False
    return fits
