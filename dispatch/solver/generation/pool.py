"""The routes that are known: columns of the master, each once, with what it costs and which rows it meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dispatch.solver.arrays import NEVER, Columns
from dispatch.solver.draft import Draft
from dispatch.solver.route import route_value


class Route(NamedTuple):
    """A truck's stops as rows of options and jobs; `cost` is what the route changes against a truck that stays."""

    truck: int
    options: tuple[int, ...]
    jobs: tuple[int, ...]
    cost: int
    wait_s: int


@dataclass(slots=True)
class Pool:
    """Routes in the order in which they were found; one that is known is not added again."""

    c: Columns
    routes: list[Route] = field(default_factory=list)
    _known: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict)
    _job_of: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        jobs = self.c.jobs
        self._job_of = np.repeat(np.arange(jobs.size), jobs["end_option"] - jobs["first_option"])

    def add(self, trucks: NDArray[np.int64], options: NDArray[np.int32]) -> int:
        """Add routes given by their trucks [n] and options [n, S] (-1 after the last); the number of new ones."""
        before = len(self.routes)
        cost, wait_s = np.empty(trucks.size, dtype=np.int64), np.empty(trucks.size, dtype=np.int64)
        _weigh(self.c, trucks, options, self._job_of, cost, wait_s)
        # What stands after the last stop is cut off below.
        jobs_of = self._job_of[options].tolist()
        rows = zip(trucks.tolist(), options.tolist(), jobs_of, cost.tolist(), wait_s.tolist(), strict=True)
        for truck, stops, jobs, route_cost, route_wait_s in rows:
            chosen = tuple(stop for stop in stops if stop >= 0)
            if not chosen or route_cost >= NEVER or (truck, chosen) in self._known:
                continue
            self._known[truck, chosen] = len(self.routes)
            self.routes.append(Route(truck, chosen, tuple(jobs[: len(chosen)]), route_cost, route_wait_s))
        return len(self.routes) - before

    def add_draft(self, draft: Draft) -> int:
        """Add the routes of a plan."""
        trucks = np.flatnonzero(draft.stops)
        longest = int(draft.stops.max(initial=0))
        options = np.full((trucks.size, longest), -1, dtype=np.int32)
        for row, truck in enumerate(trucks.tolist()):
            options[row, : draft.stops[truck]] = draft.options[truck, : draft.stops[truck]]
        return self.add(trucks, options)


@njit(cache=True, nogil=True)
def _weigh(
    c: Columns, trucks: NDArray[np.int64], options: NDArray[np.int32], job_of: NDArray[np.int64],
    cost: NDArray[np.int64], wait_s: NDArray[np.int64],
) -> None:  # fmt: skip
    stops = options.shape[1]
    jobs, chosen = np.empty(stops, dtype=np.int64), np.empty(stops, dtype=np.int64)
    for row in range(trucks.size):
        count = 0
        while count < stops and options[row, count] >= 0:
            jobs[count], chosen[count] = job_of[options[row, count]], options[row, count]
            count += 1
        wait_s[row], cost[row] = route_value(c, trucks[row], jobs, chosen, count)
        if cost[row] < NEVER:
            cost[row] -= c.trucks[trucks[row]].switch


def cost_of(c: Columns, routes: Sequence[Route]) -> int:
    """What a plan of these routes costs, the jobs that it leaves included."""
    served = [job for route in routes for job in route.jobs]
    left = int(c.jobs["unserved_cost"].sum() - c.jobs["unserved_cost"][served].sum())
    return sum(route.cost for route in routes) + left + int(c.trucks["switch"].sum())
