"""One run: a heap of happenings drives the engine of the live service through a simulated world.

The engine is told only what a live service would hear: reports, answers to offers, the drivers' taps, shifts, and the
fixes of devices when a snapshot is taken. Times at the scene, ways driven and arrivals stay the world's own.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dispatch import events as ev
from dispatch.engine import Engine
from dispatch.fleet import IDLE, TruckStatus
from dispatch.lateness import approaches, late_events
from dispatch.ledger import NO_ANSWER_BAR_MS
from dispatch.orders import JobStatus
from dispatch.rules import make_plan
from dispatch.solver.budget import Budget
from routing.router import Positions
from routing.traffic import hour_of_week, next_hour_ms
from simulator import happenings as hp
from simulator.draws import Drive, DriveKey
from simulator.record import Breakdown, Busy, JobRecord, Work
from simulator.scenario import Scenario
from simulator.world import Leg, World

DRAIN_MS = 24 * 3_600_000
"""How long after the last day a run may go on for the jobs that are still open."""

WATCH_MS = 60_000
"""How often a truck on its way to a scene is looked at for being late; without noise on the roads none is."""

RELIEF_MS = 60_000
"""How often a truck that is still at work from its last shift is looked at for the start of the next."""


class Run:
    """Plays a scenario to its end: `play` once, then read `jobs`, `busy`, `world.legs` and `work`."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.engine = Engine(scenario.router, scenario.policy)
        self.world = World(scenario.router)
        self.jobs: dict[str, JobRecord] = {}
        self.busy: list[Busy] = []
        self.work = Work()
        self._heap: list[tuple[int, int, hp.Happening]] = []
        self._number = 0
        self._deciding = False
        self.breakdowns: list[Breakdown] = []
        self._set_off_ms: dict[str, int] = {}
        self.told_late: list[str] = []
        self._ways_back: Counter[str] = Counter()
        self._chances_of: dict[str, tuple[int, int]] = {}
        self._reports_left = len(scenario.orders)
        self._elapsed_s: Callable[[], float] | None = None

    def play(
        self,
        progress: Callable[[int], None] = lambda _now_ms: None,
        elapsed_s: Callable[[], float] | None = None,
    ) -> None:
        """Runs until every order has ended, or until a day after the last one; `progress` hears the simulated time.

        `elapsed_s` is a stopwatch for `work.wall_s`; nothing that happens depends on it.
        """
        self._elapsed_s = elapsed_s
        self._prepare()
        last_ms = self.scenario.until_ms + DRAIN_MS
        while self._heap and self._heap[0][0] <= last_ms and (self._reports_left or self.engine.book.open_jobs):
            now_ms = self._heap[0][0]
            while self._heap and self._heap[0][0] == now_ms:
                _, _, happening = heapq.heappop(self._heap)
                _HANDLERS[type(happening)](self, happening, now_ms)
            self._think(now_ms)
            progress(now_ms)
        self._close(min(last_ms, self._heap[0][0]) if self._heap else last_ms)

    def _prepare(self) -> None:
        scenario = self.scenario
        if not scenario.policy.traffic.is_flat:
            self._hour_begins(hp.HourBegins(), scenario.from_ms)
        for shop in scenario.shops:
            self.engine.observe(ev.ShopRegistered(shop), scenario.from_ms)
        for each in scenario.trucks:
            self.engine.observe(ev.TruckRegistered(each.truck), scenario.from_ms)
            self.world.add(each.truck.id, each.post)
            for start_ms, end_ms in each.shifts:
                self._at(start_ms, hp.ShiftStart(each.truck.id))
                if end_ms is not None:
                    self._at(end_ms, hp.ShiftEnd(each.truck.id))
        for order, line in zip(scenario.orders, scenario.lines, strict=True):
            self._at(order.reported_at_ms, hp.Report(order))
            for number, job in enumerate(order.jobs, start=1):
                self._chances_of[job.id] = line, number

    def _at(self, at_ms: int, happening: hp.Happening) -> None:
        self._number += 1
        heapq.heappush(self._heap, (at_ms, self._number, happening))

    def _tell(self, event: ev.Event, now_ms: int) -> None:
        self.engine.observe(event, now_ms)

    def _think(self, now_ms: int) -> None:
        """One solve at a time, as in the live service; what comes in meanwhile is seen by the next."""
        if self._deciding or not self.engine.wants_plan:
            return
        interval_ms = self.scenario.policy.interval_ms
        if interval_ms and now_ms % interval_ms:
            self._at(now_ms + interval_ms - now_ms % interval_ms, hp.Look())
            return
        policy = self.scenario.policy
        begun_s = self._elapsed_s() if self._elapsed_s else 0.0
        snapshot = self.engine.problem(now_ms, self.world.fixes(now_ms))
        plan = make_plan(policy.rule, snapshot.problem, Budget(policy.work), self.scenario.seed)
        if self._elapsed_s:
            self.work.wall_s.append(self._elapsed_s() - begun_s)
        self.work.solves += 1
        self.work.units += plan.work
        self._deciding = True
        self._at(now_ms + plan.work * policy.latency_ms_per_1000_units // 1000, hp.Decide(snapshot, plan))

    def _decide(self, happening: hp.Decide, now_ms: int) -> None:
        self._deciding = False
        decisions = self.engine.decide(happening.snapshot, happening.plan, now_ms)
        recalled = []
        for decision in decisions:
            self._tell(decision, now_ms)
            if isinstance(decision, ev.Recalled):
                self._called_off(decision, now_ms)
                recalled.append(decision.truck)
            elif isinstance(decision, ev.Offered):
                self._offer(decision, now_ms)
        for truck_id in recalled:
            if self.engine.book.truck(truck_id).status in IDLE:
                self._rest(truck_id, now_ms)

    def _called_off(self, decision: ev.Recalled, now_ms: int) -> None:
        started_ms = self._set_off_ms.pop(decision.job, None)
        if started_ms is not None:
            self.world.halt(decision.truck, now_ms)
            self.busy.append(Busy(decision.truck, started_ms, now_ms))
            self.jobs[decision.job].switches += 1

    def _offer(self, decision: ev.Offered, now_ms: int) -> None:
        record = self.jobs[decision.job]
        record.offered_ms = now_ms
        record.offers += 1
        line, number = self._chances_of[decision.job]
        answer = self.scenario.chances.answer(self.scenario.seed, line, number, record.offers)
        if answer == "nothing":
            self._at(decision.expires_at_ms, hp.Expiry(decision.offer, decision.job))
        else:
            answer_ms = min(now_ms + 1000 * self.scenario.chances.answer_s, decision.expires_at_ms)
            self._at(answer_ms, hp.Answer(decision.offer, decision.job, accepts=answer == "accept"))

    def _is_open(self, offer: str, job_id: str) -> bool:
        state = self.engine.book.job(job_id)
        return state.offer == offer and state.status is JobStatus.OFFERED

    def _report(self, happening: hp.Report, now_ms: int) -> None:
        self._reports_left -= 1
        self._tell(ev.OrderReported(happening.order), now_ms)
        for job in happening.order.jobs:
            self.jobs[job.id] = JobRecord(job.id, happening.order.id)

    def _answer(self, happening: hp.Answer, now_ms: int) -> None:
        if not self._is_open(happening.offer, happening.job):
            return
        state = self.engine.book.job(happening.job)
        assert state.truck is not None
        if not happening.accepts:
            self.jobs[happening.job].refusals += 1
            self._tell(ev.OfferDeclined(happening.offer, "declined"), now_ms)
            self._rest(state.truck, now_ms)
            return
        self._tell(ev.OfferAccepted(happening.offer), now_ms)
        self.jobs[happening.job].accepted_ms = now_ms
        self._tell(ev.SetOff(happening.job), now_ms)
        self._set_off_ms[happening.job] = now_ms
        scene = self.engine.book.scene_of(state)
        drive = (Drive.TO_SCENE, *self._chances_of[happening.job], self.jobs[happening.job].offers)
        arrive_ms = self._drive(state.truck, scene, Leg.TO_SCENE, happening.job, now_ms, drive)
        self._at(arrive_ms, hp.ReachScene(happening.job, state.truck, self.world.leg(state.truck)))
        if any(self.scenario.chances.travel_sigma) or self.scenario.chances.travel_day_sigma:
            self._at(now_ms + WATCH_MS, hp.Watch(state.truck, self.world.leg(state.truck)))

    def _watch(self, happening: hp.Watch, now_ms: int) -> None:
        """By its fixes the truck may come later than was told: that is news, as it is to the live service."""
        if not self._still_drives(happening):
            return
        book, late_by_s = self.engine.book, self.scenario.policy.late_by_s
        found = [each for each in approaches(book, self.world.fixes(now_ms), now_ms) if each.truck == happening.truck]
        for event in late_events(found, now_ms, late_by_s):
            self.told_late.append(event.job)
            self._tell(event, now_ms)
        self._at(now_ms + WATCH_MS, happening)

    def _expiry(self, happening: hp.Expiry, now_ms: int) -> None:
        if not self._is_open(happening.offer, happening.job):
            return
        truck_id = self.engine.book.job(happening.job).truck
        assert truck_id is not None
        self._tell(ev.OfferExpired(happening.offer), now_ms)
        self._at(now_ms + NO_ANSWER_BAR_MS, hp.Look(again=True))
        self._rest(truck_id, now_ms)

    def _reach_scene(self, happening: hp.ReachScene, now_ms: int) -> None:
        if not self._still_drives(happening):
            return
        self.world.halt(happening.truck, now_ms)
        self._tell(ev.Arrived(happening.job), now_ms)
        record = self.jobs[happening.job]
        record.arrived_ms, record.truck = now_ms, happening.truck
        line, number = self._chances_of[happening.job]
        done_ms = now_ms + self.scenario.chances.on_scene_ms(self.scenario.seed, line, number)
        self._at(done_ms, hp.FinishScene(happening.job, happening.truck))

    def _finish_scene(self, happening: hp.FinishScene, now_ms: int) -> None:
        state = self.engine.book.job(happening.job)
        if state.shop is None:
            self._finished(happening.job, happening.truck, now_ms)
            return
        self._tell(ev.HookedUp(happening.job), now_ms)
        record = self.jobs[happening.job]
        record.hooked_up_ms, record.shop = now_ms, state.shop
        destination = self.engine.book.shop_positions[state.shop]
        drive = (Drive.TOW, *self._chances_of[happening.job], record.offers)
        arrive_ms = self._drive(happening.truck, destination, Leg.TOW, happening.job, now_ms, drive)
        self._at(arrive_ms, hp.ReachShop(happening.job, happening.truck, self.world.leg(happening.truck)))

    def _reach_shop(self, happening: hp.ReachShop, now_ms: int) -> None:
        if not self._still_drives(happening):
            return
        self.world.halt(happening.truck, now_ms)
        self._tell(ev.ReachedShop(happening.job), now_ms)
        shop = self.engine.book.shops[self.engine.book.job(happening.job).shop or ""]
        line, number = self._chances_of[happening.job]
        unload_ms = self.scenario.chances.unload_ms(self.scenario.seed, line, number, shop.unload_s)
        self._at(now_ms + unload_ms, hp.FinishUnload(happening.job, happening.truck))

    def _finish_unload(self, happening: hp.FinishUnload, now_ms: int) -> None:
        shop = self.engine.book.job(happening.job).shop
        assert shop is not None
        self._at(now_ms + 1000 * self.scenario.chances.shop_stay_s, hp.CarCollected(shop))
        self._finished(happening.job, happening.truck, now_ms)

    def _finished(self, job_id: str, truck_id: str, now_ms: int) -> None:
        self._tell(ev.Delivered(job_id), now_ms)
        self.jobs[job_id].delivered_ms = now_ms
        self.busy.append(Busy(truck_id, self._set_off_ms.pop(job_id), now_ms))
        self._rest(truck_id, now_ms)

    def _rest(self, truck_id: str, now_ms: int) -> None:
        """An idle truck goes off duty where its shift is over, else back to its post."""
        shift_end_ms = self.engine.book.truck(truck_id).shift_end_at_ms
        if shift_end_ms is not None and now_ms >= shift_end_ms:
            self.world.end_shift(truck_id, now_ms)
            self._tell(ev.OffDuty(truck_id), now_ms)
            return
        if self.world.is_driving(truck_id):
            self._tell(ev.Repositioning(truck_id), now_ms)
            return
        self._ways_back[truck_id] += 1
        drive = (Drive.RETURN, self.engine.book.truck(truck_id).row, 0, self._ways_back[truck_id])
        arrive_ms = self._drive(truck_id, self.world.post(truck_id), Leg.RETURN, None, now_ms, drive)
        if arrive_ms > now_ms:
            self._tell(ev.Repositioning(truck_id), now_ms)
        self._at(arrive_ms, hp.ReachPost(truck_id, self.world.leg(truck_id)))

    def _reach_post(self, happening: hp.ReachPost, now_ms: int) -> None:
        if not self._still_drives(happening):
            return
        self.world.halt(happening.truck, now_ms)
        if self.engine.book.truck(happening.truck).status is TruckStatus.REPOSITIONING:
            self._tell(ev.StoodBy(happening.truck), now_ms)

    def _shift_start(self, happening: hp.ShiftStart, now_ms: int) -> None:
        shifts = self.scenario.trucks[self.engine.book.truck(happening.truck).row].shifts
        present = [end_ms for start_ms, end_ms in shifts if start_ms <= now_ms and (end_ms is None or now_ms < end_ms)]
        if not present:
            return
        if self.engine.book.truck(happening.truck).status is not TruckStatus.OFF_DUTY:
            self._at(now_ms + RELIEF_MS, happening)
            return
        self.world.start_shift(happening.truck)
        self._tell(ev.OnDuty(happening.truck, present[0]), now_ms)

    def _shift_end(self, happening: hp.ShiftEnd, now_ms: int) -> None:
        if self.engine.book.truck(happening.truck).status in IDLE:
            self._rest(happening.truck, now_ms)

    def _car_collected(self, happening: hp.CarCollected, now_ms: int) -> None:
        self._tell(ev.PlaceFreed(happening.shop), now_ms)

    def _hour_begins(self, happening: hp.HourBegins, now_ms: int) -> None:
        """Whoever is on the road drives on at the pace of the hour that it set off in."""
        zone = self.scenario.zone
        self._tell(ev.TrafficMoved(hour_of_week(now_ms, zone)), now_ms)
        self.world.router = self.engine.book.router
        self._at(next_hour_ms(now_ms, zone), happening)

    def _look(self, happening: hp.Look, _now_ms: int) -> None:
        if happening.again:
            self.engine.reconsider()

    def _drive(self, truck_id: str, to: Positions, kind: Leg, job: str | None, now_ms: int, drive: DriveKey) -> int:
        """Sets off; returns the instant of arrival, before which the truck may break down."""
        chances, seed = self.scenario.chances, self.scenario.seed
        local = datetime.fromtimestamp(now_ms // 1000, UTC).astimezone(self.scenario.zone)
        pace = chances.pace(seed, drive, local.toordinal(), local.hour)
        arrive_ms = self.world.drive(truck_id, to, kind, job, now_ms, pace)
        if arrive_ms is None:
            raise RuntimeError(f"truck {truck_id} was sent where no way leads ({kind} of job {job})")
        share = chances.breaks_down(seed, drive)
        if share is not None and arrive_ms > now_ms:
            at_ms = now_ms + int(share * (arrive_ms - now_ms))
            self._at(at_ms, hp.BreakDown(truck_id, self.world.leg(truck_id)))
        return arrive_ms

    def _still_drives(self, happening: hp.Watch | hp.ReachScene | hp.ReachShop | hp.ReachPost | hp.BreakDown) -> bool:
        """Whether this is the end of the drive that the truck is on, and not of one that was called off."""
        return self.world.leg(happening.truck) == happening.leg and self.world.is_driving(happening.truck)

    def _break_down(self, happening: hp.BreakDown, now_ms: int) -> None:
        """The driver tells that the truck can go on no more; what it drove to stands open again."""
        if not self._still_drives(happening):
            return
        truck_id = happening.truck
        self.world.halt(truck_id, now_ms)
        job_id = self.engine.book.truck(truck_id).job
        started_ms = None if job_id is None else self._set_off_ms.pop(job_id, None)
        if started_ms is not None:
            self.busy.append(Busy(truck_id, started_ms, now_ms))
        loaded = self.world.kind(truck_id) is Leg.TOW
        self.breakdowns.append(Breakdown(truck_id, job_id, loaded, now_ms))
        if loaded:
            assert job_id is not None
            lon_deg, lat_deg = self.world.place(truck_id)
            taking_over_s = self.scenario.chances.on_scene_mean_s
            self._tell(ev.BrokeDownLoaded(truck_id, job_id, "breakdown", lon_deg, lat_deg, taking_over_s), now_ms)
        else:
            self._tell(ev.WentOutOfService(truck_id, "breakdown"), now_ms)
        self._at(now_ms + 1000 * self.scenario.chances.repair_s, hp.Repaired(truck_id))

    def _repaired(self, happening: hp.Repaired, now_ms: int) -> None:
        """Back on duty where it stands, or off where the shift has ended meanwhile."""
        shift_end_ms = self.engine.book.truck(happening.truck).shift_end_at_ms
        if shift_end_ms is not None and now_ms >= shift_end_ms:
            self.world.end_shift(happening.truck, now_ms)
            self._tell(ev.OffDuty(happening.truck), now_ms)
            return
        self._tell(ev.OnDuty(happening.truck, shift_end_ms), now_ms)
        self._rest(happening.truck, now_ms)

    def _close(self, now_ms: int) -> None:
        """What cannot be served any more ends as unserved; every record learns its job's last status."""
        for job_id in list(self.engine.book.open_jobs):
            if self.engine.book.job(job_id).status in (JobStatus.REPORTED, JobStatus.PLANNED):
                self._tell(ev.JobGivenUp(job_id), now_ms)
        for job_id, record in self.jobs.items():
            self.jobs[job_id] = replace(record, status=self.engine.book.job(job_id).status)


_HANDLERS: dict[type, Callable[[Run, Any, int], None]] = {
    hp.Report: Run._report,
    hp.ShiftStart: Run._shift_start,
    hp.ShiftEnd: Run._shift_end,
    hp.Answer: Run._answer,
    hp.Expiry: Run._expiry,
    hp.ReachScene: Run._reach_scene,
    hp.FinishScene: Run._finish_scene,
    hp.ReachShop: Run._reach_shop,
    hp.FinishUnload: Run._finish_unload,
    hp.ReachPost: Run._reach_post,
    hp.CarCollected: Run._car_collected,
    hp.HourBegins: Run._hour_begins,
    hp.Look: Run._look,
    hp.BreakDown: Run._break_down,
    hp.Repaired: Run._repaired,
    hp.Watch: Run._watch,
    hp.Decide: Run._decide,
}
