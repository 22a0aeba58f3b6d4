"""What everybody may read: the state as of the last commit. Written after each turn, in the loop's thread, whole.

The writer's own state is ahead of it while a commit is under way, and nobody is told of what is not durable yet.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

from api.subjects import job_of
from api.turns import Entry
from cases import events as cases
from cases.book import RescueState, Standing
from data.archive import Archived
from data.state import State
from dispatch import events as ev
from dispatch.fleet import Shop
from dispatch.orders import ENDED, JobStatus
from dispatch.road_closures import Closure
from dispatch.states import JobState, OrderState, TruckState
from routing.router import Positions, Router
from routing.traffic import TrafficState

STATUS_ORDER: dict[JobStatus, float] = {status: rank for rank, status in enumerate(JobStatus)}
STATUS_ORDER[JobStatus.DESTINATION_REFUSED] = STATUS_ORDER[JobStatus.TOWING] + 0.5
"""How far a job has come; a vehicle that was turned away is still on its truck."""

_LEAVING = (ev.OffDuty, ev.WentOutOfService, ev.BrokeDown, ev.BrokeDownLoaded)
"""A truck leaves what it had or was named for."""


@dataclass(slots=True)
class Changed:
    """The ids that a turn has changed, each once, in the order in which they came up."""

    rescues: dict[str, None] = field(default_factory=dict)
    trucks: dict[str, None] = field(default_factory=dict)
    shops: dict[str, None] = field(default_factory=dict)
    closures: dict[str, None] = field(default_factory=dict)


class Published:
    """Everything by id, as in the books. `open_rescues` keeps, in order of report, those that have not ended.

    `archived` counts the rescues that have left and are in here no more.
    """

    def __init__(self, state: State, seq: int) -> None:
        """`seq` is the last record that the state is the fold of."""
        book = state.engine.book
        self.router: Router = book.router
        self.traffic: TrafficState = book.traffic
        self.traffic_version = book.traffic_version
        self.orders: dict[str, OrderState] = dict(book.orders)
        self.jobs: dict[str, JobState] = dict(book.jobs)
        self.trucks: dict[str, TruckState] = dict(book.trucks)
        self.shops: dict[str, Shop] = dict(book.shops)
        self.shop_positions: dict[str, Positions] = dict(book.shop_positions)
        self.shop_versions = dict.fromkeys(self.shops, seq)
        self.free_places = {shop: book.free_places(shop) for shop in book.shops}
        self.closed_shops = frozenset(book.closed_shops)
        self.moved_scenes: dict[str, Positions] = dict(book.moved_scenes)
        self.closures: dict[str, Closure] = dict(book.closures)
        self.active_closures = {name: int(links.sum()) for name, links in book.active_closures.items()}
        self.rescues: dict[str, RescueState] = dict(state.cases.rescues)
        self.cases: dict[str, cases.Case] = dict(state.cases.cases)
        self.rescue_of_link: dict[str, str] = dict(state.cases.rescue_of_link)
        self.truck_of_device = {t.truck.device: t.truck.id for t in self.trucks.values() if t.truck.device}
        self.offers: dict[str, str] = dict(book.offers)
        self.open_rescues = {rescue: None for rescue in self.rescues if not self.has_ended(rescue)}
        self.archived = state.cases.archived

    def take(self, state: State, entries: Sequence[Entry]) -> Changed:
        """Follows the state after a commit."""
        changed = Changed()
        for entry in entries:
            self._note(state, entry, changed)
        self._copy(state, changed)
        if any(isinstance(entry.event, cases.RescueArchived) for entry in entries):
            self.cases = dict(state.cases.cases)
        self.shop_versions |= dict.fromkeys(changed.shops, entries[-1].record.seq)
        return changed

    def of_archived(self, found: Archived) -> Published:
        """An archived rescue alone, among the trucks and shops of now."""
        order, state = found.order, found.rescue
        alone = copy.copy(self)
        alone.rescues, alone.open_rescues, alone.offers = {state.rescue.id: state}, {}, {}
        alone.jobs = {job.job.id: job for job in found.jobs}
        alone.orders = {}
        if order is not None:
            nowhere = Positions.concatenate([])  # nobody drives there any more, and a page may show a thousand
            alone.orders = {order.id: OrderState(order, nowhere, on_expressway=False)}
        return alone

    def jobs_of(self, rescue_id: str) -> list[JobState]:
        """None before the rescue is an order of the dispatcher's."""
        order = self.orders.get(rescue_id)
        return [] if order is None else [self.jobs[job.id] for job in order.order.jobs]

    def scene_of(self, job: JobState) -> Positions:
        """Where a job is to be begun: at its rescue's place, or where its first truck broke down with the vehicle."""
        return self.orders[job.order_id].scene if job.moved is None else self.moved_scenes[job.job.id]

    def status(self, rescue_id: str) -> JobStatus:
        """That of the least advanced job that is not cancelled."""
        standing = self.rescues[rescue_id].standing
        if standing is Standing.HELD:
            return JobStatus.REPORTED
        if standing in (Standing.MERGED, Standing.WITHDRAWN):
            return JobStatus.CANCELLED
        statuses = [job.status for job in self.jobs_of(rescue_id)]
        left = [status for status in statuses if status is not JobStatus.CANCELLED] or statuses
        return min(left, key=STATUS_ORDER.__getitem__)

    def has_ended(self, rescue_id: str) -> bool:
        standing = self.rescues[rescue_id].standing
        if standing is not Standing.ORDERED:
            return standing is not Standing.HELD
        return all(job.status in ENDED for job in self.jobs_of(rescue_id))

    def ended_ms(self, rescue_id: str) -> int | None:
        if not self.has_ended(rescue_id):
            return None
        return max((job.since_ms for job in self.jobs_of(rescue_id)), default=self.rescues[rescue_id].since_ms)

    def version(self, rescue_id: str) -> int:
        """Grows with every change of the rescue or one of its jobs."""
        return self.rescues[rescue_id].version + sum(job.version for job in self.jobs_of(rescue_id))

    def queue_place(self, rescue_id: str) -> int | None:
        """From 1, among the rescues in order of report of which some job has nobody named for it."""
        place = 0
        for each in self.open_rescues:
            if any(job.status is JobStatus.REPORTED for job in self.jobs_of(each)):
                place += 1
                if each == rescue_id:
                    return place
        return None

    def _note(self, state: State, entry: Entry, changed: Changed) -> None:
        event = entry.event
        if isinstance(event, ev.PlanMade):
            return
        if isinstance(event, cases.CaseOpened):
            self.cases[event.case.id] = event.case
        if isinstance(event, cases.RescueArchived):
            self._forget(event.rescue)
        if isinstance(event, cases.CaseArchived):
            del self.cases[event.case]
        job_id = job_of(state, event)
        if job_id is not None:
            for job in (self.jobs.get(job_id), state.engine.book.jobs.get(job_id)):
                if job is not None:
                    changed.rescues[job.order_id] = None
                    changed.trucks |= {} if job.truck is None else {job.truck: None}
                    changed.shops |= {} if job.shop is None else {job.shop: None}
        if isinstance(event, ev.OwnerChoseShop):
            changed.shops |= {job.shop: None for job in self.jobs_of(event.order) if job.shop is not None}
        if isinstance(event, _LEAVING):
            named = [self.jobs[job_id] for job_id in state.engine.book.open_jobs if job_id in self.jobs]
            left = [job.order_id for job in named if event.truck in (job.truck, job.pinned_to)]
            changed.rescues |= dict.fromkeys(left)
        if entry.record.subject is not None and entry.record.subject in state.cases.rescues:
            changed.rescues[entry.record.subject] = None
        truck = getattr(event, "truck", None)
        if truck is not None:
            changed.trucks[truck if isinstance(truck, str) else truck.id] = None
        shop = getattr(event, "shop", None)
        if shop is not None:
            changed.shops[shop if isinstance(shop, str) else shop.id] = None
        closure = getattr(event, "closure", None)
        if closure is not None:
            changed.closures[closure if isinstance(closure, str) else closure.id] = None

    def _forget(self, rescue_id: str) -> None:
        for job in self.jobs_of(rescue_id):
            del self.jobs[job.job.id]
            for offer in job.past_offers:
                self.offers.pop(offer, None)
        del self.rescue_of_link[self.rescues.pop(rescue_id).link]
        self.orders.pop(rescue_id, None)
        self.archived += 1

    def _copy(self, state: State, changed: Changed) -> None:
        book = state.engine.book
        for rescue_id in changed.rescues:
            rescue = state.cases.rescues.get(rescue_id)
            if rescue is None:
                continue
            self.rescue_of_link.pop(self.rescues.get(rescue_id, rescue).link, None)
            self.rescues[rescue_id] = rescue
            self.rescue_of_link[rescue.link] = rescue_id
            if rescue_id in book.orders:
                self.orders[rescue_id] = book.orders[rescue_id]
                for job in self.orders[rescue_id].order.jobs:
                    self.jobs[job.id] = book.jobs[job.id]
                    if (offer := book.jobs[job.id].offer) is not None:
                        self.offers[offer] = job.id
            if self.has_ended(rescue_id):
                self.open_rescues.pop(rescue_id, None)
            else:
                self.open_rescues[rescue_id] = None
        for truck_id in changed.trucks:
            truck, before = book.trucks[truck_id], self.trucks.get(truck_id)
            if before is not None and self.truck_of_device.get(before.truck.device) == truck_id:
                del self.truck_of_device[before.truck.device]
            self.trucks[truck_id] = truck
            if truck.truck.device:
                self.truck_of_device[truck.truck.device] = truck_id
        for shop_id in changed.shops:
            self.shops[shop_id] = book.shops[shop_id]
            self.shop_positions[shop_id] = book.shop_positions[shop_id]
            self.free_places[shop_id] = book.free_places(shop_id)
        self.moved_scenes = dict(book.moved_scenes)
        self.closed_shops = frozenset(book.closed_shops)
        if changed.closures:
            self.closures = dict(book.closures)
            self.active_closures = {name: int(links.sum()) for name, links in book.active_closures.items()}
            self.shop_positions = dict(book.shop_positions)
            for rescue_id in self.open_rescues:
                if rescue_id in book.orders:
                    self.orders[rescue_id] = book.orders[rescue_id]
        self.router = book.router
        self.traffic, self.traffic_version = book.traffic, book.traffic_version
