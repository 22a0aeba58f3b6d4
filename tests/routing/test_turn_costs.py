"""What turns cost, at a crossing drawn so that each figure follows from the model."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from routing.roads import RoadClass, Roads
from routing.turn_costs import FREE, TurnModel, model_of, turn_costs
from routing.turns import turn_graph
from tests.worlds import Street, link_between, roads_of

MODEL = TurnModel(
    near_ms=1_000, across_ms=20_000, signal_ms=300_000, signal_near_ms=4_000_000, give_way_ms=50_000_000,
    turn_round_ms=600_000_000, dead_end_ms=700_000_000,
)  # fmt: skip
"""Each kind in a decimal place of its own, so that a sum says what it is made of."""

CENTRE, SOUTH, NORTH, WEST, EAST, NORTH_EAST, BEND = range(7)
AT = [(0, 0), (0, -100), (0, 100), (-100, 0), (100, 0), (100 * 3**0.5 / 2, 50), (200, 0)]


def crossing() -> Roads:
    """Streets from the centre to the south, north, west, east, and to 60 degrees right of north; east goes on."""
    streets = [Street(CENTRE, arm) for arm in (SOUTH, NORTH, WEST, EAST, NORTH_EAST)]
    return roads_of(AT, [*streets, Street(EAST, BEND)])


def cost_ms(roads: Roads, model: TurnModel, *nodes: int) -> int:
    """What the turn at the second of three nodes costs."""
    turns = turn_graph(roads)
    a, b = (link_between(roads, *ends) for ends in pairwise(nodes))
    (turn,) = np.flatnonzero((turns.tail == a) & (turns.onward == b))
    return int(turn_costs(roads, turns, model)[turn])


def marked(roads: Roads, column: str, value: int, *links: tuple[int, int]) -> Roads:
    values = getattr(roads, column).copy()
    values[[link_between(roads, *ends) for ends in links]] = value
    return replace(roads, **{column: values})


@pytest.mark.parametrize(
    ("to", "on_the_right", "on_the_left"),
    [
        (NORTH, 0, 0),  # straight on
        (EAST, 1_000, 20_000),  # a right angle to the right
        (WEST, 20_000, 1_000),  # and to the left
        (NORTH_EAST, 500, 10_000),  # 60 degrees: half of the way from 30 to 90
    ],
)
def test_a_bend_costs_by_its_angle_and_by_the_side_that_is_driven_on(
    to: int, on_the_right: int, on_the_left: int
) -> None:
    roads = crossing()
    for model, expected in ((MODEL, on_the_right), (replace(MODEL, keep_left=True), on_the_left)):
        # Places are drawn to a centimetre, so that an angle of 60 degrees is not quite one.
        assert cost_ms(roads, model, SOUTH, CENTRE, to) == pytest.approx(expected, rel=1e-3)


def test_signals_cost_once_and_less_to_the_near_side() -> None:
    roads = marked(crossing(), "link_signal", 1, (SOUTH, CENTRE))
    assert cost_ms(roads, MODEL, SOUTH, CENTRE, NORTH) == 300_000
    assert cost_ms(roads, MODEL, SOUTH, CENTRE, WEST) == 320_000
    assert cost_ms(roads, MODEL, SOUTH, CENTRE, EAST) == 4_001_000
    left = replace(MODEL, keep_left=True)
    assert cost_ms(roads, left, SOUTH, CENTRE, NORTH) == 300_000
    assert cost_ms(roads, left, SOUTH, CENTRE, EAST) == 320_000
    assert cost_ms(roads, left, SOUTH, CENTRE, WEST) == 4_001_000
    assert cost_ms(roads, MODEL, NORTH, CENTRE, SOUTH) == 0, "signals stand at the end of the southern link alone"


def test_who_turns_into_a_greater_road_gives_way_unless_signals_stand_there() -> None:
    roads = marked(crossing(), "link_class", RoadClass.PRIMARY, (CENTRE, EAST), (CENTRE, NORTH))
    assert cost_ms(roads, MODEL, SOUTH, CENTRE, EAST) == 50_001_000
    assert cost_ms(roads, MODEL, SOUTH, CENTRE, NORTH) == 0, "straight on nobody is given way to"
    assert cost_ms(roads, MODEL, SOUTH, CENTRE, WEST) == 20_000
    signals = marked(roads, "link_signal", 1, (SOUTH, CENTRE))
    assert cost_ms(signals, MODEL, SOUTH, CENTRE, EAST) == 4_001_000


def test_turning_round_costs_by_itself_and_less_at_a_dead_end() -> None:
    roads = marked(crossing(), "link_signal", 1, (SOUTH, CENTRE))
    assert cost_ms(roads, MODEL, SOUTH, CENTRE, SOUTH) == 600_000_000
    assert cost_ms(roads, MODEL, EAST, BEND, EAST) == 700_000_000
    assert cost_ms(roads, MODEL, CENTRE, EAST, CENTRE) == 600_000_000, "from the east the street goes on"


def test_what_counts_is_the_last_piece_of_a_bent_street() -> None:
    bent = roads_of(AT, [Street(SOUTH, CENTRE, via_m=((-100, 0),)), Street(CENTRE, NORTH), Street(CENTRE, EAST)])
    assert cost_ms(bent, MODEL, SOUTH, CENTRE, EAST) == 0
    assert cost_ms(bent, MODEL, SOUTH, CENTRE, NORTH) == 20_000


def test_a_point_drawn_twice_and_a_street_without_extent_have_no_bearing_of_their_own() -> None:
    twice = roads_of(AT, [Street(SOUTH, CENTRE, via_m=((0, 0),)), Street(CENTRE, EAST, via_m=((0, 0),))])
    assert cost_ms(twice, MODEL, SOUTH, CENTRE, EAST) == 1_000
    there = [*AT, AT[CENTRE]]
    none = roads_of(there, [Street(SOUTH, CENTRE), Street(CENTRE, 7), Street(7, EAST)])
    assert cost_ms(none, MODEL, SOUTH, CENTRE, 7) == 0
    assert cost_ms(none, MODEL, CENTRE, 7, EAST) == 0


def test_mirrored_roads_cost_the_same_to_who_drives_on_the_other_side() -> None:
    rng = np.random.default_rng(8)
    arms = [(float(x), float(y)) for x, y in rng.integers(-9, 10, (40, 2)) if (x, y) != (0, 0)]
    arms += [(0.0, 30.0), (0.0, 60.0)]  # from one into the other is right about, to neither side
    roads, mirrored = (
        roads_of([(0, 0), *((x * side, y) for x, y in arms)], [Street(0, k + 1) for k in range(len(arms))])
        for side in (1, -1)
    )
    turns = turn_graph(roads)
    costs = turn_costs(roads, turns, MODEL)
    np.testing.assert_array_equal(turn_costs(mirrored, turns, replace(MODEL, keep_left=True)), costs)
    assert len(np.unique(costs)) > 50


def test_free_turns_cost_nothing_and_a_zone_says_on_which_side_one_drives() -> None:
    roads = crossing()
    assert not turn_costs(roads, turn_graph(roads), FREE).any()
    sides = {zone: model_of(zone).keep_left for zone in ("Asia/Shanghai", "Asia/Hong_Kong", "Australia/Perth", "UTC")}
    assert sides == {"Asia/Shanghai": False, "Asia/Hong_Kong": True, "Australia/Perth": True, "UTC": False}
