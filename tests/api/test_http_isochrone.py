"""Areas reached in time over HTTP. In the town a crossing is 300 m and 30 s from the next."""

from __future__ import annotations

from shapely.geometry import Point, shape

from tests.api.conftest import OpenTown
from tests.api.service_fixture import crossing, played
from tests.worlds import degrees


@played
async def test_areas_are_nested_and_heed_closures(town: OpenTown) -> None:
    lon, lat = crossing(5, 1)
    path = f"/v1/isochrone?lon={lon}&lat={lat}&minutes=1,2"
    async with town() as t:
        answer = await t.http.get(path)
        assert answer.headers["content-type"] == "application/geo+json"
        two, one = (shape(each["geometry"]) for each in answer.json()["features"])
        assert [each["properties"]["minutes"] for each in answer.json()["features"]] == [2, 1]
        assert two.contains(one)
        assert one.contains(Point(crossing(7, 1)))
        assert not one.contains(Point(crossing(8, 1)))
        assert two.contains(Point(crossing(8, 2)))
        line = {"type": "LineString", "coordinates": [degrees(300 * 5.4, 300), degrees(300 * 5.6, 300)]}
        await t.post("/v1/closures", {"geometry": line, "buffer_m": 10, "reason": "works"}, 201)
        closed = shape((await t.get(path))["features"][1]["geometry"])
        assert not closed.contains(Point(crossing(7, 1)))


@played
async def test_what_cannot_be_answered_is_a_problem(town: OpenTown) -> None:
    async with town() as t:
        for query, code, said in [
            ("lon=0&lat=0&minutes=five", 422, "whole numbers"),
            ("lon=0&lat=0&minutes=0", 422, "from 1 to 120"),
            ("lon=0&lat=30", 422, "nearest road of the served city"),
            ("lon=nan&lat=0", 422, "not a finite number"),
            ("lon=0", 400, "lat"),
        ]:
            problem = await t.get(f"/v1/isochrone?{query}", code)
            assert said in problem["detail"]
