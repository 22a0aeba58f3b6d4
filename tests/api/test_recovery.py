"""What is durable is all that counts: restarts, checkpoints, a journal that cannot be written, and random commands."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from api.published import Published
from api.turns import Told
from data.checkpoints import Checkpoint, save
from data.database import CannotWrite, Database
from data.recovery import checkpoint_text
from data.schema import checkpoints
from data.state import State
from routing.traffic_tables import CHINA_DEFAULT
from tests.api.conftest import OpenTown
from tests.api.service_fixture import PRODUCTION, ROUTER, Stream, Town, crossing, open_town, played, token_of, until


def shown(published: Published) -> dict[str, Any]:
    """All that anybody reads, but for what counts anew with each life of the service."""
    return {
        "jobs": published.jobs, "trucks": published.trucks, "shops": published.shops, "rescues": published.rescues,
        "cases": published.cases, "links": published.rescue_of_link, "devices": published.truck_of_device,
        "places": published.free_places, "closures": published.closures, "active": published.active_closures,
        "traffic": (published.traffic_version, published.traffic.hour_of_week, published.traffic.live.rows()),
        "times": published.router.link_ms.tolist(), "closed": published.router.closed.tolist(),
        "offers": published.offers, "open": list(published.open_rescues), "archived": published.archived,
        "closed shops": published.closed_shops,
        "moved": {job: scene.link.tolist() for job, scene in published.moved_scenes.items()},
        "orders": {name: state.order for name, state in published.orders.items()},
    }  # fmt: skip


async def some_work(t: Town) -> str:
    """A rescue that is served, one that is held, one that waits, a closure; the first one's id."""
    await t.shop("S1", 15, 1, places=2)
    await t.truck("T1", 0, 0, device_id="secret device")
    made = await t.ask(4, 1, contact={"name": "李", "phone": "1"})
    await t.accept(made)
    await t.tap("T1", "en_route")
    await t.ask(4, 1)
    await t.ask(9, 1)
    line = {"type": "LineString", "coordinates": [crossing(12, 0), crossing(13, 0)]}
    await t.post("/v1/closures", {"geometry": line}, 201)
    await t.post("/v1/traffic", {"valid_s": 3_600, "links": [{"link": 7, "speed_kmh": 9}]})
    return str(made["id"])


@pytest.mark.parametrize("kept", ["none", "sound", "damaged", "foreign", "nonsense"])
@played
async def test_a_restart_finds_what_the_journal_says(
    town: OpenTown, kept: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with town() as t:
        rescue = await some_work(t)
        await t.settled()
        state, head = t.service.driver.state, t.service.journal.head
        before, board = shown(t.service.published), await t.get("/v1/board")
        await t.is_its_fold()
        if kept != "none":
            text = checkpoint_text(state, head)
            if kept == "foreign":
                text = b"0" * 64 + text[64:]
            if kept == "nonsense":
                text = head.hash.encode() + b"\n{}"
            save(t.service.database, Checkpoint(head.seq, head.at_ms, "town", text))
        if kept == "damaged":
            with t.service.database.write() as connection:
                connection.execute(update(checkpoints).values(state=b"cut off"))
    capsys.readouterr()
    async with town() as t:
        assert ("checkpoint" in capsys.readouterr().out) == (kept not in ("none", "sound"))
        await t.settled()
        assert (await t.rescue(rescue))["status"] == "en_route"
        again = await t.get("/v1/board")
        for key in ("id", "status", "held", "linked", "tracking_url", "promise_at"):
            assert [row[key] for row in again["rescues"]] == [row[key] for row in board["rescues"]]
        assert shown(t.service.published)["trucks"] == before["trucks"]
        assert again["closures"] == board["closures"]
        await t.is_its_fold()


@played
async def test_an_answer_is_given_again_after_a_restart(town: OpenTown) -> None:
    async with town() as t:
        key, body = t.key(), t.body(4, 1)
        first = await t.http.post("/v1/rescues", json=body, headers=key)
        seq = t.service.journal.head.seq
    async with town() as t:
        again = await t.http.post("/v1/rescues", json=body, headers=key)
        assert (again.status_code, again.json()) == (201, first.json())
        assert [row["id"] for row in (await t.get("/v1/rescues"))["items"]] == [first.json()["id"]]
        assert t.service.journal.head.seq >= seq
        token = token_of(first.json())
        assert (await t.get(f"/v1/track/{token}"))["rescue"]["id"] == first.json()["id"]
        assert not any(token in row.payload for row in t.service.journal.read())


class Disk:
    """A database that refuses every change while `full`."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        write = database.write

        @contextmanager
        def bounded() -> Iterator[Connection]:
            with write() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None
                before = raw.total_changes
                yield connection
                if self.full and raw.total_changes > before:
                    raise CannotWrite("database or disk is full", retryable=True)

        monkeypatch.setattr(database, "write", bounded)


@played
async def test_a_journal_that_cannot_be_written_and_can_again(town: OpenTown, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town() as t, Stream(t, "/v1/stream") as stream:
        await t.staffed()
        disk = Disk(t.service.database, monkeypatch)
        before, key = await t.get("/v1/state"), t.key()
        disk.full = True
        for _ in range(3):
            refused = await t.http.post("/v1/rescues", json=t.body(4, 1), headers=key)
            assert refused.status_code == 503
            assert refused.headers["retry-after"]
            assert "same Idempotency-Key" in refused.json()["detail"]
        assert (await t.get("/v1/state")) == before
        assert (await t.get("/v1/rescues"))["items"] == []
        assert (await t.get("/readyz", 503))["journal"]["ok"] is False
        await until(lambda: any(kind == "health" and not data["journal"]["ok"] for _, kind, data in stream.events))
        disk.full = False
        await until(lambda: t.service.health()["ready"])  # by itself: nobody asks for anything meanwhile
        made = await t.http.post("/v1/rescues", json=t.body(4, 1), headers=key)
        assert (made.status_code, made.json()["status"]) == (201, "planned")
        await t.is_its_fold()


@played
async def test_decisions_that_could_not_be_written_are_made_when_they_can(
    town: OpenTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1)
        waiting = await t.ask(4, 1)
        disk = Disk(t.service.database, monkeypatch)
        await t.put("/v1/trucks/T1", {"can": ["wheel_lift"]}, 201)
        await t.tap("T1", "standby")
        disk.full = True
        await t.seen("T1", 0, 0)  # a candidate comes into sight, and the offer to it cannot be written
        await until(lambda: t.service.driver.journal_fault is not None)
        assert t.service.published.status(waiting["id"]).value == "reported"
        disk.full = False
        await until(lambda: t.service.published.status(waiting["id"]).value == "offered")
        assert (await t.rescue(waiting["id"]))["jobs"][0]["assignment"]["truck"] == "T1"


RUSHED = replace(PRODUCTION, traffic=CHINA_DEFAULT)
SPOTS = st.tuples(st.integers(0, 15), st.integers(0, 2))
TRUCKS = st.sampled_from(["T1", "T2", "T3"])
PICK = st.integers(0, 5)
COMMANDS = st.one_of(
    st.tuples(st.just("ask"), SPOTS, st.lists(st.sampled_from(["A", "B", "C"]), max_size=2)),
    st.tuples(st.just("tap"), TRUCKS, st.sampled_from(
        ["standby", "repositioning", "en_route", "on_scene", "loaded", "at_shop", "off_duty", "out_of_service"]
    )),
    st.tuples(st.just("onward"), TRUCKS, st.just(None)),
    st.tuples(st.just("offer"), PICK, st.sampled_from(["accept", "accept", "decline"])),
    st.tuples(st.just("rescue"), PICK, st.sampled_from(
        ["cancel", "release", "merge", "shop S1", "shop S2", "link", "link/revoke"]
    )),
    st.tuples(st.just("close"), SPOTS, st.sampled_from([None, 600])),
    st.tuples(st.just("open"), PICK, st.just(None)),
    st.tuples(st.just("pass"), st.sampled_from([5, 91, 301, 1300]), st.just(None)),
    st.tuples(st.just("amend"), TRUCKS, st.sampled_from(["d1", "d2", None])),
    st.tuples(st.just("traffic"), st.integers(0, ROUTER.roads.link_count - 1), st.sampled_from([5, 60, 3_600])),
    st.tuples(st.just("freed"), st.sampled_from(["S1", "S2"]), st.just(None)),
    st.tuples(st.just("pin"), PICK, TRUCKS),
    st.tuples(st.just("unpin"), PICK, st.just(None)),
    st.tuples(st.just("turned away"), TRUCKS, st.just(None)),
    st.tuples(st.just("shop"), st.sampled_from(["S1", "S2"]), st.sampled_from(["close", "open"])),
    st.tuples(st.just("late"), st.just(None), st.just(None)),
    st.tuples(st.just("archive"), st.sampled_from([3_600, 48 * 3_600]), st.just(None)),
)  # fmt: skip
ONWARD = {"en_route": "on_scene", "on_scene": "loaded", "loaded": "at_shop", "at_shop": "standby"}


async def carry_out(t: Town, what: str, a: Any, b: Any) -> None:
    """One command, possible or not: whatever the service answers, it must not be a fault of its own."""
    published = t.service.published
    rescues, closures = list(published.rescues), list(published.closures)
    path, body = "", {}
    if what == "ask":
        await t.ask(*a, vehicles=[{"plate": plate} for plate in b])
    elif what == "tap":
        path, body = f"/v1/trucks/{a}/status", {"status": b}
    elif what == "onward":
        path, body = f"/v1/trucks/{a}/status", {"status": ONWARD.get(published.trucks[a].status, "en_route")}
    elif what == "offer":
        offers = [job.offer for job in published.jobs.values() if job.offer is not None]
        path = "" if not offers else f"/v1/offers/{offers[a % len(offers)]}/{b}"
    elif what == "rescue" and rescues:
        verb, _, shop = b.partition(" ")
        body = {"by": "x", **({"shop_id": shop} if shop else {}), **({"into": rescues[0]} if verb == "merge" else {})}
        path = f"/v1/rescues/{rescues[a % len(rescues)]}/{verb}"
    elif what == "close":
        x, y = a
        line = {"type": "LineString", "coordinates": [crossing(x, y), crossing(x - 1 if x else 1, y)]}
        made = await t.http.post("/v1/closures", json={"geometry": line})
        assert made.status_code == 201, made.text
    elif what == "open" and closures:
        await t.http.delete(f"/v1/closures/{closures[a % len(closures)]}")
    elif what in ("pass", "archive"):
        await t.passes(a)
        if what == "archive":
            await t.service.archive()
        for x, truck in enumerate(published.trucks):
            await t.http.get(f"/devices/osmand?id={truck}&lon={crossing(x, 0)[0]}&lat=0")
    elif what == "amend":
        amended = await t.http.put(f"/v1/trucks/{a}", json={"can": ["wheel_lift"], "device_id": b})
        assert amended.status_code in (200, 409)
    elif what == "traffic":
        links = [{"link": each, "speed_kmh": 1 + each % 50} for each in {a, a // 2, 0}]
        path, body = "/v1/traffic", {"valid_s": b, "links": links}
    elif what == "freed":
        path = f"/v1/shops/{a}/freed"
    elif what in ("pin", "unpin") and published.jobs:
        job = list(published.jobs)[a % len(published.jobs)]
        path, body = f"/v1/jobs/{job}/{what}", {"by": "x", **({"truck": b} if what == "pin" else {})}
        priced = await t.http.get(f"/v1/jobs/{job}/assignment-price?truck={b or 'T1'}")
        assert priced.status_code in (200, 409), priced.text
    elif what == "turned away" and (serving := published.trucks[a].job) is not None:
        path, body = f"/v1/trucks/{a}/turned-away", {"shop_id": published.jobs[serving].shop or "S1"}
    elif what == "shop":
        path, body = f"/v1/shops/{a}/{b}", {"by": "x"}
    elif what == "late":
        await t.service.driver.tell_late()
    if path:
        answer = await t.http.post(path, json=body)
        assert answer.status_code in (200, 201, 409), answer.text


async def is_published(t: Town) -> None:
    """Looked at within a turn of the writer's: what is durable then has been published."""

    def look(state: State, _now_ms: int) -> Told:
        folded = t.folded()
        assert state.sha256() == folded.sha256()
        assert shown(t.service.published) == shown(Published(folded, 0))
        return Told()

    await t.settled()
    await t.service.driver.look(look)


@given(commands=st.lists(COMMANDS, min_size=5, max_size=25))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_published_is_the_fold_of_the_journal(valkey_url: str, commands: list[tuple[str, Any, Any]]) -> None:
    async def story(home: Path) -> None:
        async with open_town(home / "town", valkey_url, policy=RUSHED) as t:
            await t.shop("S1", 15, 1, places=1)
            await t.shop("S2", 0, 1)
            for number, truck in enumerate(("T1", "T2", "T3")):
                await t.truck(truck, 5 * number, 0)
            for command in commands:
                await carry_out(t, *command)
                await is_published(t)
            assert t.service.health()["ready"] is True

    with tempfile.TemporaryDirectory() as home:
        asyncio.run(story(Path(home)))
