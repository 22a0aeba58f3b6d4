"""The real application on a small made-up town, driven by hand: its clock stands until a test moves it on.

The town is a grid of 16 × 3 crossings, 300 m apart, at 36 km/h: from crossing to crossing a truck takes 30 s. It is
much wider than high, so that a place whose lon and lat are swapped lies outside.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, ParamSpec

import httpx
from fastapi import FastAPI

from api.clock import Clock
from api.ids import new_id, read_secret
from api.permission import NOBODY_ELSE, Identity
from api.service import Service, Settings
from api.turns import Told
from api.wiring import create_app
from data.database import open_database, url_of_file
from data.journal import Journal
from data.recovery import fold_journal, recover
from data.state import State
from dispatch.policy import Policy, get_policy
from routing.router import Router
from tests.worlds import city_of_roads, degrees, grid_world

P = ParamSpec("P")
TAPS = ("en_route", "on_scene", "loaded", "at_shop", "standby")
"""Of a driver, from the offer that was accepted to the delivery."""

Json = dict[str, Any]

SPACING_M = 300
MORNING_MS = 1_772_438_400_000
"""2026-03-02T08:00:00Z"""

PRODUCTION = get_policy("production")
ROUTER = Router(grid_world(16, 3, spacing_m=SPACING_M))
PATIENCE_S = 60.0
"""How long a test waits for what must come about, also on a busy machine; nothing is asserted of how long it took."""


class HandClock(Clock):
    """Shows what the test has set it to."""

    def __init__(self) -> None:
        super().__init__(epoch_ms=MORNING_MS, started_ms=0)
        object.__setattr__(self, "hand", [MORNING_MS])

    def move(self, seconds: float) -> None:
        hand: list[int] = self.__dict__["hand"]
        hand[0] += round(1000 * seconds)

    def now_ms(self) -> int:
        hand: list[int] = self.__dict__["hand"]
        return hand[0]

    def real_s_until(self, at_ms: int) -> float:
        return 0.0 if at_ms <= self.now_ms() else 3600.0


def crossing(x: int, y: int) -> tuple[float, float]:
    """Longitude and latitude of a crossing."""
    lon, lat = degrees(x * SPACING_M, y * SPACING_M)
    return round(lon, 7), round(lat, 7)


def played(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """A test that is a coroutine, run to its end in a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def story() -> None:
            await test(*args, **kwargs)

        asyncio.run(story())

    return run


class Town:
    """A running service and a client of it. The helpers fail where the service does not answer as it should."""

    def __init__(self, app: FastAPI, service: Service, http: httpx.AsyncClient, clock: HandClock) -> None:
        self.app = app
        self.service = service
        self.http = http
        self.clock = clock
        self._keys = itertools.count(1)

    def key(self) -> dict[str, str]:
        """The header of an Idempotency-Key that was never used before."""
        return {"Idempotency-Key": f'"{new_id("K")}-{next(self._keys)}"'}

    async def get(self, path: str, code: int = 200) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == code, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, code: int = 200) -> Any:
        answer = await self.http.post(path, json={} if body is None else body)
        assert answer.status_code == code, answer.text
        return answer.json()

    async def put(self, path: str, body: Json, code: int = 200) -> Any:
        answer = await self.http.put(path, json=body)
        assert answer.status_code == code, answer.text
        return answer.json()

    async def truck(self, truck_id: str, x: int, y: int, **fields: Any) -> Json:
        """Registers a truck that is on duty and seen at a crossing."""
        body = {"can": ["wheel_lift"], "plate": f"苏J-{truck_id}", "company": "A", "driver": "王", **fields}
        await self.put(f"/v1/trucks/{truck_id}", body, 201)
        shown = await self.tap(truck_id, "standby")
        await self.seen(fields.get("device_id", truck_id), x, y, truck_id)
        return shown

    async def seen(self, device: str, x: int, y: int, truck_id: str | None = None) -> None:
        """The truck's device says where it is now; returns when the board shows it."""
        lon, lat = crossing(x, y)
        at_ms = self.clock.now_ms()
        answer = await self.http.get(f"/devices/osmand?id={device}&lat={lat}&lon={lon}&timestamp={at_ms}")
        assert answer.status_code == 200, answer.text

        def shows() -> bool:
            fix = self.service.board.find(truck_id or device)
            return fix is not None and fix.at_ms >= at_ms

        await until(shows)

    async def shop(self, shop_id: str, x: int, y: int, **fields: Any) -> Json:
        lon, lat = crossing(x, y)
        made = await self.put(
            f"/v1/shops/{shop_id}", {"name": f"Shop {shop_id}", "lon": lon, "lat": lat, **fields}, 201
        )
        assert isinstance(made, dict)
        return made

    async def staffed(self, x: int = 0, y: int = 0) -> None:
        """The shop S1 at the eastern end, and the truck T1 on duty at a crossing."""
        await self.shop("S1", 15, 1)
        await self.truck("T1", x, y)

    async def accepted(self, x: int = 0, y: int = 0) -> Json:
        """Staffed so, and a rescue at crossing (4, 1) whose offer T1 has accepted."""
        await self.staffed(x, y)
        made = await self.ask(4, 1)
        await self.accept(made)
        return made

    def body(self, x: int, y: int, **fields: Any) -> Json:
        lon, lat = crossing(x, y)
        return {"case_ref": "110-1", "location": {"lon": lon, "lat": lat}, **fields}

    async def ask(self, x: int, y: int, **fields: Any) -> Json:
        """Asks for a rescue at a crossing; the answer, once a plan was made."""
        answer = await self.http.post("/v1/rescues", json=self.body(x, y, **fields), headers=self.key())
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert isinstance(made, dict)
        return made

    async def shops(self) -> dict[str, Json]:
        return {each["id"]: each for each in (await self.get("/v1/shops"))["items"]}

    async def rescue(self, rescue_id: str) -> Json:
        shown = await self.get(f"/v1/rescues/{rescue_id}")
        assert isinstance(shown, dict)
        return shown

    async def tap(self, truck_id: str, status: str, code: int = 200, **more: Any) -> Json:
        shown = await self.post(f"/v1/trucks/{truck_id}/status", {"status": status, **more}, code)
        assert isinstance(shown, dict)
        return shown

    async def accept(self, rescue: Json) -> str:
        """Accepts the offer for a rescue's first job; the truck that has it."""
        assignment = rescue["jobs"][0]["assignment"]
        await self.post(f"/v1/offers/{assignment['offer']}/accept")
        return str(assignment["truck"])

    async def deliver(self, truck_id: str, after: str | None = None) -> None:
        """The taps up to the delivery, those after one of them where the truck is on its way already."""
        for status in TAPS[0 if after is None else TAPS.index(after) + 1 :]:
            await self.tap(truck_id, status)

    async def passes(self, seconds: float) -> None:
        """The service clock goes on; what falls due is written down and planned when this returns."""
        self.clock.move(seconds)
        await self.settled()

    async def settled(self) -> None:
        await self.service.driver.look(lambda _state, _now_ms: Told())
        await self.service.driver.planned(PATIENCE_S)

    def folded(self, to_seq: int | None = None) -> State:
        """The state as a fresh fold of the journal, without checkpoints.

        Up to a record, because a plan may be on its way into the journal at any time.
        """
        state = State.empty(ROUTER, self.service.settings.policy)
        fold_journal(self.service.journal, state, 0, to_seq)
        return state

    async def is_its_fold(self) -> None:
        """The state that the service shows is that of the journal up to the record that it names."""
        told = await self.get("/v1/state")
        assert told["state_sha256"] == self.folded(told["seq"]).sha256()


def token_of(rescue: Json) -> str:
    """What opens the party's page of a rescue."""
    return str(rescue["tracking_url"]).rpartition("/")[2]


async def until(true: Callable[[], object]) -> None:
    """Returns when something has come about."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.005)


@contextmanager
def made_service(
    home: Path, valkey_url: str, identity: Identity = NOBODY_ELSE, clock: HandClock | None = None,
    policy: Policy = PRODUCTION, pages: Path | None = None,
) -> Iterator[Service]:  # fmt: skip
    """The service of the town that does not run yet, on a home that may have been used before."""
    home.mkdir(exist_ok=True)
    name = "town-" + hashlib.sha256(str(home).encode()).hexdigest()[:12]
    with open_database(url_of_file(home / "towline.db"), exclusive=True) as database:
        journal = Journal(database)
        state = recover(journal, database, ROUTER, policy, "town", print)
        settings = Settings(
            city=city_of_roads(ROUTER.roads, name),
            city_sha256="town",
            policy=policy,
            clock=clock or HandClock(),
            secret=read_secret(home / "secret"),
            identity=identity,
            base_url="http://town",
            life=new_id("L"),
            demo=False,
            tiles=None,
            pages=pages or home / "pages",
            notes=(),
            positions_url=valkey_url,
            valkey=None,
        )
        yield Service(settings, database, journal, state)


@asynccontextmanager
async def open_town(
    home: Path, valkey_url: str, identity: Identity = NOBODY_ELSE, clock: HandClock | None = None,
    policy: Policy = PRODUCTION,
) -> AsyncIterator[Town]:  # fmt: skip
    """The town, its service running."""
    clock = clock or HandClock()
    with made_service(home, valkey_url, identity, clock, policy) as service:
        app = create_app(service)
        async with app.router.lifespan_context(app):
            await until(lambda: service.running and service.positions.fault is None)
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://town") as http:
                yield Town(app, service, http, clock)


class Stream:
    """A reader of server-sent events, over ASGI by hand: `httpx.ASGITransport` waits for the end of an answer."""

    def __init__(self, town: Town, path: str, last_id: str | None = None, *, paused: bool = False) -> None:
        self.events: list[tuple[str, str, Any]] = []
        self.status = 0
        self.reading = asyncio.Event()
        if not paused:
            self.reading.set()
        self._text = ""
        self._town = town
        address, _, query = path.partition("?")
        headers = [] if last_id is None else [(b"last-event-id", last_id.encode())]
        self._scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "path": address, "raw_path": address.encode(), "root_path": "", "scheme": "http", "headers": headers,
            "query_string": query.encode(), "client": ("town", 1), "server": ("town", 80), "state": {},
        }  # fmt: skip
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Stream:
        readers = self._town.service.feed.readers
        self.task = asyncio.create_task(self._run())
        await until(lambda: self._town.service.feed.readers > readers or self.status >= 400)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.wait([self.task])

    async def first(self, kind: str) -> Any:
        """The data of the first event of a kind that has come or comes."""
        await until(lambda: any(each[1] == kind for each in self.events))
        return next(data for _, found, data in self.events if found == kind)

    async def _run(self) -> None:
        await self._town.app(self._scope, self._receive, self._send)

    async def _receive(self) -> Json:
        await asyncio.Event().wait()
        raise AssertionError("never")

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        await self.reading.wait()
        self._text += message.get("body", b"").decode()
        while "\n\n" in self._text:
            block, _, self._text = self._text.partition("\n\n")
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "event" in fields:
                self.events.append((fields["id"], fields["event"], json.loads(fields["data"])))
