"""One immutable view of the world to be solved: the ledger, one version of positions and travel times as a Problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dispatch.destinations import choices, free_places
from dispatch.fleet import Fixes, TruckStatus
from dispatch.ledger import Ledger
from dispatch.orders import JobStatus
from dispatch.plan import Reason, Verdict
from dispatch.policy import Policy
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption
from dispatch.states import JobState, OrderState, TruckState
from dispatch.travel_times import TravelTimes, travel_times
from routing.router import Router

FIX_AGE_MS = 5 * 60_000
"""A truck without a fix for five minutes is no candidate."""

CANDIDATE_SHOPS = 3
OVERDUE_S = 60
"""What is still expected of a step that should be over already."""

UNSERVED_AS_IF_LATER_S = 4 * 3600
"""Leaving a job out is charged as if it were reached four hours from now, so the charge grows with its age."""

PINNED_TIMES = 100
"""How much dearer it is to leave a job that was assigned by hand."""

MAX_UNSERVED_COST = 10**12
MAX_SPAN_S = 10_000_000
"""Bound of every number of seconds in a problem."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A problem, the instant it was taken at, and the versions of the states that it was made from.

    `absent` names the trucks on duty that are no candidates, and why; `unlisted` the jobs that find no shop. `router`
    is of the roads as they were, `fixes` are the positions that were seen.
    """

    problem: Problem
    at_ms: int
    job_versions: dict[str, int]
    truck_versions: dict[str, int]
    absent: dict[str, Verdict]
    router: Router
    fixes: Fixes
    unlisted: dict[str, Reason] = field(default_factory=dict)


def take_snapshot(book: Ledger, fixes: Fixes, now_ms: int, policy: Policy) -> Snapshot:
    """The problem of all jobs that can still be decided and all trucks on duty that have been seen lately.

    Left out: a job whose truck is out of sight (it is in hand, and nobody knows how far), and a job for which no shop
    has a place or a way, together with the truck that may already be on its way to it.
    """
    trucks, absent = _candidates(book, fixes, now_ms)
    jobs = [
        state for state in map(book.jobs.__getitem__, book.open_jobs) if state.decidable and state.truck not in absent
    ]
    times = travel_times(book, trucks, fixes, jobs)
    first_shop, free = len(trucks) + len(jobs), free_places(book)
    locks = _locks(jobs, policy)
    listed = []
    unlisted: dict[str, Reason] = {}
    for k, state in enumerate(jobs):
        shops = _options(book, state, times.scene_shop[k], first_shop, free)
        if shops or state.job.stays_at_scene:
            order, lock = book.orders[state.order_id], locks.get(state.job.id)
            listed.append(_problem_job(order, state, len(trucks) + k, shops, lock, now_ms, policy))
        else:
            unlisted[state.job.id] = _without_shop(book, times.scene_shop[k])
    listed_ids = {job.id for job in listed}
    driving_to = {state.truck: state.job.id for state in jobs if state.job.id in listed_ids}
    engaged = {state.truck for state in jobs if state.job.id not in listed_ids}
    problem = Problem(
        durations_s=_square(times, len(trucks), len(jobs), len(book.shops)),
        trucks=tuple(
            _problem_truck(book, truck, k, times.truck_shop[k], first_shop, driving_to.get(truck.truck.id), now_ms)
            for k, truck in enumerate(trucks)
            if truck.truck.id not in engaged
        ),
        jobs=tuple(listed),
        weights=policy.weights,
        shop_places={shop: places for shop, places in free.items() if places is not None},
    )
    job_versions = {state.job.id: state.version for state in jobs}
    truck_versions = {each.truck.id: each.version for each in trucks}
    return Snapshot(problem, now_ms, job_versions, truck_versions, absent, book.router, fixes, unlisted)


def relocked(snapshot: Snapshot, book: Ledger, policy: Policy) -> Problem:
    """The same problem under the pins and refusals of the ledger as it is by now; nothing else is looked at again."""
    states = {job_id: book.jobs[job_id] for job_id in snapshot.job_versions}
    locks = _locks(list(states.values()), policy)
    jobs = tuple(
        replace(
            job,
            locked_to=locks.get(job.id),
            refused_by=states[job.id].closed_to(snapshot.at_ms),
            unserved_cost=_unserved_cost(book.orders[states[job.id].order_id], states[job.id], job.reported_s, policy),
        )
        for job in snapshot.problem.jobs
    )
    return replace(snapshot.problem, jobs=jobs)


def _candidates(book: Ledger, fixes: Fixes, now_ms: int) -> tuple[list[TruckState], dict[str, Verdict]]:
    out = (TruckStatus.OFF_DUTY, TruckStatus.OUT_OF_SERVICE)
    on_duty = [truck for truck in book.trucks.values() if truck.status not in out]
    absent = {truck.truck.id: Verdict.NO_FIX for truck in on_duty if fixes.at_ms[truck.row] < now_ms - FIX_AGE_MS}
    for truck in on_duty:
        if truck.job is not None and book.job(truck.job).status is JobStatus.DESTINATION_REFUSED:
            absent[truck.truck.id] = Verdict.BUSY  # nobody knows where it will be free
    return [truck for truck in on_duty if truck.truck.id not in absent], absent


def _square(times: TravelTimes, n: int, k: int, m: int) -> NDArray[np.int64]:
    """Trucks, scenes, shops in this order. Ways that no plan can drive (to a truck, between shops) stay NO_WAY_S."""
    table = np.full((n + k + m, n + k + m), NO_WAY_S, dtype=np.int64)
    table[:n, n : n + k] = times.truck_scene
    table[n : n + k, n : n + k] = times.scene_scene
    table[n + k :, n : n + k] = times.shop_scene
    table[n : n + k, n + k :] = times.scene_shop
    np.fill_diagonal(table, 0)
    return table


def _options(
    book: Ledger, state: JobState, tow_s: NDArray[np.int64], first_shop: int, free: Mapping[str, int | None]
) -> tuple[ShopOption, ...]:
    """The nearest few of the destinations that the vehicle may be taken to."""
    if state.job.stays_at_scene:
        return ()
    nearest = choices(book, state, tow_s, free)[:CANDIDATE_SHOPS]
    return tuple(ShopOption(shop.id, first_shop + row, shop.unload_s) for _, row, shop in nearest)


def _without_shop(book: Ledger, tow_s: NDArray[np.int64]) -> Reason:
    """Why there is no shop for a job: those that could be driven to are full, or none can."""
    full = any(
        tow_s[row] != NO_WAY_S and book.free_places(shop.id) == 0 for row, shop in enumerate(book.shops.values())
    )
    return Reason.PLACES if full else Reason.NO_WAY


def _locks(jobs: list[JobState], policy: Policy) -> dict[str, str]:
    """Job to truck: a dispatcher's pins first, then trucks that may not be called off (again)."""
    locks = {state.job.id: state.pinned_to for state in jobs if state.pinned_to is not None}
    taken = set(locks.values())
    for state in jobs:
        stays = not policy.redirects or state.switches > 0
        if state.truck is not None and stays and state.job.id not in locks and state.truck not in taken:
            locks[state.job.id] = state.truck
            taken.add(state.truck)
    return locks


def _problem_truck(
    book: Ledger,
    state: TruckState,
    row: int,
    to_shop_s: NDArray[np.int64],
    first_shop: int,
    driving_to: str | None,
    now_ms: int,
) -> ProblemTruck:
    place, free_s = _next_free(book, state, row, to_shop_s, first_shop, now_ms) if state.committed else (row, 0)
    en_route = state.status is TruckStatus.EN_ROUTE
    shift_end_ms = state.shift_end_at_ms
    return ProblemTruck(
        id=state.truck.id,
        place=place,
        free_at_s=free_s,
        can=state.truck.can,
        shift_end_s=MAX_SPAN_S if shift_end_ms is None else _span_s(shift_end_ms - now_ms),
        company=state.truck.company,
        driving_to=driving_to,
        driven_s=_span_s(now_ms - state.since_ms) if en_route else 0,
    )


def _next_free(
    book: Ledger, state: TruckState, row: int, to_shop_s: NDArray[np.int64], first_shop: int, now_ms: int
) -> tuple[int, int]:
    """Place and seconds from now at which a truck has finished what it has started.

    A truck on the scene is where its fix says, so the tow is reckoned from there as it is on the road.
    """
    job = book.job(state.job or "")
    spent_s = (now_ms - state.since_ms) // 1000
    if state.status is TruckStatus.ON_SCENE and job.shop is None:
        return row, max(OVERDUE_S, job.job.on_scene_s - spent_s)
    assert job.shop is not None
    shop_row = list(book.shops).index(job.shop)
    unload_s = book.shops[job.shop].unload_s
    if state.status is TruckStatus.AT_SHOP:
        return first_shop + shop_row, max(OVERDUE_S, unload_s - spent_s)
    tow_s = int(to_shop_s[shop_row])
    rest_s = tow_s + unload_s if tow_s != NO_WAY_S else unload_s + OVERDUE_S
    if state.status is TruckStatus.ON_SCENE:
        rest_s += max(OVERDUE_S, job.job.on_scene_s - spent_s)
    return first_shop + shop_row, min(rest_s, MAX_SPAN_S)


def _problem_job(
    order: OrderState,
    state: JobState,
    scene: int,
    shops: tuple[ShopOption, ...],
    locked_to: str | None,
    now_ms: int,
    policy: Policy,
) -> ProblemJob:
    told = order.order
    reported_s = min(0, _span_s(told.reported_at_ms - now_ms))
    return ProblemJob(
        id=state.job.id,
        order=told.id,
        scene=scene,
        can=state.job.needs,
        reported_s=reported_s,
        promise_s=_span_s(told.reported_at_ms + 1000 * told.promise_after_s - now_ms),
        weight=told.weight,
        lanes_blocked=lanes_blocked_by(order, state),
        on_scene_s=state.job.on_scene_s,
        shops=shops,
        unserved_cost=_unserved_cost(order, state, reported_s, policy),
        must_serve=policy.has_must_serve_tier and (is_urgent(order, state) or -reported_s >= policy.must_serve_age_s),
        locked_to=locked_to,
        refused_by=state.closed_to(now_ms),
    )


def is_urgent(order: OrderState, state: JobState) -> bool:
    """Whether a job must be served before others from the first, whatever its age: somebody is hurt or trapped in the
    vehicle, or it blocks an expressway."""
    at = order if state.moved is None else state.moved
    return order.order.person_waiting or (lanes_blocked_by(order, state) > 0 and at.on_expressway)


def lanes_blocked_by(order: OrderState, state: JobState) -> int:
    return order.order.lanes_blocked if state.moved is None else state.moved.lanes_blocked


def _unserved_cost(order: OrderState, state: JobState, reported_s: int, policy: Policy) -> int:
    """A job that a dispatcher has assigned is not left out to spare others a while: that was decided by hand."""
    told, weights = order.order, policy.weights
    as_if_s = UNSERVED_AS_IF_LATER_S - reported_s
    late_s = max(0, as_if_s - told.promise_after_s)
    cost = told.weight * (weights.wait * as_if_s + weights.late * late_s)
    cost += weights.blocked * lanes_blocked_by(order, state) * (as_if_s + state.job.on_scene_s)
    return cost if state.pinned_to is None else min(MAX_UNSERVED_COST, PINNED_TIMES * cost)


def _span_s(span_ms: int) -> int:
    """Whole seconds, rounded down, within the bounds of a problem."""
    return max(-MAX_SPAN_S, min(MAX_SPAN_S, span_ms // 1000))
