"""What a driver's tap means where the truck stands now: the events that it comes to, none for a repeated tap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data.event_text import Event
from dispatch import events as ev
from dispatch.fleet import TruckStatus
from dispatch.ledger import Ledger
from dispatch.orders import JobStatus
from dispatch.states import ImpossibleStep, TruckState

S = TruckStatus

_STEPS: dict[TruckStatus, Callable[[str], Event]] = {
    S.EN_ROUTE: ev.SetOff,
    S.ON_SCENE: ev.Arrived,
    S.LOADED: ev.HookedUp,
    S.AT_SHOP: ev.ReachedShop,
}
_NOT_AT_WORK = frozenset({S.OFF_DUTY, S.OUT_OF_SERVICE})
_BEFORE_DELIVERY = frozenset({S.AT_SHOP, S.ON_SCENE, S.LOADED})


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a truck stands that can go on no more, what it blocks there, and how long taking a vehicle over takes."""

    lon_deg: float
    lat_deg: float
    lanes_blocked: int
    reload_s: int


def tap_events(
    book: Ledger, truck_id: str, tapped: TruckStatus, job: str | None, shift_end_at_ms: int | None, reason: str,
    stand: Stand | None = None,
) -> list[Event]:  # fmt: skip
    """Raises ImpossibleStep where the tap cannot follow, or names a job that is not the truck's.

    A shift end that is not told (None) leaves the one that is known.
    """
    truck = book.truck(truck_id)
    events = _step_events(book, truck, tapped, job, shift_end_at_ms, reason, stand)
    stays_on_duty = not {truck.status, tapped} & _NOT_AT_WORK
    if stays_on_duty and shift_end_at_ms not in (None, truck.shift_end_at_ms):
        events.append(ev.ShiftAmended(truck_id, shift_end_at_ms))
    return events


def _step_events(
    book: Ledger, truck: TruckState, tapped: TruckStatus, job: str | None, shift_end_at_ms: int | None, reason: str,
    stand: Stand | None,
) -> list[Event]:  # fmt: skip
    truck_id = truck.truck.id
    if job is not None and job != truck.job and not _is_done_with(book, truck_id, tapped, job):
        raise ImpossibleStep(f"truck {truck_id}: job {job} is not with it (it has {truck.job or 'none'})")
    if tapped is truck.status:
        return []
    if tapped is S.OFFERED:
        raise ImpossibleStep("a truck is offered a job by the dispatcher; no driver taps it")
    if tapped is S.OFF_DUTY:
        return [*_home(book, truck), ev.OffDuty(truck_id)]
    if tapped is S.OUT_OF_SERVICE:
        return [_breakdown(book, truck, reason, stand)]
    if tapped in _STEPS:
        if truck.job is None:
            raise ImpossibleStep(f"truck {truck_id}: is {truck.status} and has no job to be {tapped} with")
        step: Event = _STEPS[tapped](truck.job)
        return [step]
    if truck.status in _NOT_AT_WORK:
        on_duty: list[Event] = [ev.OnDuty(truck_id, shift_end_at_ms)]
        return on_duty if tapped is S.STANDBY else [*on_duty, ev.Repositioning(truck_id)]
    idle: list[Event] = [ev.StoodBy(truck_id) if tapped is S.STANDBY else ev.Repositioning(truck_id)]
    delivered = _home(book, truck)
    return delivered if delivered and tapped is S.STANDBY else delivered + idle


def _breakdown(book: Ledger, truck: TruckState, reason: str, stand: Stand | None) -> Event:
    """What a party is told of, too, once it knows of the truck; before that the truck only leaves."""
    truck_id = truck.truck.id
    if truck.job is None or book.job(truck.job).status is JobStatus.OFFERED:
        return ev.WentOutOfService(truck_id, reason)
    if truck.status is S.AT_SHOP:
        raise ImpossibleStep(f"truck {truck_id}: stands at the shop; tap standby once it is unloaded, then this")
    if truck.status is not S.LOADED:
        return ev.BrokeDown(truck_id, truck.job, reason)
    if stand is None:
        raise ImpossibleStep(f"truck {truck_id}: is loaded and nobody knows where it stands; send its location")
    return ev.BrokeDownLoaded(
        truck_id, truck.job, reason, stand.lon_deg, stand.lat_deg, stand.reload_s, stand.lanes_blocked
    )


def turned_away_events(book: Ledger, truck_id: str, shop_id: str, reason: str) -> list[Event]:
    """The word that a shop does not take the vehicle that stands before it; said twice it counts once."""
    truck = book.truck(truck_id)
    if truck.job is None:
        raise ImpossibleStep(f"truck {truck_id}: has no vehicle that could be turned away")
    if shop_id in book.job(truck.job).turned_away_by:
        return []
    return [ev.TurnedAway(truck.job, truck_id, shop_id, reason)]


def _home(book: Ledger, truck: TruckState) -> list[Event]:
    """The delivery that a tap on what comes after it implies."""
    if truck.job is None or truck.status not in _BEFORE_DELIVERY:
        return []
    if truck.status is S.LOADED:
        return [ev.ReachedShop(truck.job), ev.Delivered(truck.job)]
    if truck.status is S.ON_SCENE and book.job(truck.job).shop is not None:
        raise ImpossibleStep(f"truck {truck.truck.id}: job {truck.job} has a destination; tap loaded first")
    return [ev.Delivered(truck.job)]


def _is_done_with(book: Ledger, truck_id: str, tapped: TruckStatus, job: str) -> bool:
    """A repeated tap on `delivered`: the truck is free already, the job was its own."""
    known = book.jobs.get(job)
    return tapped in (S.STANDBY, S.REPOSITIONING) and known is not None and known.truck == truck_id
