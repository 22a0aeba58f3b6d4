"""Two reports of one accident: which open rescues a new report may be about.

A call comes in twice when two parties, or a passer-by, report the same accident. The rule is meant to catch too much
rather than too little: what it catches waits for a person's word, nobody is turned away.
"""

from __future__ import annotations

from collections.abc import Iterable

from cases.rescues import Rescue
from geo.points import Point, great_circle_m

NEAR_M = 150.0
"""How far apart two reports of one accident may be placed: a phone's bad fix, and the length of a queue. Assumed."""

NEAR_MS = 20 * 60_000
"""How far apart in time. Assumed, not measured; longer than a queue of calls at the switchboard lasts."""


def seems_same(new: Rescue, earlier: Rescue) -> bool:
    """Near in place and time, or a plate in both."""
    if new.plates & earlier.plates:
        return True
    apart_ms = abs(new.order.reported_at_ms - earlier.order.reported_at_ms)
    return apart_ms <= NEAR_MS and great_circle_m(_place(new), _place(earlier)) <= NEAR_M


def linked_to(new: Rescue, open_rescues: Iterable[Rescue]) -> tuple[str, ...]:
    """The open rescues that the new one may be about, in their order."""
    return tuple(earlier.id for earlier in open_rescues if seems_same(new, earlier))


def _place(rescue: Rescue) -> Point:
    return Point(rescue.order.lon_deg, rescue.order.lat_deg)
