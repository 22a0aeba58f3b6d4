"""The running service: the writer, what is published, positions, and who is told. Routes are handed one of these."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from api.ahead import SERVES
from api.archiving import AT_ONCE, archive_command
from api.clock import Clock
from api.decisions import LastDecisions
from api.driver import Driver
from api.etas import Etas, etas_of, trips_of
from api.explained import Teller
from api.feed import Feed
from api.ids import link_token
from api.once import Once
from api.permission import Identity
from api.position_board import PositionBoard
from api.positions import Positions
from api.published import Published
from api.road_work import RoadWork
from api.tracking import find_followed, position_rows, track_of
from api.traffic_view import traffic_view
from api.turns import Entry
from api.views import Views
from cases import events as cases
from cases.book import RescueState
from data.database import CannotWrite, Database
from data.fixes import Fix
from data.journal import Journal
from data.state import State
from data.valkey import BundledValkey
from dispatch import events as ev
from dispatch.fleet import IDLE, TruckStatus
from dispatch.policy import Policy
from dispatch.snapshot import FIX_AGE_MS
from geo.instants import text_of
from routing.roads import City

LOG = logging.getLogger("towline.service")

CONTROL = "control"
POSITIONS_EVERY_S = 0.25
ETAS_EVERY_S = 1.0
LINKS_EVERY_S = 0.25
ARCHIVE_EVERY_S = 3_600
"""Of the service clock."""

ETA_MOVED_MS = 20_000
"""An arrival that has moved by this much is told anew; the pages count down by themselves."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a service is run. `valkey` None and `positions_url`: a store of somebody else's."""

    city: City
    city_sha256: str
    policy: Policy
    clock: Clock
    secret: bytes
    identity: Identity
    base_url: str
    life: str
    demo: bool
    tiles: Path | None
    pages: Path
    notes: tuple[str, ...]
    positions_url: str | None
    valkey: BundledValkey | None


class Service:
    """`run` drives everything until cancelled; what is read meanwhile is of the last commit."""

    def __init__(self, settings: Settings, database: Database, journal: Journal, state: State) -> None:
        self.settings = settings
        self.database = database
        self.journal = journal
        self.feed = Feed(settings.life)
        self.published = Published(state, journal.head.seq)
        self.board = PositionBoard()
        self.driver = Driver(
            state, journal, database, self.board, settings.clock, settings.city_sha256, self._hear,
            ZoneInfo(settings.city.facts.timezone),
        )  # fmt: skip
        self.views = Views(self.published, self.board, self.driver.now_ms, settings.policy, self.tracking_url)
        self.positions = Positions(
            self.board, self._is_on_duty, settings.city.facts.name, settings.positions_url, settings.valkey,
            lambda: len(self.published.trucks), self.driver.now_ms,
            self._moved, self._tell_health,
        )  # fmt: skip
        self.last = LastDecisions()
        self.teller = Teller(
            ZoneInfo(settings.city.facts.timezone), self.published.trucks, self.published.jobs, self.published.rescues,
            self.published.shops,
        )  # fmt: skip
        self.once = Once(database, self.driver)
        self.road_work = RoadWork()
        self.running = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._told_eta: dict[str, int] = {}
        self._told_health = ""
        self._seen_ms: dict[str, int] = {}

    def tracking_url(self, state: RescueState) -> str | None:
        if state.link_revoked:
            return None
        return f"{self.settings.base_url}/t/{link_token(self.settings.secret, state.rescue.id, state.link_number)}"

    def health(self) -> dict[str, Any]:
        journal, engine, positions = self.driver.journal_fault, self.driver.engine_fault, self.positions.fault
        return {
            "ready": self.running and journal is None and engine is None and positions is None,
            "journal": {"ok": journal is None, "seq": self.journal.head.seq, "detail": journal},
            "positions": {
                "ok": positions is None,
                "detail": positions,
                "since_at": None if positions is None else text_of(self.positions.since_ms),
            },
            "engine": {"ok": engine is None, "detail": engine},
        }

    def _is_on_duty(self, truck_id: str, at_ms: int) -> bool:
        """Whether a fix taken then may be kept: the truck is on duty, and was so then."""
        truck = self.published.trucks.get(truck_id)
        return truck is not None and truck.status is not TruckStatus.OFF_DUTY and at_ms >= truck.on_duty_since_ms

    async def run(self) -> None:
        """Ends by cancellation, or by what the writer or another task cannot go on with."""
        self.running = True
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.driver.run(), name="driver")
                group.create_task(self.positions.run(), name="positions")
                group.create_task(self._tell_positions(), name="tell positions")
                group.create_task(self._tell_etas(), name="etas")
                group.create_task(self._archive(), name="archive")
                group.create_task(self._end_links(), name="end links")
        finally:
            self.running = False
            self.feed.close()
            self.road_work.close()

    async def archive(self, at_once: int = AT_ONCE) -> int:
        """Lets the rescues leave the live state that have been over for as long as the policy says, and the cases that
        have had none for as long; how many they were.

        Raises CannotWrite.
        """
        command, left = archive_command(self.settings.policy.archive_after_s, at_once), 0
        while True:
            done = await self.driver.do(command)
            left += int(done.answer)
            if done.answer < at_once:
                return left

    async def _archive(self) -> None:
        while True:
            try:
                await self.archive()
            except CannotWrite as fault:
                LOG.warning("no rescue was archived: %s", fault)
            except Exception:
                LOG.exception("no rescue was archived")
            await asyncio.sleep(ARCHIVE_EVERY_S / self.settings.clock.speed)

    async def track(self, rescue_id: str) -> dict[str, Any]:
        return await track_of(
            self.views, self.journal, self.teller, rescue_id, positions_ok=self.positions.fault is None,
            speed=self.settings.clock.speed, stream_id=self.feed.last_id,
        )  # fmt: skip

    def _hear(self, entries: Sequence[Entry]) -> None:
        """After each commit, in the loop's thread: publish, then tell."""
        ended = [self.published.rescues[each].link for each in _ended_links(entries) if each in self.published.rescues]
        roads, traffic_version = self.published.router, self.published.traffic_version
        changed = self.published.take(self.driver.state, entries)
        for link in ended:
            self.feed.end(link)
        self._forget_etas(changed.rescues)
        off_duty = [entry.event.truck for entry in entries if isinstance(entry.event, ev.OffDuty)]
        for truck_id in off_duty:  # before anybody is told: a truck off duty is nowhere
            self.board.forget(truck_id)
            self._spawn(self.positions.forget(truck_id))
        for rescue_id in changed.rescues:
            self._tell_rescue(rescue_id)
        for truck_id in changed.trucks:
            self._tell(CONTROL, "truck", self.views.truck(truck_id))
        for shop_id in changed.shops:
            self._tell(CONTROL, "shop", self.views.shop(shop_id))
        for closure_id in changed.closures:
            self._tell(CONTROL, "closure", self.views.closure(closure_id))
        if self.published.traffic_version != traffic_version:
            self._tell(CONTROL, "traffic", traffic_view(self.published, self.settings.policy, self.driver.now_ms()))
        if self.published.router is not roads:
            self._spawn(self._find_ways_anew())
        for row in self.last.take(entries, self.teller):
            self._tell(CONTROL, "decision", row)
        self._tell_health()

    def _forget_etas(self, rescues: dict[str, None]) -> None:
        """What was timed for another state of a job says nothing of the new one."""
        jobs = {job.job.id for rescue_id in rescues for job in self.published.jobs_of(rescue_id)}
        self.views.etas = {job: etas for job, etas in self.views.etas.items() if job not in jobs}
        for job_id in jobs:
            self._told_eta.pop(job_id, None)

    def _tell_rescue(self, rescue_id: str) -> None:
        if rescue_id not in self.published.rescues:
            return
        self._tell(CONTROL, "rescue", self.views.rescue(rescue_id))
        if self._followed(rescue_id) is not None:
            self._spawn(self._tell_track(rescue_id))

    def _followed(self, rescue_id: str) -> str | None:
        """The topic of those who follow a rescue by its link, None where nobody does or may."""
        state = self.published.rescues.get(rescue_id)
        if state is None or not self.feed.has_readers(state.link):
            return None
        return state.link if find_followed(self.views, state.link) is not None else None

    async def _tell_track(self, rescue_id: str) -> None:
        track = await self.track(rescue_id)
        topic = self._followed(rescue_id)
        if topic is not None:
            self._tell(topic, "track", track)

    def _tell(self, topic: str, kind: str, data: object) -> None:
        self.feed.tell(topic, kind, json.dumps(data, ensure_ascii=False, separators=(",", ":")))

    def _tell_health(self) -> None:
        health = self.health()
        told = json.dumps({**health, "journal": {**health["journal"], "seq": None}})
        if told != self._told_health:
            self._told_health = told
            self._tell(CONTROL, "health", health)
            for rescue_id in self.published.open_rescues:
                if self._followed(rescue_id) is not None:
                    self._spawn(self._tell_track(rescue_id))

    def _moved(self, fixes: Sequence[Fix]) -> None:
        """A truck that has come into sight may be a candidate for what waits."""
        now_ms = self.driver.now_ms()
        for fix in fixes:
            truck = self.published.trucks.get(fix.truck)
            out_of_sight = now_ms - self._seen_ms.get(fix.truck, 0) > FIX_AGE_MS
            self._seen_ms[fix.truck] = now_ms
            if out_of_sight and truck is not None and truck.status in IDLE:
                self.driver.look_again()

    def end_links(self) -> None:
        """Lets those go who follow by a link that opens nothing any more.

        A link ends by the clock, without an event; and it may be revoked between a stream's opening and its first word.
        """
        for topic in self.feed.topics() - {CONTROL}:
            if find_followed(self.views, topic) is None:
                self.feed.end(topic)

    async def _end_links(self) -> None:
        while True:
            await asyncio.sleep(LINKS_EVERY_S)
            self.end_links()

    async def _tell_positions(self) -> None:
        told = self.board.version
        while True:
            await asyncio.sleep(POSITIONS_EVERY_S)
            self._tell_health()
            version = self.board.version
            if version == told:
                continue
            rows = [row for truck in self.board.changed_since(told) if (row := self._position_row(truck)) is not None]
            told = version
            if rows:
                self._tell(CONTROL, "positions", {"at": text_of(self.driver.now_ms()), "items": rows})
            for rescue_id in list(self.published.open_rescues):
                if (topic := self._followed(rescue_id)) is not None:
                    for served in position_rows(self.views, rescue_id):
                        self._tell(topic, "position", served)

    def _position_row(self, truck_id: str) -> list[Any] | None:
        fix, truck = self.board.find(truck_id), self.published.trucks.get(truck_id)
        if fix is None or truck is None:
            return None
        position = self.views.position(truck)
        assert position is not None
        return [truck_id, round(fix.lon_deg, 6), round(fix.lat_deg, 6), fix.heading_deg, fix.at_ms, position["stale"]]

    async def _tell_etas(self) -> None:
        while True:
            await asyncio.sleep(ETAS_EVERY_S)
            try:
                await self._time_trips()
            except Exception:
                LOG.exception("no times of arrival could be worked out")

    async def _time_trips(self) -> None:
        trips = trips_of(self.published, self.board)
        router, now_ms, percent = self.published.router, self.driver.now_ms(), self.settings.policy.eta_p90_percent
        etas = await asyncio.to_thread(etas_of, router, trips, now_ms, percent)
        if router is not self.published.router:
            return  # timed on roads as they are no more; on those of now it is under way
        self.views.etas = etas
        self._told_eta = {job: at_ms for job, at_ms in self._told_eta.items() if job in etas}
        told = {trip.job.order_id: None for trip in trips if self._has_moved(trip.job.job.id, etas[trip.job.job.id])}
        for rescue_id in told:
            if rescue_id in self.published.rescues:
                self._tell(CONTROL, "rescue", self.views.rescue(rescue_id))

    async def _find_ways_anew(self) -> None:
        """The roads have changed: trucks under way drive on by other ways and arrive at other times; who follows them
        is told at once."""
        await self._time_trips()
        for rescue_id in list(self.published.open_rescues):
            under_way = any(job.status in SERVES for job in self.published.jobs_of(rescue_id))
            if under_way and self._followed(rescue_id) is not None:
                await self._tell_track(rescue_id)

    def _has_moved(self, job_id: str, etas: Etas) -> bool:
        eta = etas.arrival or etas.delivery
        if eta is None:
            return False
        told_ms = self._told_eta.get(job_id)
        if told_ms is not None and abs(told_ms - eta.p50_ms) < ETA_MOVED_MS:
            return False
        self._told_eta[job_id] = eta.p50_ms
        return True

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned)

    def _spawned(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            LOG.error("a side task failed", exc_info=task.exception())


def _ended_links(entries: Sequence[Entry]) -> list[str]:
    """The rescues whose tracking link has ended."""
    events = [entry.event for entry in entries]
    return [each.rescue for each in events if isinstance(each, cases.LinkRevoked | cases.LinkIssued)]
