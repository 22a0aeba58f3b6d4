"""Why a job stays unserved: the last hurdle that no truck clears, in the order of the list.

no_capability: no truck holds what the job needs. refused: all that do have refused it. locked: it is another truck's
by a dispatcher's word, and that truck is not among those left. no_way: there is no reachable shop, or no way to the
scene from where those left are or end. shift: they would depart at or after their shift's end, from the start or
after the stops that the plan gives them. places: every reachable shop is full. locked again: its truck is first sent
elsewhere. cost: it could be served, but leaving it is cheaper, or another job that must be served takes the truck.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.plan import Reason, TruckRoute, Unserved
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption


def unserved_reasons(problem: Problem, routes: Sequence[TruckRoute], open_jobs: Sequence[int]) -> tuple[Unserved, ...]:
    """The truest reason for each job (by row) that a plan with these routes leaves unserved."""
    if not open_jobs:
        return ()
    ends = Ends(problem, routes)
    return tuple(Unserved(problem.jobs[row].id, ends.reason(problem.jobs[row])) for row in open_jobs)


class Ends:
    """Where and when each truck ends its part of a plan, and how full that leaves the shops."""

    def __init__(self, problem: Problem, routes: Sequence[TruckRoute]) -> None:
        self.problem = problem
        self.used: dict[str, int] = {}
        self.at: dict[str, tuple[int, int]] = {}
        jobs = {job.id: job for job in problem.jobs} if routes else {}
        for route in routes:
            for stop in route.stops:
                if stop.shop is not None:
                    self.used[stop.shop] = self.used.get(stop.shop, 0) + 1
            last = route.stops[-1]
            self.at[route.truck] = _place_of(jobs[last.job], last.shop), last.free_at_s

    def reason(self, job: ProblemJob) -> Reason:
        trucks = [truck for truck in self.problem.trucks if job.can <= truck.can]
        if not trucks:
            return Reason.NO_CAPABILITY
        trucks = [truck for truck in trucks if truck.id not in job.refused_by]
        if not trucks:
            return Reason.REFUSED
        if job.locked_to is not None:
            trucks = [truck for truck in trucks if truck.id == job.locked_to]
            if not trucks:
                return Reason.LOCKED
        return self._on_the_road(job, trucks)

    def _on_the_road(self, job: ProblemJob, trucks: list[ProblemTruck]) -> Reason:
        shops = [shop for shop in job.shops if self._drive_s(job.scene, shop.place) != NO_WAY_S]
        trucks = [truck for truck in trucks if self._has_way(truck, job)]
        if not trucks or (job.shops and not shops):
            return Reason.NO_WAY
        trucks = [truck for truck in trucks if max(truck.free_at_s, job.release_s, 0) < truck.shift_end_s]
        if not trucks:
            return Reason.SHIFT
        if job.shops and not any(self._has_room(shop) for shop in shops):
            return Reason.PLACES
        if job.locked_to is not None and job.locked_to in self.at:
            return Reason.LOCKED
        if all(self._ends_too_late(truck, job) for truck in trucks):
            return Reason.SHIFT
        return Reason.COST

    def _drive_s(self, origin: int, target: int) -> int:
        return int(self.problem.durations_s[origin, target])

    def _has_way(self, truck: ProblemTruck, job: ProblemJob) -> bool:
        places = {truck.place, self.at.get(truck.id, (truck.place, 0))[0]}
        return any(self._drive_s(place, job.scene) != NO_WAY_S for place in places)

    def _has_room(self, shop: ShopOption) -> bool:
        places = self.problem.shop_places.get(shop.id)
        return places is None or self.used.get(shop.id, 0) < places

    def _ends_too_late(self, truck: ProblemTruck, job: ProblemJob) -> bool:
        free_s = self.at.get(truck.id, (0, truck.free_at_s))[1]
        return max(free_s, job.release_s, 0) >= truck.shift_end_s


def _place_of(job: ProblemJob, shop: str | None) -> int:
    if shop is None:
        return job.scene
    return next(option.place for option in job.shops if option.id == shop)
