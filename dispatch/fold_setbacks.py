"""What jobs and trucks come to by what goes wrong on the way: lateness, breakdowns, shops that turn vehicles away."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from dispatch import events as ev
from dispatch.fleet import TruckStatus
from dispatch.fold_places import give_back_place
from dispatch.ledger import Ledger
from dispatch.orders import JobStatus
from dispatch.states import ImpossibleStep, JobState, Moved, require

_UNDER_WAY = frozenset({JobStatus.ACCEPTED, JobStatus.EN_ROUTE})
_NOT_LOADED = _UNDER_WAY | {JobStatus.OFFERED, JobStatus.ON_SCENE}
_LOADED = frozenset({JobStatus.TOWING, JobStatus.DESTINATION_REFUSED})


def _running_late(book: Ledger, event: ev.RunningLate, now_ms: int) -> None:
    state = _job_with(book, event.job, event.truck, _UNDER_WAY)
    if state.planned_arrive_at_ms is not None and event.arrive_at_ms <= state.planned_arrive_at_ms:
        raise ImpossibleStep(f"job {event.job}: truck {event.truck} does not come later than was told")
    book.set_job(state, now_ms, planned_arrive_at_ms=event.arrive_at_ms)
    book.wants_plan = True


def _broke_down(book: Ledger, event: ev.BrokeDown, now_ms: int) -> None:
    state = _job_with(book, event.job, event.truck, _NOT_LOADED)
    _leaves_open(book, state, event.truck, now_ms)


def _broke_down_loaded(book: Ledger, event: ev.BrokeDownLoaded, now_ms: int) -> None:
    """The vehicle is no longer where it was reported; what it blocks there and how long it takes are other, too."""
    state = _job_with(book, event.job, event.truck, _LOADED)
    require(f"truck {event.truck}", book.truck(event.truck).status, {TruckStatus.LOADED})
    on_expressway = book.on_expressway(book.router.snap([event.lon_deg], [event.lat_deg]))
    moved = Moved(event.lon_deg, event.lat_deg, event.lanes_blocked, on_expressway)
    state = replace(state, job=replace(state.job, on_scene_s=event.on_scene_s), moved=moved)
    book.place_moved(state)
    _leaves_open(book, state, event.truck, now_ms)


def _turned_away(book: Ledger, event: ev.TurnedAway, now_ms: int) -> None:
    """Its shop stays the one that it stands at until another is found."""
    state = _job_with(book, event.job, event.truck, {JobStatus.TOWING})
    if state.shop != event.shop:
        raise ImpossibleStep(f"job {event.job}: goes to shop {state.shop}, not to {event.shop}")
    give_back_place(book, state)
    book.closed_shops[event.shop] = None
    book.set_truck(book.truck(event.truck), now_ms, TruckStatus.LOADED, event.job)
    turned_away_by = state.turned_away_by | {event.shop}
    book.set_job(state, now_ms, status=JobStatus.DESTINATION_REFUSED, turned_away_by=turned_away_by)
    book.wants_plan = True


def _job_with(book: Ledger, job_id: str, truck_id: str, allowed: Collection[JobStatus]) -> JobState:
    state = book.job(job_id)
    require(f"job {job_id}", state.status, allowed)
    if state.truck != truck_id:
        raise ImpossibleStep(f"job {job_id}: is with truck {state.truck}, not with {truck_id}")
    return state


def _leaves_open(book: Ledger, state: JobState, truck_id: str, now_ms: int) -> None:
    """The truck stays behind, the job is open again with its age, its refusals and its switches."""
    give_back_place(book, state)
    book.set_job(
        state, now_ms, status=JobStatus.REPORTED, truck=None, offer=None, planned_truck=None, planned_arrive_at_ms=None
    )
    book.release_pins(truck_id, now_ms)
    book.set_truck(book.truck(truck_id), now_ms, TruckStatus.OUT_OF_SERVICE, None)
    book.wants_plan = True


HANDLERS: dict[type, Callable[[Ledger, Any, int], None]] = {
    ev.RunningLate: _running_late,
    ev.BrokeDown: _broke_down,
    ev.BrokeDownLoaded: _broke_down_loaded,
    ev.TurnedAway: _turned_away,
}
