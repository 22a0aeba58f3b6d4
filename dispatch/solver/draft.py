"""A plan in the making: mutable columns that the rungs write to, and the way from there to a `Plan`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dispatch.plan import Stop, Terms, Tier, TruckRoute
from dispatch.problem import Problem, ProblemJob, ProblemTruck
from dispatch.solver.arrays import Columns


class Draft(NamedTuple):
    """Sequences of T trucks over J jobs and L limited shops.

    `jobs` and `options` int64[T, J] hold each truck's sequence in their first `stops[t]` cells (int64[T]); `truck`
    int64[J] says where a job is (-1 unserved); `used` int64[L] counts jobs at limited shops; `wait_s` and `cost`
    int64[T] cache `route_value` of each truck.
    """

    jobs: NDArray[np.int64]
    options: NDArray[np.int64]
    stops: NDArray[np.int64]
    truck: NDArray[np.int64]
    used: NDArray[np.int64]
    wait_s: NDArray[np.int64]
    cost: NDArray[np.int64]


def empty_draft(c: Columns) -> Draft:
    """All jobs unserved: every truck pays for leaving the job that it drives to."""
    shape = (c.trucks.size, c.jobs.size)
    return Draft(
        np.empty(shape, dtype=np.int64),
        np.empty(shape, dtype=np.int64),
        np.zeros(shape[0], dtype=np.int64),
        np.full(shape[1], -1, dtype=np.int64),
        np.zeros(c.limits.size, dtype=np.int64),
        np.zeros(shape[0], dtype=np.int64),
        c.trucks["switch"].copy(),
    )


def value(c: Columns, draft: Draft) -> tuple[int, int, int]:
    """The objective of a draft: must-serve jobs left unserved, summed must-serve wait, cost."""
    unserved = draft.truck < 0
    cost = int(draft.cost.sum()) + int(c.jobs["unserved_cost"][unserved].sum())
    return int(c.jobs["must"][unserved].sum()), int(draft.wait_s.sum()), cost


class Outcome(NamedTuple):
    """A draft spelt out: routes with times, terms, tier; `open_jobs` are the rows of the jobs left unserved."""

    routes: tuple[TruckRoute, ...]
    terms: Terms
    tier: Tier
    open_jobs: list[int]


def outcome(problem: Problem, c: Columns, draft: Draft, *, proven: bool) -> Outcome:
    """Spell a draft out in the words of the problem."""
    total = _Sum(problem)
    routes = []
    for row in np.flatnonzero(draft.stops).tolist():
        truck = problem.trucks[row]
        chosen = [
            (problem.jobs[job], int(c.options[option]["shop"]))
            for job, option in zip(
                draft.jobs[row, : draft.stops[row]].tolist(),
                draft.options[row, : draft.stops[row]].tolist(),
                strict=True,
            )
        ]
        routes.append(TruckRoute(truck.id, total.serve(truck, chosen)))
    firsts = {route.truck: route.stops[0].job for route in routes}
    for truck in problem.trucks:
        if truck.driving_to is not None and firsts.get(truck.id) != truck.driving_to:
            total.switch += problem.weights.theta + problem.weights.kappa * truck.driven_s
    open_jobs = np.flatnonzero(draft.truck < 0).tolist()
    for row in open_jobs:
        job = problem.jobs[row]
        total.unserved += job.unserved_cost
        total.must_unserved += job.must_serve
    return Outcome(tuple(routes), total.terms(), Tier(total.must_unserved, total.must_wait_s, proven), open_jobs)


class _Sum:
    """Adds up the terms of a plan while its stops are spelt out."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.wait = self.late = self.blocked = self.empty_drive = self.overtime = 0
        self.tow_detour = self.price = self.switch = self.unserved = 0
        self.must_unserved = self.must_wait_s = 0

    def serve(self, truck: ProblemTruck, chosen: list[tuple[ProblemJob, int]]) -> tuple[Stop, ...]:
        place, free_s = truck.place, max(0, truck.free_at_s)
        stops = []
        for job, shop in chosen:
            stop, place = self._stop(truck, job, shop, place, free_s)
            free_s = stop.free_at_s
            stops.append(stop)
        self.overtime += self.problem.weights.overtime * max(0, free_s - truck.shift_end_s)
        return tuple(stops)

    def _stop(self, truck: ProblemTruck, job: ProblemJob, shop: int, place: int, free_s: int) -> tuple[Stop, int]:
        durations_s, weights = self.problem.durations_s, self.problem.weights
        depart_s = max(free_s, job.release_s)
        arrive_s = depart_s + int(durations_s[place, job.scene])
        wait_s = arrive_s - job.reported_s
        self.wait += job.weight * weights.wait * wait_s
        self.late += job.weight * weights.late * max(0, arrive_s - job.promise_s)
        self.blocked += weights.blocked * job.lanes_blocked * (wait_s + job.on_scene_s)
        self.empty_drive += weights.empty_drive * (arrive_s - depart_s)
        self.price += truck.price
        if job.must_serve:
            self.must_wait_s += wait_s
        if shop < 0:
            return Stop(job.id, None, depart_s, arrive_s, arrive_s + job.on_scene_s), job.scene
        option = job.shops[shop]
        tow_s = int(durations_s[job.scene, option.place])
        shortest_s = min(int(durations_s[job.scene, other.place]) for other in job.shops)
        self.tow_detour += weights.tow_detour * (tow_s - shortest_s)
        self.price += option.price
        done_s = arrive_s + job.on_scene_s + tow_s + option.unload_s
        return Stop(job.id, option.id, depart_s, arrive_s, done_s), option.place

    def terms(self) -> Terms:
        return Terms(
            self.wait, self.late, self.blocked, self.empty_drive, self.overtime, self.tow_detour,
            self.price, self.switch, self.unserved,
        )  # fmt: skip
