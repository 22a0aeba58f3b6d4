"""The engine's memory: a fold of events over jobs, trucks and shops. It does no I/O and decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from dispatch import events as ev
from dispatch.fleet import IDLE, Shop, TruckStatus
from dispatch.orders import BEFORE_ARRIVAL, ENDED, JobStatus
from dispatch.states import ImpossibleStep, JobState, OrderState, TruckState, require
from routing.roads import RoadClass
from routing.router import Positions, Router

NO_ANSWER_BAR_MS = 5 * 60_000
"""An unanswered offer bars the truck from the job for five minutes; it is no punishment."""

_E = TypeVar("_E")


class Ledger:
    """Jobs, trucks and shops by id. `open_jobs` keeps, in order of report, the jobs that have not ended."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.orders: dict[str, OrderState] = {}
        self.jobs: dict[str, JobState] = {}
        self.open_jobs: dict[str, None] = {}
        self.trucks: dict[str, TruckState] = {}
        self.shops: dict[str, Shop] = {}
        self.shop_positions: dict[str, Positions] = {}
        self.taken_places: dict[str, int] = {}
        self.offers: dict[str, str] = {}
        self.wants_plan = False

    def fold(self, event: ev.Event, now_ms: int) -> None:
        """Takes the event in; raises ImpossibleStep, and changes nothing, where it cannot follow the present state."""
        handler = _HANDLERS.get(type(event))
        if handler is None:
            raise ImpossibleStep(f"{type(event).__name__} is no event of the engine")
        handler(self, event, now_ms)

    def job(self, job_id: str) -> JobState:
        try:
            return self.jobs[job_id]
        except KeyError:
            raise ImpossibleStep(f"job {job_id}: not known") from None

    def truck(self, truck_id: str) -> TruckState:
        try:
            return self.trucks[truck_id]
        except KeyError:
            raise ImpossibleStep(f"truck {truck_id}: not known") from None

    def free_places(self, shop_id: str) -> int | None:
        """Places left at a shop, None where it is never full."""
        places = self.shops[shop_id].places
        return None if places is None else max(0, places - self.taken_places[shop_id])

    def _set_job(self, state: JobState, now_ms: int, **changes: Any) -> JobState:
        since_ms = now_ms if changes.get("status", state.status) is not state.status else state.since_ms
        after = replace(state, since_ms=since_ms, version=state.version + 1, **changes)
        self.jobs[state.job.id] = after
        if after.status in ENDED:
            self.open_jobs.pop(state.job.id, None)
        return after

    def _set_truck(self, state: TruckState, now_ms: int, status: TruckStatus, job: str | None) -> None:
        self.trucks[state.truck.id] = replace(state, status=status, job=job, since_ms=now_ms, version=state.version + 1)

    def _let_go(self, state: JobState, now_ms: int) -> None:
        """The truck of a job that has not been reached stands free again, where it is."""
        if state.truck is not None:
            self._set_truck(self.truck(state.truck), now_ms, TruckStatus.STANDBY, None)

    def _open_offer(self, offer: str) -> JobState:
        job_id = self.offers.get(offer)
        if job_id is None:
            raise ImpossibleStep(f"offer {offer}: not known")
        state = self.job(job_id)
        if state.offer != offer or state.status is not JobStatus.OFFERED:
            raise ImpossibleStep(f"offer {offer}: no longer open (job {job_id} is {state.status})")
        return state


def _truck_registered(book: Ledger, event: ev.TruckRegistered, now_ms: int) -> None:
    if event.truck.id in book.trucks:
        raise ImpossibleStep(f"truck {event.truck.id}: registered already")
    book.trucks[event.truck.id] = TruckState(event.truck, row=len(book.trucks), since_ms=now_ms)


def _shop_registered(book: Ledger, event: ev.ShopRegistered, _now_ms: int) -> None:
    shop = event.shop
    if shop.id in book.shops:
        raise ImpossibleStep(f"shop {shop.id}: registered already")
    book.shop_positions[shop.id] = book.router.snap([shop.lon_deg], [shop.lat_deg])
    book.shops[shop.id] = shop
    book.taken_places[shop.id] = 0


def _place_freed(book: Ledger, event: ev.PlaceFreed, _now_ms: int) -> None:
    taken = book.taken_places[event.shop]
    if taken == 0:
        raise ImpossibleStep(f"shop {event.shop}: no place is taken that could be freed")
    book.taken_places[event.shop] = taken - 1
    book.wants_plan = True


def _on_duty(book: Ledger, event: ev.OnDuty, now_ms: int) -> None:
    state = book.truck(event.truck)
    require(f"truck {event.truck}", state.status, {TruckStatus.OFF_DUTY, TruckStatus.OUT_OF_SERVICE})
    state = replace(state, shift_end_at_ms=event.shift_end_at_ms)
    book._set_truck(state, now_ms, TruckStatus.STANDBY, None)
    book.wants_plan = True


def _off_duty(book: Ledger, event: ev.OffDuty, now_ms: int) -> None:
    state = book.truck(event.truck)
    require(f"truck {event.truck}", state.status, IDLE)
    book._set_truck(state, now_ms, TruckStatus.OFF_DUTY, None)


def _stood_by(book: Ledger, event: ev.StoodBy, now_ms: int) -> None:
    state = book.truck(event.truck)
    require(f"truck {event.truck}", state.status, IDLE)
    book._set_truck(state, now_ms, TruckStatus.STANDBY, None)


def _repositioning(book: Ledger, event: ev.Repositioning, now_ms: int) -> None:
    state = book.truck(event.truck)
    require(f"truck {event.truck}", state.status, IDLE)
    book._set_truck(state, now_ms, TruckStatus.REPOSITIONING, None)


def _order_reported(book: Ledger, event: ev.OrderReported, now_ms: int) -> None:
    order = event.order
    if order.id in book.orders:
        raise ImpossibleStep(f"order {order.id}: reported already")
    known = [job.id for job in order.jobs if job.id in book.jobs]
    if known or not order.jobs or len({job.id for job in order.jobs}) < len(order.jobs):
        raise ImpossibleStep(f"order {order.id}: needs at least one job, each with an id of its own {known}")
    scene = book.router.snap([order.lon_deg], [order.lat_deg])
    on_expressway = bool(scene.found[0]) and book.router.roads.link_class[scene.link[0]] == RoadClass.MOTORWAY
    book.orders[order.id] = OrderState(order, scene, on_expressway)
    for job in order.jobs:
        book.jobs[job.id] = JobState(job, order.id, since_ms=now_ms)
        book.open_jobs[job.id] = None
    book.wants_plan = True


def _job_cancelled(book: Ledger, event: ev.JobCancelled, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, BEFORE_ARRIVAL | {JobStatus.ON_SCENE})
    if state.status is JobStatus.ON_SCENE:
        _give_back_place(book, state)
    book._let_go(state, now_ms)
    book._set_job(state, now_ms, status=JobStatus.CANCELLED, truck=None, offer=None, planned_truck=None)
    book.wants_plan = True


def _job_given_up(book: Ledger, event: ev.JobGivenUp, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, {JobStatus.REPORTED, JobStatus.PLANNED})
    book._set_job(state, now_ms, status=JobStatus.UNSERVED, planned_truck=None)


def _pinned(book: Ledger, event: ev.Pinned, now_ms: int) -> None:
    state, truck = book.job(event.job), book.truck(event.truck)
    require(f"job {event.job}", state.status, BEFORE_ARRIVAL)
    if not state.job.needs <= truck.truck.can:
        lacking = ", ".join(sorted(state.job.needs - truck.truck.can))
        raise ImpossibleStep(f"truck {event.truck}: cannot serve job {event.job}, it lacks {lacking}")
    held = [j for j in book.open_jobs if book.jobs[j].pinned_to == event.truck and j != event.job]
    if held:
        raise ImpossibleStep(f"truck {event.truck}: is pinned to job {held[0]} already; release that one first")
    book._set_job(
        state,
        now_ms,
        pinned_to=event.truck,
        refused_by=state.refused_by - {event.truck},
        barred=_without(state, event.truck),
    )
    book.wants_plan = True


def _unpinned(book: Ledger, event: ev.Unpinned, now_ms: int) -> None:
    book._set_job(book.job(event.job), now_ms, pinned_to=None)
    book.wants_plan = True


def _refusal_lifted(book: Ledger, event: ev.RefusalLifted, now_ms: int) -> None:
    state = book.job(event.job)
    book._set_job(
        state, now_ms, refused_by=state.refused_by - {event.truck}, barred=_without(state, event.truck), alarmed=False
    )
    book.wants_plan = True


def _offer_accepted(book: Ledger, event: ev.OfferAccepted, now_ms: int) -> None:
    book._set_job(book._open_offer(event.offer), now_ms, status=JobStatus.ACCEPTED)


def _offer_declined(book: Ledger, event: ev.OfferDeclined, now_ms: int) -> None:
    state = book._open_offer(event.offer)
    assert state.truck is not None
    _offer_failed(book, replace(state, refused_by=state.refused_by | {state.truck}), now_ms)


def _offer_expired(book: Ledger, event: ev.OfferExpired, now_ms: int) -> None:
    state = book._open_offer(event.offer)
    assert state.truck is not None
    barred = (*_without(state, state.truck), (state.truck, now_ms + NO_ANSWER_BAR_MS))
    _offer_failed(book, replace(state, barred=barred), now_ms)


def _offer_failed(book: Ledger, state: JobState, now_ms: int) -> None:
    book._let_go(state, now_ms)
    pinned_to = None if state.pinned_to == state.truck else state.pinned_to
    book._set_job(state, now_ms, status=JobStatus.REPORTED, truck=None, offer=None, pinned_to=pinned_to)
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
    book._set_truck(book.truck(state.truck), now_ms, truck_status, at_work)
    return book._set_job(state, now_ms, status=after)


def _offered(book: Ledger, event: ev.Offered, now_ms: int) -> None:
    state, truck = book.job(event.job), book.truck(event.truck)
    require(f"job {event.job}", state.status, {JobStatus.REPORTED, JobStatus.PLANNED})
    require(f"truck {event.truck}", truck.status, IDLE)
    book.offers[event.offer] = event.job
    book._set_truck(truck, now_ms, TruckStatus.OFFERED, event.job)
    book._set_job(
        state, now_ms, status=JobStatus.OFFERED, truck=event.truck, shop=event.shop, offer=event.offer,
        offers=state.offers + 1, planned_truck=None, planned_arrive_at_ms=event.arrive_at_ms,
    )  # fmt: skip


def _recalled(book: Ledger, event: ev.Recalled, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, {JobStatus.OFFERED, JobStatus.ACCEPTED, JobStatus.EN_ROUTE})
    if state.truck != event.truck:
        raise ImpossibleStep(f"job {event.job}: is with truck {state.truck}, not with {event.truck}")
    switched = state.status is JobStatus.EN_ROUTE
    book._let_go(state, now_ms)
    book._set_job(state, now_ms, status=JobStatus.REPORTED, truck=None, offer=None, switches=state.switches + switched)


def _planned(book: Ledger, event: ev.Planned, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, {JobStatus.REPORTED, JobStatus.PLANNED})
    book._set_job(
        state, now_ms, status=JobStatus.PLANNED, planned_truck=event.truck, shop=event.shop,
        planned_arrive_at_ms=event.arrive_at_ms,
    )  # fmt: skip


def _left_open(book: Ledger, event: ev.LeftOpen, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, {JobStatus.REPORTED, JobStatus.PLANNED})
    book._set_job(state, now_ms, status=JobStatus.REPORTED, planned_truck=None, planned_arrive_at_ms=None)


def _shop_changed(book: Ledger, event: ev.ShopChanged, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, BEFORE_ARRIVAL)
    book._set_job(state, now_ms, shop=event.shop)


def _alarmed(book: Ledger, event: ev.Alarmed, now_ms: int) -> None:
    book._set_job(book.job(event.job), now_ms, alarmed=True)


def _without(state: JobState, truck: str) -> tuple[tuple[str, int], ...]:
    return tuple(bar for bar in state.barred if bar[0] != truck)


def _give_back_place(book: Ledger, state: JobState) -> None:
    if state.shop is not None:
        book.taken_places[state.shop] -= 1


_HANDLERS: dict[type, Callable[[Ledger, Any, int], None]] = {
    ev.TruckRegistered: _truck_registered,
    ev.ShopRegistered: _shop_registered,
    ev.PlaceFreed: _place_freed,
    ev.OnDuty: _on_duty,
    ev.OffDuty: _off_duty,
    ev.StoodBy: _stood_by,
    ev.Repositioning: _repositioning,
    ev.OrderReported: _order_reported,
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
    ev.Offered: _offered,
    ev.Recalled: _recalled,
    ev.Planned: _planned,
    ev.LeftOpen: _left_open,
    ev.ShopChanged: _shop_changed,
    ev.Alarmed: _alarmed,
}  # fmt: skip
