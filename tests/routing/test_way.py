"""What holds along a way, derived from grids where a metre takes 100 ms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.points import great_circles_m
from routing.positions import SHARE_ONE, part, position_on
from routing.roads import NO_LINK
from routing.router import Router
from routing.turn_costs import TurnModel
from routing.way import Way
from tests.worlds import Street, degrees, grid_world, link_between, ring_world, roads_of


def corner_way() -> Way:
    """From 30 m along Row 0 east to node 1, north to node 4, 80 m west along Row 1: 70 + 100 + 80 m."""
    roads = grid_world(3, 3)
    way = Router(roads).route(position_on(link_between(roads, 0, 1), 0.3), position_on(link_between(roads, 4, 3), 0.8))
    assert way is not None
    return way


def test_times_lengths_and_links_add_up() -> None:
    way = corner_way()
    ends = [(int(way.roads.link_tail[link]), int(way.roads.link_head[link])) for link in way.links]
    assert ends == [(0, 1), (1, 4), (4, 3)]
    assert way.elapsed_ms.tolist() == [0, 7_000, 17_000, 25_000]
    assert (way.duration_ms, way.length_mm) == (25_000, 250_000)
    assert (way.start_along, way.end_along) == (0.3, 0.8)


def test_steps_are_streets() -> None:
    assert corner_way().steps() == [
        ("Row 0", 70_000, 7_000),
        ("Column 1", 100_000, 10_000),
        ("Row 1", 80_000, 8_000),
    ]


@pytest.mark.parametrize(
    ("elapsed_ms", "east_m", "north_m", "heading_deg", "driven_mm"),
    [
        (-5, 30, 0, 90, 0),
        (0, 30, 0, 90, 0),
        (3_500, 65, 0, 90, 35_000),
        (7_000, 100, 0, 0, 70_000),
        (12_000, 100, 50, 0, 120_000),
        (18_000, 90, 100, 270, 180_000),
        (25_000, 20, 100, 270, 250_000),
        (99_000, 20, 100, 270, 250_000),
    ],
)
def test_the_place_at_each_moment(
    elapsed_ms: int, east_m: float, north_m: float, heading_deg: float, driven_mm: int
) -> None:
    way = corner_way()
    lon_deg, lat_deg, heading = way.place_at(elapsed_ms)
    assert (lon_deg, lat_deg) == pytest.approx(degrees(east_m, north_m), abs=2e-7)
    assert heading == pytest.approx(heading_deg, abs=0.01)
    assert way.length_mm_at(elapsed_ms) == driven_mm


def test_a_truck_that_turns_stands_at_the_end_of_the_link_that_it_leaves() -> None:
    roads = grid_world(3, 3)
    router = Router(roads, turn_model=TurnModel(across_ms=5_000, near_ms=2_000))
    start, end = position_on(link_between(roads, 0, 1), 0.3), position_on(link_between(roads, 4, 5), 0.8)
    way = router.route(start, end)
    assert way is not None
    assert way.turn_ms.tolist() == [0, 5_000, 2_000], "to the left, across the oncoming side, and then to the right"
    assert way.elapsed_ms.tolist() == [0, 12_000, 24_000, 32_000]
    left_to_drive = [
        int(router.table(way.position_at(ms), end)[0, 0])
        for ms in (6_999, 7_000, 11_999, 12_000, 22_000, 23_999, 24_000)
    ]
    assert left_to_drive == [25_001, 25_000, 25_000, 20_000, 10_000, 10_000, 8_000]
    for ms in (7_000, 9_000, 11_999):
        assert way.place_at(ms)[:2] == pytest.approx(degrees(100, 0), abs=2e-7)
        assert way.length_mm_at(ms) == 70_000
    assert way.steps() == [("Row 0", 70_000, 12_000), ("Column 1", 100_000, 12_000), ("Row 1", 80_000, 8_000)]
    keep_left = Router(roads, turn_model=TurnModel(across_ms=5_000, near_ms=2_000, keep_left=True)).route(start, end)
    assert keep_left is not None
    assert keep_left.turn_ms.tolist() == [0, 2_000, 5_000]


def test_a_position_on_the_way_faces_forward_only() -> None:
    way = corner_way()
    places = [way.position_at(ms) for ms in (0, 12_000, 25_000)]
    assert [place.link[0] for place in places] == way.links.tolist()
    assert [place.reverse[0] for place in places] == [NO_LINK] * 3
    assert [place.along[0] for place in places] == [0.3, 0.5, 0.8]


def test_geometry_starts_and_ends_where_the_way_does_and_bends_where_it_turns() -> None:
    lon_deg, lat_deg = corner_way().geometry()
    corners = [degrees(*place) for place in ((30, 0), (100, 0), (100, 100), (20, 100))]
    np.testing.assert_allclose(np.column_stack([lon_deg, lat_deg]), corners, atol=2e-7)


def test_geometry_keeps_the_bends_of_a_street() -> None:
    roads = roads_of([(0, 0), (100, 300)], [Street(0, 1, via_m=((100, 0), (100, 200)))])
    way = Router(roads).route(position_on(0, 0.25), position_on(0, 0.875))
    assert way is not None
    lon_deg, lat_deg = way.geometry()
    np.testing.assert_allclose(lon_deg, [degrees(100, 0)[0]] * 3, atol=2e-7)
    np.testing.assert_allclose(lat_deg, [degrees(0, north)[1] for north in (0, 200, 250)], atol=2e-7)


def test_standing_still_is_a_way_too_and_its_line_has_two_points() -> None:
    roads = grid_world(2, 2)
    here = position_on(0, 0.4, reverse=1)
    way = Router(roads).route(here, here)
    assert way is not None
    assert (way.duration_ms, way.length_mm, way.links.tolist()) == (0, 0, [0])
    lon_deg, lat_deg = way.geometry()
    assert len(lon_deg) == len(lat_deg) == 2
    assert way.length_mm_at(0) == 0


def test_a_place_behind_on_a_one_way_ring_is_nearly_a_round_away() -> None:
    roads = ring_world(5)
    way = Router(roads).route(position_on(2, 0.6), position_on(2, 0.5))
    assert way is not None
    assert way.links.tolist() == [2, 3, 4, 0, 1, 2]
    assert (way.duration_ms, way.length_mm) == (49_000, 490_000)
    assert way.steps() == [("Ring", 490_000, 49_000)]


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_driving_on_never_goes_back_and_the_line_is_as_long_as_the_way(data: st.DataObject) -> None:
    roads = grid_world(4, 4)
    link = st.integers(0, roads.link_count - 1)
    share = st.floats(0.0, 1.0)
    way = Router(roads).route(
        position_on(data.draw(link), data.draw(share)), position_on(data.draw(link), data.draw(share))
    )
    assert way is not None
    driven = [way.length_mm_at(ms) for ms in range(0, way.duration_ms + 500, 500)]
    assert driven == sorted(driven)
    assert way.length_mm_at(way.duration_ms) == way.length_mm
    lon_deg, lat_deg = way.geometry()
    drawn_m = great_circles_m(lon_deg[:-1], lat_deg[:-1], lon_deg[1:], lat_deg[1:]).sum()
    assert drawn_m == pytest.approx(way.length_mm / 1000, abs=0.1)


@given(whole=st.integers(0, 2**31 - 1), share=st.integers(0, SHARE_ONE))
def test_a_part_is_rounded_half_up_without_overflow(whole: int, share: int) -> None:
    assert part(whole, share) == (2 * whole * share + SHARE_ONE) // (2 * SHARE_ONE)
    assert 0 <= part(whole, share) <= whole
