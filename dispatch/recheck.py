"""What of a plan no longer holds because the world has changed while it was made: roads, shops, and who else waits.

Jobs and trucks that have changed are known by their versions; this is about what they share.
"""

from __future__ import annotations

from dispatch.destinations import free_places, takes
from dispatch.ledger import Ledger
from dispatch.orders import BEFORE_ARRIVAL
from dispatch.plan import Plan, Stop, TruckRoute
from dispatch.policy import Policy
from dispatch.snapshot import Snapshot, is_urgent
from dispatch.states import JobState, TruckState
from dispatch.travel_times import roads_for, scenes_on, shops_on
from routing.router import NO_WAY_MS, Positions, Router


def broken_jobs(book: Ledger, snapshot: Snapshot, plan: Plan, policy: Policy) -> frozenset[str]:
    """The jobs of a plan whose part of it does not hold any more."""
    broken = _without_place(book, snapshot, plan) | _held_back(book, snapshot, plan, policy)
    if book.router is not snapshot.router:
        broken |= _off_the_roads(book, snapshot, plan, policy)
    return frozenset(broken)


def _without_place(book: Ledger, snapshot: Snapshot, plan: Plan) -> set[str]:
    """Bound for a shop that has filled up, has closed or takes such vehicles no more; the first get what is left.

    Jobs that have changed are not counted: their part is dropped anyhow, and who has arrived has its place.
    """
    broken = set()
    free = free_places(book)
    for route in plan.routes:
        for stop in route.stops:
            state = book.jobs.get(stop.job)
            if state is None or stop.shop is None or state.version != snapshot.job_versions[stop.job]:
                continue
            left = free.get(stop.shop, 0)
            chosen = book.orders[state.order_id].order.shop
            if left == 0 or not takes(state, book.shops[stop.shop], chosen):
                broken.add(stop.job)
            elif left is not None:
                free[stop.shop] = left - 1
    return broken


def _held_back(book: Ledger, snapshot: Snapshot, plan: Plan, policy: Policy) -> set[str]:
    """Ordinary jobs that would be served first while an urgent one has just come: the next plan says by whom."""
    fresh = [book.jobs[job_id] for job_id in book.open_jobs if job_id not in snapshot.job_versions]
    if not policy.has_must_serve_tier or not any(_waits_urgently(book, state) for state in fresh):
        return set()
    must = {job.id for job in snapshot.problem.jobs if job.must_serve}
    drives_to = {truck.id: truck.driving_to for truck in snapshot.problem.trucks}
    firsts = {route.stops[0].job: route.truck for route in plan.routes}
    return {job for job, truck in firsts.items() if job not in must and drives_to[truck] != job}


def _waits_urgently(book: Ledger, state: JobState) -> bool:
    return state.status in BEFORE_ARRIVAL and state.truck is None and is_urgent(book.orders[state.order_id], state)


def _off_the_roads(book: Ledger, snapshot: Snapshot, plan: Plan, policy: Policy) -> set[str]:
    """No way leads there any more, or the truck that would be asked now comes much later than the plan says."""
    broken = set()
    places = {truck.id: truck.place for truck in snapshot.problem.trucks}
    n_trucks = len(snapshot.truck_versions)
    for route in plan.routes:
        for position, stop in enumerate(route.stops):
            state = book.jobs.get(stop.job)
            if state is None:
                continue
            seen = position == 0 and places[route.truck] < n_trucks
            late = seen and _comes_too_late(book, snapshot, route, state, policy)
            if late or not _leads_to_shop(book, state, stop):
                broken.add(stop.job)
    return broken


def _comes_too_late(book: Ledger, snapshot: Snapshot, route: TruckRoute, state: JobState, policy: Policy) -> bool:
    truck, stop = book.trucks[route.truck], route.stops[0]
    router = roads_for(book, truck.truck.can)
    drive_ms = int(router.table(_place_of(snapshot, router, truck), scenes_on(router, book, [state]))[0, 0])
    late_ms = 1000 * (stop.depart_s - stop.arrive_s) + drive_ms
    return drive_ms == NO_WAY_MS or late_ms > 1000 * policy.late_by_s


def _leads_to_shop(book: Ledger, state: JobState, stop: Stop) -> bool:
    if stop.shop is None:
        return True
    router = roads_for(book, state.job.needs)
    to = shops_on(router, book, [book.shops[stop.shop]])
    return int(router.table(scenes_on(router, book, [state]), to)[0, 0]) != NO_WAY_MS


def _place_of(snapshot: Snapshot, router: Router, truck: TruckState) -> Positions:
    fixes, row = snapshot.fixes, slice(truck.row, truck.row + 1)
    return router.snap(fixes.lon_deg[row], fixes.lat_deg[row], heading_deg=fixes.heading_deg[row])
