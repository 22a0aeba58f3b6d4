"""`python -m api.demo_world`: drivers, devices and callers that the service meets over HTTP alone, like real ones.

Accidents, fleet and shops are invented; the roads are real. All that it needs to carry on it reads from the service.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import numpy as np
import uvloop

from api.clock import Clock, clock_of
from api.demo_accidents import calls_of_day
from api.demo_client import Client, pause_s
from api.demo_crew import Crew
from api.demo_drivers import Driver
from api.demo_lanes import Lanes
from api.demo_parent import FLAG, end_with_parent
from api.demo_pings import Pings
from api.demo_register import Register
from api.demo_roads import Roads
from api.demo_stream import Board, Event, follow
from api.demo_town import Town
from api.demo_views import Mirror, Place
from data.catalogue import open_city_named, shipped_fleet, shipped_shops
from data.home import towline_home
from geo.faults import BadInput
from routing.cli import city_folder
from routing.closures import links_in_geometry
from routing.roads import City
from routing.router import Router

TELL_EVERY_S = 60
BUFFER_M = 15
"""How wide a closure is taken to be that does not say so."""


class DemoWorld:
    """Everybody outside the service.

    `send_fix` GETs a path and gives the status, `say` writes the log, `reported` hears each new tracking URL.
    """

    def __init__(
        self,
        client: Client,
        send_fix: Callable[[str], Awaitable[int]],
        clock: Clock,
        city: City,
        *,
        seed: int,
        per_day: float,
        say: Callable[[str], None],
        reported: Callable[[str], None],
    ) -> None:
        zone = ZoneInfo(city.facts.timezone)
        fleet, shops = shipped_fleet(), shipped_shops()
        drivers = {
            truck.id: Driver(truck.id, Place(truck.lon_deg, truck.lat_deg), truck.shift, zone, seed) for truck in fleet
        }
        self.trucks = tuple(drivers)
        self.client = client
        self.clock = clock
        self.say = say
        self.mirror = Mirror()
        self.register = Register(
            client, self.mirror, {each.id: each for each in fleet}, {each.id: each for each in shops}, seed, say
        )
        self.roads = Roads(Router.of(city), drivers)
        self.crew = Crew(client, self.mirror, self.roads, clock, drivers, say)
        self.pings = Pings(send_fix, self.roads, clock, seed, self._on_duty)
        calls = partial(calls_of_day, city, shops=shops, seed=seed, per_day=per_day)
        self.town = Town(client, self.mirror, clock, zone, seed, calls, reported, say)

    async def run(self) -> None:
        """Never ends."""
        async with asyncio.TaskGroup() as group:
            begun = False
            async for told in follow(self.client):
                if isinstance(told, Event):
                    self._hear(told)
                    continue
                await self._take(told)
                if not begun:
                    begun = True
                    for truck in self.trucks:
                        group.create_task(self.crew.work(truck))
                    group.create_task(self.pings.run(self.trucks))
                    group.create_task(self.town.run())
                    group.create_task(self._tell())

    async def _take(self, board: Board) -> None:
        """All that is known anew; what is not registered yet (a first start, another database) is."""
        self.mirror.take_board(board.data)
        await self.register.complete()
        for truck in self.trucks:
            self.roads.put(self.mirror.trucks[truck], self.clock.now_ms())
        self._close_roads()
        for rescue in self.mirror.rescues.values():
            self.town.hear(rescue)

    def _hear(self, event: Event) -> None:
        if event.kind == "truck":
            self.crew.ring(self.mirror.take_truck(event.data).id)
        elif event.kind == "rescue":
            rescue = self.mirror.take_rescue(event.data)
            self.town.hear(rescue)
            for job in rescue.jobs:
                self.crew.ring(job.truck)
        elif event.kind == "shop":
            self.mirror.take_shop(event.data)
        elif event.kind == "closure":
            self.mirror.take_closure(event.data)
            self._close_roads()

    def _close_roads(self) -> None:
        """Drivers keep off the roads that the service says are closed."""
        closed = np.zeros(self.roads.router.roads.link_count, np.bool_)
        for each in self.mirror.closures.values():
            try:
                closed |= links_in_geometry(self.roads.router.roads, each["geometry"], each.get("buffer_m", BUFFER_M))
            except BadInput as fault:
                self.say(f"closure {each['id']} is not understood: {fault}")
        self.roads.close(closed, self.clock.now_ms())
        self.crew.ring_all()

    def _on_duty(self, truck: str) -> bool:
        seen = self.mirror.trucks.get(truck)
        return seen is not None and seen.status != "off_duty"

    async def _tell(self) -> None:
        """A line a minute of what was done, and devices that became unknown are registered again."""
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            for name, counts in (("calls", self.town), ("drivers", self.crew), ("fixes", self.pings)):
                self.say(f"{name}: {_listed(counts.counts)}")
                counts.counts.clear()
            unknown = sorted(self.pings.unknown)
            self.pings.unknown.clear()
            await self.register.devices(unknown)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()) if count) or "none"


async def _wait_until_ready(client: Client) -> None:
    failures = 0
    while not (await client.get("/readyz")).ok:
        failures += 1
        await asyncio.sleep(pause_s(failures))


async def _main(arguments: argparse.Namespace, home: Path) -> None:
    client = Client(arguments.url)
    if not city_folder(home, arguments.city).exists():
        await _wait_until_ready(client)  # the service builds it
    city = open_city_named(home, arguments.city, progress=_say)
    reported = partial(_write_tracking_url, arguments.tracking_file, arguments.url)
    world = DemoWorld(
        client, Lanes(arguments.url).get, arguments.clock, city, seed=arguments.seed, per_day=arguments.per_day,
        say=_say, reported=reported,
    )  # fmt: skip
    await _wait_until_ready(client)
    _say(f"driving {arguments.url}: {arguments.per_day:g} generated accidents a day, seed {arguments.seed}")
    await world.run()


def _write_tracking_url(path: Path | None, url: str, tracking_url: str) -> None:
    if path is not None:
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(json.dumps({"tracking_url": urljoin(url, tracking_url)}), encoding="utf-8")
        fresh.replace(path)


def _say(line: str) -> None:
    print(f"world: {line}", file=sys.stderr, flush=True)  # noqa: T201


def _parsed(words: Iterable[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m api.demo_world", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--clock", type=clock_of, required=True, metavar="EPOCH_MS,STARTED_MS,SPEED")
    parser.add_argument("--city", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--per-day", type=float, default=200.0)
    parser.add_argument("--tracking-file", type=Path, default=None)
    parser.add_argument(FLAG, type=int, dest="parent_fd", default=None)
    return parser.parse_args(list(words))


if __name__ == "__main__":
    chosen = _parsed(sys.argv[1:])
    if chosen.parent_fd is not None:
        end_with_parent(chosen.parent_fd)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(chosen, towline_home(os.environ)))
