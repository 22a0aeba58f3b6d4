"""Who comes later than was told, by the newest fixes: found by a function, told to the engine as an event.

The drivers of the engine call it when positions are published. What it found stands in the journal, so a replay needs
no fixes; and as what was found is what is told from then on, the next word comes only after another such delay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch import events as ev
from dispatch.fleet import Fixes
from dispatch.ledger import Ledger
from dispatch.orders import JobStatus
from dispatch.snapshot import FIX_AGE_MS
from dispatch.travel_times import roads_for, scenes_on
from routing.router import NO_WAY_MS, Positions, Router

UNDER_WAY = frozenset({JobStatus.ACCEPTED, JobStatus.EN_ROUTE})
BATCH = 32
"""A table has a row and a column for each truck of it, of which one entry counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Approach:
    """A truck under way to a job: what was told, and where it was seen last. `router` is of the roads open to it."""

    job: str
    truck: str
    told_ms: int
    lon_deg: float
    lat_deg: float
    heading_deg: float
    seen_ms: int
    scene: Positions
    router: Router


def approaches(book: Ledger, fixes: Fixes, now_ms: int) -> list[Approach]:
    """The trucks under way that have been seen lately. Immutable: it may be looked at while the ledger goes on."""
    found = []
    for job_id in book.open_jobs:
        state = book.jobs[job_id]
        if state.status not in UNDER_WAY or state.planned_arrive_at_ms is None or state.truck is None:
            continue
        truck = book.truck(state.truck)
        seen_ms = int(fixes.at_ms[truck.row])
        if seen_ms < now_ms - FIX_AGE_MS:
            continue
        router = roads_for(book, truck.truck.can)
        found.append(
            Approach(
                job_id,
                state.truck,
                state.planned_arrive_at_ms,
                float(fixes.lon_deg[truck.row]),
                float(fixes.lat_deg[truck.row]),
                float(fixes.heading_deg[truck.row]),
                seen_ms,
                scenes_on(router, book, [state]),
                router,
            )
        )
    return found


def late_events(found: Sequence[Approach], now_ms: int, late_by_s: int) -> list[ev.RunningLate]:
    """Those that arrive later than was told by more than the bound. That a truck finds no way is other news."""
    events = []
    for router in dict.fromkeys(each.router for each in found):
        same = [each for each in found if each.router is router]
        for first in range(0, len(same), BATCH):
            events += _late(router, same[first : first + BATCH], now_ms, late_by_s)
    return events


def is_news(book: Ledger, event: ev.RunningLate, late_by_s: int) -> bool:
    """Whether it still holds: the truck is under way to this job, and nothing else has been told meanwhile."""
    state = book.jobs.get(event.job)
    if state is None or state.status not in UNDER_WAY or state.truck != event.truck:
        return False
    told_ms = state.planned_arrive_at_ms
    return told_ms is not None and event.arrive_at_ms - told_ms > 1000 * late_by_s


def _late(router: Router, found: Sequence[Approach], now_ms: int, late_by_s: int) -> list[ev.RunningLate]:
    places = router.snap(
        [each.lon_deg for each in found],
        [each.lat_deg for each in found],
        heading_deg=np.array([each.heading_deg for each in found]),
    )
    table = router.table(places, Positions.concatenate([each.scene for each in found]))
    events = []
    for each, left_ms in zip(found, np.diagonal(table).tolist(), strict=True):
        arrive_at_ms = max(now_ms, each.seen_ms + left_ms)
        late_ms = arrive_at_ms - each.told_ms
        if left_ms != NO_WAY_MS and late_ms > 1000 * late_by_s:
            events.append(ev.RunningLate(each.job, each.truck, arrive_at_ms, late_ms // 1000))
    return events
