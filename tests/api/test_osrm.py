"""Ways and tables in OSRM's form. In the town a crossing is 300 m and 30 s from the next."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from http.client import HTTPConnection
from typing import Any, TypeVar

import numpy as np
import pytest
import uvicorn
from routingpy import OSRM
from routingpy.exceptions import RouterApiError

from api.long_addresses import MOST_BYTES, Addresses
from api.osrm_query import MOST_TABLE_ENTRIES
from api.permission import Identity
from geo.points import great_circles_m
from geo.polyline import decode
from tests.api.conftest import OpenTown
from tests.api.service_fixture import PATIENCE_S, Town, crossing, played, until
from tests.worlds import degrees

T = TypeVar("T")


def at(*crossings: tuple[float, float]) -> str:
    """The path's coordinates of some places, counted in crossings."""
    return ";".join(f"{lon},{lat}" for lon, lat in (degrees(300 * x, 300 * y) for x, y in crossings))


async def refused(t: Town, path: str) -> tuple[str, str]:
    """The code and message of an answer without a result."""
    answer = await t.get(path, 400)
    assert answer.keys() == {"code", "message"}
    return answer["code"], answer["message"]


def fetched(host: str, path: str) -> tuple[int, str]:
    """Status and text of an answer, asked for by a client that sends an address of any length."""
    connection = HTTPConnection(host, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@asynccontextmanager
async def served(t: Town) -> AsyncIterator[Callable[[Callable[[OSRM], T]], Any]]:
    """The town's application on a port; what is called with a client of OSRM runs in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(t.app, port=0, http=Addresses, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    client = OSRM(base_url=f"http://127.0.0.1:{port}")
    try:
        yield lambda work: asyncio.to_thread(work, client)
    finally:
        client.client._session.close()
        server.should_exit = True
        await task


@played
async def test_a_client_of_osrm_gets_a_route(town: OpenTown) -> None:
    places = [crossing(1, 1), crossing(4, 1), crossing(4, 0)]
    async with town() as t, served(t) as ask:
        for geometries in ("polyline", "polyline6", "geojson"):
            asked = partial(
                OSRM.directions, locations=places, profile="driving", geometries=geometries, overview="full",
                steps=True, annotations=True, radiuses=[50, 50, 50], continue_straight=False,
            )  # fmt: skip
            way = await ask(asked)
            assert (way.duration, way.distance) == (120, 1200)
            route = way.raw["routes"][0]
            line = np.array(way.geometry)
            if geometries != "geojson":
                assert line.tolist() == np.array(decode(route["geometry"], 6 if "6" in geometries else 5)).T.tolist()
            np.testing.assert_allclose(line[[0, 3, -1]], places, atol=1e-5)
            assert [(leg["duration"], leg["distance"]) for leg in route["legs"]] == [(90, 900), (30, 300)]


@played
async def test_a_client_of_osrm_gets_a_table_and_a_fault(town: OpenTown) -> None:
    places = [crossing(0, 0), crossing(2, 0), crossing(2, 2)]
    async with town() as t, served(t) as ask:
        table = await ask(lambda osrm: osrm.matrix(places, profile="driving", sources=[1, 2], destinations=[0, 1, 2]))
        assert table.durations == [[60, 0, 60], [120, 60, 0]]
        both = await ask(lambda osrm: osrm.matrix(places, profile="car", annotations=["duration", "distance"]))
        assert both.distances == [[0, 600, 1200], [600, 0, 600], [1200, 600, 0]]
        with pytest.raises(RouterApiError) as refusal:
            await ask(lambda osrm: osrm.directions([crossing(0, 0), (100, 0)], profile="driving"))
        assert "NoSegment" in str(refusal.value)


@played
async def test_a_table_of_ten_thousand_places_is_refused_however_it_comes(town: OpenTown) -> None:
    """In plain coordinates its address is too long to be read; as a polyline of one place over and over it is not."""
    async with town() as t, served(t) as ask:
        host = await ask(lambda osrm: osrm.client.base_url.removeprefix("http://"))
        plain = "/table/v1/driving/" + ";".join(["0.01,0.002"] * 10_000)
        coded = f"/table/v1/driving/polyline({'%3F' * 20_000})"
        assert len(plain) > MOST_BYTES > len(coded)
        for path, said in ((plain, "an address of more than 65,000 bytes"), (coded, "100000000 entries")):
            status, text = await asyncio.to_thread(fetched, host, path)
            assert (status, json.loads(text)["code"]) == (400, "TooBig")
            assert said in text
        status, text = await asyncio.to_thread(fetched, host, "/v1/trucks?near=" + "0" * MOST_BYTES)
        assert (status, json.loads(text)["title"]) == (404, "Not found")
        assert (await asyncio.to_thread(fetched, host, "/healthz"))[0] == 200


@played
async def test_a_waypoint_says_where_on_which_road_it_is(town: OpenTown) -> None:
    async with town() as t:
        answer = await t.get(f"/route/v1/driving/{at((1.5, 1.1), (3, 0.5))}?overview=false")
        first, second = answer["waypoints"]
        assert (first["name"], second["name"]) == ("Row 1", "Column 3")
        np.testing.assert_allclose(first["location"], degrees(450, 300), atol=2e-6)
        assert first["distance"] == pytest.approx(30, abs=0.05)
        assert second["distance"] == pytest.approx(0, abs=0.05)
        assert isinstance(first["hint"], str)
        assert "geometry" not in answer["routes"][0]
        hints = ";".join(each["hint"] for each in answer["waypoints"])
        again = await t.get(f"/route/v1/driving/{at((1.5, 1.1), (3, 0.5))}.json?hints={hints}&generate_hints=false")
        assert all("hint" not in each for each in again["waypoints"])
        assert again["routes"][0]["duration"] == answer["routes"][0]["duration"] == 60
        bare = await t.get(f"/route/v1/driving/{at((1.5, 1.1), (3, 0.5))}?skip_waypoints=true")
        assert bare.keys() == {"code", "routes"}


@played
async def test_coordinates_may_come_as_a_polyline(town: OpenTown) -> None:
    """The polyline of two places on the equator: ?? is 0,0 and then 0.01 degrees east (1,000 units of 10^-5)."""
    async with town() as t:
        plain = await t.get("/route/v1/driving/0,0;0.01,0?generate_hints=false")
        coded = await t.get("/route/v1/driving/polyline(%3F%3F%3Fo%7D%40)?generate_hints=false")
        assert coded == plain


@played
async def test_steps_tell_streets_and_turns_and_add_up(town: OpenTown) -> None:
    async with town() as t:
        answer = await t.get(f"/route/v1/driving/{at((1.5, 1), (2.5, 1), (3, 0.5))}?steps=true")
        assert answer["code"] == "Ok"
        for leg in answer["routes"][0]["legs"]:
            assert leg["distance"] == pytest.approx(sum(step["distance"] for step in leg["steps"]))
            assert leg["duration"] == pytest.approx(sum(step["duration"] for step in leg["steps"]))
            assert leg["steps"][0]["maneuver"]["type"] == "depart"
            assert leg["steps"][-1]["maneuver"]["type"] == "arrive"
            ends = [decode(step["geometry"]) for step in leg["steps"]]
            assert [(a[0][-1], a[1][-1]) for a in ends[:-1]] == [(b[0][0], b[1][0]) for b in ends[1:]]
        first, second = answer["routes"][0]["legs"]
        assert (first["summary"], second["summary"]) == ("Row 1", "Row 1, Column 3")
        turn = second["steps"][1]
        told = {key: turn["maneuver"][key] for key in ("type", "modifier", "bearing_before", "bearing_after")}
        assert told == {"type": "turn", "modifier": "right", "bearing_before": 90, "bearing_after": 180}
        assert (turn["name"], turn["distance"], turn["duration"], turn["driving_side"]) == (
            "Column 3",
            150,
            15,
            "right",
        )
        np.testing.assert_allclose(turn["maneuver"]["location"], crossing(3, 1), atol=2e-6)
        crossed = first["steps"][0]["intersections"][1]
        assert crossed["bearings"] == [0, 90, 180, 270]
        assert (crossed["in"], crossed["out"]) == (3, 1)
        for step in first["steps"][:-1]:
            for each in step["intersections"]:
                assert each["entry"][each["out"]] is True
                assert each["bearings"] == sorted(each["bearings"])


@played
async def test_annotations_are_of_each_piece_of_the_full_line(town: OpenTown) -> None:
    async with town() as t:
        path = f"/route/v1/driving/{at((1.5, 1), (4.25, 2))}?overview=full&geometries=geojson"
        route = (await t.get(f"{path}&annotations=true"))["routes"][0]
        noted = route["legs"][0]["annotation"]
        points = np.array(route["geometry"]["coordinates"])
        assert noted.keys() == {"distance", "duration", "speed", "weight", "datasources"}
        drawn_m = great_circles_m(points[:-1, 0], points[:-1, 1], points[1:, 0], points[1:, 1])
        np.testing.assert_allclose(noted["distance"], drawn_m, atol=0.2)
        assert sum(noted["distance"]) == pytest.approx(route["distance"], abs=0.1)
        assert sum(noted["duration"]) == pytest.approx(route["duration"], abs=0.1)
        assert noted["speed"] == [10.0] * len(drawn_m)
        some = await t.get(f"{path}&annotations=speed,duration")
        assert some["routes"][0]["legs"][0]["annotation"].keys() == {"speed", "duration"}


@played
async def test_a_simplified_line_keeps_what_can_be_seen(town: OpenTown) -> None:
    async with town() as t:
        for places, full_points, points in [(((0.5, 0), (8.5, 0)), 10, 2), (((0.5, 0), (0, 0.5)), 3, 3)]:
            path = f"/route/v1/driving/{at(*places)}?geometries=geojson&overview="
            full = (await t.get(f"{path}full"))["routes"][0]["geometry"]["coordinates"]
            simple = (await t.get(f"{path}simplified"))["routes"][0]["geometry"]["coordinates"]
            assert (len(full), len(simple)) == (full_points, points)
            assert all(point in full for point in simple)


@played
async def test_a_bearing_is_a_condition(town: OpenTown) -> None:
    """Driving west in Row 1, one comes round by the crossing at 1 to a place 150 m to the east: 15 + 45 s."""
    async with town() as t:
        path = f"/route/v1/driving/{at((1.5, 1), (2, 1))}"
        assert (await t.get(path))["routes"][0]["duration"] == 15
        assert (await t.get(f"{path}?bearings=90,10;"))["routes"][0]["duration"] == 15
        assert (await t.get(f"{path}?bearings=270,10;"))["routes"][0]["duration"] == 45
        north = (await t.get(f"{path}?bearings=0,20;&radiuses=unlimited;"))["waypoints"][0]
        assert north["name"] in ("Column 1", "Column 2")
        assert north["distance"] == pytest.approx(150, abs=0.1)
        code, said = await refused(t, f"{path}?bearings=0,20;&radiuses=100;")
        assert code == "NoSegment"
        assert "leads 0 ± 20 degrees is 150.0 m away" in said
        assert (await refused(t, f"{path}?bearings=45,20;"))[0] == "NoSegment"


@played
async def test_a_radius_is_a_limit(town: OpenTown) -> None:
    async with town() as t:
        path = f"/route/v1/driving/{at((1.5, 1.1), (3, 1))}"
        assert (await t.get(f"{path}?radiuses=31;"))["code"] == "Ok"
        code, said = await refused(t, f"{path}?radiuses=29;")
        assert (code, said[:55]) == ("NoSegment", "Could not find a matching segment for coordinate 0: the")


@played
async def test_going_straight_on_at_a_place_in_between(town: OpenTown) -> None:
    """From 1 to 1.5 and back to 1: 15 s each way; who may not turn round there goes on to 2 first: 15 + 30 s."""
    async with town() as t:
        path = f"/route/v1/driving/{at((1, 1), (1.5, 1), (1, 1))}?continue_straight="
        assert [leg["duration"] for leg in (await t.get(f"{path}default"))["routes"][0]["legs"]] == [15, 15]
        assert [leg["duration"] for leg in (await t.get(f"{path}true"))["routes"][0]["legs"]] == [15, 45]


@played
async def test_a_closure_is_driven_round_at_once(town: OpenTown) -> None:
    async with town() as t:
        path = f"/route/v1/driving/{at((1, 1), (2, 1))}?overview=false"
        assert (await t.get(path))["routes"][0]["duration"] == 30
        a, b = degrees(420, 300), degrees(480, 300)
        closure = {"geometry": {"type": "LineString", "coordinates": [a, b]}, "buffer_m": 10, "reason": "works"}
        await t.post("/v1/closures", closure, 201)
        assert (await t.get(path))["routes"][0]["duration"] == 90


REFUSED = [
    ("/route/v2/driving/0,0;0.01,0", "InvalidVersion", "v1"),
    ("/route/v1/foot/0,0;0.01,0", "InvalidUrl", "/driving/"),
    ("/route/v1/driving/0,0", "InvalidOptions", "at least two"),
    ("/route/v1/driving/0,0;nan,0", "InvalidQuery", "coordinate 1: 'nan,0'"),
    ("/route/v1/driving/0,0;1e999,0", "InvalidValue", "not a finite number"),
    ("/route/v1/driving/0,0;0", "InvalidQuery", "coordinate 1"),
    ("/route/v1/driving/0,0;0,100", "InvalidValue", "lat 100.0 is out of range: lon and lat look swapped"),
    ("/route/v1/driving/0,0;500,0", "InvalidValue", "out of range"),
    ("/route/v1/driving/0,0;30,30", "NoSegment", "coordinate 1: 30.000000,30.000000 is outside"),
    ("/route/v1/driving/polyline(_)", "InvalidQuery", "ends within a point"),
    ("/route/v1/driving/0,0;0.01,0.flatbuffers", "InvalidValue", "json"),
    ("/route/v1/driving/0,0;0.01,0?exclude=toll", "InvalidValue", "no class of roads can be left out"),
    ("/route/v1/driving/0,0;0.01,0?approaches=curb;", "InvalidValue", "only unrestricted"),
    ("/route/v1/driving/0,0;0.01,0?steps=yes", "InvalidQuery", "steps: one of"),
    ("/route/v1/driving/0,0;0.01,0?colour=red", "InvalidQuery", "'colour' is no option"),
    ("/route/v1/driving/0,0;0.01,0?steps=true&steps=true", "InvalidQuery", "twice"),
    ("/route/v1/driving/0,0;0.01,0?overview=none", "InvalidQuery", "overview"),
    ("/route/v1/driving/0,0;0.01,0?alternatives=maybe", "InvalidQuery", "alternatives"),
    ("/route/v1/driving/0,0;0.01,0?annotations=nodes", "InvalidValue", "nodes"),
    ("/route/v1/driving/0,0;0.01,0?annotations=colour", "InvalidQuery", "annotations"),
    ("/route/v1/driving/0,0;0.01,0?bearings=90,10", "InvalidOptions", "size 1 does not match coordinate size 2"),
    ("/route/v1/driving/0,0;0.01,0?bearings=400,10;", "InvalidQuery", "bearings"),
    ("/route/v1/driving/0,0;0.01,0?radiuses=-1;", "InvalidQuery", "radiuses"),
    ("/route/v1/driving/" + ";".join(["0,0"] * 501), "TooBig", "more than the 500"),
    ("/table/v1/driving/0,0;0.01,0?fallback_speed=10", "InvalidValue", "fallback_speed"),
    ("/table/v1/driving/0,0;0.01,0?sources=2", "InvalidOptions", "there is no coordinate 2"),
    ("/table/v1/driving/0,0;0.01,0?sources=-1", "InvalidQuery", "sources"),
    ("/table/v1/driving/0,0;0.01,0?annotations=speed", "InvalidQuery", "annotations"),
    ("/table/v1/driving/0,0;0.01,0?scale_factor=0", "InvalidValue", "scale_factor"),
    ("/table/v1/driving/" + ";".join(["0,0"] * 101) + "?annotations=distance", "TooBig", "10201 entries"),
    ("/table/v1/driving/" + ";".join(["x"] * 10_001), "TooBig", "10001 coordinates"),
    ("/table/v1/driving/" + ";".join(["x"] * 10_000), "TooBig", "100000000 entries"),
]  # fmt: skip
"""The last one is too big before any of its coordinates is read: they are none."""


@played
async def test_what_cannot_be_answered_is_said_in_osrms_codes(town: OpenTown) -> None:
    async with town() as t:
        for path, code, said in REFUSED:
            got = await refused(t, path)
            assert got[0] == code, path[:80]
            assert said in got[1]


@played
async def test_a_table_is_scaled_and_may_hold_times_distances_or_both(town: OpenTown) -> None:
    async with town() as t:
        path = f"/table/v1/driving/{at((0, 0), (3, 0))}?"
        assert (await t.get(f"{path}scale_factor=1.5"))["durations"] == [[0, 135], [135, 0]]
        both = await t.get(f"{path}annotations=duration,distance&sources=0&destinations=all")
        assert (both["durations"], both["distances"]) == ([[0, 90]], [[0, 900]])
        assert (len(both["sources"]), len(both["destinations"])) == (1, 2)
        assert "durations" not in await t.get(f"{path}annotations=distance")


@played
async def test_the_largest_table_is_answered_while_others_are(town: OpenTown) -> None:
    """Entry (i, j) lies |i - j| tenths of a crossing apart along Row 0, 3 s each."""
    async with town() as t:
        n = round(MOST_TABLE_ENTRIES**0.5)
        path = f"/table/v1/driving/{at(*((k % 150 / 10, 0) for k in range(n)))}?skip_waypoints=true"
        big = asyncio.create_task(t.http.get(path))
        alive = 0
        while not big.done():
            assert (await t.http.get("/healthz")).status_code == 200
            alive += 1
        table = np.array(json.loads((await big).text)["durations"])
        k = np.arange(n) % 150
        np.testing.assert_allclose(table, 3.0 * np.abs(k[:, None] - k[None, :]), atol=0.11)
        assert alive > 10


@played
async def test_who_may_ask_and_what_is_counted(town: OpenTown) -> None:
    token = "somebody's token"
    people = Identity(configured=True, role_of={hashlib.sha256(token.encode()).hexdigest(): "driver"})
    async with town(people) as t:
        path = f"/table/v1/driving/{at((0, 0), (1, 0))}"
        assert (await t.get(path, 401))["title"] == "Who are you?"
        header = {"Authorization": f"Bearer {token}"}
        assert (await t.http.get(path, headers=header)).status_code == 200
        assert (await t.http.get(f"{path}?sources=9", headers=header)).status_code == 400
        shown = (await t.http.get("/metrics")).text
        assert 'towline_road_requests_total{code="Ok",service="table"} 1.0' in shown
        assert 'towline_road_requests_total{code="InvalidOptions",service="table"} 1.0' in shown
