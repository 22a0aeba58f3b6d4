"""What a driver is told, on roads whose turns follow from their drawing."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from routing.directions import Step, directions, modifier_of
from routing.lines import line_of
from routing.positions import Positions
from routing.roads import Roads
from routing.router import Router
from routing.way import Way
from tests.worlds import Street, degrees, grid_world, ring_world, roads_of


def way_of(router: Router, *places_m: tuple[float, float]) -> Way:
    lon, lat = zip(*(degrees(*place) for place in places_m), strict=True)
    ends: Positions = router.snap(list(lon), list(lat), strong_only=False)
    way = router.route(ends.take(0), ends.take(1))
    assert way is not None
    return way


def told(roads: Roads, *places_m: tuple[float, float]) -> list[Step]:
    router = Router(roads)
    return directions(router.network, way_of(router, *places_m))


def kinds(steps: list[Step]) -> list[tuple[str, str | None, str]]:
    return [(step.kind, step.modifier, step.name) for step in steps]


def star(*arms_deg: float, names: str = "") -> Roads:
    """A street from 100 m south of a junction to it, and arms from there at compass bearings, each 100 m long.

    Arm k is called by letter k of `names`; the street from the south is called S.
    """
    ends = [(100 * math.sin(math.radians(a)), 100 * math.cos(math.radians(a))) for a in arms_deg]
    streets = [Street(1, 0, name="S")]
    streets += [Street(0, 2 + k, name=names[k : k + 1]) for k in range(len(ends))]
    return roads_of([(0, 0), (0, -100), *ends], streets)


def to_arm(bearing_deg: float) -> tuple[float, float]:
    return 90 * math.sin(math.radians(bearing_deg)), 90 * math.cos(math.radians(bearing_deg))


@pytest.mark.parametrize(
    ("change", "word"),
    [(0, "straight"), (20, "straight"), (-30, "slight left"), (30, "slight right"), (90, "right"), (-90, "left"),
     (150, "sharp right"), (-170, "sharp left")],
)  # fmt: skip
def test_words_for_changes_of_direction(change: float, word: str) -> None:
    assert modifier_of(change) == word


@pytest.mark.parametrize(
    ("arms", "names", "taken", "kind"),
    [
        ((0, 90, 270), "ABC", 90, ("turn", "right", "B")),
        ((0, 90, 270), "ABC", 270, ("turn", "left", "C")),
        ((0, 90, 270), "ASC", 90, ("continue", "right", "S")),  # the street itself turns
        ((0, 90), "AB", 0, ("new name", "straight", "A")),
        ((90, 270), "AB", 90, ("end of road", "right", "A")),
        ((340, 20), "AB", 340, ("fork", "slight left", "A")),
        ((340, 20), "AB", 20, ("fork", "slight right", "B")),
        ((10, 345), "SB", 345, ("fork", "slight left", "B")),  # off the street, which goes on
        ((60,), "A", 60, ("new name", "right", "A")),  # no other way on
        ((0, 150), "AB", 150, ("turn", "sharp right", "B")),
    ],
)
def test_a_junction_is_told_by_what_else_one_could_do(
    arms: tuple[float, ...], names: str, taken: float, kind: tuple[str, str, str]
) -> None:
    steps = told(star(*arms, names=names), (0, -90), to_arm(taken))
    assert kinds(steps) == [("depart", None, "S"), kind, ("arrive", None, kind[2])]
    turn = steps[1]
    assert (turn.bearing_before_deg, turn.bearing_after_deg) == (0, taken)
    assert (steps[0].bearing_after_deg, steps[-1].bearing_before_deg) == (0, taken)


@pytest.mark.parametrize(
    ("arms", "names", "taken"), [((0, 90), "SB", 0), ((40,), "S", 40), ((10, 345), "SB", 10), ((0, 90), "", 0)]
)
def test_the_plain_way_on_is_not_told(arms: tuple[float, ...], names: str, taken: float) -> None:
    roads = star(*arms, names=names)
    if not names:
        roads = roads_of([(0, 0), (0, -100), (0, 100), (100, 0)], [Street(1, 0), Street(0, 2), Street(0, 3)])
    assert [step.kind for step in told(roads, (0, -90), to_arm(taken))] == ["depart", "arrive"]


def test_turning_round_is_told() -> None:
    """East of the middle of a one-way-in street nothing leads back but turning round at its end."""
    roads = roads_of([(0, 0), (100, 0), (200, 0)], [Street(0, 1, name="A"), Street(1, 2, name="A")])
    router = Router(roads)
    lon, lat = degrees(150, 0)
    east = router.snap([lon], [lat], heading_deg=[90.0], strong_only=False)
    west = router.snap([degrees(50, 0)[0]], [0.0], strong_only=False)
    way = router.route(east, west)
    assert way is not None
    assert kinds(directions(router.network, way)) == [
        ("depart", None, "A"), ("continue", "uturn", "A"), ("arrive", None, "A"),
    ]  # fmt: skip


def roundabout() -> Roads:
    """A one-way ring of eight 20 m sides, driven counter-clockwise, with arms to the south (node 6), east (0), north
    (2) and west (4), each 100 m long and called by its letter. Node k of the ring lies k * 45 degrees from east."""
    radius = 20 / 2 / math.sin(math.pi / 8)
    ring = [(radius * math.cos(k * math.pi / 4), radius * math.sin(k * math.pi / 4)) for k in range(8)]
    ends = [(0, -126), (126, 0), (0, 126), (-126, 0)]
    streets = [Street(k, (k + 1) % 8, two_way=False, name="Ring") for k in range(8)]
    streets += [Street(node, 8 + k, name="SENW"[k]) for k, node in enumerate((6, 0, 2, 4))]
    return roads_of([*ring, *ends], streets)


@pytest.mark.parametrize(("goal", "name", "number"), [((110, 0), "E", 1), ((0, 110), "N", 2), ((-110, 0), "W", 3)])
def test_exits_of_a_roundabout_are_counted(goal: tuple[float, float], name: str, number: int) -> None:
    steps = told(roundabout(), (0, -110), goal)
    assert [(step.kind, step.name, step.exit) for step in steps] == [
        ("depart", "S", None), ("roundabout", "Ring", number),
        ("exit roundabout", name, number), ("arrive", name, None),
    ]  # fmt: skip


def test_a_square_of_one_way_streets_is_no_roundabout() -> None:
    roads = roads_of(
        [(0, 0), (60, 0), (60, 60), (0, 60), (0, -100), (160, 60)],
        [*(Street(k, (k + 1) % 4, two_way=False) for k in range(4)), Street(4, 0), Street(2, 5)],
    )
    assert not any("roundabout" in step.kind for step in told(roads, (0, -90), (150, 60)))


def test_a_ring_longer_than_a_roundabout_is_none() -> None:
    router = Router(ring_world(12, spacing_m=100))
    way = way_of(router, (186.6, 20), (-186.6, 20))
    assert [step.kind for step in directions(router.network, way)] == ["depart", "arrive"]


def test_steps_share_out_all_that_is_driven() -> None:
    router = Router(grid_world(5, 5))
    way = way_of(router, (30, 0), (270, 400))
    steps = directions(router.network, way)
    assert (steps[0].first, steps[-1].end) == (0, len(way.links))
    assert all(a.end == b.first for a, b in pairwise(steps))


def test_the_line_of_a_way_is_that_way_drawn() -> None:
    """Metres and seconds of its segments add up to those of the way, link by link."""
    router = Router(grid_world(5, 5))
    way = way_of(router, (30, 0), (270, 400))
    line = line_of(way)
    assert len(line.lon_deg) == len(line.length_m) + 1 == len(line.duration_s) + 1
    assert len(line.link_point) == len(way.links) + 1
    for k in range(len(way.links)):
        part = slice(line.link_point[k], line.link_point[k + 1])
        driven_m = (way.driven_mm[k + 1] - way.driven_mm[k]) / 1000
        assert line.length_m[part].sum() == pytest.approx(driven_m, abs=0.001)
        assert line.duration_s[part].sum() == pytest.approx(driven_m / 10, abs=0.001)
    lon, lat = way.geometry()
    assert (line.lon_deg.tolist(), line.lat_deg.tolist()) == (lon.tolist(), lat.tolist())


def test_a_way_of_no_length_has_a_line_of_two_points() -> None:
    router = Router(grid_world(2, 2))
    way = way_of(router, (30, 0), (30, 0))
    line = line_of(way)
    assert len(line.lon_deg) == 2
    assert [len(part) for part in line.stretch(0, 1)] == [2, 2]
    assert [step.kind for step in directions(router.network, way)] == ["depart", "arrive"]
