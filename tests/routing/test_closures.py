"""Which links a drawn closure closes, on grids of 100 m streets."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from geo.faults import BadInput
from routing.closures import links_along_line, links_in_geometry, links_in_polygon
from routing.roads import Roads
from routing.router import Router
from tests.worlds import Street, degrees, grid_world, link_between, roads_of


def lon_lat(*places_m: tuple[float, float]) -> tuple[list[float], list[float]]:
    places = [degrees(*place) for place in places_m]
    return [lon for lon, _ in places], [lat for _, lat in places]


def ends_of(roads: Roads, closed: np.ndarray) -> set[tuple[int, int]]:
    return {(int(roads.link_tail[k]), int(roads.link_head[k])) for k in np.flatnonzero(closed)}


def both_ways(*ends: tuple[int, int]) -> set[tuple[int, int]]:
    return {*ends, *((head, tail) for tail, head in ends)}


SQUARE = ((60, 60), (140, 60), (140, 140), (60, 140))


def test_a_polygon_round_a_crossing_closes_what_leads_to_it() -> None:
    roads = grid_world(4, 3)
    closed = links_in_polygon(roads, *lon_lat(*SQUARE))
    assert ends_of(roads, closed) == both_ways((4, 5), (5, 6), (1, 5), (5, 9))


def test_a_ring_may_be_left_open_or_closed() -> None:
    roads = grid_world(4, 3)
    shut = links_in_polygon(roads, *lon_lat(*SQUARE, SQUARE[0]))
    np.testing.assert_array_equal(shut, links_in_polygon(roads, *lon_lat(*SQUARE)))


def test_a_polygon_beside_the_roads_closes_them_only_with_a_buffer() -> None:
    roads = grid_world(2, 2)
    garden = lon_lat((20, 20), (80, 20), (80, 50), (20, 50))
    assert not links_in_polygon(roads, *garden).any()
    assert ends_of(roads, links_in_polygon(roads, *garden, buffer_m=20.5)) == both_ways((0, 1), (0, 2), (1, 3))


def test_a_polygon_that_is_only_touched_closes_nothing() -> None:
    roads = roads_of([(0, 0), (100, 0)], [Street(0, 1)])
    lon = [roads.node_lon_e7[1] / 1e7, *lon_lat((200, -50), (200, 50))[0]]
    assert not links_in_polygon(roads, lon, [0.0, *lon_lat((200, -50), (200, 50))[1]]).any()


def test_a_line_along_a_street_leaves_the_streets_across_open() -> None:
    roads = grid_world(4, 3)
    closed = links_along_line(roads, *lon_lat((0, 103), (300, 97)), buffer_m=15)
    assert ends_of(roads, closed) == both_ways((4, 5), (5, 6), (6, 7))


def test_an_alley_as_short_as_the_buffer_stays_open() -> None:
    roads = roads_of([(0, 0), (100, 0), (200, 0), (100, 12)], [Street(0, 1), Street(1, 2), Street(1, 3)])
    closed = links_along_line(roads, *lon_lat((0, 0), (200, 0)), buffer_m=15)
    assert ends_of(roads, closed) == both_ways((0, 1), (1, 2))


def test_a_line_round_a_corner_closes_both_legs() -> None:
    roads = grid_world(3, 3)
    closed = links_along_line(roads, *lon_lat((5, 0), (100, 0), (100, 95)), buffer_m=12)
    assert ends_of(roads, closed) == both_ways((0, 1), (1, 4))


def test_a_short_line_in_the_middle_of_a_long_street_closes_it() -> None:
    roads = roads_of([(0, 0), (3000, 0)], [Street(0, 1)])
    assert links_along_line(roads, *lon_lat((1500, 2), (1512, 2)), buffer_m=10).all()


def test_a_line_across_a_street_does_not_close_it() -> None:
    roads = roads_of([(0, 0), (3000, 0)], [Street(0, 1)])
    assert not links_along_line(roads, *lon_lat((1500, -40), (1500, 40)), buffer_m=10).any()


def test_the_streets_closed_are_driven_round() -> None:
    roads = grid_world(3, 2)
    router = Router(roads)
    places = router.snap(roads.node_lon_e7 / 1e7, roads.node_lat_e7 / 1e7)
    shut = router.with_closed(links_along_line(roads, *lon_lat((0, 0), (100, 0)), buffer_m=10))
    start = router.snap(*degrees(101, 0)).take(0)
    assert router.table(start, places.take(0))[0, 0] == pytest.approx(10_100, abs=1)
    way = shut.route(start, shut.snap(*degrees(0, 1)))
    assert way is not None
    assert link_between(roads, 1, 0) not in way.links[1:]
    assert way.duration_ms == pytest.approx(100 + 10_000 * 3 - 100, abs=150)


def test_geojson_with_holes_and_many_parts() -> None:
    roads = grid_world(4, 4)
    around = [list(degrees(*place)) for place in ((-50, -50), (350, -50), (350, 350), (-50, 350), (-50, -50))]
    hole = [list(degrees(*place)) for place in ((50, 50), (250, 50), (250, 250), (50, 250), (50, 50))]
    ringed = links_in_geometry(roads, {"type": "Polygon", "coordinates": [around, hole]}, 0.0)
    assert ends_of(roads, ~ringed) == both_ways((5, 6), (9, 10), (5, 9), (6, 10))
    lines = [[list(degrees(0, 0)), list(degrees(300, 0))], [list(degrees(0, 300)), list(degrees(300, 300))]]
    closed = links_in_geometry(roads, {"type": "MultiLineString", "coordinates": lines}, 10.0)
    assert ends_of(roads, closed) == both_ways((0, 1), (1, 2), (2, 3), (12, 13), (13, 14), (14, 15))
    parts = {"type": "MultiPolygon", "coordinates": [[around, hole]]}
    np.testing.assert_array_equal(links_in_geometry(roads, parts, 0.0), ringed)


@pytest.mark.parametrize(
    ("geometry", "buffer_m", "message"),
    [
        ({"type": "Point", "coordinates": [0, 0]}, 5.0, "line or a polygon"),
        ({}, 5.0, "line or a polygon"),
        ({"type": "LineString", "coordinates": [[0, 0], [0.01, 0]]}, 0.0, "buffer"),
        ({"type": "LineString", "coordinates": [[0, 0], [0.01, 0]]}, math.nan, "buffer"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}, -1.0, "buffer"),
        ({"type": "LineString", "coordinates": [[0, 0]]}, 5.0, "cannot be read"),
        ({"type": "LineString"}, 5.0, "cannot be read"),
        ({"type": "LineString", "coordinates": []}, 5.0, "empty"),
        ({"type": "LineString", "coordinates": [[0, 0], [math.nan, 0]]}, 5.0, "not a finite number"),
        ({"type": "LineString", "coordinates": [["a", 0], [1, 0]]}, 5.0, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, 0.0, "Self-intersection"),
        ({"type": "LineString", "coordinates": [[31, 121], [32, 121]]}, 5.0, "swapped"),
    ],
)
def test_what_is_no_closure_is_refused(geometry: dict[str, Any], buffer_m: float, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        links_in_geometry(grid_world(2, 2), geometry, buffer_m)


def test_too_few_corners_are_refused() -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        links_in_polygon(grid_world(2, 2), [0.0], [0.0])


def test_a_city_without_roads_has_nothing_to_close() -> None:
    assert links_in_polygon(roads_of([(0.0, 0.0)], []), *lon_lat(*SQUARE)).shape == (0,)


def test_a_long_street_whose_ends_are_far_away_is_closed_where_a_polygon_crosses_it() -> None:
    roads = roads_of([(-5_000, -3_000), (5_000, 3_000), (0, 400), (90, 400)], [Street(0, 1), Street(2, 3)])
    assert ends_of(roads, links_in_polygon(roads, *lon_lat((-50, -50), (50, -50), (50, 50), (-50, 50)))) == both_ways(
        (0, 1)
    )


def test_a_buffer_reaches_across_the_date_line() -> None:
    """The polygon ends 11 m west of the line, one street begins as far east of it and another 111 m east."""
    roads = roads_of([(0, 0), (100, 0), (300, 0), (400, 0)], [Street(0, 1), Street(2, 3)])
    lon_e7 = np.array([1_000, 9_000, 9_000, 1_000, 10_000, 20_000, 20_000, 10_000]) - 1_800_000_000
    there = replace(roads, shape_lon_e7=lon_e7.astype(np.int32))
    lon, lat = [179.999, 179.9999, 179.9999, 179.999], [-1e-4, -1e-4, 1e-4, 1e-4]
    assert ends_of(there, links_in_polygon(there, lon, lat, buffer_m=50)) == both_ways((0, 1))
    assert not links_in_polygon(there, lon, lat, buffer_m=10).any()
