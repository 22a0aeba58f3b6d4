"""What jobs and trucks come to by the engine's own decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dispatch import events as ev
from dispatch.fleet import IDLE, TruckStatus
from dispatch.fold_places import ON_THE_HOOK, send_on
from dispatch.ledger import Ledger
from dispatch.orders import BEFORE_ARRIVAL, JobStatus
from dispatch.states import ImpossibleStep, require


def _offered(book: Ledger, event: ev.Offered, now_ms: int) -> None:
    state, truck = book.job(event.job), book.truck(event.truck)
    require(f"job {event.job}", state.status, {JobStatus.REPORTED, JobStatus.PLANNED})
    require(f"truck {event.truck}", truck.status, IDLE)
    book.offers[event.offer] = event.job
    book.set_truck(truck, now_ms, TruckStatus.OFFERED, event.job)
    book.set_job(
        state, now_ms, status=JobStatus.OFFERED, truck=event.truck, shop=event.shop, offer=event.offer,
        offers=state.offers + 1, planned_truck=None, planned_arrive_at_ms=event.arrive_at_ms, waits_for=None,
    )  # fmt: skip


def _recalled(book: Ledger, event: ev.Recalled, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, {JobStatus.OFFERED, JobStatus.ACCEPTED, JobStatus.EN_ROUTE})
    if state.truck != event.truck:
        raise ImpossibleStep(f"job {event.job}: is with truck {state.truck}, not with {event.truck}")
    switched = state.status is JobStatus.EN_ROUTE
    book.let_go(state, now_ms)
    book.set_job(state, now_ms, status=JobStatus.REPORTED, truck=None, offer=None, switches=state.switches + switched)


def _planned(book: Ledger, event: ev.Planned, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, {JobStatus.REPORTED, JobStatus.PLANNED})
    book.set_job(
        state, now_ms, status=JobStatus.PLANNED, planned_truck=event.truck, shop=event.shop,
        planned_arrive_at_ms=event.arrive_at_ms, waits_for=None,
    )  # fmt: skip


def _left_open(book: Ledger, event: ev.LeftOpen, now_ms: int) -> None:
    state = book.job(event.job)
    require(f"job {event.job}", state.status, {JobStatus.REPORTED, JobStatus.PLANNED})
    book.set_job(
        state, now_ms, status=JobStatus.REPORTED, planned_truck=None, planned_arrive_at_ms=None,
        waits_for=event.reason,
    )  # fmt: skip


def _shop_changed(book: Ledger, event: ev.ShopChanged, now_ms: int) -> None:
    state = book.job(event.job)
    if state.status in ON_THE_HOOK:
        send_on(book, state, event.shop, now_ms)
        return
    require(f"job {event.job}", state.status, BEFORE_ARRIVAL)
    book.set_job(state, now_ms, shop=event.shop)


def _alarmed(book: Ledger, event: ev.Alarmed, now_ms: int) -> None:
    book.set_job(book.job(event.job), now_ms, alarmed=True)


def _plan_made(_book: Ledger, _event: ev.PlanMade, _now_ms: int) -> None:
    """It is kept for those who ask why; what follows from it comes as decisions."""


HANDLERS: dict[type, Callable[[Ledger, Any, int], None]] = {
    ev.PlanMade: _plan_made,
    ev.Offered: _offered,
    ev.Recalled: _recalled,
    ev.Planned: _planned,
    ev.LeftOpen: _left_open,
    ev.ShopChanged: _shop_changed,
    ev.Alarmed: _alarmed,
}
