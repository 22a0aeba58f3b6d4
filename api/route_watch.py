"""What people watch: the city, the board and its stream, a rescue by its link, and the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import FileResponse, Response, StreamingResponse

from api.at_hand import Following, Looking, Watching
from api.ids import token_digest
from api.pages import page_of
from api.problems import Problem
from api.service import CONTROL, Service
from api.tracking import find_followed
from geo.instants import text_of

router = APIRouter(tags=["watch"])
Json = dict[str, Any]
LastId = Annotated[str | None, Header(alias="Last-Event-ID")]
After = Annotated[str | None, Query()]
SHOWN_AFTER_END_MS = 2 * 3_600_000


@router.get("/v1/city")
async def city(service: Looking) -> Json:
    """The served city, its map and the clock of the service."""
    settings = service.settings
    facts = settings.city.facts
    return {
        "name": facts.name,
        "bbox": list(facts.bbox),
        "timezone": facts.timezone,
        "attribution": facts.attribution,
        "notes": list(settings.notes),
        "demo": settings.demo,
        "tiles": None if settings.tiles is None else f"/tiles/{settings.tiles.name}",
        "clock": {"now_at": text_of(service.driver.now_ms()), "speed": settings.clock.speed},
    }


@router.get("/v1/board")
async def board(service: Watching) -> Json:
    """All that the control room shows, of one version; its `stream_id` is where the stream goes on."""
    published, views, now_ms = service.published, service.views, service.driver.now_ms()
    shown = [
        rescue
        for rescue in published.rescues
        if rescue in published.open_rescues or (published.ended_ms(rescue) or 0) > now_ms - SHOWN_AFTER_END_MS
    ]
    return {
        "stream_id": service.feed.last_id,
        "now_at": text_of(now_ms),
        "speed": service.settings.clock.speed,
        "health": service.health(),
        "trucks": [views.truck(each) for each in published.trucks],
        "rescues": [views.rescue(each) for each in shown],
        "shops": [views.shop(each) for each in published.shops],
        "closures": [views.closure(each) for each in published.closures],
        "decisions": list(service.last.rows),
    }


@router.get("/v1/stream")
async def stream(service: Watching, last_event_id: LastId = None, after: After = None) -> StreamingResponse:
    """What changes on the board, as server-sent events."""
    return _events(service.feed.follow(CONTROL, last_event_id or after))


@router.get("/v1/track/{token}")
async def track(token: str, service: Following) -> Json:
    """What the party of this link sees."""
    return await service.track(rescue_of(service, token))


@router.get("/v1/track/{token}/stream")
async def track_stream(
    token: str, service: Following, last_event_id: LastId = None, after: After = None
) -> StreamingResponse:
    rescue_of(service, token)
    return _events(service.feed.follow(token_digest(token), last_event_id or after))


@router.api_route("/t/{token}", methods=["GET", "HEAD"], include_in_schema=False)
async def track_page(token: str, service: Following) -> Response:
    """The party's page; it says itself what a link that opens nothing means."""
    found = find_followed(service.views, token_digest(token))
    return page_of(service, "track.html", 404 if found is None else 200)


@router.api_route("/control", methods=["GET", "HEAD"], include_in_schema=False)
async def control_page(service: Looking) -> Response:
    return page_of(service, "control.html")


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def start(service: Looking) -> Response:
    return page_of(service, "control.html")


@router.get("/tiles/{name}", include_in_schema=False)
async def tiles(name: str, service: Looking) -> FileResponse:
    """The city's map; ranges of it are answered."""
    path = service.settings.tiles
    if path is None or name != path.name:
        raise Problem(404, "there is no such map")
    return FileResponse(path, media_type="application/vnd.pmtiles", headers={"Cache-Control": "public, max-age=86400"})


def rescue_of(service: Service, token: str) -> str:
    """Raises Problem 404 where the link opens nothing, without saying whether it ever did."""
    found = find_followed(service.views, token_digest(token))
    if found is None:
        raise Problem(404, "this link opens nothing: it is mistyped, or the rescue has been over for two hours")
    return found


def _events(lines: AsyncIterator[str]) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)
