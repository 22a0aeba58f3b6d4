"""What the travel times come to by what is told of traffic. The instant of a record is all the clock there is here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dispatch import events as ev
from dispatch.ledger import Ledger
from dispatch.states import ImpossibleStep
from routing.traffic_tables import HOURS

LONGEST_VALID_S = 3600
"""Nobody knows how fast a road is in an hour from now."""

FASTEST_KMH = 200


def _posted(book: Ledger, event: ev.TrafficPosted, now_ms: int) -> None:
    if len(event.links) != len(event.speeds_kmh):
        raise ImpossibleStep(f"traffic: {len(event.links)} links do not pair with {len(event.speeds_kmh)} speeds")
    if not all(0 <= link < 2**31 for link in event.links):
        raise ImpossibleStep("traffic: a link is a row of the city's links")
    if not all(1 <= speed <= FASTEST_KMH for speed in event.speeds_kmh):
        raise ImpossibleStep(f"traffic: a speed is 1 to {FASTEST_KMH} km/h")
    if not 1 <= event.valid_s <= LONGEST_VALID_S:
        raise ImpossibleStep(f"traffic: speeds are valid for 1 to {LONGEST_VALID_S} s, not {event.valid_s}")
    until_ms = event.at_ms + 1000 * event.valid_s
    if not now_ms < until_ms <= now_ms + 1000 * (LONGEST_VALID_S + 60):
        raise ImpossibleStep("traffic: these speeds are no longer valid, or were measured in the future")
    book.set_traffic(book.traffic.posted(event.links, event.speeds_kmh, event.at_ms, until_ms, now_ms))
    book.wants_plan = True


def _moved(book: Ledger, event: ev.TrafficMoved, now_ms: int) -> None:
    if not 0 <= event.hour_of_week < HOURS:
        raise ImpossibleStep(f"traffic: {event.hour_of_week} is no hour of a week")
    before = book.router
    book.set_traffic(book.traffic.moved(event.hour_of_week, now_ms))
    book.wants_plan = book.wants_plan or book.router is not before


HANDLERS: dict[type, Callable[[Ledger, Any, int], None]] = {
    ev.TrafficPosted: _posted,
    ev.TrafficMoved: _moved,
}
