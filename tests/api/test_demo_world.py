"""The demo's world against a service in the same process, which holds drivers and callers to the contract."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from api.clock import Clock, wall_ms
from api.demo_client import Answer, Client, pause_s
from api.demo_stream import MEANT, Event, events
from api.demo_world import DemoWorld
from data.catalogue import SHIPPED, open_city_named
from data.home import towline_home
from geo.instants import ms_of_text, text_of
from routing.roads import City

Json = dict[str, Any]
EPOCH_MS = ms_of_text("2026-03-02T15:00:00Z")
SPEED = 1200
OFFER_MS = 600_000
BEFORE = {
    "standby": {"off_duty", "standby", "repositioning"},
    "repositioning": {"standby", "repositioning"},
    "off_duty": {"standby", "repositioning"},
    "on_scene": {"en_route"},
    "loaded": {"on_scene"},
    "at_shop": {"loaded"},
}
TOO_LATE, JUST_ASKED = "nobody answered in time", "an offer was on its way"
CROSSED = (TOO_LATE, JUST_ASKED)
"""What is refused though nobody has done wrong. At this speed an offer's ten minutes are half a second, and a busy
machine may take that long to tell of it, or to answer it."""

ENDED = ("delivered", "cancelled")
IDLE = ("standby", "repositioning")


@pytest.fixture(scope="module")
def city() -> City:
    return open_city_named(towline_home(os.environ), SHIPPED, progress=lambda _: None)


@dataclass
class FakeService:
    """Orders, trucks and offers as docs/http.md has them; asks the first idle truck, refuses impossible steps."""

    clock: Clock
    trucks: dict[str, Json] = field(default_factory=dict)
    rescues: dict[str, Json] = field(default_factory=dict)
    jobs: dict[str, tuple[Json, Json]] = field(default_factory=dict)
    shops: dict[str, Json] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)
    closures: dict[str, Json] = field(default_factory=dict)
    answers: dict[str, tuple[str, Json]] = field(default_factory=dict)
    sent: list[tuple[str, Json]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)
    """The offers that nobody answered in time."""

    fixes: Counter[str] = field(default_factory=Counter)
    posts: list[tuple[str, Json]] = field(default_factory=list)
    away: bool = False
    loses_answers: bool = False
    forgets: bool = False
    connections: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("nobody is there")
        path = request.url.path
        if path == "/v1/stream":
            return httpx.Response(200, content=self._stream(int(request.headers["Last-Event-ID"])))
        body = json.loads(request.content) if request.content else {}
        if path == "/devices/osmand":
            return self._fix(parse_qs(request.url.query.decode()))
        status, answer = self._answer(request.method, path, body, request.headers.get("Idempotency-Key", ""))
        if status == 409 and answer["detail"] not in CROSSED:
            self.refused.append(f"{path} {body}")
        if self.loses_answers and request.method == "POST":
            raise httpx.ReadError("the answer is lost")
        return httpx.Response(status, json=answer)

    async def _stream(self, after: int) -> AsyncIterator[bytes]:
        self.connections += 1
        yield b": welcome\n\n"
        if self.forgets:
            self.forgets = False
            yield b"event: reset\ndata: {}\n\n"
            return
        while not self.away:
            self.heard.clear()
            for number, (kind, data) in enumerate(self.sent[after:], start=after + 1):
                after = number
                yield f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode()
            await self.heard.wait()

    def _fix(self, query: dict[str, list[str]]) -> httpx.Response:
        truck = self.devices.get(query["id"][0])
        if truck is None:
            return httpx.Response(400, json={"detail": "id: unknown"})
        at_ms = int(query["timestamp"][0])
        assert 0 <= self.clock.now_ms() - at_ms < SPEED * 60_000  # a minute of the wall's, on whatever machine
        self.fixes[truck] += 1
        self._expire()
        self.trucks[truck]["position"] = {
            "lon": float(query["lon"][0]), "lat": float(query["lat"][0]),
            "heading_deg": float(query["bearing"][0]) if "bearing" in query else None,
        }  # fmt: skip
        return httpx.Response(200)

    def _answer(self, method: str, path: str, body: Json, key: str) -> tuple[int, Json]:
        _, _, room, *rest = path.split("/")
        if method == "GET":
            return self._get(room, rest)
        if method == "PUT":
            return self._put(room, rest[0], body)
        self.posts.append((path, body))
        if key:
            if key in self.answers:
                known, answer = self.answers[key]
                return (201, answer) if known == json.dumps(body) else (422, {"detail": "another body"})
            answer = self._report(body)
            self.answers[key] = json.dumps(body), answer
            return 201, answer if room == "rescues" else {"id": "case", "rescue_id": answer["id"]}
        if room == "offers":
            return self._offer(rest[0], rest[1], body)
        if room == "trucks":
            return self._tap(self.trucks[rest[0]], body)
        if room == "rescues":
            return self._word(self.rescues[rest[0]], rest[1], body)
        return 200, {}

    def _get(self, room: str, rest: list[str]) -> tuple[int, Json]:
        if room == "board":
            lists = {name: list(getattr(self, name).values()) for name in ("trucks", "rescues", "shops", "closures")}
            return 200, {"stream_id": str(len(self.sent)), **lists}
        return 200, {"trucks": self.trucks, "rescues": self.rescues}[room][rest[0]]

    def _put(self, room: str, name: str, body: Json) -> tuple[int, Json]:
        if room == "shops":
            self.shops[name] = {**body, "id": name, "version": 1, "free_places": body["places"]}
            return 201, self.shops[name]
        self.devices[body.pop("device_id")] = name
        known = {"status": "off_duty", "job": None, "rescue": None, "position": None, "since_at": self._now()}
        self.trucks[name] = {**known, "id": name, "version": 1, **body}
        return 201, self.trucks[name]

    def _now(self) -> str:
        return text_of(self.clock.now_ms())

    def _report(self, body: Json) -> Json:
        name, case_ref = f"R{len(self.rescues) + 1}", body["case_ref"]
        asked = body.get("rescue", body)
        base = case_ref.rpartition("-")[0] if case_ref.endswith(("-again", "-nearby")) else None
        linked = [each["id"] for each in self.rescues.values() if base and each["case_ref"] == base]
        jobs = [
            {
                "id": f"{name}-{k}", "status": "reported", "needs": vehicle["needs"], "assignment": None,
                "shop": None, "refused": [],
            }
            for k, vehicle in enumerate(asked.get("vehicles", [{"needs": ["wheel_lift"]}]))
        ]  # fmt: skip
        self.rescues[name] = {
            "id": name, "version": 1, "case_ref": case_ref, "status": "reported", "held": bool(linked),
            "linked": linked, "reported_at": self._now(), "ended_at": None, "location": body["location"],
            "tracking_url": f"/t/{name}", "jobs": jobs,
        }  # fmt: skip
        self.jobs |= {job["id"]: (self.rescues[name], job) for job in jobs}
        self._push("rescue", self.rescues[name])
        self.dispatch()
        return self.rescues[name]

    def dispatch(self) -> None:
        for rescue, job in self.jobs.values():
            if not any(truck["status"] in IDLE for truck in self.trucks.values()):
                return
            if job["status"] == "reported" and not rescue["held"]:
                self._ask(rescue, job)

    def _ask(self, rescue: Json, job: Json) -> None:
        for truck in self.trucks.values():
            able = set(job["needs"]) <= set(truck["can"]) and truck["id"] not in job["refused"]
            if able and truck["status"] in IDLE:
                shop = next(
                    shop for shop in self.shops.values() if not shop["can"] or set(job["needs"]) <= set(shop["can"])
                )
                job["status"] = "offered"
                job["shop"] = None if job["needs"] == ["crane"] else shop
                job["assignment"] = {
                    "truck": truck["id"], "offer": f"O-{job['id']}-{len(job['refused'])}",
                    "expires_at": text_of(self.clock.now_ms() + OFFER_MS),
                }  # fmt: skip
                self._set(truck, "offered", job["id"], rescue)
                return

    def _expire(self) -> None:
        for truck in self.trucks.values():
            if truck["status"] == "offered":
                rescue, job = self.jobs[truck["job"]]
                if job["status"] == "offered" and ms_of_text(job["assignment"]["expires_at"]) < self.clock.now_ms():
                    self.expired.add(job["assignment"]["offer"])
                    self._fail(rescue, job)

    def _fail(self, rescue: Json, job: Json) -> None:
        truck = self.trucks[job["assignment"]["truck"]]
        job.update(status="reported", assignment=None, refused=[*job["refused"], truck["id"]])
        self._set(truck, "standby", None, rescue)
        self._touch(rescue)
        self.dispatch()

    def _offer(self, offer: str, word: str, body: Json) -> tuple[int, Json]:
        rescue, job = self.jobs[offer.removeprefix("O-").rpartition("-")[0]]
        if job["status"] != "offered" or job["assignment"]["offer"] != offer:
            return 409, {"detail": TOO_LATE if offer in self.expired else "closed"}
        truck = self.trucks[job["assignment"]["truck"]]
        if word == "accept":
            job["status"] = "accepted"
            self._touch(rescue)
        else:
            assert body["reason"]
            self._fail(rescue, job)
        return 200, {"offer": offer, "job": job["id"], "rescue": rescue["id"], "truck": truck["id"]}

    def _tap(self, truck: Json, tap: Json) -> tuple[int, Json]:
        status, name = tap["status"], tap["job"]
        if name is None:
            if truck["status"] == "offered":
                return 409, {"detail": JUST_ASKED}
            if truck["status"] not in BEFORE[status]:
                return 409, {"detail": f"{truck['status']} before {status}"}
            self._set(truck, status, None, None)
            self.dispatch()
            return 200, truck
        rescue, job = self.jobs[name]
        delivers = status == "standby" and truck["status"] in ("at_shop", "on_scene")
        starts = status == "en_route" and job["status"] == "accepted"
        if truck["job"] != name or not (delivers or starts or truck["status"] in BEFORE.get(status, ())):
            return (
                (200, truck) if truck["status"] == status else (409, {"detail": f"{truck['status']} before {status}"})
            )
        job["status"] = {"loaded": "towing", "at_shop": "towing", "standby": "delivered"}.get(status, status)
        if delivers:
            job["assignment"] = None
        self._set(truck, status, None if delivers else name, None if delivers else rescue)
        self._touch(rescue)
        self.dispatch()
        return 200, truck

    def _word(self, rescue: Json, word: str, body: Json) -> tuple[int, Json]:
        if word in ("merge", "release") and not rescue["held"]:
            return 409, {"detail": "not held"}
        assert body["by"]
        if word in ("merge", "cancel"):
            for job in rescue["jobs"]:
                job["status"] = "cancelled"
        rescue["held"] = False
        self._touch(rescue)
        self.dispatch()
        return 200, rescue

    def _touch(self, rescue: Json) -> None:
        if all(job["status"] in ENDED for job in rescue["jobs"]):
            rescue["ended_at"] = self._now()
        rescue["version"] += 1
        self._push("rescue", rescue)

    def _set(self, truck: Json, status: str, job: str | None, rescue: Json | None) -> None:
        truck.update(status=status, job=job, rescue=rescue and rescue["id"], since_at=self._now())
        truck["version"] += 1
        self._push("truck", truck)
        if rescue is not None:
            self._touch(rescue)

    def _push(self, kind: str, data: Json) -> None:
        self.sent.append((kind, json.loads(json.dumps(data))))
        self.heard.set()

    def is_past(self, name: str) -> bool:
        """The truck that had it has ended it, or said no."""
        _, job = self.jobs[name]
        return job["status"] in ENDED or bool(job["refused"])

    def delivered(self) -> int:
        return sum(job["status"] == "delivered" for rescue in self.rescues.values() for job in rescue["jobs"])


class Town:
    """A service and its world, which can be ended and started anew as processes are."""

    def __init__(self, city: City, per_day: float) -> None:
        self.clock = Clock(EPOCH_MS, wall_ms(), SPEED)
        self.service = FakeService(self.clock)
        self.city, self.per_day = city, per_day
        self.said: list[str] = []
        self.tracking: list[str] = []
        self.task: asyncio.Task[None] | None = None
        self.start()

    def start(self) -> None:
        client = Client("http://fake", httpx.MockTransport(self.service.handle))

        async def send_fix(path: str) -> int:
            return (await client.get(path)).status

        self.world = DemoWorld(
            client, send_fix, self.clock, self.city, seed=7, per_day=self.per_day, say=self.said.append,
            reported=self.tracking.append,
        )  # fmt: skip
        self.task = asyncio.create_task(self.world.run())

    async def end(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.world.client.close()

    async def until(self, true: Callable[[], object]) -> None:
        for _ in range(2_400):
            assert self.task is not None
            if self.task.done():
                self.task.result()
            if true():
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"it has not come about in time: {self.said}, {self.service.refused}")


def play(city: City, scene: Callable[[Town], Awaitable[None]], per_day: float = 2000) -> None:
    async def run() -> None:
        town = Town(city, per_day)
        try:
            await scene(town)
        finally:
            await town.end()

    asyncio.run(run())


def check_sound(service: FakeService) -> None:
    """Nothing was reported twice, and no truck has two jobs."""
    cases = Counter(rescue["case_ref"] for rescue in service.rescues.values())
    assert max(cases.values()) == 1
    at_work = Counter(
        job["assignment"]["truck"] for rescue in service.rescues.values() for job in rescue["jobs"] if job["assignment"]
    )
    assert max(at_work.values(), default=0) <= 1


def test_rescues_are_called_in_and_served_to_their_end(city: City) -> None:
    async def scene(town: Town) -> None:
        await town.until(lambda: town.service.delivered() >= 20)
        assert town.service.refused == []
        assert any(post[0] == "/v1/cases" for post in town.service.posts)
        assert town.tracking[0].startswith("/t/R")
        assert town.world.pings.counts["refused"] == 0
        assert len(town.service.fixes) > 20
        check_sound(town.service)

    play(city, scene)


def test_the_first_start_registers_fleet_and_shops_and_brings_the_shift_on_duty(city: City) -> None:
    async def scene(town: Town) -> None:
        await town.until(lambda: sum(truck["status"] != "off_duty" for truck in town.service.trucks.values()) >= 30)
        assert (len(town.service.trucks), len(town.service.shops)) == (49, 12)
        taps = [body for path, body in town.service.posts if path.endswith("/status") and body["status"] == "standby"]
        assert any("shift_end_at" in tap for tap in taps)
        assert town.service.trucks["T04"]["status"] == "off_duty"  # 19:00-07:00, and it is noon

    play(city, scene, per_day=1)


def test_a_town_without_accidents_goes_on(city: City) -> None:
    async def scene(town: Town) -> None:
        await town.until(lambda: town.clock.now_ms() > EPOCH_MS + 40 * 60_000)
        assert town.service.rescues == {}
        assert town.service.fixes["T01"]

    play(city, scene, per_day=0)


def test_a_service_that_is_gone_for_a_while_is_met_where_it_was(city: City) -> None:
    async def scene(town: Town) -> None:
        service = town.service
        await town.until(lambda: service.delivered() >= 3)
        for forgets in (False, True):
            service.away, service.forgets = True, forgets
            service.heard.set()
            await asyncio.sleep(0.3)
            known = service.connections
            service.away = False
            done = service.delivered()
            await town.until(lambda: service.connections > known)  # noqa: B023
            await town.until(lambda: service.delivered() >= done + 10)  # noqa: B023
        check_sound(service)

    play(city, scene)


def test_a_world_that_is_started_anew_carries_every_job_on(city: City) -> None:
    async def scene(town: Town) -> None:
        service = town.service
        await town.until(lambda: service.delivered() >= 3)
        for _ in range(2):
            await town.end()
            under_way = [truck["job"] for truck in service.trucks.values() if truck["job"]]
            assert under_way
            town.start()
            await town.until(lambda: all(service.is_past(job) for job in under_way))  # noqa: B023
        check_sound(service)
        assert service.refused == []

    play(city, scene, per_day=800)


def test_answers_that_are_lost_do_nothing_twice(city: City) -> None:
    async def scene(town: Town) -> None:
        service = town.service
        await town.until(lambda: service.delivered() >= 2)
        for _ in range(5):
            service.loses_answers = True
            await asyncio.sleep(0.2)
            service.loses_answers = False
            done = service.delivered()
            await town.until(lambda: service.delivered() >= done + 2)  # noqa: B023
        check_sound(service)

    play(city, scene)


def test_a_second_call_is_merged_and_another_accident_nearby_released(city: City) -> None:
    async def scene(town: Town) -> None:
        service = town.service
        await town.until(lambda: town.world.town.counts["merged"] and town.world.town.counts["released"])
        for path, body in service.posts:
            if path.endswith("/merge"):
                merged = service.rescues[path.split("/")[3]]
                assert merged["case_ref"] == f"{service.rescues[body['into']]['case_ref']}-again"
                assert service.clock.now_ms() - ms_of_text(merged["reported_at"]) >= 5 * 60_000

    play(city, scene, per_day=4000)


def test_a_device_that_is_not_known_is_registered_again(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.demo_world.TELL_EVERY_S", 0.2)

    async def scene(town: Town) -> None:
        await town.until(lambda: town.service.fixes["T01"])
        town.service.devices.clear()
        await town.until(lambda: town.world.pings.unknown)
        before = town.service.fixes["T01"]
        await town.until(lambda: town.service.fixes["T01"] > before)

    play(city, scene, per_day=1)


def test_accidents_of_a_long_absence_are_reported_late_or_dropped(city: City) -> None:
    async def scene(town: Town) -> None:
        await town.until(lambda: town.service.rescues)
        town.service.away = True
        town.service.heard.set()
        await asyncio.sleep(2.5)  # fifty minutes there
        town.service.away = False
        await town.until(lambda: town.world.town.counts["dropped"] and town.world.town.counts["late"])
        check_sound(town.service)

    play(city, scene)


def heard(*lines: str) -> list[Event]:
    async def told() -> AsyncIterator[str]:
        for line in lines:
            yield line

    async def run() -> list[Event]:
        return [event async for event in events(told())]

    return asyncio.run(run())


def test_events_are_read_as_the_web_has_them() -> None:
    assert heard(": hello", "retry: 100", "", "id: 7", "event: truck", 'data: {"id":', 'data: "T1"}', "") == [
        Event("7", "truck", {"id": "T1"})
    ]
    assert heard("event: reset", "data: {}", "", "event:positions", "data:[1,", "") == [
        Event(None, "reset", {}), Event(None, "positions", {})
    ]  # fmt: skip
    assert heard("event: truck", "data: {}") == []
    assert "positions" not in MEANT


def test_the_pause_grows_and_heeds_the_service() -> None:
    assert [pause_s(n) for n in (1, 2, 3, 50)] == [0.1, 0.2, 0.4, 2.0]
    assert pause_s(1, Answer(503, None, 1.0)) == 1.0
    assert pause_s(1, Answer(503, None, 3600.0)) == 2.0
