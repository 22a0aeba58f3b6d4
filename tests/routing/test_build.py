"""Assembling roads: invariants on random graphs against slow references, and choosing by what the source is."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.faults import BadInput
from geo.points import Point, great_circle_m
from routing.assemble import assemble, shape_lengths_m, strongly_connected_share
from routing.build import build_city
from routing.draft import Draft
from routing.roads import NO_LINK, Roads

NODES = 7


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def draft_of(streets: list[tuple[int, int, bool]], bans: list[tuple[int, int]], speed_kmh: int = 50) -> Draft:
    """Straight streets (tail, head, two-way) between nodes on a parabola; `bans` are pairs of links."""
    lon = np.arange(NODES, dtype=np.int32) * 20_000 + 1_200_000_000
    lat = np.arange(NODES, dtype=np.int32) ** 2 * 3_000 + 330_000_000
    ends, reverse = [], []
    for tail, head, two_way in streets:
        ends.append((tail, head))
        reverse.append(len(ends) if two_way else NO_LINK)
        if two_way:
            ends.append((head, tail))
            reverse.append(len(ends) - 2)
    table = np.array(ends, np.int32).reshape(-1, 2)
    banned = np.array(bans, np.int64).reshape(-1, 2) % max(1, len(ends))
    meeting = table[banned[:, 0], 1] == table[banned[:, 1], 0]
    size = len(ends)
    return Draft(
        node_key=np.arange(NODES, dtype=np.int64),
        node_lon_e7=lon,
        node_lat_e7=lat,
        link_tail=table[:, 0],
        link_head=table[:, 1],
        link_speed_kmh=np.full(size, speed_kmh, np.uint8),
        link_speed_assumed=np.zeros(size, np.bool_),
        link_class=np.full(size, 7, np.uint8),
        link_lanes=np.zeros(size, np.uint8),
        link_reverse=np.array(reverse, np.int32),
        link_name=np.zeros(size, np.int32),
        link_ref=np.arange(size, dtype=np.int64),
        link_signal=np.zeros(size, np.bool_),
        link_max_weight_kg=np.zeros(size, np.int32),
        link_max_height_cm=np.zeros(size, np.int32),
        link_no_heavy=np.zeros(size, np.bool_),
        given_length_m=np.full(size, np.nan),
        shape_offset=np.arange(size + 1, dtype=np.int64) * 2,
        shape_lon_e7=lon[table].ravel(),
        shape_lat_e7=lat[table].ravel(),
        ban_in=banned[meeting, 0],
        ban_out=banned[meeting, 1],
        heavy_ban_in=np.zeros(0, np.int64),
        heavy_ban_out=np.zeros(0, np.int64),
        path_ban_offset=np.zeros(1, np.int64),
        path_ban_link=np.zeros(0, np.int64),
        names=("",),
    )


PATHS = st.lists(st.tuples(st.integers(0, 40), st.lists(st.integers(0, 5), min_size=2, max_size=4)), max_size=8)


def with_paths(draft: Draft, seeds: list[tuple[int, list[int]]]) -> Draft:
    """The draft with banned paths: each starts at a link and at each head takes the choice with that number."""
    paths = []
    for start, choices in seeds:
        path = [start % len(draft.link_tail)]
        for choice in choices:
            onward = np.flatnonzero(draft.link_tail == draft.link_head[path[-1]])
            if not len(onward):
                break
            path.append(int(onward[choice % len(onward)]))
        if len(path) > 2:
            paths.append(path)
    return dataclasses.replace(
        draft,
        path_ban_offset=np.cumsum([0, *map(len, paths)]).astype(np.int64),
        path_ban_link=np.array([link for path in paths for link in path], np.int64),
    )


def path_bans(offset: np.ndarray[Any, Any], link: np.ndarray[Any, Any]) -> list[tuple[int, ...]]:
    return [tuple(link[first:end].tolist()) for first, end in itertools.pairwise(offset.tolist())]


def holds(walk: tuple[int, ...], part: tuple[int, ...]) -> bool:
    return any(walk[at : at + len(part)] == part for at in range(len(walk) - len(part) + 1))


STREETS = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.booleans()), min_size=1, max_size=12
)
BANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=25)


def slow_parts(roads: Roads) -> list[set[int]]:
    """The strongly connected parts of the graph whose nodes are links and whose arcs are permitted turns."""
    turns = networkx.DiGraph()
    turns.add_nodes_from(range(roads.link_count))
    banned = set(zip(roads.ban_in.tolist(), roads.ban_out.tolist(), strict=True))
    for entered in range(roads.link_count):
        for left in range(roads.link_count):
            if roads.link_head[entered] == roads.link_tail[left] and (entered, left) not in banned:
                turns.add_edge(entered, left)
    return [set(part) for part in networkx.strongly_connected_components(turns)]


@given(STREETS, BANS)
def test_strong_links_are_a_largest_part_of_the_turn_graph(
    streets: list[tuple[int, int, bool]], bans: list[tuple[int, int]]
) -> None:
    roads = assemble(draft_of(streets, bans))
    parts = slow_parts(roads)
    strong = set(np.flatnonzero(roads.link_strong).tolist())
    assert strong in parts
    assert len(strong) == max(map(len, parts))


@given(STREETS, BANS)
def test_assembled_roads_keep_their_invariants(
    streets: list[tuple[int, int, bool]], bans: list[tuple[int, int]]
) -> None:
    draft = draft_of(streets, bans)
    roads = assemble(draft)
    assert set(roads.link_tail.tolist()) | set(roads.link_head.tolist()) == set(range(roads.node_count))
    assert np.array_equal(roads.node_lon_e7[roads.link_tail], draft.node_lon_e7[draft.link_tail])
    assert np.array_equal(roads.node_lat_e7[roads.link_head], draft.node_lat_e7[draft.link_head])
    pairs = list(zip(roads.ban_in.tolist(), roads.ban_out.tolist(), strict=True))
    assert pairs == sorted(set(zip(draft.ban_in.tolist(), draft.ban_out.tolist(), strict=True)))
    assert (roads.link_duration_ms >= 1).all()
    assert (roads.link_length_mm >= 1).all()
    graph = networkx.DiGraph(list(zip(roads.link_tail.tolist(), roads.link_head.tolist(), strict=True)))
    largest = max(map(len, networkx.strongly_connected_components(graph)))
    assert strongly_connected_share(roads) == pytest.approx(largest / roads.node_count)


@given(STREETS, BANS, PATHS)
def test_banned_paths_are_kept_once_and_only_where_nothing_shorter_forbids_them(
    streets: list[tuple[int, int, bool]], bans: list[tuple[int, int]], seeds: list[tuple[int, list[int]]]
) -> None:
    draft = with_paths(draft_of(streets, bans), seeds)
    roads = assemble(draft)
    given_paths = path_bans(draft.path_ban_offset, draft.path_ban_link)
    kept = path_bans(roads.path_ban_offset, roads.path_ban_link)
    pairs = list(zip(roads.ban_in.tolist(), roads.ban_out.tolist(), strict=True))
    assert kept == sorted(set(kept))
    assert roads.path_ban_count == len(kept)
    for path in kept:
        assert path in given_paths
        assert not any(holds(path, other) for other in [*pairs, *kept] if other != path)
    # What was forbidden is forbidden still.
    assert all(any(holds(path, other) for other in [*pairs, *kept]) for path in given_paths)


@given(STREETS, BANS)
def test_heavy_bans_are_listed_beside_the_others(
    streets: list[tuple[int, int, bool]], bans: list[tuple[int, int]]
) -> None:
    draft = draft_of(streets, bans)
    half = len(draft.ban_in) // 2
    every = list(zip(draft.ban_in.tolist(), draft.ban_out.tolist(), strict=True))
    halved = dataclasses.replace(draft, ban_in=draft.ban_in[:half], ban_out=draft.ban_out[:half])
    roads = assemble(dataclasses.replace(halved, heavy_ban_in=draft.ban_in, heavy_ban_out=draft.ban_out))
    for_heavy = list(zip(roads.heavy_ban_in.tolist(), roads.heavy_ban_out.tolist(), strict=True))
    assert for_heavy == sorted(set(every) - set(every[:half]))


@given(st.lists(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=2, max_size=5), min_size=1))
def test_lengths_of_lines_are_the_sums_of_their_steps(lines: list[list[tuple[int, int]]]) -> None:
    points = np.array([point for line in lines for point in line], np.int32) * 100_000
    offset = np.cumsum([0, *map(len, lines)]).astype(np.int64)
    lengths = shape_lengths_m(points[:, 0].copy(), points[:, 1].copy(), offset)
    places = [[Point(x / 100, y / 100) for x, y in line] for line in lines]
    slow = [sum(great_circle_m(a, b) for a, b in itertools.pairwise(line)) for line in places]
    assert lengths.tolist() == pytest.approx(slow, abs=1e-6)


def test_durations_follow_length_and_speed_and_a_given_length_counts_first() -> None:
    draft = draft_of([(0, 1, True)], [], speed_kmh=36)
    roads = assemble(dataclasses.replace(draft, given_length_m=np.array([1234.5, np.nan])))
    assert roads.link_length_mm[0] == 1_234_500
    assert roads.link_duration_ms[0] == 123_450
    assert roads.link_duration_ms[1] == round(int(roads.link_length_mm[1]) / 10)


def test_many_parallel_links_count_as_connected() -> None:
    # 256 parallel arcs would wrap to zero in a matrix of bytes.
    roads = assemble(draft_of([(0, 1, True)] * 256, []))
    assert strongly_connected_share(roads) == 1.0
    assert roads.link_strong.all()


def town(base: Path, name: str = "town") -> Path:
    folder = base / name
    folder.mkdir()
    (folder / "node.csv").write_text("node_id,x_coord,y_coord\n1,120.1,33.3\n2,120.2,33.4\n", "utf-8")
    (folder / "link.csv").write_text("link_id,from_node_id,to_node_id,directed\n1,1,2,0\n", "utf-8")
    return folder


def test_facts_say_what_was_built(tmp_path: Path) -> None:
    city = build_city(town(tmp_path), name="盐城", progress=quiet)
    facts = city.facts
    assert (facts.name, facts.source, facts.timezone) == ("盐城", "town", "Asia/Shanghai")
    assert (facts.nodes, facts.links, facts.turn_bans, facts.restrictions) == (2, 2, 0, 0)
    assert (facts.heavy_turn_bans, facts.path_bans) == (0, 0)
    assert facts.marked_links == {"signal": 0, "max_weight": 0, "max_height": 0, "no_heavy": 0}
    assert facts.bbox == (120.1, 33.3, 120.2, 33.4)
    assert facts.strongly_connected_share == 1.0
    assert any(note.startswith("100.0% of the links have no speed") for note in facts.notes)
    assert str(tmp_path) not in repr(facts)


def test_the_time_zone_may_be_given_and_must_exist(tmp_path: Path) -> None:
    folder = town(tmp_path)
    assert build_city(folder, name="x", timezone="Asia/Tokyo", progress=quiet).facts.timezone == "Asia/Tokyo"
    for wrong in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(BadInput, match="is no time zone"):
            build_city(folder, name="x", timezone=wrong, progress=quiet)


def test_a_source_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "roads.shp").write_bytes(b"")
    with pytest.raises(BadInput, match=r"roads\.shp: neither an OSM extract"):
        build_city(tmp_path / "roads.shp", name="x", progress=quiet)
    with pytest.raises(BadInput, match=r"none\.osm: there is no such file"):
        build_city(tmp_path / "none.osm", name="x", progress=quiet)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=r"no node\.csv or node\.csv\.gz"):
        build_city(tmp_path / "empty", name="x", progress=quiet)
