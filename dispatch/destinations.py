"""Which shops a vehicle may be taken to, in the order in which they are proposed.

The owner's choice rules. Where there is none, or it takes nobody, another is proposed: the nearest that takes the
vehicle and has a place, and neutral yards only where no shop does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dispatch import events as ev
from dispatch.fleet import Fixes, Shop, TruckStatus
from dispatch.ledger import Ledger
from dispatch.orders import JobStatus
from dispatch.problem import NO_WAY_S
from dispatch.states import JobState
from dispatch.travel_times import roads_for, seconds, shops_on

Choice = tuple[int, int, Shop]
"""Seconds to drive there, the row of the shop in the ledger, the shop."""


def choices(book: Ledger, state: JobState, drive_s: NDArray[np.int64], free: Mapping[str, int | None]) -> list[Choice]:
    """The destinations for one vehicle, best first. `drive_s` has a time for each shop, `free` the places left."""
    chosen = book.orders[state.order_id].order.shop
    found = [
        (int(drive_s[row]), row, shop)
        for row, shop in enumerate(book.shops.values())
        if drive_s[row] != NO_WAY_S and takes(state, shop, chosen) and free[shop.id] != 0
    ]
    wanted = [each for each in found if each[2].id == chosen] or [each for each in found if not each[2].yard] or found
    return sorted(wanted, key=lambda each: each[:2])


def takes(state: JobState, shop: Shop, chosen: str | None) -> bool:
    """Whether a shop takes a vehicle at all; what its owner chose is taken at the owner's word."""
    if shop.id in state.turned_away_by:
        return False
    return shop.id == chosen or not shop.can or state.job.needs <= shop.can


def free_places(book: Ledger) -> dict[str, int | None]:
    return {shop: book.free_places(shop) for shop in book.shops}


def redirections(book: Ledger, fixes: Fixes) -> list[ev.ShopChanged]:
    """Another destination for each vehicle that was turned away, and for those bound for a shop that has closed.

    Who finds none waits where it stands, or goes on as before: a shop may open again until it is there.
    """
    free = free_places(book)
    changes: list[ev.ShopChanged] = []
    for state in _bound_for_closed(book):
        assert state.shop is not None
        drive_s = _drives(book, state, _whereabouts(book, state, fixes))
        best = next(iter(choices(book, state, drive_s, free)), None)
        if best is None:
            continue
        shop = best[2].id
        left = free[shop]
        free[shop] = None if left is None else left - 1
        changes.append(ev.ShopChanged(state.job.id, shop))
    return changes


def _bound_for_closed(book: Ledger) -> Sequence[JobState]:
    """Jobs whose truck is with the vehicle and not yet at a shop that takes it, in order of report."""
    rows = [book.jobs[job_id] for job_id in book.open_jobs]
    return [state for state in rows if state.status is JobStatus.DESTINATION_REFUSED or _will_find_closed(book, state)]


def _will_find_closed(book: Ledger, state: JobState) -> bool:
    if state.shop not in book.closed_shops or state.truck is None:
        return False
    with_it = state.status in (JobStatus.ON_SCENE, JobStatus.TOWING)
    return with_it and book.truck(state.truck).status is not TruckStatus.AT_SHOP


def _whereabouts(book: Ledger, state: JobState, fixes: Fixes) -> tuple[float, float]:
    """Where the vehicle is: before the shop that turned it away, where its truck was seen last, or at the scene."""
    if state.status is JobStatus.DESTINATION_REFUSED:
        shop = book.shops[state.shop or ""]
        return shop.lon_deg, shop.lat_deg
    row = book.truck(state.truck or "").row
    if state.status is JobStatus.TOWING and np.isfinite(fixes.lon_deg[row]):
        return float(fixes.lon_deg[row]), float(fixes.lat_deg[row])
    return book.place_of(state)


def _drives(book: Ledger, state: JobState, place: tuple[float, float]) -> NDArray[np.int64]:
    """Seconds from a place to each shop, by the roads of the truck that the vehicle needs."""
    router = roads_for(book, state.job.needs)
    to = shops_on(router, book, list(book.shops.values()))
    drive_s: NDArray[np.int64] = seconds(router.table(router.snap([place[0]], [place[1]]), to))[0]
    return drive_s
