"""The problem as the checker looks things up in it: plain dictionaries, built from the problem alone."""

from __future__ import annotations

from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption


class World:
    """Look-ups by id. `broken` is set once a plan's routes cannot be driven, so that claims on them say nothing."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.trucks = {truck.id: truck for truck in problem.trucks}
        self.jobs = {job.id: job for job in problem.jobs}
        self.broken = False
        self._durations_s: list[list[int]] = problem.durations_s.tolist()

    def drive_s(self, origin: int, target: int) -> int:
        return self._durations_s[origin][target]

    def reachable_shops(self, job: ProblemJob) -> list[ShopOption]:
        return [shop for shop in job.shops if self.drive_s(job.scene, shop.place) != NO_WAY_S]

    def shortest_tow_s(self, job: ProblemJob) -> int:
        return min((self.drive_s(job.scene, shop.place) for shop in self.reachable_shops(job)), default=0)

    def first_depart_s(self, truck: ProblemTruck, job: ProblemJob) -> int:
        """When a truck would depart for a job that it serves first."""
        return max(truck.free_at_s, job.release_s, 0)

    def as_first_stop(self, truck: ProblemTruck, job: ProblemJob) -> tuple[int, int] | None:
        """(arrival, the job's own terms with the best shop that has any room) if that truck served it first.

        None where it cannot. Overtime and switch charges are no terms of a job.
        """
        if not job.can <= truck.can or truck.id in job.refused_by or job.locked_to not in (None, truck.id):
            return None
        depart_s = self.first_depart_s(truck, job)
        drive_s = self.drive_s(truck.place, job.scene)
        shop_cost = self._best_shop_cost(job)
        if depart_s >= truck.shift_end_s or drive_s == NO_WAY_S or shop_cost is None:
            return None
        weights = self.problem.weights
        arrive_s = depart_s + drive_s
        wait_s = arrive_s - job.reported_s
        soft = job.weight * (weights.wait * wait_s + weights.late * max(0, arrive_s - job.promise_s))
        blocked = weights.blocked * job.lanes_blocked * (wait_s + job.on_scene_s)
        return arrive_s, soft + blocked + weights.empty_drive * drive_s + truck.price + shop_cost

    def _best_shop_cost(self, job: ProblemJob) -> int | None:
        if not job.shops:
            return 0
        shortest_s = self.shortest_tow_s(job)
        costs = [
            self.problem.weights.tow_detour * (self.drive_s(job.scene, shop.place) - shortest_s) + shop.price
            for shop in self.reachable_shops(job)
            if self.problem.shop_places.get(shop.id) != 0
        ]
        return min(costs, default=None)
