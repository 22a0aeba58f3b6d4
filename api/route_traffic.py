"""/v1/traffic: speeds that somebody measures, and what the travel times rest on now."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.at_hand import SettingUp, Watching, answer
from api.bodies import TrafficBody
from api.problems import Problem
from api.traffic_view import traffic_view
from api.turns import Told
from data.state import State
from dispatch import events as ev
from geo.instants import ms_of
from routing.roads import Roads
from routing.traffic import speeds_of_ways

router = APIRouter(prefix="/v1", tags=["traffic"])
Json = dict[str, Any]

AHEAD_MS = 60_000
"""A clock may go ahead of ours by this much."""

NAMED = 20
"""How many bad fields an answer names."""


@router.post("/traffic")
async def post_traffic(body: TrafficBody, service: SettingUp) -> JSONResponse:
    """Speeds measured at an instant (now), which count until they are no longer valid. Answers once they are seen."""
    speeds, unknown = _speeds(service.published.router.roads, body)

    def post(_state: State, now_ms: int) -> Told:
        at_ms = now_ms if body.at is None else ms_of(body.at)
        if at_ms > now_ms + AHEAD_MS:
            raise Problem(422, "these speeds were measured in the future; set the clock", [("/at", "lies ahead")])
        if at_ms + 1000 * body.valid_s <= now_ms:
            raise Problem(422, "these speeds are no longer valid; send newer ones", [("/at", "plus valid_s is over")])
        return Told([ev.TrafficPosted(at_ms, body.valid_s, tuple(speeds), tuple(speeds.values()))])

    done = await service.driver.do(post)
    shown = traffic_view(service.published, service.settings.policy, done.at_ms)
    return answer({**shown, "told": len(speeds), "unknown_ways": unknown})


@router.get("/traffic")
async def traffic(service: Watching) -> Json:
    """What the travel times rest on now."""
    return traffic_view(service.published, service.settings.policy, service.driver.now_ms())


def _speeds(roads: Roads, body: TrafficBody) -> tuple[dict[int, int], int]:
    """km/h by link, and how many of the ways are not of this city. A link's own speed counts before its way's."""
    faults = [
        (f"/links/{k}/link", f"the city has {roads.link_count} links")
        for k, row in enumerate(body.links)
        if row.link is not None and row.link >= roads.link_count
    ]
    if faults:
        raise Problem(422, f"{len(faults)} links are not of this city; was it built anew?", faults[:NAMED])
    ways = [(row.way_id, row.speed_kmh) for row in body.links if row.way_id is not None]
    link, kmh, known = speeds_of_ways(roads, [way for way, _ in ways], [speed for _, speed in ways])
    speeds = dict(zip(link.tolist(), kmh.tolist(), strict=True))
    speeds |= {row.link: row.speed_kmh for row in body.links if row.link is not None}
    if not speeds:
        raise Problem(422, "none of these ways is a road of this city", [("/links", "names no road of the city")])
    return speeds, len(ways) - int(known.sum())
