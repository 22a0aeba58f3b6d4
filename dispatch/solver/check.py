"""The independent checker: a plan scored again from the problem alone, by code that shares nothing with the solver's.

Plain Python on purpose: it follows the sentences of the interface one by one, so that both can be read side by side.
Every fault is one line that begins with the JSON pointer of what is wrong in the PLAN.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from dispatch.json_text import pointer
from dispatch.plan import Method, Stop, Terms, Tier, TruckRoute
from dispatch.plan_document import PlanDocument
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption
from dispatch.solver.check_claims import claim_faults
from dispatch.solver.check_world import World


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is wrong (nothing: the plan is sound), and the plan's figures computed again from its routes."""

    faults: tuple[str, ...]
    terms: Terms
    tier: Tier
    gap: float | None

    @property
    def ok(self) -> bool:
        return not self.faults


@dataclass(slots=True)
class _Score:
    """Figures of a plan while its stops are gone through."""

    wait: int = 0
    late: int = 0
    blocked: int = 0
    empty_drive: int = 0
    overtime: int = 0
    tow_detour: int = 0
    price: int = 0
    switch: int = 0
    unserved: int = 0
    must_unserved: int = 0
    must_wait_s: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{where}: {what}")

    def terms(self) -> Terms:
        return Terms(**{term.name: getattr(self, term.name) for term in fields(Terms)})


def check(problem: Problem, plan: PlanDocument) -> CheckReport:
    """Compare a plan with its problem: feasibility, every time, term, tier, bound, gap, reason and candidate."""
    world = World(problem)
    score = _Score()
    _check_routes(world, plan, score)
    _check_unserved(world, plan, score)
    _check_shops(problem, plan, score)
    _add_switches(problem, plan, score)
    terms = score.terms()
    _compare_figures(plan, score, terms)
    gap = None if plan.lower_bound is None else (terms.cost - plan.lower_bound) / max(1, terms.cost)
    # Claims about a plan that is no plan would only repeat its faults in other words.
    if not world.broken:
        score.faults += claim_faults(world, plan, terms.cost, gap)
    return CheckReport(tuple(score.faults), terms, Tier(score.must_unserved, score.must_wait_s, plan.tier.proven), gap)


def _check_routes(world: World, plan: PlanDocument, score: _Score) -> None:
    seen_trucks: set[str] = set()
    seen_jobs: dict[str, str] = {}
    for at, route in enumerate(plan.routes):
        here = pointer("routes", at)
        truck = world.trucks.get(route.truck)
        if truck is None:
            score.fault(here + "/truck", f"the problem has no truck {route.truck!r}")
            world.broken = True
        if route.truck in seen_trucks:
            score.fault(here + "/truck", f"{route.truck!r} has another route already")
            world.broken = True
        seen_trucks.add(route.truck)
        if not route.stops:
            score.fault(here + "/stops", "a truck without stops has no route")
        for which, stop in enumerate(route.stops):
            there = here + pointer("stops", which)
            if stop.job not in world.jobs:
                score.fault(there + "/job", f"the problem has no job {stop.job!r}")
                world.broken = True
            elif stop.job in seen_jobs:
                score.fault(there + "/job", f"{stop.job!r} is also served at {seen_jobs[stop.job]}")
                world.broken = True
            seen_jobs.setdefault(stop.job, there)
        if truck is not None and all(stop.job in world.jobs for stop in route.stops):
            _drive_route(world, truck, route, here, score)


def _drive_route(world: World, truck: ProblemTruck, route: TruckRoute, here: str, score: _Score) -> None:
    """Drive one route from the truck's own place and time, with the plan's shops and none of its times."""
    place, free_s = truck.place, max(truck.free_at_s, 0)
    for which, stop in enumerate(route.stops):
        there = here + pointer("stops", which)
        job = world.jobs[stop.job]
        _check_may_serve(truck, job, which, there, score)
        depart_s = max(free_s, job.release_s)
        if depart_s >= truck.shift_end_s:
            score.fault(there + "/depart_s", f"departs at {depart_s}, and the shift ends at {truck.shift_end_s}")
        drive_s = world.drive_s(place, job.scene)
        shop, known = _shop_of(world, job, stop, there, score)
        if drive_s == NO_WAY_S or not known:
            if drive_s == NO_WAY_S:
                score.fault(there + "/job", f"there is no way from place {place} to the scene at {job.scene}")
            world.broken = True
            return
        arrive_s = depart_s + drive_s
        tow_s = 0 if shop is None else world.drive_s(job.scene, shop.place)
        done_s = arrive_s + job.on_scene_s + tow_s + (0 if shop is None else shop.unload_s)
        for name, said, true in (
            ("depart_s", stop.depart_s, depart_s),
            ("arrive_s", stop.arrive_s, arrive_s),
            ("free_at_s", stop.free_at_s, done_s),
        ):
            if said != true:
                score.fault(f"{there}/{name}", f"says {said}, is {true}")
        _add_job(world, truck, job, shop, (depart_s, arrive_s, tow_s), score)
        place, free_s = (job.scene if shop is None else shop.place), done_s
    if route.stops:
        score.overtime += world.problem.weights.overtime * max(0, free_s - truck.shift_end_s)


def _check_may_serve(truck: ProblemTruck, job: ProblemJob, which: int, there: str, score: _Score) -> None:
    missing = sorted(job.can - truck.can)
    if missing:
        score.fault(there + "/job", f"{truck.id!r} lacks {', '.join(missing)}")
    if truck.id in job.refused_by:
        score.fault(there + "/job", f"{truck.id!r} has refused {job.id!r}")
    if job.locked_to is not None and job.locked_to != truck.id:
        score.fault(there + "/job", f"{job.id!r} is locked to {job.locked_to!r}")
    if job.locked_to == truck.id and which > 0:
        score.fault(there + "/job", f"{job.id!r} is locked and must be the first stop")


def _shop_of(world: World, job: ProblemJob, stop: Stop, there: str, score: _Score) -> tuple[ShopOption | None, bool]:
    """(the shop, whether the stop can go on from it)."""
    if stop.shop is None:
        if job.shops:
            score.fault(there + "/shop", f"{job.id!r} has shops, so one must be chosen")
        return None, not job.shops
    shop = next((shop for shop in job.shops if shop.id == stop.shop), None)
    if shop is None:
        score.fault(there + "/shop", f"{stop.shop!r} is no shop of {job.id!r}")
        return None, False
    if world.drive_s(job.scene, shop.place) == NO_WAY_S:
        score.fault(there + "/shop", f"there is no way from the scene to {stop.shop!r}")
        return shop, False
    return shop, True


def _add_job(
    world: World,
    truck: ProblemTruck,
    job: ProblemJob,
    shop: ShopOption | None,
    times_s: tuple[int, int, int],
    score: _Score,
) -> None:
    weights = world.problem.weights
    depart_s, arrive_s, tow_s = times_s
    score.wait += job.weight * weights.wait * (arrive_s - job.reported_s)
    score.late += job.weight * weights.late * max(0, arrive_s - job.promise_s)
    score.blocked += weights.blocked * job.lanes_blocked * (arrive_s + job.on_scene_s - job.reported_s)
    score.empty_drive += weights.empty_drive * (arrive_s - depart_s)
    score.price += truck.price
    if shop is not None:
        score.tow_detour += weights.tow_detour * (tow_s - world.shortest_tow_s(job))
        score.price += shop.price
    if job.must_serve:
        score.must_wait_s += arrive_s - job.reported_s


def _check_unserved(world: World, plan: PlanDocument, score: _Score) -> None:
    served = {stop.job for route in plan.routes for stop in route.stops}
    listed: set[str] = set()
    for at, left in enumerate(plan.unserved):
        here = pointer("unserved", at, "job")
        if left.job not in world.jobs:
            score.fault(here, f"the problem has no job {left.job!r}")
        elif left.job in served:
            score.fault(here, f"{left.job!r} is served in a route")
        elif left.job in listed:
            score.fault(here, f"{left.job!r} stands twice")
        listed.add(left.job)
    for job in world.problem.jobs:
        if job.id in served:
            continue
        score.unserved += job.unserved_cost
        score.must_unserved += job.must_serve
        if job.id not in listed:
            score.fault("/unserved", f"{job.id!r} is neither served nor listed here")


def _check_shops(problem: Problem, plan: PlanDocument, score: _Score) -> None:
    used: dict[str, int] = {}
    for at, route in enumerate(plan.routes):
        for which, stop in enumerate(route.stops):
            if stop.shop is None or stop.shop not in problem.shop_places:
                continue
            used[stop.shop] = used.get(stop.shop, 0) + 1
            if used[stop.shop] > problem.shop_places[stop.shop]:
                where = pointer("routes", at, "stops", which, "shop")
                score.fault(where, f"{stop.shop!r} has room for {problem.shop_places[stop.shop]} jobs of a plan")


def _add_switches(problem: Problem, plan: PlanDocument, score: _Score) -> None:
    first = {route.truck: route.stops[0].job for route in plan.routes if route.stops}
    for truck in problem.trucks:
        if truck.driving_to is not None and first.get(truck.id) != truck.driving_to:
            score.switch += problem.weights.theta + problem.weights.kappa * truck.driven_s


def _compare_figures(plan: PlanDocument, score: _Score, terms: Terms) -> None:
    for term in fields(Terms):
        said, true = getattr(plan.terms, term.name), getattr(terms, term.name)
        if said != true:
            score.fault(f"/terms/{term.name}", f"says {said}, is {true}")
    if plan.cost != terms.cost:
        score.fault("/cost", f"says {plan.cost}, is {terms.cost}")
    if plan.tier.unserved != score.must_unserved:
        score.fault("/tier/unserved", f"says {plan.tier.unserved}, is {score.must_unserved}")
    if plan.tier.wait_s != score.must_wait_s:
        score.fault("/tier/wait_s", f"says {plan.tier.wait_s}, is {score.must_wait_s}")
    if plan.method not in set(Method):
        score.fault("/method", f"{plan.method!r} is none of {', '.join(Method)}")
    if plan.work < 0:
        score.fault("/work", f"{plan.work} is below 0")
