"""The nearest road, against looking at every segment there is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.points import Point, great_circle_m
from routing.build import build_city
from routing.climb import pairs
from routing.customise import _customise
from routing.positions import Positions
from routing.roads import NO_LINK, Roads
from routing.router import Router
from routing.shapes import link_shape, point_shares
from routing.snap import _nearest
from routing.sweep import sweep
from routing.way import way_along
from tests.worlds import Street, degrees, grid_world, link_between, ring_world, roads_of

METRE_E7 = 1e-7 * math.pi / 180 * 6_371_008.8


def distances_m(roads: Roads, lon: float, lat: float) -> NDArray[np.float64]:
    """From one place to every link: the least over its segments, in the plane that is tangent at the place."""
    narrow = math.cos(math.radians(lat))
    x = (roads.shape_lon_e7 - lon * 1e7) * METRE_E7 * narrow
    y = (roads.shape_lat_e7 - lat * 1e7) * METRE_E7
    dx, dy = np.diff(x), np.diff(y)
    square = dx * dx + dy * dy
    t = np.clip(-(x[:-1] * dx + y[:-1] * dy) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    off = np.hypot(x[:-1] + t * dx, y[:-1] + t * dy)
    off = np.append(off, np.inf)
    off[roads.shape_offset[1:] - 1] = np.inf  # between the last point of a link and the first of the next
    return np.asarray(np.minimum.reduceat(off, roads.shape_offset[:-1]))


def place_of(roads: Roads, link: int, along: float) -> tuple[float, float]:
    lon_deg, lat_deg, share = link_shape(roads, link)
    return float(np.interp(along, share, lon_deg)), float(np.interp(along, share, lat_deg))


def assert_nearest(roads: Roads, offered: NDArray[np.bool_], lon: float, lat: float, router: Router) -> None:
    found = router.snap(lon, lat, strong_only=False)
    link, reverse = int(found.link[0]), int(found.reverse[0])
    off_m = np.where(offered, distances_m(roads, lon, lat), np.inf)
    if not np.isfinite(off_m).any():
        assert link == NO_LINK
        assert math.isinf(found.off_m[0])
        return
    assert found.off_m[0] == pytest.approx(off_m.min(), abs=1e-6, rel=1e-9)
    assert off_m[link] == pytest.approx(off_m.min(), abs=1e-6, rel=1e-9)
    other = int(roads.link_reverse[link])
    assert reverse == (other if other != NO_LINK and offered[other] else NO_LINK)
    assert reverse == NO_LINK or link < reverse or distances_m(roads, lon, lat)[reverse] > found.off_m[0]
    if found.off_m[0] < 20_000:
        there = Point(*place_of(roads, link, float(found.along[0])))
        assert great_circle_m(Point(lon, lat), there) == pytest.approx(found.off_m[0], rel=2e-3, abs=0.01)


@st.composite
def drawn_roads(draw: st.DrawFn) -> Roads:
    """Bent streets between nodes on whole tens of metres, so that ties, points without extent and crossings abound."""
    grid = st.integers(-30, 30).map(lambda ten: ten * 10.0)
    place = st.tuples(grid, grid)
    nodes = draw(st.lists(place, min_size=1, max_size=6))
    street = st.builds(
        Street,
        tail=st.integers(0, len(nodes) - 1),
        head=st.integers(0, len(nodes) - 1),
        two_way=st.booleans(),
        via_m=st.lists(place, max_size=3).map(tuple),
    )
    return roads_of(nodes, draw(st.lists(street, min_size=1, max_size=8)))


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_the_link_found_is_the_nearest_of_those_offered(data: st.DataObject) -> None:
    roads = data.draw(drawn_roads())
    closed = np.array(data.draw(st.lists(st.booleans(), min_size=roads.link_count, max_size=roads.link_count)))
    router = Router(roads, closed=closed)
    metres = st.integers(-50, 50).map(lambda ten: ten * 10.0) | st.floats(-800, 800) | st.floats(-2e5, 2e5)
    for _ in range(5):
        lon, lat = degrees(data.draw(metres), data.draw(metres))
        assert_nearest(roads, ~closed, lon, lat, router)


@pytest.mark.shared
def test_the_nearest_of_harbin_is_the_nearest_of_all_its_links(shared_data: Path) -> None:
    city = build_city(shared_data / "osm" / "harbin_center_2024-04.osm.pbf", name="harbin", progress=lambda _: None)
    rng = np.random.default_rng(4)
    west, south, east, north = city.facts.bbox
    closed = rng.random(city.roads.link_count) < 0.3
    router = Router(city.roads, closed=closed)
    for lon, lat in zip(rng.uniform(west - 0.02, east + 0.02, 250), rng.uniform(south, north + 0.02, 250), strict=True):
        assert_nearest(city.roads, ~closed, float(lon), float(lat), router)


def test_a_place_beside_a_street_says_both_directions_how_far_along_and_how_far_off() -> None:
    roads = grid_world(3, 3)
    found = Router(roads).snap(*degrees(130.0, 104.0))
    east, west = link_between(roads, 4, 5), link_between(roads, 5, 4)
    assert (found.link[0], found.reverse[0]) == (min(east, west), max(east, west))
    assert found.along[0] == pytest.approx(0.3, abs=1e-3)
    assert found.off_m[0] == pytest.approx(4.0, abs=0.02)
    assert found.found.tolist() == [True]


def test_along_is_the_share_of_a_bent_line_and_runs_with_the_link() -> None:
    roads = roads_of([(0, 0), (100, 300)], [Street(1, 0, via_m=((100, 0),))])
    found = Router(roads).snap(*degrees(40.0, -3.0))
    assert found.link[0] == 0
    assert found.along[0] == pytest.approx(360 / 400, abs=1e-3)


def test_where_links_meet_the_lowest_row_is_taken() -> None:
    roads = grid_world(3, 3)
    found = Router(roads).snap(roads.node_lon_e7 / 1e7, roads.node_lat_e7 / 1e7)
    for node, link in enumerate(found.link.tolist()):
        assert link == np.flatnonzero((roads.link_tail == node) | (roads.link_head == node)).min()
    assert found.off_m.max() == 0.0


@pytest.mark.parametrize(
    ("heading_deg", "tail", "head"), [(90, 3, 4), (5, 3, 4), (179, 3, 4), (270, 4, 3), (181, 4, 3), (355, 4, 3)]
)
def test_a_heading_picks_the_direction_that_it_goes_with(heading_deg: float, tail: int, head: int) -> None:
    roads = grid_world(3, 3)
    found = Router(roads).snap(*degrees(50.0, 101.0), heading_deg=heading_deg)
    assert found.link[0] == link_between(roads, tail, head)
    assert found.reverse[0] == NO_LINK
    assert found.along[0] == pytest.approx(0.5, abs=1e-3)


def test_an_unknown_heading_leaves_both_directions() -> None:
    router = Router(grid_world(3, 3))
    lon, lat = degrees(50.0, 101.0)
    found = router.snap([lon, lon], [lat, lat], heading_deg=[math.nan, 90.0])
    assert (found.reverse != NO_LINK).tolist() == [True, False]


@pytest.mark.parametrize(("apart_m", "follows"), [(24.0, True), (30.0, False)])
def test_a_one_way_street_against_the_heading_yields_to_one_near_by_only(apart_m: float, follows: bool) -> None:
    nodes_m = [(0.0, 0.0), (1000.0, 0.0), (1000.0, apart_m), (0.0, apart_m)]
    carriageways = [Street(0, 1, two_way=False), Street(2, 3, two_way=False)]
    found = Router(roads_of(nodes_m, carriageways)).snap(*degrees(500.0, 0.0), heading_deg=270.0, strong_only=False)
    assert found.link[0] == (1 if follows else 0)
    assert found.off_m[0] == pytest.approx(apart_m if follows else 0.0, abs=0.02)
    assert found.reverse[0] == NO_LINK


def test_only_the_strong_part_counts_unless_asked_otherwise() -> None:
    roads = roads_of([(0, 0), (100, 0), (200, 0)], [Street(0, 1), Street(1, 2, two_way=False)])
    router = Router(roads)
    place = degrees(170.0, 5.0)
    assert router.snap(*place).link[0] == 0
    assert router.snap(*place, strong_only=False).link[0] == 2


def test_closed_directions_are_not_offered() -> None:
    roads = grid_world(2, 2)
    closed = np.zeros(roads.link_count, dtype=np.bool_)
    closed[0] = True
    found = Router(roads).with_closed(closed).snap(*degrees(50.0, -5.0))
    assert (found.link[0], found.reverse[0]) == (1, NO_LINK)


def test_where_nothing_is_offered_nothing_is_found() -> None:
    roads = ring_world(4)
    found = Router(roads, closed=np.ones(4, dtype=np.bool_)).snap([0.0, 1.0], 0.0)
    assert found.found.tolist() == [False, False]
    assert np.isinf(found.off_m).all()


def test_a_city_without_a_link_and_no_places_at_all() -> None:
    assert Router(roads_of([(0.0, 0.0)], [])).snap(0.0, 0.0).link.tolist() == [NO_LINK]
    assert len(Router(grid_world(2, 2)).snap([], [])) == 0


@pytest.mark.parametrize(
    ("lon", "lat", "heading", "message"),
    [
        ([0.0, math.nan], [0.0, 0.0], None, "row 1: lon nan"),
        ([0.0, 0.0], [0.0, math.inf], None, "row 1: lat inf"),
        ([0.0, 0.0], [91.0, 0.0], None, "row 0: lat 91"),
        ([-181.0, 0.0], [0.0, 0.0], None, "row 0: lon -181"),
        ([0.0, 0.0], [0.0, 0.0], [10.0, math.inf], "row 1: heading inf"),
        ([0.0, 0.0], [0.0, 0.0], -1.0, "row 0: heading -1"),
    ],
)
def test_what_is_no_place_or_heading_is_refused_by_row(
    lon: list[float], lat: list[float], heading: list[float] | float | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Router(grid_world(2, 2)).snap(lon, lat, heading_deg=heading)


def test_shares_of_a_line_without_extent_are_spread_from_0_to_1() -> None:
    roads = roads_of([(0, 0), (10, 0)], [Street(0, 0, two_way=False, via_m=((0, 0),)), Street(0, 1)])
    assert point_shares(roads).tolist() == [0.0, 0.5, 1.0, 0.0, 1.0, 0.0, 1.0]
    way = way_along(roads, np.array([0], dtype=np.int32), 0.0, 1.0)
    assert way.place_at(0) == (0.0, 0.0, 0.0)


def test_each_kernel_is_compiled_once_whatever_the_arrays_look_like() -> None:
    router = Router(grid_world(3, 3))
    lon = np.array([0.0, 1e-4, 2e-4, 3e-4], dtype=np.float32)
    places = [router.snap(lon[::2], 0), router.snap([0, 0.001], [0.0, 0.0005], heading_deg=[90, 180])]
    router.table(places[0], places[1])
    router.table(places[0].take([0]), router.snap(lon, 1e-4))
    assert len(_nearest.signatures) == 1
    along = np.linspace(0.0, 1.0, 50)
    many = Positions(np.zeros(50, np.int32), np.full(50, NO_LINK, np.int32), along, np.zeros(50))
    router.table(many, many)
    router.version(link_ms=router.link_ms + 1)
    for kernel in (pairs, sweep, _customise):
        assert len(kernel.signatures) == 1, kernel
