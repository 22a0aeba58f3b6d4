"""Requests that race: of several that want the same, one gets it, and the others are told."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from dispatch.fleet import Fixes
from dispatch.snapshot import Snapshot
from tests.api.conftest import OpenTown
from tests.api.service_fixture import PATIENCE_S, Town, played

CLIENTS = 5


async def raced(t: Town) -> Counter[int]:
    """A rescue whose offer five clients accept at once; how each was answered."""
    made = await t.ask(4, 1)
    await t.settled()
    offer = (await t.rescue(made["id"]))["jobs"][0]["assignment"]["offer"]
    answers = await asyncio.gather(*(t.http.post(f"/v1/offers/{offer}/accept") for _ in range(CLIENTS)))
    assert all("no longer open" in each.json()["detail"] for each in answers if each.status_code == 409)
    await t.post(f"/v1/rescues/{made['id']}/cancel", {"by": "test"})
    return Counter(each.status_code for each in answers)


async def race(town: OpenTown, rounds: int) -> None:
    async with town() as t:
        await t.staffed()
        for _ in range(rounds):
            assert await raced(t) == {200: 1, 409: CLIENTS - 1}
        kinds = Counter(record.kind for record in t.service.journal.read())
        assert kinds["OfferAccepted"] == kinds["Offered"] == rounds


@played
async def test_five_accept_one_offer(town: OpenTown) -> None:
    await race(town, 200)


@pytest.mark.slow
@played
async def test_five_accept_one_offer_ten_thousand_times(town: OpenTown) -> None:
    await race(town, 10_000)


@played
async def test_five_requests_with_one_key_make_one_rescue(town: OpenTown) -> None:
    async with town() as t:
        for number in range(10):
            key = t.key()
            asked = [t.http.post("/v1/rescues", json=t.body(number, 1), headers=key) for _ in range(CLIENTS)]
            answers = await asyncio.gather(*asked)
            assert {each.status_code for each in answers} <= {201, 409}
            made = {each.json()["id"] for each in answers if each.status_code == 201}
            assert len(made) == 1
            again = await t.http.post("/v1/rescues", json=t.body(number, 1), headers=key)
            assert (again.status_code, again.json()["id"]) == (201, made.pop())
        assert len((await t.get("/v1/rescues"))["items"]) == 10


@played
async def test_of_five_changes_of_one_version_one_is_made(town: OpenTown) -> None:
    async with town() as t:
        await t.staffed()
        for path, bodies in (
            ("/v1/trucks/T1", [{"can": ["wheel_lift"], "driver": str(k)} for k in range(CLIENTS)]),
            ("/v1/shops/S1", [{"name": str(k), "lon": 0, "lat": 0} for k in range(CLIENTS)]),
        ):
            tag = f'"{(await t.http.put(path, json=bodies[0])).json()["version"]}"'
            put = [t.http.put(path, json={**body, "can": ["crane"]}, headers={"If-Match": tag}) for body in bodies]
            answers = await asyncio.gather(*put)
            assert Counter(each.status_code for each in answers) == {200: 1, 412: CLIENTS - 1}


@played
async def test_a_truck_that_comes_into_sight_while_a_snapshot_is_taken_is_asked(
    town: OpenTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1)
        await t.put("/v1/trucks/T1", {"can": ["wheel_lift"]}, 201)
        made = await t.ask(4, 1)
        assert made["status"] == "reported"
        engine, loop = t.service.driver.state.engine, asyncio.get_running_loop()
        take_snapshot = engine.problem
        looks: list[int] = []

        def held_up(now_ms: int, fixes: Fixes) -> Snapshot:
            if not looks:
                asyncio.run_coroutine_threadsafe(t.seen("T1", 4, 1), loop).result(PATIENCE_S)
                looks.append(now_ms)
            return take_snapshot(now_ms, fixes)

        monkeypatch.setattr(engine, "problem", held_up)
        await t.tap("T1", "standby")
        await t.settled()
        assert len(looks) == 1
        assert (await t.rescue(made["id"]))["status"] == "offered"


@played
async def test_one_of_two_that_cancel_is_told_that_it_is_over(town: OpenTown) -> None:
    async with town() as t:
        made = await t.ask(4, 1)
        path = f"/v1/rescues/{made['id']}/cancel"
        answers = await asyncio.gather(*(t.http.post(path, json={"by": "x"}) for _ in range(CLIENTS)))
        assert Counter(each.status_code for each in answers) == {200: 1, 409: CLIENTS - 1}


@played
async def test_a_command_that_fails_takes_none_of_its_turn_with_it(town: OpenTown) -> None:
    async with town() as t:
        first = [t.http.post("/v1/rescues", json=t.body(x, 1), headers=t.key()) for x in range(0, 10, 2)]
        wrong = [t.http.post(f"/v1/offers/none-{k}/accept") for k in range(5)]
        answers = await asyncio.gather(*(each for pair in zip(first, wrong, strict=True) for each in pair))
        assert Counter(each.status_code for each in answers) == {201: 5, 404: 5}
        await t.is_its_fold()
