"""Traffic over HTTP: speeds that are told are seen and lapse, hours begin, and trucks under way are led round."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from geo.instants import text_of
from routing.roads import RoadClass
from routing.traffic_tables import CHINA_DEFAULT
from tests.api.conftest import OpenTown
from tests.api.service_fixture import MORNING_MS, PRODUCTION, ROUTER, Stream, Town, crossing, played, token_of, until
from tests.worlds import link_between

RUSHED = replace(PRODUCTION, traffic=CHINA_DEFAULT)
Json = dict[str, Any]


def link(x: int, y: int, to_x: int, to_y: int) -> int:
    """From one crossing of the town to the next."""
    return link_between(ROUTER.roads, 16 * y + x, 16 * to_y + to_x)


def slow(*links: int, kmh: int = 18, **fields: Any) -> Json:
    return {"valid_s": 300, "links": [{"link": each, "speed_kmh": kmh} for each in links], **fields}


async def eta_s(t: Town) -> int:
    """Of the only truck, to crossing (1, 1)."""
    lon, lat = crossing(1, 1)
    (row,) = (await t.get(f"/v1/trucks?near={lon},{lat}"))["items"]
    return int(row["eta_s"])


@played
async def test_speeds_are_seen_until_they_are_no_longer_valid(town: OpenTown) -> None:
    """A street of 300 m at 36 km/h takes 30 s, at 18 km/h 60 s, and the way round three streets."""
    async with town() as t, Stream(t, "/v1/stream") as stream:
        await t.truck("T1", 0, 1)
        assert await t.get("/v1/traffic") == {
            "version": 0, "table": "free", "hour_of_week": None, "live": 0, "oldest_at": None, "newest_at": None,
            "oldest_age_s": None, "newest_age_s": None, "lapses_at": None,
        }  # fmt: skip
        told = await t.post("/v1/traffic", slow(link(0, 1, 1, 1), at=text_of(MORNING_MS - 20_000)))
        assert (await eta_s(t), told["told"], told["unknown_ways"]) == (60, 1, 0)
        shown = await t.get("/v1/traffic")
        assert shown == await stream.first("traffic") == {key: told[key] for key in shown}
        assert (shown["version"], shown["live"], shown["oldest_age_s"], shown["newest_age_s"]) == (1, 1, 20, 20)
        assert shown["lapses_at"] == text_of(MORNING_MS + 280_000)
        await t.post("/v1/traffic", slow(link(0, 1, 1, 1), kmh=1))
        assert await eta_s(t) == 90
        await t.is_its_fold()
        await t.passes(300)
        assert (await eta_s(t), (await t.get("/v1/traffic"))["live"]) == (30, 0)
        await t.is_its_fold()


@played
async def test_ways_by_the_number_of_the_source(town: OpenTown) -> None:
    async with town() as t:
        await t.truck("T1", 0, 1)
        way = int(ROUTER.roads.link_ref[link(0, 1, 1, 1)])
        links = [{"way_id": way, "speed_kmh": 18}, {"way_id": 999_999, "speed_kmh": 5}]
        told = await t.post("/v1/traffic", {"valid_s": 60, "links": links})
        assert (told["told"], told["unknown_ways"], await eta_s(t)) == (1, 1, 60)
        own = {"link": link(0, 1, 1, 1), "speed_kmh": 72}
        await t.post("/v1/traffic", {"valid_s": 60, "links": [own, *links]})
        assert await eta_s(t) == 15, "a link's own speed counts before its way's"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, 422, "/valid_s"),
        (slow(), 422, "/links"),
        (slow(0, valid_s=0), 422, "/valid_s"),
        (slow(0, valid_s=3601), 422, "/valid_s"),
        (slow(0, valid_s=1.0), 422, "/valid_s"),
        (slow(0, kmh=0), 422, "/links/0/speed_kmh"),
        (slow(0, kmh=201), 422, "/links/0/speed_kmh"),
        (slow(0, ROUTER.roads.link_count), 422, "/links/1/link"),
        (slow(0, at="2026-03-02T08:01:01Z"), 422, "/at"),
        (slow(0, at="2026-03-02T07:55:00Z"), 422, "/at"),
        (slow(0, at="2026-03-02T08:00:00"), 422, "/at"),
        ({"valid_s": 9, "links": [{"speed_kmh": 9}]}, 422, "/links/0"),
        ({"valid_s": 9, "links": [{"speed_kmh": 9, "link": 0, "way_id": 0}]}, 422, "/links/0"),
        ({"valid_s": 9, "links": [{"speed_kmh": 9, "way_id": 999_999}]}, 422, "/links"),
        ({"valid_s": 9, "links": [{"speed_kmh": 9, "way_id": 2**63}]}, 422, "/links/0/way_id"),
    ],
)
@played
async def test_what_cannot_be_meant_changes_nothing(town: OpenTown, body: Json, code: int, pointer: str) -> None:
    async with town() as t:
        refused = await t.post("/v1/traffic", body, code)
        assert pointer in [error["pointer"] for error in refused["errors"]]
        assert (await t.get("/v1/traffic"))["version"] == 0


@played
async def test_hours_begin_by_the_clock_and_outlive_a_restart(town: OpenTown) -> None:
    def at_hour(hour: int) -> int:
        return round(30 * int(CHINA_DEFAULT.permille[hour, RoadClass.RESIDENTIAL - 1]) / 1000)

    assert at_hour(8) > at_hour(9) > 30
    async with town(policy=RUSHED) as t:
        await t.truck("T1", 0, 1)
        assert (await eta_s(t), (await t.get("/v1/traffic"))["hour_of_week"]) == (at_hour(8), 8)
        await t.passes(3599)
        assert (await t.get("/v1/traffic"))["hour_of_week"] == 8
        await t.passes(1)
        shown = await t.get("/v1/traffic")
        assert (shown["table"], shown["hour_of_week"], await eta_s(t)) == ("china-default", 9, at_hour(9))
        await t.is_its_fold()
        clock = t.clock
    async with town(policy=RUSHED, clock=clock) as t:
        assert (await t.get("/v1/traffic"))["hour_of_week"] == 9
        await t.is_its_fold()


def drives(line: Json, a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether a line goes from one crossing straight to another."""
    ends = [[round(degrees, 6) for degrees in each] for each in (a, b)]
    points = line["coordinates"]
    return any([p, q] == ends for p, q in pairwise(points))


@pytest.mark.parametrize("cut", ["closure", "traffic"])
@played
async def test_a_truck_under_way_is_led_round_and_all_are_told(town: OpenTown, cut: str) -> None:
    """From (0, 1) to (4, 1) it is four streets of 30 s; where one is cut, the row beside is two streets more."""
    async with town() as t:
        made = await t.accepted(0, 1)
        await t.tap("T1", "en_route")
        token = token_of(made)
        here, there = crossing(1, 1), crossing(2, 1)

        def p50(rescue: Json) -> str | None:
            eta = rescue["jobs"][0]["eta"]
            return None if eta is None else str(eta["p50_at"])

        before, after = text_of(MORNING_MS + 120_000), text_of(MORNING_MS + 180_000)
        async with Stream(t, "/v1/stream") as control, Stream(t, f"/v1/track/{token}/stream") as party:
            await until(lambda: made["id"] in t.service.published.rescues and t.service.views.etas)
            assert p50(await t.rescue(made["id"])) == before
            (job,) = (await t.get(f"/v1/track/{token}"))["jobs"]
            assert drives(job["route"], here, there)
            heard = len(party.events), len(control.events)
            if cut == "closure":
                geometry = {"type": "LineString", "coordinates": [here, there]}
                await t.post("/v1/closures", {"geometry": geometry, "reason": "fallen tree"}, 201)
            else:
                await t.post("/v1/traffic", slow(link(1, 1, 2, 1), kmh=1))
            (job,) = (await t.get(f"/v1/track/{token}"))["jobs"]
            assert not drives(job["route"], here, there)
            assert sum(step["duration_s"] for step in job["steps"]) == 180
            rows = (await t.get(f"/v1/rescues/{made['id']}/track"))["features"]
            (ahead,) = [
                row for row in rows if row["properties"]["kind"] == "ahead" and row["properties"]["leg"] != "tow"
            ]
            assert (ahead["geometry"], ahead["properties"]["duration_s"]) == (job["route"], 180)

            def told_party() -> bool:
                tracks = [data["jobs"][0] for _, kind, data in party.events[heard[0] :] if kind == "track"]
                return any(each["eta"]["p50_at"] == after and not drives(each["route"], here, there) for each in tracks)

            await until(told_party)
            await until(
                lambda: after in [p50(data) for _, kind, data in control.events[heard[1] :] if kind == "rescue"]
            )
            assert p50(await t.rescue(made["id"])) == after
