"""The truth about trucks: where each one really is, which way it drives, and every leg that it has driven."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from dispatch.fleet import Fixes
from routing.router import Positions, Router
from routing.way import Way, way_along

NEVER_SEEN_MS = np.iinfo(np.int64).min


class Leg(StrEnum):
    TO_SCENE = "to_scene"
    TOW = "tow"
    RETURN = "return"


@dataclass(frozen=True, slots=True, eq=False)
class DrivenLeg:
    """One drive as it happened; called off where `whole` is False, and then `length_mm` is what was driven of it.

    `pace` is how many times as long as the way's own duration the whole of it takes.
    """

    truck: str
    job: str | None
    kind: Leg
    started_ms: int
    ended_ms: int
    length_mm: int
    whole: bool
    way: Way
    pace: float = 1.0


@dataclass(slots=True, eq=False)
class _Truck:
    row: int
    post: Positions
    stands: Positions
    goal: Positions
    way: Way | None = None
    kind: Leg = Leg.RETURN
    job: str | None = None
    departed_ms: int = 0
    takes_ms: int = 0
    pace: float = 1.0
    leg: int = 0

    def along_ms(self, now_ms: int) -> int:
        """How far it has come, as the time after which the way says that one is there."""
        elapsed_ms = now_ms - self.departed_ms
        return elapsed_ms if self.pace == 1.0 else int(elapsed_ms / self.pace)


@dataclass(slots=True, eq=False)
class World:
    """Trucks on the roads. A truck stands or drives; `leg` numbers its drives, so an arrival can be out of date."""

    router: Router
    trucks: dict[str, _Truck] = field(default_factory=dict)
    legs: list[DrivenLeg] = field(default_factory=list)
    _seen: list[bool] = field(default_factory=list)
    _fixed: list[tuple[float, float]] = field(default_factory=list)
    _driving: dict[str, None] = field(default_factory=dict)

    def add(self, truck_id: str, post: Positions) -> None:
        self.trucks[truck_id] = _Truck(len(self.trucks), post, post, post)
        self._seen.append(False)
        self._fixed.append(self._place(post))

    def start_shift(self, truck_id: str) -> None:
        """The truck is at its post and its device is on."""
        truck = self.trucks[truck_id]
        truck.stands = truck.post
        self._seen[truck.row] = True
        self._fixed[truck.row] = self._place(truck.post)

    def end_shift(self, truck_id: str, now_ms: int) -> None:
        """The device is off; the way home is the driver's own."""
        self.halt(truck_id, now_ms)
        self._seen[self.trucks[truck_id].row] = False

    def drive(
        self, truck_id: str, to: Positions, kind: Leg, job: str | None, now_ms: int, pace: float = 1.0
    ) -> int | None:
        """Sets off from where the truck is; returns the instant of arrival, None where there is no way.

        The drive takes `pace` times as long as the roads say, all along.
        """
        self.halt(truck_id, now_ms)
        truck = self.trucks[truck_id]
        way = self.router.route(truck.stands, to)
        if way is None:
            return None
        truck.way, truck.goal, truck.kind, truck.job, truck.departed_ms = way, to, kind, job, now_ms
        truck.pace, truck.takes_ms = pace, round(way.duration_ms * pace)
        truck.leg += 1
        self._driving[truck_id] = None
        return now_ms + truck.takes_ms

    def halt(self, truck_id: str, now_ms: int) -> None:
        """Ends the drive where it has come to; nothing where the truck stands."""
        truck = self.trucks[truck_id]
        if truck.way is None:
            return
        way, along_ms = truck.way, truck.along_ms(now_ms)
        whole = now_ms - truck.departed_ms >= truck.takes_ms
        driven_mm = way.length_mm if whole else way.length_mm_at(along_ms)
        self.legs.append(
            DrivenLeg(truck_id, truck.job, truck.kind, truck.departed_ms, now_ms, driven_mm, whole, way, truck.pace)
        )
        truck.stands = truck.goal if whole else way.position_at(along_ms)
        truck.way = None
        del self._driving[truck_id]
        self._fixed[truck.row] = self._place(truck.stands)

    def is_driving(self, truck_id: str) -> bool:
        return self.trucks[truck_id].way is not None

    def place(self, truck_id: str) -> tuple[float, float]:
        """Longitude and latitude of a truck that stands."""
        return self._fixed[self.trucks[truck_id].row]

    def kind(self, truck_id: str) -> Leg:
        """What the drive is for, or was the last one."""
        return self.trucks[truck_id].kind

    def leg(self, truck_id: str) -> int:
        return self.trucks[truck_id].leg

    def post(self, truck_id: str) -> Positions:
        return self.trucks[truck_id].post

    def fixes(self, now_ms: int) -> Fixes:
        """What the devices of all trucks on duty report at this instant."""
        places = list(self._fixed)
        headings = [math.nan] * len(places)
        for truck_id in self._driving:
            truck = self.trucks[truck_id]
            assert truck.way is not None
            lon, lat, headings[truck.row] = truck.way.place_at(truck.along_ms(now_ms))
            places[truck.row] = lon, lat
        lon_lat = np.array(places, dtype=np.float64).reshape(-1, 2)
        at_ms = np.where(np.array(self._seen, dtype=np.bool_), now_ms, NEVER_SEEN_MS).astype(np.int64)
        return Fixes(
            np.ascontiguousarray(lon_lat[:, 0]), np.ascontiguousarray(lon_lat[:, 1]), np.array(headings), at_ms
        )

    def _place(self, stands: Positions) -> tuple[float, float]:
        along = float(stands.along[0])
        lon, lat, _ = way_along(self.router.roads, stands.link[:1], along, along).place_at(0)
        return lon, lat
