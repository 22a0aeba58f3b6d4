"""What a hand assignment costs: the best plan with the pin against the best one without, both of one snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dispatch.engine import Engine
from dispatch.events import Pinned, Unpinned
from dispatch.fleet import Fixes, TruckStatus
from dispatch.ledger import Ledger
from dispatch.orders import BEFORE_ARRIVAL
from dispatch.plan import Plan, Reason, Verdict
from dispatch.policy import Policy
from dispatch.problem import NO_WAY_S, Problem
from dispatch.rules import make_plan
from dispatch.snapshot import Snapshot, relocked, take_snapshot
from dispatch.solver.budget import Budget
from dispatch.states import require


class Hurdle(StrEnum):
    """Why a truck cannot be assigned to a job now."""

    OFF_DUTY = "off_duty"
    OUT_OF_SERVICE = "out_of_service"
    NO_CAPABILITY = "no_capability"
    PINNED = "pinned"
    NO_FIX = "no_fix"
    BUSY = "busy"
    PRESENT_UNSEEN = "present_unseen"
    PLACES = "places"
    NO_WAY = "no_way"
    SHIFT = "shift"
    MUST_SERVE = "must_serve"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes, and when; None where a plan leaves the job open."""

    truck: str | None
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a job: without the pin, and with it."""

    job: str
    before: Arrival
    after: Arrival


@dataclass(frozen=True, slots=True)
class Price:
    """The costs of both plans, as the policy weighs them, what becomes of the job, and of the others that it touches.

    `must_unserved` and `must_wait_s` are how much worse those that must be served fare, which no cost outweighs.
    """

    cost_without: int
    cost_with: int
    must_unserved: int
    must_wait_s: int
    job: Change
    others: tuple[Change, ...]


def price_of(
    book: Ledger, fixes: Fixes, now_ms: int, policy: Policy, job_id: str, truck_id: str, budget: Callable[[], Budget]
) -> Price | list[Hurdle]:
    """The price, or what stands against it. `book` is a copy to be thought with, `budget` is drawn for each plan anew.

    Raises ImpossibleStep where the job is with its truck already, or nothing of these ids is known.
    """
    require(f"job {job_id}", book.job(job_id).status, BEFORE_ARRIVAL)
    hurdles = _hurdles_of(book, job_id, truck_id)
    if hurdles:
        return hurdles
    engine = Engine(book.router, policy, book)
    engine.observe(Unpinned(job_id), now_ms)
    snapshot = take_snapshot(book, fixes, now_ms, policy)
    without = relocked(snapshot, book, policy)
    engine.observe(Pinned(job_id, truck_id), now_ms)
    pinned = relocked(snapshot, book, policy)
    hurdles = _hurdles_in(snapshot, pinned, job_id, truck_id)
    if hurdles:
        return hurdles
    with_it = make_plan(policy.rule, pinned, budget())
    if job_id in {left.job for left in with_it.unserved}:
        return [Hurdle.MUST_SERVE]  # nothing else outranks a pin that can be kept
    best = make_plan(policy.rule, without, budget())
    had_refused = any(job.id == job_id and truck_id in job.refused_by for job in without.jobs)
    if not had_refused and _value(with_it) < _value(best):
        best = with_it  # it may be chosen without a pin as well, so the best plan is no worse
    return _compared(snapshot, best, with_it, job_id)


def _hurdles_of(book: Ledger, job_id: str, truck_id: str) -> list[Hurdle]:
    job, truck = book.job(job_id), book.truck(truck_id)
    elsewhere = [other for other in book.open_jobs if other != job_id and book.jobs[other].pinned_to == truck_id]
    told = {
        Hurdle.OFF_DUTY: truck.status is TruckStatus.OFF_DUTY,
        Hurdle.OUT_OF_SERVICE: truck.status is TruckStatus.OUT_OF_SERVICE,
        Hurdle.NO_CAPABILITY: not job.job.needs <= truck.truck.can,
        Hurdle.PINNED: bool(elsewhere),
    }
    return [hurdle for hurdle, holds in told.items() if holds]


def _hurdles_in(snapshot: Snapshot, problem: Problem, job_id: str, truck_id: str) -> list[Hurdle]:
    if truck_id in snapshot.absent:
        return [Hurdle.NO_FIX if snapshot.absent[truck_id] is Verdict.NO_FIX else Hurdle.BUSY]
    if job_id in snapshot.unlisted:
        return [Hurdle.PLACES if snapshot.unlisted[job_id] is Reason.PLACES else Hurdle.NO_WAY]
    job = next((each for each in problem.jobs if each.id == job_id), None)
    if job is None:
        return [Hurdle.PRESENT_UNSEEN]
    truck = next((each for each in problem.trucks if each.id == truck_id), None)
    if truck is None:
        return [Hurdle.BUSY]
    hurdles = []
    to_shops_s = [int(problem.durations_s[job.scene, shop.place]) for shop in job.shops]
    if problem.durations_s[truck.place, job.scene] == NO_WAY_S or (to_shops_s and min(to_shops_s) == NO_WAY_S):
        hurdles.append(Hurdle.NO_WAY)
    if max(truck.free_at_s, job.release_s, 0) >= truck.shift_end_s:
        hurdles.append(Hurdle.SHIFT)
    return hurdles


def _value(plan: Plan) -> tuple[int, int, int]:
    return plan.tier.unserved, plan.tier.wait_s, plan.cost


def _compared(snapshot: Snapshot, best: Plan, with_it: Plan, job_id: str) -> Price:
    before, after = _arrivals(snapshot, best), _arrivals(snapshot, with_it)
    nobody = Arrival(None, None)
    changes = [
        Change(job.id, before.get(job.id, nobody), after.get(job.id, nobody))
        for job in snapshot.problem.jobs
        if job.id != job_id
    ]
    return Price(
        cost_without=best.cost,
        cost_with=with_it.cost,
        must_unserved=with_it.tier.unserved - best.tier.unserved,
        must_wait_s=with_it.tier.wait_s - best.tier.wait_s,
        job=Change(job_id, before.get(job_id, nobody), after.get(job_id, nobody)),
        others=tuple(change for change in changes if change.before != change.after),
    )


def _arrivals(snapshot: Snapshot, plan: Plan) -> dict[str, Arrival]:
    return {
        stop.job: Arrival(route.truck, snapshot.at_ms + 1000 * stop.arrive_s)
        for route in plan.routes
        for stop in route.stops
    }
