"""What a driver of the demo does next: a rule over what the service says of the truck and where it really stands.

It has no memory of its own, so that a world that is started anew carries on where the service says that it was.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.demo_views import JobSeen, Place, RescueSeen, TruckSeen
from dispatch.orders import WORKS_AT_SCENE
from simulator.draws import Chances
from simulator.world import Leg

CHANCES = Chances(refused_share=0.04, no_answer_share=0.04)
REASONS = ("break", "vehicle trouble", "too far", "another call")
ANSWER_SPREAD_S = 15
SHOP_PATIENCE_MS = 30 * 60_000
"""How long a driver waits at the scene to be told where to; then the car is left to its owner."""

SOON_MS = 60_000
SELDOM_MS = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a drive leads."""

    leg: Leg
    job: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Body:
    """Where the truck really is: at a goal that it has reached, on the road to one until `arrive_ms`, or elsewhere."""

    stands: Goal | None = None
    drives: Goal | None = None
    arrive_ms: int = 0


@dataclass(frozen=True, slots=True)
class Driver:
    """`shift` is (first, last) minute of the local day, the last the smaller one over midnight; None is always."""

    truck: str
    post: Place
    shift: tuple[int, int] | None
    zone: ZoneInfo
    seed: int

    def shift_end_ms(self, now_ms: int) -> int | None:
        """When the shift ends that is on now; None without shifts. ValueError where none is on."""
        if self.shift is None:
            return None
        for start_ms, end_ms in self._shifts(now_ms):
            if start_ms <= now_ms < end_ms:
                return end_ms
        raise ValueError(f"truck {self.truck}: no shift is on")

    def works(self, now_ms: int) -> bool:
        return self.shift is None or any(start_ms <= now_ms < end_ms for start_ms, end_ms in self._shifts(now_ms))

    def next_shift_ms(self, now_ms: int) -> int:
        return min((start_ms for start_ms, _ in self._shifts(now_ms) if start_ms > now_ms), default=now_ms + SELDOM_MS)

    def _shifts(self, now_ms: int) -> list[tuple[int, int]]:
        """The shifts that begin yesterday, today and tomorrow."""
        assert self.shift is not None
        first_min, last_min = self.shift
        today = datetime.fromtimestamp(now_ms / 1000, self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        found = []
        for days in (-1, 0, 1):
            day = today + timedelta(days=days)
            end_day = day if last_min > first_min else day + timedelta(days=1)
            found.append((_minute_ms(day, first_min), _minute_ms(end_day, last_min)))
        return found


def _minute_ms(day: datetime, minute: int) -> int:
    moment = day.replace(hour=minute // 60 % 24, minute=minute % 60) + timedelta(days=minute // 1440)
    return round(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Tap:
    """A status that the driver tells, and for which job."""

    status: str
    job: str | None = None
    shift_end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    offer: str
    job: str


@dataclass(frozen=True, slots=True)
class Decline:
    offer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Drive:
    goal: Goal


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before that instant, unless something is heard."""

    until_ms: int


@dataclass(frozen=True, slots=True)
class AskAgain:
    """What is known of truck and job does not fit together; the service has to be asked for both."""


Step = Tap | Accept | Decline | Drive | Wait | AskAgain


def next_step(
    truck: TruckSeen, work: tuple[RescueSeen, JobSeen] | None, unload_s: int, driver: Driver, body: Body, now_ms: int
) -> Step:
    """`work` is the job that truck and rescue both say the truck is busy with; `unload_s` that of the job's shop."""
    match truck.status:
        case "standby" | "repositioning":
            return _idle(truck, driver, body, now_ms)
        case "off_duty":
            if not driver.works(now_ms):
                return Wait(driver.next_shift_ms(now_ms))
            return Tap("standby", shift_end_ms=driver.shift_end_ms(now_ms))
        case "offered" | "en_route" | "on_scene" | "loaded" | "at_shop" if work is None:
            return AskAgain()
        case _ if work is None:
            return Wait(now_ms + SELDOM_MS)
    rescue, job = work
    match truck.status:
        case "offered":
            return _asked(truck, job, driver, now_ms)
        case "en_route":
            there = Tap("on_scene", job.id)
            return _go(Goal(Leg.TO_SCENE, job.id, rescue.place), there, body)
        case "on_scene":
            return _at_scene(truck, job, driver, now_ms)
        case "loaded" if job.shop is not None:
            return _go(Goal(Leg.TOW, job.id, job.shop[1]), Tap("at_shop", job.id), body)
        case "at_shop":
            done_ms = truck.since_ms + 1000 * unload_s
            return Wait(done_ms) if now_ms < done_ms else Tap("standby", job.id)
    return Wait(now_ms + SOON_MS)


def _idle(truck: TruckSeen, driver: Driver, body: Body, now_ms: int) -> Step:
    """Back to the post, and from there off duty once the shift is over."""
    post = Goal(Leg.RETURN, None, driver.post)
    if body.stands != post:
        if body.drives == post and truck.status == "standby":
            return Tap("repositioning")
        return Wait(body.arrive_ms) if body.drives == post else Drive(post)
    if not driver.works(now_ms):
        return Tap("off_duty")
    if truck.status == "repositioning":
        return Tap("standby")
    end_ms = driver.shift_end_ms(now_ms)
    return Wait(now_ms + SELDOM_MS if end_ms is None else end_ms)


def _asked(truck: TruckSeen, job: JobSeen, driver: Driver, now_ms: int) -> Step:
    if job.status == "accepted":
        return Tap("en_route", job.id)
    if job.status != "offered" or job.offer is None or job.expires_ms is None:
        return AskAgain()
    stream = zlib.crc32(job.offer.encode())
    answer = CHANCES.answer(driver.seed, stream, 1, 1)
    if answer == "nothing":
        return Wait(max(job.expires_ms, now_ms) + SOON_MS)
    answer_ms = truck.since_ms + 1000 * (CHANCES.answer_s + stream % ANSWER_SPREAD_S - ANSWER_SPREAD_S // 2)
    if now_ms < answer_ms:
        return Wait(answer_ms)
    if answer == "decline":
        return Decline(job.offer, REASONS[stream % len(REASONS)])
    return Accept(job.offer, job.id)


def _go(goal: Goal, there: Tap, body: Body) -> Step:
    if body.stands == goal:
        return there
    return Wait(body.arrive_ms) if body.drives == goal else Drive(goal)


def _at_scene(truck: TruckSeen, job: JobSeen, driver: Driver, now_ms: int) -> Step:
    done_ms = truck.since_ms + CHANCES.on_scene_ms(driver.seed, zlib.crc32(job.id.encode()), 1)
    if now_ms < done_ms:
        return Wait(done_ms)
    if job.shop is not None:
        return Tap("loaded", job.id)
    if job.needs <= WORKS_AT_SCENE or now_ms >= done_ms + SHOP_PATIENCE_MS:
        return Tap("standby", job.id)
    return Wait(now_ms + SOON_MS)
