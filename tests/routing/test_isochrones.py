"""Areas reached within some minutes, against the times of the ways that lead to them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely

from routing.isochrones import BUFFER_M, CLOSE_M, FINE_M, Isochrone, driven_parts, isochrones
from routing.positions import Positions
from routing.roads import Roads
from routing.router import NO_WAY_MS, Router
from routing.shapes import link_shape
from tests.worlds import Street, banned_left_world, degrees, grid_world, ring_world, roads_of, split_world

METRE = degrees(1, 0)[0]


def at(router: Router, east_m: float, north_m: float) -> Positions:
    lon, lat = degrees(east_m, north_m)
    return router.snap([lon], [lat])


def spread(roads: Roads, per_link: int) -> tuple[Positions, list[tuple[float, float]]]:
    """Places spread over every link, each in its direction only, and where they are."""
    alongs = (np.arange(per_link) + 0.5) / per_link
    link = np.repeat(np.arange(roads.link_count, dtype=np.int32), per_link)
    along = np.tile(alongs, roads.link_count)
    where = []
    for k in range(roads.link_count):
        lon, lat, share = link_shape(roads, k)
        where += [(float(np.interp(a, share, lon)), float(np.interp(a, share, lat))) for a in alongs]
    return Positions(link, np.full(len(link), -1, np.int32), along, np.zeros(len(link))), where


@pytest.mark.parametrize(
    ("roads", "place_m"),
    [
        (grid_world(12, 9, spacing_m=150), (420, 603)),
        (grid_world(6, 5, spacing_m=400, speed_kmh=50), (1000, 800)),
        (ring_world(20, spacing_m=120), (0, 390)),
        (banned_left_world(), (100, 60)),
    ],
)
def test_what_is_reached_in_time_lies_inside_and_what_is_far_from_it_outside(
    roads: Roads, place_m: tuple[float, float]
) -> None:
    router = Router(roads)
    origin = at(router, *place_m)
    places, where = spread(roads, 7)
    times_ms = router.table(origin, places)[0]
    points = shapely.points(where)
    found = isochrones(router, origin, [1, 2, 3])
    assert [each.minutes for each in found] == [1, 2, 3]
    for each in found:
        shapely.prepare(each.area)
        reached = times_ms <= each.minutes * 60_000
        inside = shapely.contains(shapely.buffer(each.area, 1e-9), points)
        assert reached.any()
        assert inside[reached].all()
        off_m = shapely.distance(shapely.multipoints(points[reached]), points) / METRE
        link_m = roads.link_length_mm.max() / 1000
        assert not inside[off_m > BUFFER_M + 2 * CLOSE_M + link_m / 7].any()


def test_areas_are_nested() -> None:
    router = Router(grid_world(20, 20, spacing_m=130))
    found = isochrones(router, at(router, 1000, 1170), [3, 1, 2, 2])
    assert [each.minutes for each in found] == [1, 2, 3]
    for inner, outer in pairwise(found):
        assert inner.area_m2 < outer.area_m2
        assert shapely.difference(inner.area, outer.area).area <= 1e-9 * inner.area.area


def test_a_road_alone_is_as_wide_as_it_is_drawn() -> None:
    """600 m to either side in a minute: a band of twice BUFFER_M with round ends."""
    router = Router(roads_of([(-2000, 0), (2000, 0)], [Street(0, 1)]))
    (found,) = isochrones(router, at(router, 0, 0), [1])
    expected_m2 = 1200 * 2 * BUFFER_M + np.pi * BUFFER_M**2
    assert found.area_m2 == pytest.approx(expected_m2, rel=0.02)
    west, south, east, north = found.area.bounds
    assert (west / METRE, east / METRE) == pytest.approx((-600 - BUFFER_M, 600 + BUFFER_M), abs=FINE_M + 4.5)
    assert (south / METRE, north / METRE) == pytest.approx((-BUFFER_M, BUFFER_M), abs=FINE_M)


def test_a_block_of_houses_counts_with_its_streets_and_a_field_does_not() -> None:
    def covers(side_m: float) -> bool:
        router = Router(grid_world(2, 2, spacing_m=side_m))
        (found,) = isochrones(router, at(router, 1, 0), [10])
        return bool(found.area.contains(shapely.Point(*degrees(side_m / 2, side_m / 2))))

    assert covers(2 * (CLOSE_M + BUFFER_M) - 10)
    assert not covers(2 * (CLOSE_M + BUFFER_M) + 10)


def test_what_no_way_leads_to_is_not_covered() -> None:
    router = Router(split_world())
    place = router.snap([degrees(50, 0)[0]], [0.0], strong_only=False)
    (found,) = isochrones(router, place, [600])
    assert found.area.bounds[2] / METRE == pytest.approx(100 + BUFFER_M, abs=FINE_M + 2)


def test_on_a_one_way_ring_what_lies_behind_is_reached_by_coming_round() -> None:
    """Ten links of 100 m, 10 s each: 50 m behind the place is 95 s ahead."""
    router = Router(ring_world(10))
    place = Positions(np.array([0], np.int32), np.array([-1], np.int32), np.array([0.9]), np.zeros(1))
    drives = driven_parts(router, place)
    first = drives.link == 0
    assert list(zip(drives.start[first], drives.begin_ms[first], strict=True)) == [(0.9, 0), (0.0, 91_000)]
    assert drives.end_at(95_000)[first].tolist() == [1.0, 0.4]


def test_a_closure_holds_the_area_back() -> None:
    roads = roads_of([(0, 0), (300, 0), (600, 0)], [Street(0, 1), Street(1, 2)])
    router = Router(roads)
    closed = router.with_closed(np.array([False, False, True, True]))

    def east_m(version: Router) -> float:
        found: list[Isochrone] = isochrones(version, at(version, 10, 0), [5])
        return float(found[0].area.bounds[2]) / METRE

    assert east_m(router) == pytest.approx(600 + BUFFER_M, abs=FINE_M + 2)
    assert east_m(closed) == pytest.approx(300 + BUFFER_M, abs=FINE_M + 2)
    assert closed.reach(at(closed, 10, 0))[2] == NO_WAY_MS
