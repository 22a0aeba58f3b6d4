"""Signals, barriers and limits that stand at nodes, on hand-written crossings and on random streets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routing.assemble import assemble
from routing.osm_marks import marked_links
from routing.osm_nodes import Barrier, RoadNode, read_node
from routing.osm_signals import APPROACH_M
from routing.osm_tags import RoadWay, read_way
from routing.osm_ways import NodePlaces
from routing.turns import permitted_turns
from tests.osm_worlds import CROSS, STREET, Link, Tags, bans, links, one_way, read, signalled

SIGNAL = {"highway": "traffic_signals"}
# West of the crossing, on the straight line of way 10; a degree of longitude is 78.6 km there.
NEAR, FAR = 21, 22
STOP_LINES = {NEAR: (8.99975, 45.0), FAR: (8.9995, 45.0)}  # 20 m and 39 m before node 2
REST = CROSS[1:]
AWAY = "1 traffic signals stand along a street and not before a junction: not kept"


def test_signals_of_a_junction_stop_all_who_arrive(tmp_path: Path) -> None:
    reading = read(tmp_path, CROSS, nodes={2: SIGNAL})
    assert signalled(reading.draft) == {(1, 2, 10), (3, 2, 11), (4, 2, 12), (5, 2, 13)}
    assert reading.notes == ()


@pytest.mark.parametrize(
    ("refs", "tags", "node", "said", "expected"),
    [
        ((1, NEAR, 2), STREET, NEAR, SIGNAL, {(1, 2, 10)}),
        ((2, NEAR, 1), STREET, NEAR, SIGNAL, {(1, 2, 10)}),
        ((1, FAR, 2), STREET, FAR, SIGNAL, set()),
        ((1, NEAR, 2), one_way(), NEAR, SIGNAL, {(1, 2, 10)}),
        ((2, NEAR, 1), one_way(), NEAR, SIGNAL, set()),
        ((1, NEAR, 2), STREET, NEAR, {**SIGNAL, "direction": "forward"}, {(1, 2, 10)}),
        ((2, NEAR, 1), STREET, NEAR, {**SIGNAL, "traffic_signals:direction": "backward"}, {(1, 2, 10)}),
        ((2, NEAR, 1), STREET, NEAR, {**SIGNAL, "traffic_signals:direction": "forward"}, set()),
        ((1, NEAR, 2), STREET, NEAR, {**SIGNAL, "direction": "NE"}, {(1, 2, 10)}),
    ],
)
def test_a_stop_line_shortly_before_a_junction_belongs_to_its_approach(
    tmp_path: Path, refs: tuple[int, ...], tags: Tags, node: int, said: Tags, expected: set[Link]
) -> None:
    reading = read(tmp_path, [(10, refs, tags), *REST], nodes={node: said}, places=STOP_LINES)
    assert signalled(reading.draft) == expected
    assert reading.notes == (() if expected else (AWAY,))


@pytest.mark.parametrize("kind", ["blinker", "emergency", "continuous_green"])
def test_signals_at_which_nobody_waits_in_turn_do_not_count(tmp_path: Path, kind: str) -> None:
    assert not signalled(read(tmp_path, CROSS, nodes={2: {**SIGNAL, "traffic_signals": kind}}).draft)


def test_a_stop_line_at_which_the_way_is_split_is_not_met_from_behind(tmp_path: Path) -> None:
    ways = [(10, (1, NEAR), STREET), (14, (NEAR, 2), STREET), *REST]
    assert signalled(read(tmp_path, ways, nodes={NEAR: SIGNAL}, places=STOP_LINES).draft) == {(1, NEAR, 10)}
    # A crossing for people on foot far from any junction stops both directions.
    ways = [(10, (1, FAR), STREET), (14, (FAR, 2), STREET), *REST]
    assert signalled(read(tmp_path, ways, nodes={FAR: SIGNAL}, places=STOP_LINES).draft) == {(1, FAR, 10), (2, FAR, 14)}


def test_a_junction_of_two_tagged_nodes_stops_a_vehicle_once(tmp_path: Path) -> None:
    # Two carriageways, 20 m apart, run north and south across way 10: nodes 2 and NEAR.
    ways = [
        (10, (1, NEAR, 2), STREET), (11, (2, 3), STREET), (12, (5, 2, 4), one_way()), (13, (6, NEAR, 7), one_way()),
    ]  # fmt: skip
    places = {**STOP_LINES, 6: (8.99975, 45.01), 7: (8.99975, 44.99)}
    reading = read(tmp_path, ways, nodes={2: SIGNAL, NEAR: SIGNAL}, places=places)
    assert signalled(reading.draft) == {(1, NEAR, 10), (3, 2, 11), (5, 2, 12), (6, NEAR, 13)}
    assert reading.notes == ("2 links inside a junction follow its signals: no second stop at their end",)
    # As far apart as 39 m they are two junctions.
    far = [(10, (1, FAR, 2), STREET), *ways[1:3], (13, (6, FAR, 7), one_way())]
    apart = read(tmp_path, far, nodes={2: SIGNAL, FAR: SIGNAL}, places=places)
    assert {(FAR, 2, 10), (2, FAR, 10)} < signalled(apart.draft)


@pytest.mark.parametrize(
    ("tags", "barrier"),
    [
        ({"barrier": "bollard"}, Barrier.CLOSED),
        ({"barrier": "block", "foot": "yes"}, Barrier.CLOSED),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, Barrier.PASSABLE),
        ({"barrier": "bollard", "access": "no", "motorcar": "yes"}, Barrier.PASSABLE),
        ({"barrier": "chain", "access": "destination"}, Barrier.PASSABLE),
        ({"barrier": "jersey_barrier"}, Barrier.CLOSED),
        ({"barrier": "gate"}, Barrier.PASSABLE),
        ({"barrier": "lift_gate", "access": "private"}, Barrier.CLOSED),
        ({"barrier": "gate", "access": "yes", "motor_vehicle": "no"}, Barrier.CLOSED),
        ({"barrier": "gate", "access": "private", "motorcar": "yes"}, Barrier.PASSABLE),
        ({"barrier": "gate", "locked": "yes"}, Barrier.CLOSED),
        ({"barrier": "gate", "locked": "yes", "access": "permissive"}, Barrier.PASSABLE),
        ({"barrier": "toll_booth"}, Barrier.PASSABLE),
        ({"barrier": "height_restrictor"}, Barrier.PASSABLE),
        ({"barrier": "dragon"}, Barrier.UNKNOWN),
        ({"barrier": "dragon", "vehicle": "no"}, Barrier.CLOSED),
    ],
)
def test_who_passes_a_barrier(tags: Tags, barrier: Barrier) -> None:
    node = read_node(1, tags)
    assert node is not None
    assert node.barrier is barrier


def test_a_node_that_says_nothing_is_none() -> None:
    assert read_node(1, {"highway": "crossing", "crossing": "zebra", "access": "no"}) is None


def test_at_a_closed_barrier_along_a_street_one_can_only_turn_round(tmp_path: Path) -> None:
    reading = read(tmp_path, [(10, (1, NEAR, 2), STREET), *REST], nodes={NEAR: {"barrier": "block"}}, places=STOP_LINES)
    assert links(reading.draft)[:4] == [(1, NEAR, 10), (NEAR, 1, 10), (NEAR, 2, 10), (2, NEAR, 10)]
    assert bans(reading.draft) == {((1, NEAR, 10), (NEAR, 2, 10)), ((2, NEAR, 10), (NEAR, 1, 10))}
    assert reading.notes == (
        "1 barriers on drivable roads let no motor vehicle pass (bollards, locked or private gates ...): one can only "
        "turn round there; 0 of them stand at a junction",
    )
    # Nobody gets from one side to the other: the greater part is the crossing's.
    roads = assemble(reading.draft)
    assert roads.link_strong.tolist() == [False, False, *[True] * 8]


def test_a_passable_barrier_changes_nothing_but_is_counted(tmp_path: Path) -> None:
    ways = [(10, (1, NEAR, 2), STREET), *REST]
    reading = read(tmp_path, ways, nodes={NEAR: {"barrier": "gate"}, 5: {"barrier": "dragon"}}, places=STOP_LINES)
    assert links(reading.draft) == links(read(tmp_path, ways, places=STOP_LINES).draft)
    assert bans(reading.draft) == set()
    assert reading.notes == (
        "1 barriers on drivable roads are taken as passable (gates, toll booths ...)",
        "1 barriers on drivable roads are of an unknown kind: taken as passable",
    )


def test_a_closed_barrier_at_a_junction_closes_every_turn(tmp_path: Path) -> None:
    reading = read(tmp_path, CROSS, nodes={2: {"barrier": "bollard"}})
    arriving, leaving = (
        [(1, 2, 10), (3, 2, 11), (4, 2, 12), (5, 2, 13)], [(2, 1, 10), (2, 3, 11), (2, 4, 12), (2, 5, 13)],
    )  # fmt: skip
    assert bans(reading.draft) == {(a, b) for a in arriving for b in leaving if a[0] != b[1]}
    assert reading.notes[0].endswith("1 of them stand at a junction")


def test_a_limit_at_a_node_holds_for_the_links_that_touch_it_and_the_lowest_counts(tmp_path: Path) -> None:
    ways = [(10, (1, NEAR, 2), {**STREET, "maxheight": "1.9"}), (11, (2, 3), STREET), *CROSS[2:]]
    nodes = {NEAR: {"barrier": "height_restrictor", "maxheight": "2"}, 3: {"maxheight": "2.5", "maxweight": "3.5"}}
    draft = read(tmp_path, ways, nodes=nodes, places=STOP_LINES).draft
    limits = dict(zip(links(draft), zip(draft.link_max_height_cm, draft.link_max_weight_kg, strict=True), strict=True))
    assert limits[1, 2, 10] == limits[2, 1, 10] == (190, 0)
    assert limits[2, 3, 11] == limits[3, 2, 11] == (250, 3500)
    assert limits[4, 2, 12] == (0, 0)


NODES = 9
Drawn = list[tuple[tuple[int, ...], dict[str, str]]]
WAY_TAGS = st.fixed_dictionaries(
    {"highway": st.just("residential"), "oneway": st.sampled_from(["no", "yes", "-1"])},
    optional={"hgv:forward": st.just("no"), "maxweight:backward": st.just("5"), "maxheight:forward": st.just("2.5")},
)
WAYS = st.lists(
    st.tuples(st.lists(st.integers(1, NODES), min_size=2, max_size=6).map(tuple), WAY_TAGS), min_size=1, max_size=6
)
NODE_TAGS = st.fixed_dictionaries(
    {},
    optional={
        "highway": st.just("traffic_signals"),
        "direction": st.sampled_from(["forward", "backward"]),
        "barrier": st.sampled_from(["bollard", "gate"]),
        "maxheight": st.sampled_from(["2", "3"]),
    },
)
TAGGED = st.dictionaries(st.integers(1, NODES), NODE_TAGS, max_size=5)
# About 8 m from node to node along the line, so that some stop lines are near and some are not.
PLACES = NodePlaces(
    np.arange(1, NODES + 1),
    (np.arange(NODES) * 1000).astype(np.int32),
    (np.arange(NODES) ** 2 % 7 * 700).astype(np.int32),
)
OTHER_WAY = {"yes": "-1", "-1": "yes", "forward": "backward", "backward": "forward"}


def ways_of(drawn: Drawn) -> list[RoadWay]:
    roads = [read_way(key, nodes, tags) for key, (nodes, tags) in enumerate(drawn)]
    return [road for road in roads if isinstance(road, RoadWay)]


def nodes_of(tagged: Mapping[int, Tags]) -> list[RoadNode]:
    return [node for node in (read_node(key, tags) for key, tags in tagged.items()) if node]


def seen_from_the_other_end(tags: Tags) -> dict[str, str]:
    turned = {}
    for key, value in tags.items():
        word, _, side = key.partition(":")
        turned[f"{word}:{OTHER_WAY[side]}" if side else word] = OTHER_WAY.get(value, value)
    return turned


@given(WAYS, TAGGED)
def test_past_a_closed_barrier_no_turn_leads_but_the_way_back(drawn: Drawn, tagged: dict[int, dict[str, str]]) -> None:
    cut, _ = marked_links(ways_of(drawn), PLACES, nodes_of(tagged))
    draft = cut.draft
    if not len(draft.link_tail):
        return
    closed = {key for key, tags in tagged.items() if tags.get("barrier") == "bollard"}
    turns = permitted_turns(assemble(draft))
    turn_in = np.repeat(np.arange(len(draft.link_tail)), np.diff(turns.onward_offset))
    for entered, left in zip(turn_in.tolist(), turns.onward.tolist(), strict=True):
        if draft.node_key[draft.link_head[entered]] in closed:
            assert draft.link_reverse[entered] == left
    inner = np.ones(len(cut.shape_node), np.bool_)
    inner[draft.shape_offset[:-1]] = inner[draft.shape_offset[1:] - 1] = False
    assert closed.isdisjoint(draft.node_key[cut.shape_node[inner]].tolist())


@given(WAYS, TAGGED)
def test_a_way_drawn_from_its_other_end_means_the_same(drawn: Drawn, tagged: dict[int, dict[str, str]]) -> None:
    def marks(ways: list[RoadWay], nodes: list[RoadNode]) -> list[tuple[object, ...]]:
        draft = marked_links(ways, PLACES, nodes)[0].draft
        columns = (draft.link_signal, draft.link_max_weight_kg, draft.link_max_height_cm, draft.link_no_heavy)
        bounds = zip(draft.shape_offset, draft.shape_offset[1:], strict=False)
        shapes = [tuple(draft.shape_lon_e7[first:end].tolist()) for first, end in bounds]
        return sorted(zip(shapes, links(draft), *(column.tolist() for column in columns), strict=True))

    turned = [(nodes[::-1], seen_from_the_other_end(tags)) for nodes, tags in drawn]
    told = {key: seen_from_the_other_end(tags) for key, tags in tagged.items()}
    assert marks(ways_of(drawn), nodes_of(tagged)) == marks(ways_of(turned), nodes_of(told))


@given(st.lists(st.floats(1, 60), min_size=1, max_size=6), st.data())
def test_on_a_one_way_street_the_signals_of_its_last_metres_count(steps_m: list[float], data: st.DataObject) -> None:
    # Nodes along the equator; a metre is 89.932 of the units in which places are kept.
    at_m = np.array([0.0, *np.cumsum(steps_m)])
    zeros = np.zeros(len(at_m), np.int32)
    places = NodePlaces(np.arange(1, len(at_m) + 1), np.rint(at_m * 89.932).astype(np.int32), zeros)
    chosen = data.draw(st.sets(st.integers(2, len(at_m))))
    to_end_m = [at_m[-1] - at_m[node - 1] for node in chosen]
    assume(all(abs(metres - APPROACH_M) > 0.1 for metres in to_end_m))
    road = read_way(1, tuple(range(1, len(at_m) + 1)), one_way())
    assert isinstance(road, RoadWay)
    draft = marked_links([road], places, nodes_of(dict.fromkeys(chosen, SIGNAL)))[0].draft
    assert draft.link_signal.tolist() == [any(metres < APPROACH_M for metres in to_end_m)]
