"""What an explanation claims, worked out anew from PROBLEM and PLAN alone: one truck after the other, in plain Python.

It shares no line with `dispatch.explain_*`: it reads interfaces.md's rules and looks each claim up.
"""

from __future__ import annotations

from dispatch.plan import Plan, Stop
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck

Never = float("inf")


class Slow:
    """One job of a problem and its plan."""

    def __init__(self, problem: Problem, plan: Plan, job_id: str) -> None:
        self.problem = problem
        self.plan = plan
        self.job = next(job for job in problem.jobs if job.id == job_id)
        self.trucks = {truck.id: truck for truck in problem.trucks}
        self.sender: str | None = None
        self.stop: Stop | None = None
        self.before = 0
        for route in plan.routes:
            for position, stop in enumerate(route.stops):
                if stop.job == job_id:
                    self.sender, self.stop, self.before = route.truck, stop, position

    def drive_s(self, start: int, end: int) -> float:
        seconds = int(self.problem.durations_s[start, end])
        return Never if seconds == NO_WAY_S else seconds

    def here_s(self, truck_id: str) -> float:
        return self.drive_s(self.trucks[truck_id].place, self.job.scene)

    def first_stop(self, truck_id: str) -> ProblemJob | None:
        """The job that the plan sends a truck to first."""
        for route in self.plan.routes:
            if route.truck == truck_id:
                return next(job for job in self.problem.jobs if job.id == route.stops[0].job)
        return None

    def elsewhere(self, truck_id: str) -> ProblemJob | None:
        first = self.first_stop(truck_id)
        return None if first is None or first.id == self.job.id else first

    def can(self, truck_id: str) -> bool:
        return all(need in self.trucks[truck_id].can for need in self.job.can)

    def refused(self, truck_id: str) -> bool:
        return truck_id in self.job.refused_by

    def depart_s(self, truck: ProblemTruck) -> int:
        return max(truck.free_at_s, self.job.release_s, 0)

    def first_arrival_s(self, truck_id: str) -> float:
        """When a truck would be there were it sent here first, whoever the job is locked to; Never where it cannot."""
        truck = self.trucks[truck_id]
        if not self.can(truck_id) or self.refused(truck_id) or self.depart_s(truck) >= truck.shift_end_s:
            return Never
        if self.job.shops and not self.open_shops():
            return Never
        return self.depart_s(truck) + self.here_s(truck_id)

    def reachable(self) -> list[str]:
        return [shop.id for shop in self.job.shops if self.tow_s(shop.id) < Never]

    def open_shops(self) -> list[str]:
        return [shop for shop in self.reachable() if self.problem.shop_places.get(shop, 1) > 0]

    def has_room(self, shop_id: str) -> bool:
        taken = sum(1 for route in self.plan.routes for stop in route.stops if stop.shop == shop_id)
        return taken < self.problem.shop_places.get(shop_id, taken + 1)

    def tow_s(self, shop_id: str) -> float:
        shop = next(shop for shop in self.job.shops if shop.id == shop_id)
        return self.drive_s(self.job.scene, shop.place)

    def shop_cost(self, shop_id: str) -> float:
        shop = next(shop for shop in self.job.shops if shop.id == shop_id)
        shortest_s = min(self.tow_s(each) for each in self.reachable())
        return self.problem.weights.tow_detour * (self.tow_s(shop_id) - shortest_s) + shop.price

    def cost(self, truck_id: str, depart_s: float, arrive_s: float, shop_id: str | None) -> float:
        """The job's own terms: those of the objective without overtime and switches."""
        weights, job = self.problem.weights, self.job
        total = job.weight * weights.wait * (arrive_s - job.reported_s)
        total += job.weight * weights.late * max(0.0, arrive_s - job.promise_s)
        total += weights.blocked * job.lanes_blocked * (arrive_s + job.on_scene_s - job.reported_s)
        total += weights.empty_drive * (arrive_s - depart_s) + self.trucks[truck_id].price
        return total + (0 if shop_id is None else self.shop_cost(shop_id))

    def planned_cost(self) -> float:
        assert self.stop is not None
        assert self.sender is not None
        return self.cost(self.sender, self.stop.depart_s, self.stop.arrive_s, self.stop.shop)

    def first_cost(self, truck_id: str) -> float:
        """Served first, with the cheapest shop that takes cars at all."""
        arrive_s, depart_s = self.first_arrival_s(truck_id), self.depart_s(self.trucks[truck_id])
        shops: list[str | None] = [*self.open_shops()] or [None]
        return min(self.cost(truck_id, depart_s, arrive_s, shop) for shop in shops)

    def others(self) -> list[str]:
        return [truck for truck in self.trucks if truck != self.sender]

    def able(self) -> list[str]:
        return [truck for truck in self.others() if self.first_arrival_s(truck) < Never]

    def earliest_end_s(self, truck_id: str) -> float:
        done_s = self.first_arrival_s(truck_id) + self.job.on_scene_s
        unload_s = {shop.id: shop.unload_s for shop in self.job.shops}
        return done_s + min((self.tow_s(shop) + unload_s[shop] for shop in self.open_shops()), default=0.0)

    def driver(self) -> str | None:
        """Who was on its way to the job."""
        return next((truck.id for truck in self.problem.trucks if truck.driving_to == self.job.id), None)

    def charge(self, truck_id: str) -> int:
        weights = self.problem.weights
        return weights.theta + weights.kappa * self.trucks[truck_id].driven_s
