"""What orders and jobs come to by what the case system, the dispatcher and the drivers tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dispatch import events as ev
from dispatch.fleet import TruckStatus
from dispatch.fold_places import ON_THE_HOOK, give_back_place, send_on
from dispatch.ledger import NO_ANSWER_BAR_MS, Ledger
from dispatch.orders import BEFORE_ARRIVAL, JobStatus
from dispatch.states import ImpossibleStep, JobState, require, require_taking

_AWAY = frozenset({TruckStatus.OFF_DUTY, TruckStatus.OUT_OF_SERVICE})


def _order_reported(book: Ledger, event: ev.OrderReported, now_ms: int) -> None:
    order = event.order
    if order.id in book.orders:
        raise ImpossibleStep(f"order {order.id}: reported already")
    known = [job.id for job in order.jobs if job.id in book.jobs]
    if known or not order.jobs or len({job.id for job in order.jobs}) < len(order.jobs):
        raise ImpossibleStep(f"order {order.id}: needs at least one job, each with an id of its own {known}")
    book.place_order(order)
    for job in order.jobs:
        book.jobs[job.id] = JobState(job, order.id, since_ms=now_ms)
        book.open_jobs[job.id] = None
    book.wants_plan = True


def _owner_chose_shop(book: Ledger, event: ev.OwnerChoseShop, now_ms: int) -> None:
    was, shop = book.order(event.order), book.shop(event.shop)
    held = [book.jobs[job.id] for job in was.order.jobs if not job.stays_at_scene]
    change = [state for state in held if state.status in BEFORE_ARRIVAL or _may_go_elsewhere(book, state)]
    if not change:
        raise ImpossibleStep(f"order {event.order}: no vehicle of it can still be taken elsewhere")
    if shop.id in book.closed_shops:
        raise ImpossibleStep(f"shop {shop.id}: is closed")
    require_taking(shop, (state.job for state in change))
    arrived = [state for state in change if state.status in ON_THE_HOOK and state.shop != shop.id]
    free = book.free_places(shop.id)
    if free is not None and free < len(arrived):
        raise ImpossibleStep(f"shop {shop.id}: has no place left")
    book.orders[event.order] = replace(was, order=replace(was.order, shop=shop.id))
    for state in change:
        if state in arrived:
            send_on(book, state, shop.id, now_ms)
        else:  # also one without a truck has changed: a plan that is being made knows the choice before
            book.set_job(state, now_ms, shop=state.shop if state.truck is None else shop.id)
    book.wants_plan = True


def _may_go_elsewhere(book: Ledger, state: JobState) -> bool:
    """Until hook-up; and again once a shop has turned the vehicle away, until it stands at another."""
    if state.status is JobStatus.TOWING and state.truck is not None:
        return bool(state.turned_away_by) and book.truck(state.truck).status is TruckStatus.LOADED
    return state.status in (JobStatus.ON_SCENE, JobStatus.DESTINATION_REFUSED)


def _job_cancelled(book: Ledger, event: ev.JobCancelled, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, BEFORE_ARRIVAL | {JobStatus.ON_SCENE})
    give_back_place(book, state)
    book.let_go(state, now_ms)
    book.set_job(state, now_ms, status=JobStatus.CANCELLED, truck=None, offer=None, planned_truck=None)
    book.wants_plan = True


def _job_given_up(book: Ledger, event: ev.JobGivenUp, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, {JobStatus.REPORTED, JobStatus.PLANNED})
    book.set_job(state, now_ms, status=JobStatus.UNSERVED, planned_truck=None)


def _pinned(book: Ledger, event: ev.Pinned, now_ms: int) -> None:
    state, truck = book.job(event.job), book.truck(event.truck)
    require(f"job {event.job}", state.status, BEFORE_ARRIVAL)
    if truck.status in _AWAY:
        raise ImpossibleStep(f"truck {event.truck}: is {truck.status}")
    if not state.job.needs <= truck.truck.can:
        lacking = ", ".join(sorted(state.job.needs - truck.truck.can))
        raise ImpossibleStep(f"truck {event.truck}: cannot serve job {event.job}, it lacks {lacking}")
    held = [j for j in book.open_jobs if book.jobs[j].pinned_to == event.truck and j != event.job]
    if held:
        raise ImpossibleStep(f"truck {event.truck}: is pinned to job {held[0]} already; release that one first")
    book.set_job(
        state,
        now_ms,
        pinned_to=event.truck,
        refused_by=state.refused_by - {event.truck},
        barred=_without(state, event.truck),
    )
    # a plan that is being made may send this truck elsewhere; it is no longer the truck that the plan knew
    book.trucks[event.truck] = replace(truck, version=truck.version + 1)
    book.wants_plan = True


def _unpinned(book: Ledger, event: ev.Unpinned, now_ms: int) -> None:
    book.set_job(book.job(event.job), now_ms, pinned_to=None)
    book.wants_plan = True


def _refusal_lifted(book: Ledger, event: ev.RefusalLifted, now_ms: int) -> None:
    state = book.job(event.job)
    book.set_job(
        state, now_ms, refused_by=state.refused_by - {event.truck}, barred=_without(state, event.truck), alarmed=False
    )
    book.wants_plan = True


def _offer_accepted(book: Ledger, event: ev.OfferAccepted, now_ms: int) -> None:
    book.set_job(book.open_offer(event.offer), now_ms, status=JobStatus.ACCEPTED)


def _offer_declined(book: Ledger, event: ev.OfferDeclined, now_ms: int) -> None:
    state = book.open_offer(event.offer)
    assert state.truck is not None
    _offer_failed(book, replace(state, refused_by=state.refused_by | {state.truck}), now_ms)


def _offer_expired(book: Ledger, event: ev.OfferExpired, now_ms: int) -> None:
    state = book.open_offer(event.offer)
    assert state.truck is not None
    barred = (*_without(state, state.truck), (state.truck, now_ms + NO_ANSWER_BAR_MS))
    _offer_failed(book, replace(state, barred=barred), now_ms)


def _offer_failed(book: Ledger, state: JobState, now_ms: int) -> None:
    book.let_go(state, now_ms)
    pinned_to = None if state.pinned_to == state.truck else state.pinned_to
    book.set_job(state, now_ms, status=JobStatus.REPORTED, truck=None, offer=None, pinned_to=pinned_to)
    book.wants_plan = True


def _set_off(book: Ledger, event: ev.SetOff, now_ms: int) -> None:
    _advance(book, event.job, JobStatus.ACCEPTED, JobStatus.EN_ROUTE, TruckStatus.EN_ROUTE, now_ms)


def _arrived(book: Ledger, event: ev.Arrived, now_ms: int) -> None:
    state = _advance(book, event.job, JobStatus.EN_ROUTE, JobStatus.ON_SCENE, TruckStatus.ON_SCENE, now_ms)
    if state.shop is not None:
        book.taken_places[state.shop] += 1


def _hooked_up(book: Ledger, event: ev.HookedUp, now_ms: int) -> None:
    if book.job(event.job).shop is None:
        raise ImpossibleStep(f"job {event.job}: has no destination to be towed to")
    _advance(book, event.job, JobStatus.ON_SCENE, JobStatus.TOWING, TruckStatus.LOADED, now_ms)


def _reached_shop(book: Ledger, event: ev.ReachedShop, now_ms: int) -> None:
    _advance(book, event.job, JobStatus.TOWING, JobStatus.TOWING, TruckStatus.AT_SHOP, now_ms)


def _delivered(book: Ledger, event: ev.Delivered, now_ms: int) -> None:
    before = JobStatus.ON_SCENE if book.job(event.job).shop is None else JobStatus.TOWING
    _advance(book, event.job, before, JobStatus.DELIVERED, TruckStatus.STANDBY, now_ms)
    book.wants_plan = True


def _advance(
    book: Ledger, job_id: str, before: JobStatus, after: JobStatus, truck_status: TruckStatus, now_ms: int
) -> JobState:
    state = book.job(job_id)
    require(f"job {job_id}", state.status, {before})
    assert state.truck is not None
    at_work = None if truck_status is TruckStatus.STANDBY else job_id
    book.set_truck(book.truck(state.truck), now_ms, truck_status, at_work)
    return book.set_job(state, now_ms, status=after)


def _without(state: JobState, truck: str) -> tuple[tuple[str, int], ...]:
    return tuple(bar for bar in state.barred if bar[0] != truck)


HANDLERS: dict[type, Callable[[Ledger, Any, int], None]] = {
    ev.OrderReported: _order_reported,
    ev.OwnerChoseShop: _owner_chose_shop,
    ev.JobCancelled: _job_cancelled,
    ev.JobGivenUp: _job_given_up,
    ev.Pinned: _pinned,
    ev.Unpinned: _unpinned,
    ev.RefusalLifted: _refusal_lifted,
    ev.OfferAccepted: _offer_accepted,
    ev.OfferDeclined: _offer_declined,
    ev.OfferExpired: _offer_expired,
    ev.SetOff: _set_off,
    ev.Arrived: _arrived,
    ev.HookedUp: _hooked_up,
    ev.ReachedShop: _reached_shop,
    ev.Delivered: _delivered,
}
