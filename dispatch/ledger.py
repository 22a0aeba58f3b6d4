"""The engine's memory: jobs, trucks, shops and closures as the events so far have left them. It decides nothing.

`dispatch.fold` writes in it, everybody else reads.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dispatch.fleet import Shop, TruckStatus
from dispatch.orders import ENDED, JobStatus, Order
from dispatch.road_closures import Closure
from dispatch.states import ImpossibleStep, JobState, OrderState, TruckState
from routing.closures import links_in_geometry
from routing.profiles import HEAVY
from routing.roads import RoadClass
from routing.router import Positions, Router
from routing.traffic import LiveRow, LiveSpeeds, TrafficState
from routing.traffic_tables import FREE, TrafficTable
from routing.versions import Versions

_Row = TypeVar("_Row")

NO_ANSWER_BAR_MS = 5 * 60_000
"""An unanswered offer bars the truck from the job for five minutes; it is no punishment."""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """A ledger as plain values, to be kept and to be compared. Ledgers of the same events have equal states.

    Whether a plan is wanted is not part of it: that ends with a snapshot, which is no event.
    """

    orders: tuple[Order, ...]
    jobs: tuple[JobState, ...]
    open_jobs: tuple[str, ...]
    on_expressway: tuple[str, ...]
    trucks: tuple[TruckState, ...]
    shops: tuple[Shop, ...]
    taken_places: dict[str, int]
    offers: dict[str, str]
    closures: tuple[Closure, ...]
    active_closures: tuple[str, ...]
    traffic_version: int
    hour_of_week: int | None = None
    live: tuple[LiveRow, ...] = ()
    traffic_at_ms: int = 0
    closed_shops: tuple[str, ...] = ()


class Ledger:
    """Everything by id. `open_jobs` keeps, in order of report, the jobs that have not ended.

    `router` is that of the roads as they are open and driven now: the closures, the hour by the table, live speeds.
    `traffic_version` counts what was told of these.
    """

    def __init__(self, router: Router, table: TrafficTable = FREE) -> None:
        """`router` is that of free flow; `table` says how much slower the hours of the week are."""
        self.router = router
        self.traffic = TrafficState()
        self._versions = Versions(router, table)
        self.orders: dict[str, OrderState] = {}
        self.jobs: dict[str, JobState] = {}
        self.open_jobs: dict[str, None] = {}
        self.trucks: dict[str, TruckState] = {}
        self.shops: dict[str, Shop] = {}
        self.shop_positions: dict[str, Positions] = {}
        self.closed_shops: dict[str, None] = {}
        self.moved_scenes: dict[str, Positions] = {}
        self.taken_places: dict[str, int] = {}
        self.offers: dict[str, str] = {}
        self.closures: dict[str, Closure] = {}
        self.active_closures: dict[str, NDArray[np.bool_]] = {}
        self.traffic_version = 0
        self.wants_plan = False

    @property
    def heavy_router(self) -> Router:
        """The same roads as they are for heavy vehicles."""
        return self._versions.get(self.router.closed, self.traffic, HEAVY)

    def job(self, job_id: str) -> JobState:
        """Raises ImpossibleStep where there is none of this id; so do the getters below."""
        return _known(self.jobs, "job", job_id)

    def truck(self, truck_id: str) -> TruckState:
        return _known(self.trucks, "truck", truck_id)

    def order(self, order_id: str) -> OrderState:
        return _known(self.orders, "order", order_id)

    def shop(self, shop_id: str) -> Shop:
        return _known(self.shops, "shop", shop_id)

    def closure(self, closure_id: str) -> Closure:
        return _known(self.closures, "closure", closure_id)

    def open_offer(self, offer: str) -> JobState:
        """The job of an offer that can still be answered."""
        state = self.job(_known(self.offers, "offer", offer))
        if state.offer != offer or state.status is not JobStatus.OFFERED:
            raise ImpossibleStep(f"offer {offer}: no longer open (job {state.job.id} is {state.status})")
        return state

    def scene_of(self, state: JobState) -> Positions:
        """Where a job is to be begun: its order's scene, or where its first truck broke down with the vehicle."""
        return self.orders[state.order_id].scene if state.moved is None else self.moved_scenes[state.job.id]

    def place_of(self, state: JobState) -> tuple[float, float]:
        """Longitude and latitude of the same."""
        at = self.orders[state.order_id].order if state.moved is None else state.moved
        return at.lon_deg, at.lat_deg

    def free_places(self, shop_id: str) -> int | None:
        """Places left at a shop, None where it is never full; a closed one has none."""
        if shop_id in self.closed_shops:
            return 0
        places = self.shops[shop_id].places
        return None if places is None else max(0, places - self.taken_places[shop_id])

    def set_job(self, state: JobState, now_ms: int, **changes: Any) -> JobState:
        since_ms = now_ms if changes.get("status", state.status) is not state.status else state.since_ms
        after = replace(state, since_ms=since_ms, version=state.version + 1, **changes)
        self.jobs[state.job.id] = after
        if after.status in ENDED:
            self.open_jobs.pop(state.job.id, None)
        return after

    def set_truck(self, state: TruckState, now_ms: int, status: TruckStatus, job: str | None) -> None:
        self.trucks[state.truck.id] = replace(state, status=status, job=job, since_ms=now_ms, version=state.version + 1)

    def let_go(self, state: JobState, now_ms: int) -> None:
        """The truck of a job that has not been reached stands free again, where it is."""
        if state.truck is not None:
            self.set_truck(self.truck(state.truck), now_ms, TruckStatus.STANDBY, None)

    def release_pins(self, truck_id: str, now_ms: int) -> None:
        """No job waits for a truck that has left: what it was pinned to or planned for is planned anew."""
        for state in [self.jobs[job_id] for job_id in self.open_jobs]:
            if state.pinned_to == truck_id:
                self.set_job(state, now_ms, pinned_to=None)
            if truck_id in (state.pinned_to, state.planned_truck):
                self.wants_plan = True

    def over_since_ms(self, order_id: str) -> int | None:
        """When the last job of an order ended; None while one has not."""
        jobs = [self.jobs[job.id] for job in self.order(order_id).order.jobs]
        return max(job.since_ms for job in jobs) if all(job.status in ENDED for job in jobs) else None

    def forget(self, order_id: str) -> None:
        """An order that is over leaves, with its jobs and their offers. No truck is with any of them any more."""
        for job in self.orders.pop(order_id).order.jobs:
            self.moved_scenes.pop(job.id, None)
            for offer in self.jobs.pop(job.id).past_offers:
                self.offers.pop(offer, None)

    def place_order(self, order: Order) -> None:
        scene = self.router.snap([order.lon_deg], [order.lat_deg])
        self.orders[order.id] = OrderState(order, scene, self.on_expressway(scene))

    def place_moved(self, state: JobState) -> None:
        """Seeks the place on the roads where a vehicle stands that its truck could carry no further."""
        if state.moved is not None:
            self.moved_scenes[state.job.id] = self.router.snap([state.moved.lon_deg], [state.moved.lat_deg])

    def on_expressway(self, scene: Positions) -> bool:
        return bool(scene.found[0] and self.router.roads.link_class[scene.link[0]] == RoadClass.MOTORWAY)

    def place_shop(self, shop: Shop) -> None:
        self.shop_positions[shop.id] = self.router.snap([shop.lon_deg], [shop.lat_deg])
        self.shops[shop.id] = shop

    def close_roads(self, active: dict[str, NDArray[np.bool_]]) -> None:
        """The roads with just these closures; scenes and shops are sought anew, for a closed road cannot be reached.

        Orders that have ended keep the place that they had.
        """
        closed = np.zeros(self.router.roads.link_count, dtype=np.bool_)
        for mask in active.values():
            closed |= mask
        self.active_closures = active
        self.router = self._versions.get(closed, self.traffic)
        self.traffic_version += 1
        for order_id in {self.jobs[job_id].order_id: None for job_id in self.open_jobs}:
            was = self.orders[order_id]
            scene = self.router.snap([was.order.lon_deg], [was.order.lat_deg])
            self.orders[order_id] = replace(was, scene=scene)
        for job_id in self.open_jobs:
            self.place_moved(self.jobs[job_id])
        for shop in self.shops.values():
            self.place_shop(shop)

    def set_traffic(self, traffic: TrafficState) -> None:
        """The roads in other traffic. Places stay where they are: which roads are open has not changed."""
        self.traffic = traffic
        self.router = self._versions.get(self.router.closed, traffic)
        self.traffic_version += 1

    @classmethod
    def restored(cls, router: Router, state: LedgerState, table: TrafficTable = FREE) -> Ledger:
        """A ledger as its state says, on the roads of `router` (of the city that the state comes from, none closed)."""
        book = cls(router, table)
        book.set_traffic(TrafficState(state.hour_of_week, LiveSpeeds.of_rows(state.live), state.traffic_at_ms))
        book.closures = {closure.id: closure for closure in state.closures}
        book.close_roads({name: links_of(router, book.closures[name]) for name in state.active_closures})
        for order in state.orders:
            book.place_order(order)
            book.orders[order.id] = replace(book.orders[order.id], on_expressway=order.id in state.on_expressway)
        for shop in state.shops:
            book.place_shop(shop)
        book.jobs = {job.job.id: job for job in state.jobs}
        for job in state.jobs:
            book.place_moved(job)
        book.closed_shops = dict.fromkeys(state.closed_shops)
        book.open_jobs = dict.fromkeys(state.open_jobs)
        book.trucks = {truck.truck.id: truck for truck in state.trucks}
        book.taken_places, book.offers = dict(state.taken_places), dict(state.offers)
        book.traffic_version, book.wants_plan = state.traffic_version, True
        return book

    def copy(self) -> Ledger:
        """The same at this moment, to be looked at or thought with elsewhere while this one goes on."""
        twin = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, dict):
                setattr(twin, name, dict(value))
        return twin

    def state(self) -> LedgerState:
        return LedgerState(
            orders=tuple(state.order for state in self.orders.values()),
            jobs=tuple(self.jobs.values()),
            open_jobs=tuple(self.open_jobs),
            on_expressway=tuple(state.order.id for state in self.orders.values() if state.on_expressway),
            trucks=tuple(self.trucks.values()),
            shops=tuple(self.shops.values()),
            taken_places=dict(self.taken_places),
            offers=dict(self.offers),
            closures=tuple(self.closures.values()),
            active_closures=tuple(self.active_closures),
            traffic_version=self.traffic_version,
            hour_of_week=self.traffic.hour_of_week,
            live=self.traffic.live.rows(),
            traffic_at_ms=self.traffic.at_ms,
            closed_shops=tuple(self.closed_shops),
        )


def links_of(router: Router, closure: Closure) -> NDArray[np.bool_]:
    """bool[L]: the links that a closure closes. Raises BadInput where its drawing cannot be used."""
    return links_in_geometry(router.roads, json.loads(closure.geometry), closure.buffer_m)


def _known(rows: dict[str, _Row], what: str, row_id: str) -> _Row:
    try:
        return rows[row_id]
    except KeyError:
        raise ImpossibleStep(f"{what} {row_id}: not known") from None
