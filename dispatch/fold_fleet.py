"""What trucks, shops and roads come to by the events that are told of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dispatch import events as ev
from dispatch.fleet import IDLE, TruckStatus
from dispatch.ledger import Ledger, links_of
from dispatch.orders import JobStatus
from dispatch.states import ImpossibleStep, TruckState, require


def _truck_registered(book: Ledger, event: ev.TruckRegistered, now_ms: int) -> None:
    if event.truck.id in book.trucks:
        raise ImpossibleStep(f"truck {event.truck.id}: registered already")
    book.trucks[event.truck.id] = TruckState(event.truck, row=len(book.trucks), since_ms=now_ms)


def _truck_amended(book: Ledger, event: ev.TruckAmended, _now_ms: int) -> None:
    state = book.truck(event.truck.id)
    book.trucks[event.truck.id] = replace(state, truck=event.truck, version=state.version + 1)
    book.wants_plan = True


def _shop_registered(book: Ledger, event: ev.ShopRegistered, _now_ms: int) -> None:
    if event.shop.id in book.shops:
        raise ImpossibleStep(f"shop {event.shop.id}: registered already")
    book.place_shop(event.shop)
    book.taken_places[event.shop.id] = 0
    book.wants_plan = True


def _shop_amended(book: Ledger, event: ev.ShopAmended, _now_ms: int) -> None:
    book.shop(event.shop.id)
    book.place_shop(event.shop)
    book.wants_plan = True


def _place_freed(book: Ledger, event: ev.PlaceFreed, _now_ms: int) -> None:
    taken = book.taken_places[book.shop(event.shop).id]
    if taken == 0:
        raise ImpossibleStep(f"shop {event.shop}: no place is taken that could be freed")
    book.taken_places[event.shop] = taken - 1
    book.wants_plan = True


def _shop_closed(book: Ledger, event: ev.ShopClosed, _now_ms: int) -> None:
    if book.shop(event.shop).id in book.closed_shops:
        raise ImpossibleStep(f"shop {event.shop}: is closed already")
    book.closed_shops[event.shop] = None
    book.wants_plan = True


def _shop_opened(book: Ledger, event: ev.ShopOpened, _now_ms: int) -> None:
    if book.shop(event.shop).id not in book.closed_shops:
        raise ImpossibleStep(f"shop {event.shop}: is not closed")
    del book.closed_shops[event.shop]
    book.wants_plan = True


def _on_duty(book: Ledger, event: ev.OnDuty, now_ms: int) -> None:
    state = book.truck(event.truck)
    require(f"truck {event.truck}", state.status, {TruckStatus.OFF_DUTY, TruckStatus.OUT_OF_SERVICE})
    came_on = now_ms if state.status is TruckStatus.OFF_DUTY else state.on_duty_since_ms
    state = replace(state, shift_end_at_ms=event.shift_end_at_ms, on_duty_since_ms=came_on)
    book.set_truck(state, now_ms, TruckStatus.STANDBY, None)
    book.wants_plan = True


def _shift_amended(book: Ledger, event: ev.ShiftAmended, _now_ms: int) -> None:
    state = book.truck(event.truck)
    if state.status is TruckStatus.OFF_DUTY:
        raise ImpossibleStep(f"truck {event.truck}: is off duty and has no shift to end")
    book.trucks[event.truck] = replace(state, shift_end_at_ms=event.shift_end_at_ms, version=state.version + 1)
    book.wants_plan = True


def _off_duty(book: Ledger, event: ev.OffDuty, now_ms: int) -> None:
    state = book.truck(event.truck)
    require(f"truck {event.truck}", state.status, IDLE | {TruckStatus.OUT_OF_SERVICE})
    book.release_pins(event.truck, now_ms)
    book.set_truck(state, now_ms, TruckStatus.OFF_DUTY, None)


def _went_out_of_service(book: Ledger, event: ev.WentOutOfService, now_ms: int) -> None:
    state = book.truck(event.truck)
    require(f"truck {event.truck}", state.status, IDLE | {TruckStatus.OFFERED, TruckStatus.EN_ROUTE})
    if state.job is not None:
        book.set_job(book.job(state.job), now_ms, status=JobStatus.REPORTED, truck=None, offer=None, planned_truck=None)
        book.wants_plan = True
    book.release_pins(event.truck, now_ms)
    book.set_truck(state, now_ms, TruckStatus.OUT_OF_SERVICE, None)


def _stood_by(book: Ledger, event: ev.StoodBy, now_ms: int) -> None:
    state = book.truck(event.truck)
    require(f"truck {event.truck}", state.status, IDLE)
    book.set_truck(state, now_ms, TruckStatus.STANDBY, None)


def _repositioning(book: Ledger, event: ev.Repositioning, now_ms: int) -> None:
    state = book.truck(event.truck)
    require(f"truck {event.truck}", state.status, IDLE)
    book.set_truck(state, now_ms, TruckStatus.REPOSITIONING, None)


def _closure_posted(book: Ledger, event: ev.ClosurePosted, _now_ms: int) -> None:
    if event.closure.id in book.closures:
        raise ImpossibleStep(f"closure {event.closure.id}: posted already")
    book.closures[event.closure.id] = event.closure


def _closure_began(book: Ledger, event: ev.ClosureBegan, _now_ms: int) -> None:
    if event.closure in book.active_closures:
        raise ImpossibleStep(f"closure {event.closure}: has begun already")
    links = links_of(book.router, book.closure(event.closure))
    book.close_roads({**book.active_closures, event.closure: links})
    book.wants_plan = True


def _closure_lifted(book: Ledger, event: ev.ClosureLifted, _now_ms: int) -> None:
    del book.closures[book.closure(event.closure).id]
    if event.closure in book.active_closures:
        book.close_roads({name: links for name, links in book.active_closures.items() if name != event.closure})
        book.wants_plan = True


HANDLERS: dict[type, Callable[[Ledger, Any, int], None]] = {
    ev.TruckRegistered: _truck_registered,
    ev.TruckAmended: _truck_amended,
    ev.ShopRegistered: _shop_registered,
    ev.ShopAmended: _shop_amended,
    ev.ShopClosed: _shop_closed,
    ev.ShopOpened: _shop_opened,
    ev.PlaceFreed: _place_freed,
    ev.OnDuty: _on_duty,
    ev.ShiftAmended: _shift_amended,
    ev.OffDuty: _off_duty,
    ev.WentOutOfService: _went_out_of_service,
    ev.StoodBy: _stood_by,
    ev.Repositioning: _repositioning,
    ev.ClosurePosted: _closure_posted,
    ev.ClosureBegan: _closure_began,
    ev.ClosureLifted: _closure_lifted,
}
