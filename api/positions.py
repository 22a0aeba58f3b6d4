"""Positions coming in and going round: devices put fixes into the store, and the service follows the store's stream.

While the store is away the last known places grow old and say so, orders go on, and devices are asked to send again;
a bundled store that died is started anew. When it is back it is read whole, and what it lost of the newest is put back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping

from api.osmand import Reported
from api.position_board import PositionBoard
from data.fix_rules import Standing, judge
from data.fixes import Fix
from data.position_store import Keep, PositionStore, StoreAway
from data.valkey import BundledValkey
from geo.faults import BadInput

LOG = logging.getLogger("towline.positions")

AGAIN_S = 0.5


class Positions:
    """`keeps` says whether a truck's fix of some instant may be kept: of a truck off duty nothing is.

    `moved` is called with the fixes that are new to the board, `health` when the store comes or goes.

    `fault` says in words why the store does not work, None while it does; `since_ms` is when that began.
    """

    def __init__(
        self,
        board: PositionBoard,
        keeps: Callable[[str, int], bool],
        city: str,
        url: str | None,
        bundled: BundledValkey | None,
        fleet: Callable[[], int],
        now_ms: Callable[[], int],
        moved: Callable[[list[Fix]], None],
        health: Callable[[], None],
    ) -> None:
        self.board = board
        self._keeps = keeps
        self.fault: str | None = "the position store has not answered yet"
        self.since_ms = now_ms()
        self.counts: Counter[str] = Counter()
        self._city = city
        self._url = url
        self._bundled = bundled
        self._fleet = fleet
        self._now_ms = now_ms
        self._moved = moved
        self._health = health
        self._store: PositionStore | None = None

    @property
    def store(self) -> PositionStore:
        """Raises StoreAway where there has been none yet."""
        if self._store is None:
            raise StoreAway("the position store is not up yet")
        return self._store

    async def open(self) -> None:
        """Starts the bundled store, or names the one at the URL. BadInput where the bundled one cannot be started.

        What the store holds is on the board when this returns, where it answers: the first plan must not take trucks
        for lost that were merely not looked up yet.
        """
        if self._bundled is not None:
            await self._use(await asyncio.to_thread(self._bundled.start))
        else:
            assert self._url is not None
            await self._use(self._url)
        with contextlib.suppress(StoreAway):
            self.board.seed(self._of_those_on_duty(await self.store.latest()))

    async def run(self) -> None:
        """Follows the stream until cancelled, through every absence of the store."""
        while True:
            try:
                await self._follow()
            except StoreAway as fault:
                self._went(str(fault))
            await self._mend()
            await asyncio.sleep(AGAIN_S)

    async def close(self) -> None:
        if self._store is not None:
            await self._store.close()
        if self._bundled is not None:
            await asyncio.to_thread(self._bundled.stop)

    async def report(self, reported: Reported, truck: str) -> Standing | None:
        """Takes in what a device says; returns once it is in the stream. None: it may not be kept. Raises StoreAway."""
        now_ms = self._now_ms()
        fix = reported.fix(truck, now_ms)
        if not self._keeps(truck, min(fix.at_ms, now_ms)):
            self.counts["off_duty"] += 1
            return None
        standing = judge(fix, self.board.find(truck), now_ms) if reported.valid else Standing.INVALID
        self.counts[standing.value] += 1
        try:
            if standing.stored:
                await self.store.put([fix])
            elif standing.kept_apart:
                await self.store.set_apart([(fix, standing)])
        except StoreAway as fault:
            self._went(str(fault))
            raise
        self._came()
        return standing

    async def forget(self, truck: str) -> None:
        """Off duty: the truck's place is no longer known to anybody."""
        self.board.forget(truck)
        try:
            await self.store.forget(truck)
        except StoreAway:
            LOG.warning("a truck went off duty while the position store was away; it is forgotten when that is back")

    async def _follow(self) -> None:
        store = self.store
        after = await store.newest_id()
        stored = await store.latest()
        latest = self._of_those_on_duty(stored)
        before = self.board.version
        self.board.seed(latest)
        lost = self.board.newer_than(latest)
        if lost:
            self.counts["put_back"] += len(lost)
            await store.put(lost)
        for truck in stored.keys() - latest.keys():  # it went off duty while the store or the service was away
            await store.forget(truck)
        self._came()
        if self.board.version != before:
            self._moved(list(latest.values()))
        async for batch in store.follow(after):
            fixes = [fix for fix in batch.fixes if self._keeps(fix.truck, fix.at_ms)]
            if fixes and self.board.apply(fixes):
                self._moved(fixes)

    def _of_those_on_duty(self, stored: Mapping[str, Fix]) -> dict[str, Fix]:
        return {truck: fix for truck, fix in stored.items() if self._keeps(truck, fix.at_ms)}

    async def _mend(self) -> None:
        if self._bundled is None:
            return
        try:
            url = await asyncio.to_thread(self._bundled.ensure)
        except BadInput as fault:
            self._went(str(fault))
            return
        if url != self._url:
            await self._use(url)

    async def _use(self, url: str) -> None:
        if self._store is not None:
            await self._store.close()
        self._url = url
        if self._bundled is not None and self._bundled.set_aside is not None:
            LOG.error("the position store could not read its data, which is set aside: %s", self._bundled.set_aside)
        self._store = PositionStore(url, self._city, Keep.of_fleet(self._fleet()))

    def _went(self, why: str) -> None:
        if self.fault is None:
            self.since_ms = self._now_ms()
            LOG.warning("the position store is away: %s", why)
        changed = self.fault != why
        self.fault = why
        if changed:
            self._health()

    def _came(self) -> None:
        if self.fault is not None:
            LOG.info("the position store is back")
            self.fault = None
            self._health()
