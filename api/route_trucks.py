"""/v1/trucks and /v1/offers."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.archived import unknown_offer
from api.at_hand import Driving, IfMatch, SettingUp, Watching, answer, check_id, check_match, page
from api.bodies import ReasonBody, StatusBody, TruckBody, TurnedAwayBody
from api.osmand import device_digest
from api.places import place_of
from api.problems import Problem
from api.service import Service
from api.taps import Stand, tap_events, turned_away_events
from api.turns import Told
from data.state import State
from dispatch import events as ev
from dispatch.fleet import Truck
from dispatch.snapshot import FIX_AGE_MS
from geo.instants import ms_of
from geo.points import Point
from routing.router import NO_WAY_MS

router = APIRouter(prefix="/v1", tags=["trucks"])
Json = dict[str, Any]
Limit = Annotated[int, Query(ge=1, le=5000)]


@router.put("/trucks/{truck_id}")
async def put_truck(truck_id: str, body: TruckBody, service: SettingUp, if_match: IfMatch = None) -> JSONResponse:
    """Registers a truck, off duty, or amends what is written down of it."""
    check_id("truck", truck_id)
    device = "" if body.device_id is None else device_digest(body.device_id)
    truck = Truck(truck_id, frozenset(body.can), body.company, body.plate, body.driver, device)

    def put(state: State, _now_ms: int) -> Told:
        trucks = state.engine.book.trucks
        if truck_id in trucks:
            check_match(if_match, trucks[truck_id].version)
        others = [each.truck.id for each in trucks.values() if device and each.truck.device == device]
        if others and others != [truck_id]:
            raise Problem(409, f"this device is truck {others[0]}'s already")
        if truck_id not in trucks:
            return Told([ev.TruckRegistered(truck)], answer=201)
        return Told([] if trucks[truck_id].truck == truck else [ev.TruckAmended(truck)], answer=200)

    done = await service.driver.do(put)
    return answer(service.views.truck(truck_id), done.answer, f"/v1/trucks/{truck_id}" if done.answer == 201 else None)


@router.get("/trucks")
async def trucks(service: Watching, near: str | None = None, limit: Limit = 1000, cursor: str | None = None) -> Json:
    """All trucks; with `near` those that are seen, nearest by road first, each with `eta_s`."""
    if near is None:
        found = page(list(service.published.trucks), limit, cursor)
        return {**found, "items": [service.views.truck(each) for each in found["items"]]}
    point = near_of(near)
    seen = [each for each in service.published.trucks if service.board.find(each) is not None]
    fixes = service.board.fixes(tuple(seen))
    roads = service.published.router

    def times() -> list[int]:
        places = roads.snap(fixes.lon_deg, fixes.lat_deg, heading_deg=fixes.heading_deg)
        to = roads.snap([point.lon_deg], [point.lat_deg])
        return list(roads.table(places, to)[:, 0].tolist()) if seen else []

    timed = sorted(zip(await asyncio.to_thread(times), seen, strict=True))
    rows = [(ms, each) for ms, each in timed if ms != NO_WAY_MS]
    found = page(rows, limit, cursor)
    items = [{**service.views.truck(each), "eta_s": round(ms / 1000)} for ms, each in found["items"]]
    return {**found, "items": items}


@router.get("/trucks/{truck_id}")
async def truck(truck_id: str, service: Watching) -> JSONResponse:
    return answer(service.views.truck(known(service, truck_id)))


@router.get("/trucks/{truck_id}/jobs")
async def jobs(truck_id: str, service: Driving) -> Json:
    """What it is offered, drives to or works on, and then what is planned for it."""
    known(service, truck_id)
    rows = []
    for rescue_id in service.published.open_rescues:
        shown = service.views.rescue(rescue_id)
        mine = [each for each in shown["jobs"] if (each["assignment"] or {}).get("truck") == truck_id]
        rows += [{"rescue": rescue_id, "location": each["moved_to"] or shown["location"], "job": each} for each in mine]
    rows.sort(key=lambda row: row["job"]["status"] == "planned")
    return {"items": rows, "next": None}


@router.post("/trucks/{truck_id}/status")
async def tap(truck_id: str, body: StatusBody, service: Driving, if_match: IfMatch = None) -> JSONResponse:
    """A tap of the driver. The same tap twice is answered twice and counts once."""
    known(service, truck_id)
    shift_end_at_ms = None if body.shift_end_at is None else ms_of(body.shift_end_at)
    stand = _stand(service, truck_id, body)

    def do(state: State, _now_ms: int) -> Told:
        book = state.engine.book
        check_match(if_match, book.truck(truck_id).version)
        return Told(tap_events(book, truck_id, body.status, body.job, shift_end_at_ms, body.reason, stand))

    await service.driver.do(do)
    return answer(service.views.truck(truck_id))


@router.post("/trucks/{truck_id}/turned-away")
async def turned_away(truck_id: str, body: TurnedAwayBody, service: Driving) -> JSONResponse:
    """The shop does not take the vehicle: it is closed until somebody opens it, and another destination is sought."""
    known(service, truck_id)

    def do(state: State, _now_ms: int) -> Told:
        return Told(turned_away_events(state.engine.book, truck_id, body.shop_id, body.reason))

    await service.driver.do(do)
    return answer(service.views.truck(truck_id))


@router.post("/offers/{offer}/accept", tags=["offers"])
async def accept(offer: str, service: Driving) -> Json:
    """Takes the offer. Of several that try, one gets it; the others learn that it is closed."""
    return await _answered(service, offer, ev.OfferAccepted(offer))


@router.post("/offers/{offer}/decline", tags=["offers"])
async def decline(offer: str, body: ReasonBody, service: Driving) -> Json:
    """Refuses the offer; the truck is not asked for this job again unless a dispatcher lifts it."""
    return await _answered(service, offer, ev.OfferDeclined(offer, body.reason))


async def _answered(service: Service, offer: str, event: ev.OfferAccepted | ev.OfferDeclined) -> Json:
    def do(state: State, _now_ms: int) -> Told:
        if offer not in state.engine.book.offers:
            return Told()
        job = state.engine.book.open_offer(offer)
        row = {"offer": offer, "job": job.job.id, "rescue": job.order_id, "truck": job.truck}
        return Told([event], answer=row)

    done = await service.driver.do(do)
    if done.answer is None:
        raise await asyncio.to_thread(unknown_offer, service, offer)
    status = "accepted" if isinstance(event, ev.OfferAccepted) else "declined"
    return {**done.answer, "status": status}


def _stand(service: Service, truck_id: str, body: StatusBody) -> Stand | None:
    """Where a truck stands that breaks down: as it says, else as it was seen lately."""
    policy, fix = service.settings.policy, service.board.find(truck_id)
    if body.location is not None:
        point = place_of(service.published.router, body.location)
    elif fix is not None and fix.at_ms >= service.driver.now_ms() - FIX_AGE_MS:
        point = Point(fix.lon_deg, fix.lat_deg)
    else:
        return None
    return Stand(point.lon_deg, point.lat_deg, body.lanes_blocked, policy.reload_s)


def known(service: Service, truck_id: str) -> str:
    """Raises Problem 404 where there is no such truck."""
    if truck_id not in service.published.trucks:
        raise Problem(404, f"there is no truck {truck_id!r}; register it: PUT /v1/trucks/{truck_id}")
    return truck_id


def near_of(text: str) -> Point:
    """Raises Problem 400 on anything but `lon,lat`."""
    try:
        lon, lat = (float(part) for part in text.split(","))
        return Point(lon, lat)
    except ValueError as fault:
        raise Problem(400, f"near={text!r}: lon,lat in WGS-84 degrees is meant, longitude first ({fault})") from None
