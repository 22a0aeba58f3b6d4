"""When each truck will be there: p50 from the roads as they are, p90 by the policy's factor, and it says so.

Worked out anew every second of the wall's for the jobs that a truck has been named for, in a worker. A truck on its way
was at its fix when the fix was taken, so the drive is counted from then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.position_board import PositionBoard
from api.published import Published
from dispatch.fleet import TruckStatus
from dispatch.orders import JobStatus
from dispatch.states import JobState
from routing.router import NO_WAY_MS, Positions, Router

OVERDUE_MS = 60_000
"""What is still expected of work at the scene that should be over already."""


@dataclass(frozen=True, slots=True)
class Eta:
    """Epoch milliseconds. It is not calibrated on what really came to pass."""

    p50_ms: int
    p90_ms: int


@dataclass(frozen=True, slots=True)
class Etas:
    """Arrival at the scene (None once the truck is there) and at the destination (None where there is none)."""

    arrival: Eta | None
    delivery: Eta | None


@dataclass(frozen=True, slots=True, eq=False)
class Trip:
    """One job to be timed: where its truck is (None where that is not known) and was, the scene and the shop."""

    job: JobState
    truck_status: TruckStatus
    place: tuple[float, float, int] | None
    scene: Positions
    shop: Positions | None


def trips_of(published: Published, positions: PositionBoard) -> list[Trip]:
    """All jobs that a truck has been named for, of one version of everything."""
    trips = []
    for rescue_id in published.open_rescues:
        for job in published.jobs_of(rescue_id):
            truck_id = job.truck or job.planned_truck
            if truck_id is None or job.status in (JobStatus.DELIVERED, JobStatus.CANCELLED):
                continue
            fix = positions.find(truck_id)
            place = None if fix is None else (fix.lon_deg, fix.lat_deg, fix.at_ms)
            shop = None if job.shop is None else published.shop_positions[job.shop]
            trips.append(Trip(job, published.trucks[truck_id].status, place, published.scene_of(job), shop))
    return trips


def etas_of(router: Router, trips: Sequence[Trip], now_ms: int, p90_percent: int) -> dict[str, Etas]:
    """By job. Safe to run in a worker: everything it reads is immutable."""
    return {trip.job.job.id: _etas(router, trip, now_ms, p90_percent) for trip in trips}


def _etas(router: Router, trip: Trip, now_ms: int, p90_percent: int) -> Etas:
    job = trip.job
    if job.status is JobStatus.DESTINATION_REFUSED:
        return Etas(None, None)
    if job.status is JobStatus.TOWING:
        at_shop = trip.truck_status is TruckStatus.AT_SHOP
        delivered_ms = now_ms if at_shop else _drive_end_ms(router, trip, trip.shop, now_ms)
        return Etas(None, _eta(delivered_ms, now_ms, p90_percent))
    if job.status is JobStatus.ON_SCENE:
        leaves_ms = max(now_ms + OVERDUE_MS, job.since_ms + 1000 * job.job.on_scene_s)
        return Etas(None, _eta(_after_tow(router, trip, leaves_ms), now_ms, p90_percent))
    if job.status is JobStatus.PLANNED:
        arrival_ms = job.planned_arrive_at_ms
    else:
        arrival_ms = _drive_end_ms(router, trip, trip.scene, now_ms)
    if arrival_ms is None:
        return Etas(None, None)
    arrival_ms = max(arrival_ms, now_ms)
    delivery_ms = _after_tow(router, trip, arrival_ms + 1000 * job.job.on_scene_s)
    return Etas(_eta(arrival_ms, now_ms, p90_percent), _eta(delivery_ms, now_ms, p90_percent))


def _eta(at_ms: int | None, now_ms: int, p90_percent: int) -> Eta | None:
    if at_ms is None:
        return None
    at_ms = max(at_ms, now_ms)
    return Eta(at_ms, now_ms + (at_ms - now_ms) * p90_percent // 100)


def _drive_end_ms(router: Router, trip: Trip, to: Positions | None, now_ms: int) -> int | None:
    if trip.place is None or to is None:
        return None
    lon_deg, lat_deg, at_ms = trip.place
    moving = trip.truck_status in (TruckStatus.EN_ROUTE, TruckStatus.LOADED)
    left_ms = int(router.table(router.snap([lon_deg], [lat_deg]), to)[0, 0])
    return None if left_ms == NO_WAY_MS else (min(at_ms, now_ms) if moving else now_ms) + left_ms


def _after_tow(router: Router, trip: Trip, leaves_ms: int) -> int | None:
    if trip.shop is None:
        return None
    tow_ms = int(router.table(trip.scene, trip.shop)[0, 0])
    return None if tow_ms == NO_WAY_MS else leaves_ms + tow_ms
