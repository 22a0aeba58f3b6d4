"""How long each truck, scene and shop is from each scene and shop, on the roads that the vehicle may drive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.fleet import Fixes, Shop
from dispatch.ledger import Ledger
from dispatch.problem import NO_WAY_S
from dispatch.states import JobState, TruckState
from routing.router import NO_WAY_MS, Positions, Router

HEAVY = frozenset({"heavy", "crane"})
"""Capabilities that only a heavy vehicle has, and jobs need only from one."""


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """Whole seconds: from each truck, shop and scene to each scene; from each truck and scene to each shop."""

    truck_scene: NDArray[np.int64]
    shop_scene: NDArray[np.int64]
    scene_scene: NDArray[np.int64]
    truck_shop: NDArray[np.int64]
    scene_shop: NDArray[np.int64]


def travel_times(book: Ledger, trucks: Sequence[TruckState], fixes: Fixes, jobs: Sequence[JobState]) -> TravelTimes:
    """Times of `trucks` (with their rows of `fixes`), the scenes of `jobs`, and all shops of the ledger.

    A heavy truck drives to scenes, and whoever serves a job that needs one drives on from there, by the roads for heavy
    vehicles; what lies on none of these is reached at the nearest place that does.
    """
    times = _all_times(book.router, book, trucks, fixes, jobs)
    heavy_trucks = np.array([is_heavy(truck.truck.can) for truck in trucks], np.bool_)
    heavy_jobs = np.array([is_heavy(state.job.needs) for state in jobs], np.bool_)
    if not (heavy_trucks.any() or heavy_jobs.any()):
        return times
    heavy = _all_times(book.heavy_router, book, trucks, fixes, jobs)
    return TravelTimes(
        truck_scene=np.where(heavy_trucks[:, None], heavy.truck_scene, times.truck_scene),
        shop_scene=np.where(heavy_jobs[None, :], heavy.shop_scene, times.shop_scene),
        scene_scene=np.where(heavy_jobs[:, None], heavy.scene_scene, times.scene_scene),
        truck_shop=np.where(heavy_trucks[:, None], heavy.truck_shop, times.truck_shop),
        scene_shop=np.where(heavy_jobs[:, None], heavy.scene_shop, times.scene_shop),
    )


def is_heavy(can: Collection[str]) -> bool:
    """Whether only a heavy vehicle can do this."""
    return not HEAVY.isdisjoint(can)


def roads_for(book: Ledger, can: Collection[str]) -> Router:
    """The roads that are open to a truck that can do this, or to one that can do what is needed."""
    return book.heavy_router if is_heavy(can) else book.router


def scenes_on(router: Router, book: Ledger, jobs: Sequence[JobState]) -> Positions:
    """The scenes of jobs on the roads of `router`, one of the ledger's two."""
    if router is book.router:
        return Positions.concatenate([book.scene_of(state) for state in jobs])
    at = [book.place_of(state) for state in jobs]
    return router.snap([lon_deg for lon_deg, _ in at], [lat_deg for _, lat_deg in at])


def shops_on(router: Router, book: Ledger, shops: Sequence[Shop]) -> Positions:
    """Shops on the roads of `router`, one of the ledger's two."""
    if router is book.router:
        return Positions.concatenate([book.shop_positions[shop.id] for shop in shops])
    return router.snap([shop.lon_deg for shop in shops], [shop.lat_deg for shop in shops])


def _all_times(
    router: Router, book: Ledger, trucks: Sequence[TruckState], fixes: Fixes, jobs: Sequence[JobState]
) -> TravelTimes:
    rows = np.array([truck.row for truck in trucks], dtype=np.int64)
    places = router.snap(fixes.lon_deg[rows], fixes.lat_deg[rows], heading_deg=fixes.heading_deg[rows])
    scenes, shops = scenes_on(router, book, jobs), shops_on(router, book, list(book.shops.values()))
    n, m = len(places), len(shops)
    to_scene = seconds(router.table(Positions.concatenate([places, shops, scenes]), scenes))
    to_shop = seconds(router.table(Positions.concatenate([places, scenes]), shops))
    return TravelTimes(to_scene[:n], to_scene[n : n + m], to_scene[n + m :], to_shop[:n], to_shop[n:])


def seconds(table_ms: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Milliseconds to the nearest second."""
    wide = table_ms.astype(np.int64)
    return np.where(table_ms == NO_WAY_MS, NO_WAY_S, (wide + 500) // 1000)
