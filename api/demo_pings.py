"""The devices of the demo's trucks: each tells its place every so often, as a phone in the cab does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from api.clock import Clock
from api.demo_client import Answer
from api.demo_roads import Roads

EVERY_S = 20
"""Of the service's clock, between two fixes of a device."""

AT_MOST_A_SECOND = 5
"""Fixes of one device in a second of the wall's, however fast the clock runs."""

SLOTS = 10
"""Parts of the time between two fixes over which the devices are spread."""

ACCURACY_M = 5


def device_id(seed: int, truck: str) -> str:
    """What the truck's device calls itself. A demo runs on loopback only, so nothing is lost by its being guessed."""
    return f"demo-{seed}-{truck}"


@dataclass(slots=True)
class Pings:
    """`send` GETs a path and gives the status (AWAY for none), `on_duty` tells whose device is on.

    `counts` tells what became of the fixes. One that is not taken is not kept.
    """

    send: Callable[[str], Awaitable[int]]
    roads: Roads
    clock: Clock
    seed: int
    on_duty: Callable[[str], bool]
    counts: Counter[str] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    """Trucks whose device the service does not know."""
    _on_the_way: set[str] = field(default_factory=set)

    async def run(self, trucks: Sequence[str]) -> None:
        """Never ends."""
        every_s = max(EVERY_S / self.clock.speed, 1 / AT_MOST_A_SECOND)
        async with asyncio.TaskGroup() as group:
            slot = 0
            while True:
                for truck in trucks[slot::SLOTS]:
                    if truck not in self._on_the_way and self.on_duty(truck):
                        self._on_the_way.add(truck)
                        group.create_task(self._ping(truck))
                slot = (slot + 1) % SLOTS
                await asyncio.sleep(every_s / SLOTS)

    async def _ping(self, truck: str) -> None:
        now_ms = self.clock.now_ms()
        fix = self.roads.fix(truck, now_ms)
        bearing = "" if fix.heading_deg is None else f"&bearing={fix.heading_deg:.0f}"
        path = (
            f"/devices/osmand?id={quote(device_id(self.seed, truck), safe='')}&timestamp={now_ms}"
            f"&lat={fix.place.lat_deg:.6f}&lon={fix.place.lon_deg:.6f}&speed={fix.speed_kn:.1f}{bearing}"
            f"&accuracy={ACCURACY_M}"
        )
        try:
            answer = Answer(await self.send(path))
        finally:
            self._on_the_way.discard(truck)
        if answer.ok:
            self.counts["taken"] += 1
        elif answer.worth_again:
            self.counts["unanswered"] += 1
        else:
            self.counts["refused"] += 1
            self.unknown.add(truck)
