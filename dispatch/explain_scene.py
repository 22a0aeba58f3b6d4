"""A problem and its plan by truck, as columns: who could serve a job first, at what cost, and what kept the others.

A candidate's arrival and cost are those of serving the job first, with the cheapest shop that takes cars at all. What
the verdicts mean stands in `dispatch.explain`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.plan import Plan, Stop, Verdict
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ShopOption

VERDICTS = (
    Verdict.NO_CAPABILITY, Verdict.REFUSED, Verdict.LOCKED, Verdict.NO_WAY, Verdict.SHIFT, Verdict.PLACES,
    Verdict.LATER, Verdict.DEARER, Verdict.SWITCH, Verdict.BUSY, Verdict.CHOSEN,
)  # fmt: skip
CODE = {verdict: code for code, verdict in enumerate(VERDICTS)}


@dataclass(frozen=True, slots=True)
class Scene:
    """A problem and its plan by truck: int64[T] each. `first_job` is the row of its first stop in the plan or -1.

    `position` is how many stops come before that of a job.
    """

    problem: Problem
    served: Mapping[str, tuple[int, Stop]]
    position: Mapping[str, int]
    used: Mapping[str, int]
    ids: NDArray[np.str_]
    place: NDArray[np.int64]
    free_s: NDArray[np.int64]
    shift_end_s: NDArray[np.int64]
    price: NDArray[np.int64]
    target: NDArray[np.int64]
    charge: NDArray[np.int64]
    first_job: NDArray[np.int64]

    @classmethod
    def of(cls, problem: Problem, plan: Plan) -> Scene:
        trucks = problem.trucks
        row_of_job = {job.id: row for row, job in enumerate(problem.jobs)}
        row_of_truck = {truck.id: row for row, truck in enumerate(trucks)}
        weights = problem.weights
        first_job = np.full(len(trucks), -1, dtype=np.int64)
        for route in plan.routes:
            first_job[row_of_truck[route.truck]] = row_of_job[route.stops[0].job]
        return cls(
            problem=problem,
            served={stop.job: (row_of_truck[route.truck], stop) for route in plan.routes for stop in route.stops},
            position={stop.job: at for route in plan.routes for at, stop in enumerate(route.stops)},
            used=Counter(stop.shop for route in plan.routes for stop in route.stops if stop.shop is not None),
            ids=np.array([truck.id for truck in trucks], dtype=np.str_),
            place=np.array([truck.place for truck in trucks], dtype=np.int64),
            free_s=np.array([max(0, truck.free_at_s) for truck in trucks], dtype=np.int64),
            shift_end_s=np.array([truck.shift_end_s for truck in trucks], dtype=np.int64),
            price=np.array([truck.price for truck in trucks], dtype=np.int64),
            target=np.array([-1 if t.driving_to is None else row_of_job[t.driving_to] for t in trucks], dtype=np.int64),
            charge=np.array(
                [0 if t.driving_to is None else weights.theta + weights.kappa * t.driven_s for t in trucks],
                dtype=np.int64,
            ),
            first_job=first_job,
        )


@dataclass(frozen=True, slots=True)
class Firsts:
    """One job served first by each of T trucks: arrival and own terms (int64[T], only where `possible` bool[T])."""

    possible: NDArray[np.bool_]
    arrive_s: NDArray[np.int64]
    cost: NDArray[np.int64]
    hurdle: NDArray[np.int64]


def firsts_of(scene: Scene, job: ProblemJob) -> Firsts:
    problem = scene.problem
    trucks = problem.trucks
    depart_s = np.maximum(scene.free_s, job.release_s)
    drive_s = problem.durations_s[scene.place, job.scene]
    shops = [shop for shop in job.shops if problem.durations_s[job.scene, shop.place] != NO_WAY_S]
    open_shops = [shop for shop in shops if problem.shop_places.get(shop.id) != 0]
    hurdle = np.full(len(trucks), -1, dtype=np.int64)
    for verdict, stops in (
        (Verdict.PLACES, np.full(len(trucks), bool(job.shops) and not open_shops)),
        (Verdict.SHIFT, depart_s >= scene.shift_end_s),
        (Verdict.NO_WAY, (drive_s == NO_WAY_S) | (bool(job.shops) and not shops)),
        (Verdict.LOCKED, np.array([job.locked_to not in (None, truck.id) for truck in trucks], dtype=np.bool_)),
        (Verdict.REFUSED, np.array([truck.id in job.refused_by for truck in trucks], dtype=np.bool_)),
        (Verdict.NO_CAPABILITY, np.array([not job.can <= truck.can for truck in trucks], dtype=np.bool_)),
    ):
        hurdle[stops] = CODE[verdict]
    shop_cost = min((_shop_cost(problem, job, shop, shops) for shop in open_shops), default=0)
    arrive_s = depart_s + drive_s
    cost = _own_terms(problem, job, depart_s, arrive_s) + scene.price + shop_cost
    return Firsts(hurdle < 0, arrive_s, cost, hurdle)


def _own_terms(
    problem: Problem, job: ProblemJob, depart_s: NDArray[np.int64], arrive_s: NDArray[np.int64]
) -> NDArray[np.int64]:
    weights = problem.weights
    wait_s = arrive_s - job.reported_s
    soft = job.weight * (weights.wait * wait_s + weights.late * np.maximum(0, arrive_s - job.promise_s))
    blocked = weights.blocked * job.lanes_blocked * (wait_s + job.on_scene_s)
    return np.asarray(soft + blocked + weights.empty_drive * (arrive_s - depart_s), dtype=np.int64)


def _shop_cost(problem: Problem, job: ProblemJob, shop: ShopOption, reachable: list[ShopOption]) -> int:
    tow_s = int(problem.durations_s[job.scene, shop.place])
    shortest_s = min(int(problem.durations_s[job.scene, other.place]) for other in reachable)
    return problem.weights.tow_detour * (tow_s - shortest_s) + shop.price


def verdict_codes(scene: Scene, row: int, firsts: Firsts) -> NDArray[np.int64]:
    """int64[T]: the code of each truck's verdict on the job at `row`."""
    job = scene.problem.jobs[row]
    elsewhere = (scene.first_job >= 0) & (scene.first_job != row)
    if job.id not in scene.served:
        soft = np.where(elsewhere, CODE[Verdict.BUSY], CODE[Verdict.DEARER])
        if job.shops and not any(has_room(scene, shop) for shop in job.shops):
            soft[:] = CODE[Verdict.PLACES]
        return np.where(firsts.possible, soft, firsts.hurdle)
    chosen, stop = scene.served[job.id]
    cost = planned_cost(scene, job, chosen, stop)
    driver = scene.target == row
    saved = scene.charge[driver].sum() if chosen in np.flatnonzero(driver) else 0
    keeps_its_own = elsewhere & (scene.first_job == scene.target)
    charge = np.where(keeps_its_own, scene.charge, 0) + np.where(driver, 0, saved)
    conditions = [
        (Verdict.LATER, firsts.arrive_s > stop.arrive_s),
        (Verdict.DEARER, firsts.cost > cost),
        (Verdict.SWITCH, (charge > 0) & (firsts.cost + charge > cost)),
        (Verdict.BUSY, elsewhere),
    ]
    soft = np.select([holds for _, holds in conditions], [CODE[name] for name, _ in conditions], CODE[Verdict.DEARER])
    codes = np.where(firsts.possible, soft, firsts.hurdle)
    codes[chosen] = CODE[Verdict.CHOSEN]
    return codes


def has_room(scene: Scene, shop: ShopOption) -> bool:
    places = scene.problem.shop_places.get(shop.id)
    return places is None or scene.used.get(shop.id, 0) < places


def planned_cost(scene: Scene, job: ProblemJob, chosen: int, stop: Stop) -> int:
    """The job's own terms as the plan has it."""
    problem = scene.problem
    times = np.array([stop.depart_s], dtype=np.int64), np.array([stop.arrive_s], dtype=np.int64)
    cost = int(_own_terms(problem, job, *times)[0]) + problem.trucks[chosen].price
    if stop.shop is None:
        return cost
    reachable = [shop for shop in job.shops if problem.durations_s[job.scene, shop.place] != NO_WAY_S]
    taken = next(shop for shop in job.shops if shop.id == stop.shop)
    return cost + _shop_cost(problem, job, taken, reachable)
