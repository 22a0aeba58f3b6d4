"""What is still to be driven for a job: the way of its truck now, and the tow that comes after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.position_board import PositionBoard
from api.published import Published
from dispatch.fleet import TruckStatus
from dispatch.orders import ENDED, JobStatus
from dispatch.states import JobState
from routing.router import Positions, Router, Way

Json = dict[str, Any]

SERVES = frozenset(
    {JobStatus.ACCEPTED, JobStatus.EN_ROUTE, JobStatus.ON_SCENE, JobStatus.TOWING, JobStatus.DESTINATION_REFUSED}
)
"""A truck is at work for the job; before that it is merely named or asked."""

_GOES_NOWHERE = ENDED | {JobStatus.DESTINATION_REFUSED}
_TO_SCENE = frozenset({TruckStatus.OFFERED, TruckStatus.EN_ROUTE})


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where a job's truck is and what it drives to, both None unless it is seen driving for this job; the scene; and
    the shop, None where there is none or the truck has reached it."""

    place: tuple[float, float] | None
    goal: Positions | None
    scene: Positions
    shop: Positions | None

    @property
    def towing(self) -> bool:
        """The way of now is the tow."""
        return self.goal is not None and self.goal is self.shop


def ends_of(published: Published, board: PositionBoard, job: JobState) -> Ends:
    scene = published.scene_of(job)
    truck = None if job.truck is None or job.status not in SERVES else published.trucks[job.truck]
    status = None if truck is None else truck.status
    over = job.status in _GOES_NOWHERE or status is TruckStatus.AT_SHOP
    shop = None if job.shop is None or over else published.shop_positions[job.shop]
    fix = None if truck is None else board.find(truck.truck.id)
    goal = scene if status in _TO_SCENE else shop if status is TruckStatus.LOADED else None
    if fix is None or goal is None:
        return Ends(None, None, scene, shop)
    return Ends((fix.lon_deg, fix.lat_deg), goal, scene, shop)


def ways_of(router: Router, ends: Ends) -> tuple[Way | None, Way | None]:
    """The way that the truck drives now, and the tow from the scene where that is still to come."""
    now = None
    if ends.place is not None and ends.goal is not None:
        now = router.route(router.snap([ends.place[0]], [ends.place[1]]), ends.goal)
    tow = None if ends.shop is None or ends.towing else router.route(ends.scene, ends.shop)
    return now, tow


def line_of(way: Way) -> Json:
    """The way as a GeoJSON LineString (RFC 7946), to about a decimetre."""
    lon, lat = way.geometry()
    return {"type": "LineString", "coordinates": [[round(x, 6), round(y, 6)] for x, y in zip(lon, lat, strict=True)]}


def steps_of(way: Way) -> list[Json]:
    return [
        {"name": name, "distance_m": round(length_mm / 1000), "duration_s": round(duration_ms / 1000)}
        for name, length_mm, duration_ms in way.steps()
    ]
