"""The drivers of the demo at work: each one looks, does the next step, and waits until something is due or heard."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from api.clock import Clock
from api.demo_client import Answer, Client, pause_s
from api.demo_drivers import SOON_MS, Accept, AskAgain, Decline, Drive, Driver, Step, Tap, Wait, next_step
from api.demo_roads import Roads
from api.demo_views import Mirror
from geo.instants import text_of

UNLOAD_S = 300
"""Where nothing is known of a shop any more."""


@dataclass(slots=True)
class Crew:
    """One task a truck, so that no truck does two things at once; `counts` tells what was done.

    A step that the service refuses was meant for another state: truck and rescue are fetched, and the rule asked again.
    """

    client: Client
    mirror: Mirror
    roads: Roads
    clock: Clock
    drivers: Mapping[str, Driver]
    say: Callable[[str], None]
    counts: Counter[str] = field(default_factory=Counter)
    _bells: dict[str, asyncio.Event] = field(default_factory=dict)

    def ring(self, truck: str | None) -> None:
        """Something has been heard that this driver may want to look at."""
        if truck is not None and (bell := self._bells.get(truck)) is not None:
            bell.set()

    def ring_all(self) -> None:
        for bell in self._bells.values():
            bell.set()

    async def work(self, truck: str) -> None:
        """The driver's life; never ends."""
        bell = self._bells.setdefault(truck, asyncio.Event())
        failures = 0
        while True:
            bell.clear()
            step = self._next(truck)
            if isinstance(step, Wait):
                failures = 0
                await self._until(step.until_ms, bell)
            elif isinstance(step, Drive):
                now_ms = self.clock.now_ms()
                if not self.roads.set_off(truck, step.goal, now_ms):
                    self.say(f"truck {truck} finds no way ({step.goal.leg} of job {step.goal.job})")
                    await self._until(now_ms + SOON_MS, bell)
            elif await self._do(truck, step):
                failures = 0
            else:
                failures += 1
                await asyncio.sleep(pause_s(failures))

    def _next(self, truck: str) -> Step:
        seen = self.mirror.trucks.get(truck)
        if seen is None:
            return AskAgain()
        now_ms = self.clock.now_ms()
        work = self.mirror.find_work(seen)
        shop = self.mirror.shops.get(work[1].shop[0]) if work is not None and work[1].shop is not None else None
        unload_s = UNLOAD_S if shop is None else shop.unload_s
        return next_step(seen, work, unload_s, self.drivers[truck], self.roads.body(truck, now_ms), now_ms)

    async def _do(self, truck: str, step: Tap | Accept | Decline | AskAgain) -> bool:
        """Whether the step has led on."""
        if isinstance(step, Tap):
            answer = await self._tap(truck, step)
        elif isinstance(step, Accept):
            answer = await self.client.post(f"/v1/offers/{quote(step.offer, safe='')}/accept", {})
            self._count("accepted", answer)
            if answer.ok:
                answer = await self._tap(truck, Tap("en_route", step.job))
        elif isinstance(step, Decline):
            path = f"/v1/offers/{quote(step.offer, safe='')}/decline"
            answer = await self.client.post(path, {"reason": step.reason})
            self._count("declined", answer)
            return await self._ask_again(truck) and answer.ok
        else:
            await self._ask_again(truck)
            return False
        if not answer.ok and not answer.worth_again:
            await self._ask_again(truck)
        return answer.ok

    async def _tap(self, truck: str, tap: Tap) -> Answer:
        body: dict[str, object] = {"status": tap.status, "job": tap.job}
        if tap.shift_end_ms is not None:
            body["shift_end_at"] = text_of(tap.shift_end_ms)
        answer = await self.client.post(f"/v1/trucks/{quote(truck, safe='')}/status", body)
        self._count(tap.status, answer)
        if answer.ok:
            self.mirror.take_truck(answer.body)
        return answer

    def _count(self, what: str, answer: Answer) -> None:
        if answer.ok:
            self.counts[what] += 1
        else:
            self.counts["unanswered" if answer.worth_again else "refused"] += 1

    async def _ask_again(self, truck: str) -> bool:
        """Fetches the truck and its rescue; whether both came."""
        answer = await self.client.get(f"/v1/trucks/{quote(truck, safe='')}")
        if not answer.ok:
            return False
        seen = self.mirror.take_truck(answer.body)
        if seen.rescue is None:
            return True
        answer = await self.client.get(f"/v1/rescues/{quote(seen.rescue, safe='')}")
        if answer.ok:
            self.mirror.take_rescue(answer.body)
        return answer.ok

    async def _until(self, at_ms: int, bell: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self.clock.real_s_until(at_ms)):
                await bell.wait()
        except TimeoutError:
            return
