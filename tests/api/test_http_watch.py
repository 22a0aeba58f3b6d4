"""What people watch: the board, its stream without a gap, and what a party sees by its link alone."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from api.feed import BEHIND
from tests.api.conftest import OpenTown
from tests.api.service_fixture import PATIENCE_S, TAPS, Stream, Town, crossing, played, token_of, until


async def busy(t: Town) -> dict[str, str]:
    """A rescue whose truck is on its way: its id and its token."""
    made = await t.accepted()
    await t.tap("T1", "en_route")
    return {"id": made["id"], "token": token_of(made)}


async def hears(stream: Stream, word: str) -> None:
    await until(lambda: any(word in json.dumps(each) for each in stream.events))


@played
async def test_a_stream_goes_on_where_the_board_was(town: OpenTown) -> None:
    async with town() as t:
        await t.shop("S1", 15, 1)
        board = await t.get("/v1/board")
        await t.truck("T1", 0, 0)
        async with Stream(t, f"/v1/stream?after={board['stream_id']}") as stream:
            assert (await stream.first("truck"))["status"] == "off_duty"
            made = await t.ask(4, 1)
            assert (await stream.first("rescue"))["id"] == made["id"]
            assert (await stream.first("decision"))["truck"] == "T1"
            (row,) = (await stream.first("positions"))["items"]
            assert row[:3] == ["T1", *(round(each, 6) for each in crossing(0, 0))]
            await t.post(f"/v1/rescues/{made['id']}/cancel", {"by": "x"})
            await until(lambda: "cancelled" in [each[2].get("status") for each in stream.events if each[1] == "rescue"])


@played
async def test_a_reader_that_comes_back_misses_nothing_and_hears_nothing_twice(town: OpenTown) -> None:
    async with town() as t:
        await t.truck("T1", 0, 0)
        whole, parts = Stream(t, "/v1/stream"), []
        async with whole:
            last = None
            for number in range(5):
                async with Stream(t, "/v1/stream", last) as part:
                    for step in range(3):
                        await t.put("/v1/trucks/T1", {"can": ["crane"], "driver": f"{number}.{step}"})
                    await hears(part, f'{number}.2"')
                parts += part.events
                last = parts[-1][0]
                await t.put("/v1/trucks/T1", {"can": ["crane"], "driver": f"{number} away"})
            async with Stream(t, "/v1/stream", last) as part:
                await hears(part, "4 away")
            parts += part.events
            await hears(whole, "4 away")
        first = parts[0][0]
        ids = [each[0] for each in whole.events]
        assert [each for each in parts if each in whole.events] == whole.events[ids.index(first) :]
        assert len({each[0] for each in parts}) == len(parts)


@played
async def test_what_is_no_longer_kept_is_a_reset(town: OpenTown) -> None:
    async with town() as t:
        life, _, _ = (await t.get("/v1/board"))["stream_id"].rpartition(".")
        for last in ("another-life.1", f"{life}.999999", f"{life}.x", "nonsense", f"{life}." + "9" * 5_000):
            async with Stream(t, "/v1/stream", last) as stream:
                assert await stream.first("reset") == {}


@played
async def test_a_slow_reader_is_dropped_and_nobody_waits_for_it(town: OpenTown) -> None:
    async with town() as t:
        async with Stream(t, "/v1/stream", paused=True) as slow, Stream(t, "/v1/stream") as quick:
            feed = t.service.feed
            for number in range(BEHIND + 10):
                feed.tell("control", "truck", json.dumps({"id": str(number)}))
                if number % 500 == 0:
                    await asyncio.sleep(0)
            await until(lambda: len(quick.events) >= BEHIND + 10)
            assert (feed.dropped, feed.readers) == (1, 1)
            slow.reading.set()
            assert slow.task is not None
            await asyncio.wait_for(slow.task, PATIENCE_S)
        last = slow.events[-1][0]
        async with Stream(t, "/v1/stream", last) as back:
            await until(lambda: len(slow.events) + len(back.events) >= BEHIND + 10)
        numbers = [data["id"] for _, kind, data in slow.events + back.events if kind == "truck"]
        assert numbers == [str(number) for number in range(BEHIND + 10)]


@played
async def test_a_party_sees_its_truck_while_it_is_served_and_nothing_of_others(town: OpenTown) -> None:
    async with town() as t:
        link = await busy(t)
        other = await t.ask(12, 1, case_ref="somebody else's")  # waits for the same truck
        path = f"/v1/track/{link['token']}"
        async with Stream(t, f"{path}/stream") as stream:
            shown = await t.get(path)
            (job,) = shown["jobs"]
            assert (job["position"]["lon"], job["position"]["lat"]) == crossing(0, 0)
            assert job["truck"] == {"plate": "苏J-T1", "company": "A", "driver": "王"}
            assert sum(step["duration_s"] for step in job["steps"]) == 150
            assert shown["expires_at"] is None
            await t.passes(30)
            await t.seen("T1", 1, 0)
            lon = crossing(1, 0)[0]
            await until(lambda: lon in [e[2]["position"]["lon"] for e in stream.events if e[1] == "position"])
            await t.deliver("T1", after="en_route")
            await t.settled()
            await t.accept(await t.rescue(other["id"]))
            await until(
                lambda: [e for e in stream.events if e[1] == "track" and e[2]["jobs"][0]["status"] == "delivered"]
            )
        over = await t.get(path)
        assert (over["jobs"][0]["position"], over["jobs"][0]["route"], over["jobs"][0]["tow_route"]) == (
            None,
            None,
            None,
        )
        told = json.dumps([shown, over, [each for each in stream.events if each[1] != "retry"]])
        assert not any(each in told for each in (other["id"], "somebody else", '"T1"', "driver_id"))
        assert stream.events[-1][2]["jobs"][0]["position"] is None
        theirs = await t.get(f"/v1/track/{token_of(other)}")
        assert theirs["jobs"][0]["position"] is not None


async def still_to_drive(t: Town, link: dict[str, str]) -> list[Any]:
    """What the party's page and the control room draw of it, which must be the same."""
    (job,) = (await t.get(f"/v1/track/{link['token']}"))["jobs"]
    party = [line for line in (job["route"], job["tow_route"]) if line is not None]
    features = (await t.get(f"/v1/rescues/{link['id']}/track"))["features"]
    ahead = [each["geometry"] for each in features if each["properties"]["kind"] == "ahead"]
    assert party == ahead
    return party


@played
async def test_what_is_still_to_be_driven_is_the_same_for_the_party_and_the_control_room(town: OpenTown) -> None:
    async with town() as t:
        link = await busy(t)
        found = [len(await still_to_drive(t, link))]
        for tap in TAPS[1:]:
            await t.tap("T1", tap)
            found.append(len(await still_to_drive(t, link)))
        assert found == [2, 1, 1, 0, 0]  # to the scene and the tow; the tow, before it and on it; and nothing


@played
async def test_the_tow_of_a_truck_that_is_not_seen_is_still_to_come(town: OpenTown) -> None:
    async with town() as t:
        link = await busy(t)
        await t.tap("T1", "on_scene")
        waiting = await still_to_drive(t, link)
        await t.tap("T1", "loaded")
        t.service.board.forget("T1")
        assert await still_to_drive(t, link) == waiting


@played
async def test_a_link_ends_two_hours_after_its_rescue(town: OpenTown) -> None:
    async with town() as t:
        link = await busy(t)
        path = f"/v1/track/{link['token']}"
        await t.deliver("T1", after="en_route")
        assert (await t.get(path))["expires_at"] == "2026-03-02T10:00:00.000Z"
        await t.passes(2 * 3600 - 1)
        await t.get(path)
        await t.passes(1)
        ended, unknown = await t.get(path, 404), await t.get("/v1/track/AAAAAAAAAAAAAAAAAAAAAA", 404)
        assert ended["detail"] == unknown["detail"]
        await t.get(f"{path}/stream", 404)


@played
async def test_a_silent_truck_is_said_to_be_stale(town: OpenTown) -> None:
    async with town() as t:
        await busy(t)
        await t.passes(60)
        assert (await t.get("/v1/trucks/T1"))["position"]["stale"] is False
        await t.passes(1)
        assert (await t.get("/v1/trucks/T1"))["position"] | {"stale": True, "age_s": 61} == (
            await t.get("/v1/trucks/T1")
        )["position"]
        board = await t.get("/v1/board")
        assert (board["trucks"][0]["position"]["stale"], board["speed"]) == (True, 1)
