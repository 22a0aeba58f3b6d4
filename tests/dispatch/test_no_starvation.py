"""Storms with cheap jobs pouring in: no truck takes a younger ordinary job while it could reach one that must be served
earlier than the plan does."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatch import events as ev
from dispatch.fleet import Shop
from dispatch.orders import ENDED, JobStatus
from dispatch.plan import Plan
from dispatch.policy import SHIPPED
from dispatch.problem import Problem, ProblemJob
from dispatch.rules import make_plan
from dispatch.snapshot import Snapshot
from dispatch.solver.budget import Budget
from tests.dispatch.test_engine import Street
from tests.worlds import degrees

TICK_S = 60
MUST_AFTER_S = 1200
SPEED_M_PER_S = 10
SHOP_M = 3000
NEVER_S = 2**40
POLICY = replace(SHIPPED["production"], must_serve_age_s=MUST_AFTER_S)


@dataclass(slots=True)
class Drive:
    from_m: int
    to_m: int
    begun_ms: int

    def at_m(self, now_ms: int) -> int:
        driven_m = SPEED_M_PER_S * (now_ms - self.begun_ms) // 1000
        way_m = self.to_m - self.from_m
        return self.to_m if driven_m >= abs(way_m) else self.from_m + (driven_m if way_m > 0 else -driven_m)


class Storm(Street):
    """Trucks that drive, work and tow by the clock, and drivers that accept at once but for a few."""

    def __init__(self, seed: int, trucks: int) -> None:
        self.lots = np.random.default_rng(seed)
        posts = {f"T{k}": int(self.lots.integers(0, 59)) * 100 for k in range(trucks)}
        super().__init__(POLICY, **posts)
        lon, lat = degrees(SHOP_M, 50)
        self.tell(ev.ShopAmended(Shop("S", "shop", lon, lat, frozenset(), None, 300)))
        self.drives: dict[str, Drive] = {}
        self.scene_m: dict[str, int] = {}
        self.checked = 0

    def pour(self, number: int) -> None:
        for k in range(int(self.lots.poisson(0.8))):
            name, at_m = f"O{number}-{k}", int(self.lots.integers(0, 59)) * 100
            self.report(name, at_m, person_waiting=bool(self.lots.random() < 0.07))
            self.scene_m[f"{name}-1"] = at_m

    def go_on(self) -> None:
        self.now_ms += 1000 * TICK_S
        for name, drive in self.drives.items():
            self.at_m[name] = drive.at_m(self.now_ms)
        for state in list(self.engine.book.jobs.values()):
            if state.status not in ENDED and state.truck is not None:
                self._work(state.job.id, state.truck, state.status, self.now_ms - state.since_ms)

    def _work(self, job: str, truck: str, status: JobStatus, since_ms: int) -> None:
        there = self.at_m[truck] == (SHOP_M if status is JobStatus.TOWING else self.scene_m[job])
        match status:
            case JobStatus.OFFERED if self.lots.random() < 0.1:
                self.tell(ev.OfferDeclined(self.engine.book.job(job).offer or "", ""))
            case JobStatus.OFFERED:
                self.accept(job)
                self._drive(truck, self.scene_m[job])
            case JobStatus.EN_ROUTE if there:
                self.tell(ev.Arrived(job))
            case JobStatus.ON_SCENE if since_ms >= 600_000:
                self.tell(ev.HookedUp(job))
                self._drive(truck, SHOP_M)
            case JobStatus.TOWING if there:
                self.tell(ev.ReachedShop(job))
                self.tell(ev.Delivered(job))

    def _drive(self, truck: str, to_m: int) -> None:
        self.drives[truck] = Drive(self.at_m[truck], to_m, self.now_ms)

    def decide(self) -> None:
        self.engine.reconsider()
        snapshot = self.engine.problem(self.now_ms, self.fixes())
        plan = make_plan(self.engine.policy.rule, snapshot.problem, Budget(10_000))
        if self.lots.random() < 0.2:  # somebody is hurt while the plan is made
            self.pour(-len(self.scene_m))
        decisions = self.engine.decide(snapshot, plan, self.now_ms)
        self._check(snapshot, plan, decisions)
        for decision in decisions:
            self.tell(decision)
            if isinstance(decision, ev.Recalled):
                self.drives.pop(decision.truck, None)

    def _check(self, snapshot: Snapshot, plan: Plan, decisions: list[ev.Decision]) -> None:
        problem = snapshot.problem
        jobs = {job.id: job for job in problem.jobs}
        fresh = [self.engine.book.jobs[job] for job in self.engine.book.open_jobs if job not in snapshot.job_versions]
        waits = [state.order_id for state in fresh if state.status is JobStatus.REPORTED]
        hurt_meanwhile = any(self.engine.book.orders[order].order.person_waiting for order in waits)
        for decision in decisions:
            if isinstance(decision, ev.Offered) and not jobs[decision.job].must_serve:
                self.checked += sum(job.must_serve for job in problem.jobs)
                assert not hurt_meanwhile
                assert passed_over(problem, plan, decision.truck, jobs[decision.job]) == []


def play(storm: Storm) -> None:
    for number in range(60):
        storm.pour(number)
        storm.decide()
        storm.go_on()


def passed_over(problem: Problem, plan: Plan, truck_id: str, job: ProblemJob) -> list[str]:
    """The older must-serve jobs that this truck would reach before the plan does."""
    arrive_s = {stop.job: stop.arrive_s for route in plan.routes for stop in route.stops}
    truck = next(each for each in problem.trucks if each.id == truck_id)
    return [
        must.id
        for must in problem.jobs
        if must.must_serve
        and must.reported_s <= job.reported_s
        and must.can <= truck.can
        and truck_id not in must.refused_by
        and must.locked_to in (None, truck_id)
        and truck.free_at_s + int(problem.durations_s[truck.place, must.scene]) < arrive_s.get(must.id, NEVER_S)
    ]


@settings(max_examples=12, deadline=None, database=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 14))
@example(172, 7)  # a switch to an ordinary job, thought of before somebody was hurt
@example(177, 12)
def test_no_truck_passes_one_by_that_must_be_served(seed: int, trucks: int) -> None:
    storm = Storm(seed, trucks)
    play(storm)


def test_the_storms_put_it_to_the_test() -> None:
    """Ordinary jobs go out while others must be served, and both kinds get through."""
    storms = [Storm(seed, 14) for seed in range(1, 6)]
    for storm in storms:
        play(storm)
        delivered = [state for state in storm.engine.book.jobs.values() if state.status is JobStatus.DELIVERED]
        hurt = [storm.engine.book.orders[state.order_id].order.person_waiting for state in delivered]
        assert 0 < sum(hurt) < len(hurt)
    assert sum(storm.checked for storm in storms) > 20


@pytest.mark.parametrize("swap", [False, True])
def test_the_measure_itself_sees_who_is_passed_by(swap: bool) -> None:
    storm = Street(POLICY, T=1000)
    storm.report("old", 2000, person_waiting=True)
    storm.report("young", 1100)
    snapshot = storm.engine.problem(storm.now_ms, storm.fixes())
    plan = make_plan(POLICY.rule, snapshot.problem, Budget(1000))
    if swap:
        plan = replace(plan, routes=(), unserved=())
    young = next(job for job in snapshot.problem.jobs if job.id == "young-1")
    assert passed_over(snapshot.problem, plan, "T", young) == (["old-1"] if swap else [])
