"""The demo's trucks on the real roads: where each one is, and what its device sees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from api.demo_drivers import Body, Driver, Goal
from api.demo_views import Place, TruckSeen
from geo.points import Point, great_circle_m
from routing.router import Positions, Router
from simulator.world import Leg, World

AT_POST_M = 60.0
"""A truck that was last seen so near its post stands there: the last fix may be a little older than its arrival."""

KNOTS_PER_MM_S = 3600 / 1_852_000


@dataclass(frozen=True, slots=True)
class Fix:
    """What a device sees at one instant; the heading is None where the truck stands."""

    place: Place
    heading_deg: float | None
    speed_kn: float


@dataclass(slots=True)
class _Trip:
    goal: Goal
    arrive_ms: int


@dataclass(slots=True)
class Roads:
    """Drives on `router`. Instants never go back for a truck."""

    router: Router
    drivers: Mapping[str, Driver]
    _world: World = field(init=False)
    _stands: dict[str, Goal | None] = field(default_factory=dict)
    _trips: dict[str, _Trip] = field(default_factory=dict)
    _parked: dict[str, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._world = World(self.router)

    def put(self, seen: TruckSeen, now_ms: int) -> None:
        """Places a truck that is not on the roads yet: where it was seen last, else at its post."""
        if seen.id in self._stands:
            return
        post = self.drivers[seen.id].post
        where, heading_deg = post, None
        stands: Goal | None = Goal(Leg.RETURN, None, post)
        if seen.position is not None and seen.status != "off_duty" and _apart_m(seen.position[0], post) > AT_POST_M:
            (where, heading_deg), stands = seen.position, None
        self._world.add(seen.id, self._on_road(where, heading_deg))
        self._world.start_shift(seen.id)
        self._park(seen.id, stands, now_ms)

    def body(self, truck: str, now_ms: int) -> Body:
        """Where the truck is by now; it has arrived where its drive is over."""
        trip = self._trips.get(truck)
        if trip is None:
            return Body(stands=self._stands[truck])
        if now_ms < trip.arrive_ms:
            return Body(drives=trip.goal, arrive_ms=trip.arrive_ms)
        self._world.halt(truck, trip.arrive_ms)
        del self._trips[truck]
        self._park(truck, trip.goal, now_ms)
        return Body(stands=trip.goal)

    def set_off(self, truck: str, goal: Goal, now_ms: int) -> bool:
        """Drives there from where the truck is by now; False, and it stops there, where no way leads."""
        self.body(truck, now_ms)
        self._trips.pop(truck, None)
        arrive_ms = self._world.drive(truck, self._on_road(goal.place, None), goal.leg, goal.job, now_ms)
        self._world.legs.clear()  # a demo runs for days and nobody reads them
        if arrive_ms is None:
            self._park(truck, None, now_ms)
            return False
        self._stands[truck] = None
        self._trips[truck] = _Trip(goal, arrive_ms)
        return True

    def close(self, closed: NDArray[np.bool_], now_ms: int) -> None:
        """Just these links are closed from now on; who is under way looks for another way from where it is."""
        router = self.router.with_closed(closed)
        if router is self.router:
            return
        self.router = self._world.router = router
        for truck, trip in list(self._trips.items()):
            if now_ms < trip.arrive_ms:
                self.set_off(truck, trip.goal, now_ms)

    def fix(self, truck: str, now_ms: int) -> Fix:
        self.body(truck, now_ms)
        driving = self._world.trucks[truck]
        if driving.way is None:
            return Fix(self._parked[truck], None, 0.0)
        elapsed_ms = now_ms - driving.departed_ms
        lon_deg, lat_deg, heading_deg = driving.way.place_at(elapsed_ms)
        mm_s = driving.way.length_mm_at(elapsed_ms + 500) - driving.way.length_mm_at(elapsed_ms - 500)
        return Fix(Place(lon_deg, lat_deg), heading_deg, mm_s * KNOTS_PER_MM_S)

    def _park(self, truck: str, stands: Goal | None, now_ms: int) -> None:
        fixes, row = self._world.fixes(now_ms), self._world.trucks[truck].row
        self._parked[truck] = Place(float(fixes.lon_deg[row]), float(fixes.lat_deg[row]))
        self._stands[truck] = stands

    def _on_road(self, place: Place, heading_deg: float | None) -> Positions:
        heading = math.nan if heading_deg is None else heading_deg
        return self.router.snap([place.lon_deg], [place.lat_deg], heading_deg=[heading])


def _apart_m(a: Place, b: Place) -> float:
    return great_circle_m(Point(a.lon_deg, a.lat_deg), Point(b.lon_deg, b.lat_deg))
