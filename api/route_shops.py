"""/v1/shops and /v1/closures."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from api.at_hand import Commanding, IfMatch, Key, Looking, SettingUp, Watching, answer, check_id, check_match, page
from api.bodies import ByBody, ClosureBody, Location, ShopBody, ShopClosedBody
from api.ids import new_id
from api.once import Keep
from api.places import place_of
from api.problems import Problem
from api.route_trucks import near_of
from api.service import Service
from api.turns import Told
from data.event_text import Event
from data.state import State
from dispatch import events as ev
from dispatch.fleet import Shop
from dispatch.ledger import links_of
from dispatch.orders import CAPABILITIES
from dispatch.road_closures import Closure
from geo.instants import ms_of
from routing.router import NO_WAY_MS, Positions

router = APIRouter(prefix="/v1", tags=["shops"])
Json = dict[str, Any]
Limit = Annotated[int, Query(ge=1, le=5000)]


@router.put("/shops/{shop_id}")
async def put_shop(shop_id: str, body: ShopBody, service: SettingUp, if_match: IfMatch = None) -> JSONResponse:
    """Registers a shop, or amends what is written down of it."""
    check_id("shop", shop_id)
    point = place_of(service.published.router, Location(lon=body.lon, lat=body.lat, datum=body.datum), "")
    shop = Shop(
        shop_id, body.name, point.lon_deg, point.lat_deg, frozenset(body.can), body.places, body.unload_s, body.yard
    )

    def put(state: State, _now_ms: int) -> Told:
        known = state.engine.book.shops.get(shop_id)
        if known is None:
            return Told([ev.ShopRegistered(shop)], answer=201)
        shown = service.published
        if known == shown.shops.get(shop_id):
            check_match(if_match, shown.shop_versions[shop_id])
        elif if_match is not None:
            raise Problem(412, "it is being changed by another request; fetch it again and look")
        return Told([] if known == shop else [ev.ShopAmended(shop)], answer=200)

    done = await service.driver.do(put)
    return answer(service.views.shop(shop_id), done.answer)


@router.get("/shops")
async def shops(
    service: Looking,
    near: str | None = None,
    needs: Annotated[str, Query(alias="for")] = "",
    limit: Limit = 1000,
    cursor: str | None = None,
) -> Json:
    """All shops, or those that take a vehicle of these needs; with `near` nearest by road first."""
    wanted = {need for need in needs.split(";") if need}
    if not wanted <= set(CAPABILITIES):
        raise Problem(400, f"for={needs!r}: capabilities are {', '.join(CAPABILITIES)}, with ; between them")
    taking = [each.id for each in service.published.shops.values() if not each.can or wanted <= each.can]
    times: dict[str, int | None] = dict.fromkeys(taking)
    point = None if near is None else near_of(near)
    if point is not None and taking:
        roads = service.published.router
        places = Positions.concatenate([service.published.shop_positions[each] for each in taking])
        scene = roads.snap([point.lon_deg], [point.lat_deg])
        row = (await asyncio.to_thread(roads.table, scene, places))[0].tolist()
        times = {each: None if ms == NO_WAY_MS else round(ms / 1000) for ms, each in zip(row, taking, strict=True)}
        taking.sort(key=lambda each: (times[each] is None, times[each]))
    found = page(taking, limit, cursor)
    return {**found, "items": [{**service.views.shop(each), "eta_s": times[each]} for each in found["items"]]}


@router.post("/shops/{shop_id}/freed")
async def freed(shop_id: str, service: SettingUp) -> JSONResponse:
    """A car has left the shop."""
    _known(service, shop_id)
    await service.driver.do(lambda _state, _now_ms: Told([ev.PlaceFreed(shop_id)]))
    return answer(service.views.shop(shop_id))


@router.post("/shops/{shop_id}/close")
async def close_shop(shop_id: str, body: ShopClosedBody, service: Commanding) -> JSONResponse:
    """The shop takes no vehicle until it is opened again; those bound for it are led to another one."""
    _known(service, shop_id)

    def close(state: State, _now_ms: int) -> Told:
        known = shop_id in state.engine.book.closed_shops
        return Told([] if known else [ev.ShopClosed(shop_id, body.reason, body.by)])

    await service.driver.do(close)
    return answer(service.views.shop(shop_id))


@router.post("/shops/{shop_id}/open")
async def open_shop(shop_id: str, body: ByBody, service: Commanding) -> JSONResponse:
    """The shop takes vehicles again."""
    _known(service, shop_id)

    def reopen(state: State, _now_ms: int) -> Told:
        closed = shop_id in state.engine.book.closed_shops
        return Told([ev.ShopOpened(shop_id, body.by)] if closed else [])

    await service.driver.do(reopen)
    return answer(service.views.shop(shop_id))


def _known(service: Service, shop_id: str) -> None:
    if shop_id not in service.published.shops:
        raise Problem(404, f"there is no shop {shop_id!r}; GET /v1/shops lists them")


@router.post("/closures", status_code=201, tags=["closures"])
async def close_road(body: ClosureBody, service: SettingUp, key: Key = None) -> JSONResponse:
    """Closes the roads along a line or within a polygon, from an instant (now) until another (until it is lifted)."""

    async def create(keep: Keep) -> Json:
        closure_id = new_id("X")

        def post(state: State, now_ms: int) -> Told:
            from_ms = now_ms if body.from_at is None else max(now_ms, ms_of(body.from_at))
            until_ms = None if body.until_at is None else ms_of(body.until_at)
            if until_ms is not None and until_ms <= from_ms:
                raise Problem(
                    422, "until_at lies before the closure begins", [("/until_at", "must be later than from_at")]
                )
            text = json.dumps(body.geometry, separators=(",", ":"))
            closure = Closure(closure_id, text, body.buffer_m, from_ms, until_ms, body.reason)
            if not links_of(state.engine.book.router, closure).any():
                raise Problem(
                    422,
                    "no road of the city runs along or in it; draw it over the road",
                    [("/geometry", "closes nothing")],
                )
            events: list[Event] = [ev.ClosurePosted(closure)]
            if from_ms <= now_ms:
                events.append(ev.ClosureBegan(closure_id))
            return Told(events, keep(closure_id, now_ms), caused_by_first=True)

        await service.driver.do(post)
        return service.views.closure(closure_id)

    made = await service.once.answer("/v1/closures", key, body.model_dump(mode="json"), create, service.views.closure)
    return answer(made, 201)


@router.get("/closures", tags=["closures"])
async def closures(service: Watching) -> Json:
    return {"items": [service.views.closure(each) for each in service.published.closures], "next": None}


@router.delete("/closures/{closure_id}", status_code=204, tags=["closures"])
async def open_road(closure_id: str, service: SettingUp) -> Response:
    """Lifts a closure."""
    if closure_id not in service.published.closures:
        raise Problem(404, f"there is no closure {closure_id!r}")
    await service.driver.do(lambda _state, _now_ms: Told([ev.ClosureLifted(closure_id, "request")]))
    return Response(status_code=204)
