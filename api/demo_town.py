"""Who calls in the demo, and who gives the word on what is held: a heap of happenings on the service clock.

An accident whose time has passed while nobody answered is reported late for LATE_MS: people call again. What is older
is dropped and counted: somebody else has helped by then.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import heapq
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote
from zoneinfo import ZoneInfo

import numpy as np

from api.clock import Clock
from api.demo_accidents import AGAIN, Call, Withdrawal, first_of
from api.demo_client import Answer, Client, pause_s
from api.demo_views import Mirror, RescueSeen

LATE_MS = 30 * 60_000
NOT_YET_LATE_MS = 60_000
WORD_MS = 5 * 60_000
"""How long the dispatcher of the demo lets a held rescue stand at least, and again as long at most."""

OTHERS_WORD_MS = 30 * 60_000
"""The same for a rescue that came from somebody else, who may want to give the word himself."""

COLLECTED_EVERY_MS = 10 * 60_000
STAY_MS = 3 * 3_600_000
"""How long a car stays at a shop, on average: short, so that in a lively town the shops do not all stand full."""

FORGET_MS = 4 * 3_600_000
RUNNING = 409
DISPATCHER = "dispatcher (demo)"


@dataclass(frozen=True, slots=True)
class NextDay:
    """The calls of a local day become known."""

    day: dt.date


@dataclass(frozen=True, slots=True)
class Word:
    """The dispatcher looks at a held rescue."""

    rescue: str


@dataclass(frozen=True, slots=True)
class Collect:
    """Some owners fetch their cars from the shops."""

    number: int


Happening = Call | Withdrawal | NextDay | Word | Collect


@dataclass(slots=True)
class Town:
    """`calls_of` gives a day's calls, `reported` hears the tracking URL of each new rescue that has one."""

    client: Client
    mirror: Mirror
    clock: Clock
    zone: ZoneInfo
    seed: int
    calls_of: Callable[[dt.date], list[Call | Withdrawal]]
    reported: Callable[[str], None]
    say: Callable[[str], None]
    counts: Counter[str] = field(default_factory=Counter)
    _heap: list[tuple[int, int, Happening]] = field(default_factory=list)
    _number: int = 0
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _awaited: set[str] = field(default_factory=set)

    def hear(self, rescue: RescueSeen) -> None:
        """A held rescue waits for a word, which is given in a while."""
        if not rescue.held or rescue.ended or rescue.id in self._awaited:
            return
        self._awaited.add(rescue.id)
        ours = rescue.case_ref.startswith("DEMO-")
        spread_ms = zlib.crc32(rescue.id.encode()) % WORD_MS
        self._at(rescue.reported_ms + (WORD_MS + spread_ms if ours else OTHERS_WORD_MS), Word(rescue.id))

    async def run(self) -> None:
        """Never ends."""
        now_ms = self.clock.now_ms()
        first = self._day(now_ms - LATE_MS)
        for day in {first, self._day(now_ms)}:
            self._take_day(day, now_ms - LATE_MS)
        self._at(now_ms, NextDay(self._day(now_ms) + dt.timedelta(days=1)))
        self._at(now_ms, Collect(now_ms // COLLECTED_EVERY_MS))
        async with asyncio.TaskGroup() as group:
            while True:
                happening = await self._next()
                group.create_task(self._happen(happening))

    async def _next(self) -> Happening:
        while True:
            self._bell.clear()
            if not self._heap:
                await self._bell.wait()
            at_ms = self._heap[0][0]
            if at_ms <= self.clock.now_ms():
                return heapq.heappop(self._heap)[2]
            try:
                async with asyncio.timeout(self.clock.real_s_until(at_ms)):
                    await self._bell.wait()
            except TimeoutError:
                pass

    async def _happen(self, happening: Happening) -> None:
        match happening:
            case Call():
                await self._report(happening)
            case Withdrawal():
                await self._withdraw(happening)
            case Word():
                await self._give_word(happening)
            case Collect():
                await self._collect(happening)
            case NextDay():
                self._take_day(happening.day, self.clock.now_ms() - LATE_MS)
                midnight = dt.datetime.combine(happening.day, dt.time(), self.zone)
                self._at(round(midnight.timestamp() * 1000), NextDay(happening.day + dt.timedelta(days=1)))
                self.mirror.forget_ended(self.clock.now_ms() - FORGET_MS)

    async def _report(self, call: Call) -> None:
        failures, first = 0, first_of(call.case_ref)
        if first is not None and self.mirror.find_case(first) is None:
            return  # nobody calls again about what was never reported
        while self.mirror.find_case(call.case_ref) is None:
            if self.clock.now_ms() > call.at_ms + LATE_MS:
                self.counts["dropped"] += 1
                return
            asked_ms = self.clock.now_ms()
            answer = await self.client.post(call.path, call.body, call.key)
            if answer.ok:
                self.counts["reported"] += 1
                self.counts["late"] += asked_ms > call.at_ms + NOT_YET_LATE_MS
                if answer.body.get("tracking_url") and not answer.body.get("held"):
                    self.reported(answer.body["tracking_url"])
                return
            if not (answer.worth_again or answer.status == RUNNING):
                self._refused(f"case {call.case_ref}", answer)
                return
            failures += 1
            await asyncio.sleep(pause_s(failures, answer))

    async def _withdraw(self, withdrawal: Withdrawal) -> None:
        rescue = self.mirror.find_case(withdrawal.case_ref)
        if rescue is None or rescue.ended:
            return
        body = {"by": "caller", "reason": withdrawal.reason}
        answer = await self._insist(f"/v1/rescues/{quote(rescue.id, safe='')}/cancel", body)
        self.counts["withdrawn"] += answer.ok

    async def _give_word(self, word: Word) -> None:
        self._awaited.discard(word.rescue)
        rescue = self.mirror.rescues.get(word.rescue)
        if rescue is None or not rescue.held or rescue.ended:
            return
        path = f"/v1/rescues/{quote(rescue.id, safe='')}"
        into = self._same_as(rescue)
        if into is not None:
            answer = await self._insist(f"{path}/merge", {"into": into, "by": DISPATCHER})
            if answer.ok:
                self.counts["merged"] += 1
                return
        answer = await self._insist(f"{path}/release", {"by": DISPATCHER})
        self.counts["released"] += answer.ok

    def _same_as(self, rescue: RescueSeen) -> str | None:
        """The open rescue that this one repeats, None where it is another accident."""
        if not rescue.case_ref.endswith(AGAIN):
            return None
        known = [self.mirror.rescues[each] for each in rescue.linked if each in self.mirror.rescues]
        first = rescue.case_ref.removesuffix(AGAIN)
        return next((each.id for each in known if each.case_ref == first and not each.held and not each.ended), None)

    async def _collect(self, collect: Collect) -> None:
        rng = np.random.default_rng((self.seed, collect.number))
        self._at((collect.number + 1) * COLLECTED_EVERY_MS, Collect(collect.number + 1))
        for shop in list(self.mirror.shops.values()):
            for _ in range(int(rng.binomial(max(shop.taken, 0), COLLECTED_EVERY_MS / STAY_MS))):
                # not repeated where no answer comes: it would free a second place
                answer = await self.client.post(f"/v1/shops/{quote(shop.id, safe='')}/freed", {})
                self.counts["collected"] += answer.ok

    async def _insist(self, path: str, body: object) -> Answer:
        """Posts until there is an answer, for as long as callers do."""
        begun_ms, failures = self.clock.now_ms(), 0
        while True:
            answer = await self.client.post(path, body)
            if not answer.worth_again or self.clock.now_ms() > begun_ms + LATE_MS:
                return answer
            failures += 1
            await asyncio.sleep(pause_s(failures, answer))

    def _take_day(self, day: dt.date, after_ms: int) -> None:
        for call in self.calls_of(day):
            if call.at_ms > after_ms:
                self._at(call.at_ms, call)

    def _at(self, at_ms: int, happening: Happening) -> None:
        self._number += 1
        heapq.heappush(self._heap, (at_ms, self._number, happening))
        self._bell.set()

    def _day(self, at_ms: int) -> dt.date:
        return dt.datetime.fromtimestamp(at_ms / 1000, self.zone).date()

    def _refused(self, what: str, answer: Answer) -> None:
        self.counts["refused"] += 1
        self.say(f"{what} is refused ({answer.detail})")
