"""Cutting ways into links against a slow reference, and the reading of tags."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.osm_tags import Direction, RoadWay, direction_of, is_open, lanes_of
from routing.osm_ways import NodePlaces, links_of_ways
from routing.roads import NO_LINK, RoadClass
from routing.speeds import DEFAULT_KMH, default_kmh, limit_kmh

NODES = 12


def way(key: int, nodes: tuple[int, ...], direction: Direction) -> RoadWay:
    return RoadWay(
        id=key,
        nodes=nodes,
        direction=direction,
        road_class=RoadClass.RESIDENTIAL,
        speed_kmh=(30, 40),
        speed_assumed=(True, False),
        lanes=(1, 2),
        name=f"street {key % 3}",
    )


def places_of(known: list[int]) -> NodePlaces:
    ids = np.array(sorted(known), np.int64)
    return NodePlaces(ids, (ids * 1000).astype(np.int32), (ids * 7).astype(np.int32))


WAYS = st.lists(
    st.tuples(st.lists(st.integers(1, NODES), max_size=8).map(tuple), st.sampled_from(list(Direction))), max_size=8
).map(lambda drawn: [way(key, nodes, direction) for key, (nodes, direction) in enumerate(drawn)])
KNOWN = st.lists(st.integers(1, NODES), unique=True, min_size=1)


def slow_runs(road: RoadWay, known: set[int]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for node in road.nodes:
        if node not in known:
            runs.append([])
        elif not runs[-1] or runs[-1][-1] != node:
            runs[-1].append(node)
    return [run for run in runs if len(run) > 1]


def slow_links(ways: list[RoadWay], known: set[int], cut_at: set[int]) -> list[tuple[tuple[int, ...], int, int]]:
    """(nodes in travel order, way, speed) of each link, by the definition of a junction."""
    runs = [(road, run) for road in ways for run in slow_runs(road, known)]
    uses = Counter(node for _, run in runs for node in run)
    links = []
    for road, run in runs:
        cuts = [at for at, node in enumerate(run) if at in (0, len(run) - 1) or uses[node] > 1 or node in cut_at]
        for start, end in itertools.pairwise(cuts):
            piece = tuple(run[start : end + 1])
            if road.direction is not Direction.BACKWARD:
                links.append((piece, road.id, 30))
            if road.direction is not Direction.FORWARD:
                links.append((piece[::-1], road.id, 40))
    return links


@given(WAYS, KNOWN, st.lists(st.integers(0, NODES + 1), max_size=3))
def test_links_are_those_of_the_definition(ways: list[RoadWay], known: list[int], cut_at: list[int]) -> None:
    made = links_of_ways(ways, places_of(known), cut_at)
    draft = made.draft
    lines = [
        tuple(int(lon) // 1000 for lon in draft.shape_lon_e7[start:end])
        for start, end in zip(draft.shape_offset, draft.shape_offset[1:], strict=False)
    ]
    expected = slow_links(ways, set(known), set(cut_at))
    assert list(zip(lines, draft.link_ref.tolist(), draft.link_speed_kmh.tolist(), strict=True)) == expected
    assert draft.node_key[draft.link_tail].tolist() == [line[0] for line in lines]
    assert draft.node_key[draft.link_head].tolist() == [line[-1] for line in lines]
    kept = {ref for _, ref, _ in expected}
    assert made.lost == len(ways) - len(kept)
    assert made.cut == sum(road.id in kept and not set(road.nodes) <= set(known) for road in ways)
    for link, other in enumerate(draft.link_reverse.tolist()):
        both_ways = ways[draft.link_ref[link]].direction is Direction.BOTH
        assert (other != NO_LINK) == both_ways
        if both_ways:
            assert draft.link_reverse[other] == link
            assert lines[other] == lines[link][::-1]
    assert [draft.names[row] for row in draft.link_name] == [f"street {ref % 3}" for ref in draft.link_ref]


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50), ("50 km/h", 50), ("30 mph", 48), ("55mph", 89), ("CN:urban", 50), ("CN:rural", 70),
        ("it:motorway", 130), ("DE:zone30", 30), ("DE:zone:30", 30), ("walk", 7), ("30; 70", 30), ("50|70", 50),
        ("none", None), ("signals", None), ("variable", None), ("0", None), ("900", None), ("fast", None),
        ("50 furlongs", None), ("none; 80", 80), ("12.5", 12), ("", None), ("urban", None), ("XX:nonsense", None),
    ],
)  # fmt: skip
def test_posted_limits(text: str, kmh: int | None) -> None:
    assert limit_kmh(text) == kmh


def test_every_class_has_a_default_that_falls_with_its_rank() -> None:
    speeds = [DEFAULT_KMH[road_class] for road_class in RoadClass if road_class is not RoadClass.SERVICE]
    assert speeds == sorted(speeds, reverse=True)
    assert all(default_kmh(road_class, ramp=True) <= default_kmh(road_class) for road_class in RoadClass)


@pytest.mark.parametrize(
    ("tags", "direction", "lanes"),
    [
        ({}, Direction.BOTH, (0, 0)),
        ({"lanes": "4"}, Direction.BOTH, (2, 2)),
        ({"lanes": "1"}, Direction.BOTH, (1, 1)),
        ({"lanes": "3", "lanes:backward": "1"}, Direction.BOTH, (2, 1)),
        ({"lanes": "3", "lanes:forward": "1"}, Direction.BOTH, (1, 2)),
        ({"lanes": "3", "oneway": "yes"}, Direction.FORWARD, (3, 0)),
        ({"lanes": "3", "oneway": "-1"}, Direction.BACKWARD, (0, 3)),
        ({"lanes": "2; 3"}, Direction.BOTH, (0, 0)),
        ({"lanes": "900"}, Direction.BOTH, (0, 0)),
    ],
)
def test_lanes_of_each_direction(tags: dict[str, str], direction: Direction, lanes: tuple[int, int]) -> None:
    assert direction_of(tags) is direction
    assert lanes_of(tags, direction) == lanes


def test_the_most_specific_access_tag_decides() -> None:
    assert is_open({"motorcar": "yes", "access": "no"})
    assert not is_open({"motorcar": "no", "access": "yes"})
    assert is_open({})
