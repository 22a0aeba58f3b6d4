"""The ways of a rescue as GeoJSON: what was driven, from the trucks' tracks, and what is still to be driven."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from api.ahead import SERVES, ends_of, line_of, ways_of
from api.service import Service
from data.event_text import decode
from data.fixes import Fix
from data.position_store import StoreAway
from dispatch import events as ev
from dispatch.states import JobState
from geo.points import Point, great_circle_m
from routing.router import Way

Json = dict[str, Any]
Span = tuple[str, str, str, int, int | None]
"""Job, truck, leg, from and until (None: it is still being driven), in epoch milliseconds."""

_ENDS_A_LEG = (
    ev.Arrived, ev.ReachedShop, ev.Recalled, ev.JobCancelled, ev.BrokeDown, ev.BrokeDownLoaded, ev.TurnedAway,
)  # fmt: skip


async def legs_of(service: Service, rescue_id: str) -> Json:
    """Where the position store is away, the legs that were driven are missing and `driven_known` is false."""
    spans = await asyncio.to_thread(_spans, service, rescue_id)
    features: list[Json] = []
    driven_known = True
    for job, truck, leg, from_ms, until_ms in spans:
        try:
            fixes = await service.positions.store.track(truck, from_ms, until_ms or service.driver.now_ms())
        except StoreAway:
            driven_known = False
            continue
        if len(fixes) > 1:
            features.append(_driven(job, truck, leg, fixes))
    for job_state in service.published.jobs_of(rescue_id):
        features += await asyncio.to_thread(_ahead, service, job_state)
    return {"type": "FeatureCollection", "features": features, "driven_known": driven_known}


def _spans(service: Service, rescue_id: str) -> list[Span]:
    """The drives of a rescue by the taps in its timeline."""
    open_legs: dict[str, tuple[str, str, int]] = {}
    truck_of: dict[str, str] = {}
    turned_away: set[str] = set()
    spans: list[Span] = []
    for record in service.journal.of_subject(rescue_id):
        event = decode(record.kind, record.payload)
        match event:
            case ev.Offered(job=job, truck=truck):
                truck_of[job] = truck
            case ev.SetOff(job=job):
                open_legs[job] = truck_of[job], "to_scene", record.at_ms
            case ev.HookedUp(job=job):
                open_legs[job] = truck_of[job], "tow", record.at_ms
            case ev.ShopChanged(job=job) if job in turned_away:
                turned_away.discard(job)
                open_legs[job] = truck_of[job], "tow", record.at_ms
            case _:
                pass
        ended = event.job if isinstance(event, _ENDS_A_LEG) else None
        if ended in open_legs:
            truck, leg, from_ms = open_legs.pop(ended)
            spans.append((ended, truck, leg, from_ms, record.at_ms))
        if isinstance(event, ev.TurnedAway):
            turned_away.add(event.job)
    return spans + [(job, truck, leg, from_ms, None) for job, (truck, leg, from_ms) in open_legs.items()]


def _driven(job: str, truck: str, leg: str, fixes: Sequence[Fix]) -> Json:
    places = [Point(fix.lon_deg, fix.lat_deg) for fix in fixes]
    line = {"type": "LineString", "coordinates": [[round(p.lon_deg, 6), round(p.lat_deg, 6)] for p in places]}
    metres = sum(great_circle_m(a, b) for a, b in pairwise(places))
    return _feature(line, job, truck, leg, "driven", (fixes[-1].at_ms - fixes[0].at_ms) // 1000, round(metres))


def _ahead(service: Service, job: JobState) -> list[Json]:
    if job.truck is None or job.status not in SERVES:
        return []
    ends = ends_of(service.published, service.board, job)
    ahead, tow = ways_of(service.published.router, ends)
    rows = []
    if ahead is not None:
        rows.append(_planned(job, "tow" if ends.towing else "to_scene", ahead))
    if tow is not None:
        rows.append(_planned(job, "tow", tow))
    return rows


def _planned(job: JobState, leg: str, way: Way) -> Json:
    assert job.truck is not None
    metres, seconds = round(way.length_mm / 1000), round(way.duration_ms / 1000)
    return _feature(line_of(way), job.job.id, job.truck, leg, "ahead", seconds, metres)


def _feature(line: Json, job: str, truck: str, leg: str, kind: str, duration_s: int, distance_m: int) -> Json:
    facts = {"job": job, "truck": truck, "leg": leg, "kind": kind, "duration_s": duration_s, "distance_m": distance_m}
    return {"type": "Feature", "geometry": line, "properties": facts}
