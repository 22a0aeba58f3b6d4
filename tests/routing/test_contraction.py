"""Order, hierarchy and the times on it against slow definitions; no search takes part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from routing.contraction import contract
from routing.customise import NEVER, customise
from routing.dissection import nested_dissection
from routing.hierarchy import LOOP, Arcs, Hierarchy
from routing.roads import Roads
from routing.turns import Turns, turn_graph
from tests.small_worlds import EXAMPLES, path_bans, small_roads
from tests.worlds import Street, grid_world, ring_world, roads_of


@st.composite
def ordered_turns(draw: st.DrawFn) -> tuple[Turns, Hierarchy]:
    """A little graph of turns, contracted in the order of the dissection or in any other."""
    roads = draw(path_bans(draw(small_roads())))
    turns = turn_graph(roads)
    shuffled = st.permutations(range(turns.node_count)).map(lambda order: np.array(order, np.int32))
    order = draw(shuffled) if draw(st.booleans()) else nested_dissection(roads, turns)
    return turns, contract(turns, order)


def arcs_of(arcs: Arcs) -> list[tuple[int, int]]:
    """(lower end, upper end) of each arc."""
    return list(zip(arcs.low.tolist(), arcs.top.tolist(), strict=True))


def turn_ranks(turns: Turns, hierarchy: Hierarchy) -> list[tuple[int, int]]:
    return list(zip(hierarchy.rank[turns.tail].tolist(), hierarchy.rank[turns.onward].tolist(), strict=True))


def ways_below(n: int, arcs: list[tuple[int, int]], ms: list[int]) -> dict[tuple[int, int], int]:
    """The least time from a to b by ranks that all lie below both of them, for all a and b: Floyd and Warshall, the
    ranks between let in from below and only while they are below."""
    best: dict[tuple[int, int], int] = {}
    for pair, time in zip(arcs, ms, strict=True):
        best[pair] = min(time, best.get(pair, time))
    for middle in range(n):
        for a in range(middle + 1, n):
            for b in range(middle + 1, n):
                if (a, middle) in best and (middle, b) in best:
                    through = best[a, middle] + best[middle, b]
                    best[a, b] = min(through, best.get((a, b), through))
    return best


@given(world=ordered_turns())
@settings(max_examples=EXAMPLES, deadline=None)
def test_an_arc_is_kept_exactly_where_a_way_below_its_ends_could_use_it(world: tuple[Turns, Hierarchy]) -> None:
    turns, hierarchy = world
    steps = turn_ranks(turns, hierarchy)
    possible = ways_below(turns.node_count, steps, [0] * len(steps))
    assert arcs_of(hierarchy.up) == sorted((a, b) for a, b in possible if a < b)
    assert arcs_of(hierarchy.down) == sorted((b, a) for a, b in possible if a > b)


@given(world=ordered_turns())
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_elimination_tree_is_that_of_the_elimination_game(world: tuple[Turns, Hierarchy]) -> None:
    turns, hierarchy = world
    near: list[set[int]] = [set() for _ in range(turns.node_count)]
    for a, b in turn_ranks(turns, hierarchy):
        if a != b:
            near[a].add(b)
            near[b].add(a)
    for x in range(turns.node_count):
        above = {y for y in near[x] if y > x}
        assert hierarchy.parent[x] == min(above, default=-1)
        for y in above:  # play the game: the higher neighbours of x become neighbours of each other
            near[y] |= above - {y}
    for x, y in {*arcs_of(hierarchy.up), *arcs_of(hierarchy.down)}:
        assert y in ancestors(hierarchy, x)
    for x in range(turns.node_count):
        assert hierarchy.depth[x] == len(ancestors(hierarchy, x))
    assert hierarchy.levels == max(hierarchy.depth.tolist(), default=0) + 1


def ancestors(hierarchy: Hierarchy, x: int) -> list[int]:
    found = []
    while (x := int(hierarchy.parent[x])) >= 0:
        found.append(x)
    return found


@given(world=ordered_turns())
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_each_turn_finds_its_arc_and_the_columns_that_follow_say_what_they_are(world: tuple[Turns, Hierarchy]) -> None:
    turns, hierarchy = world
    for (a, b), arc in zip(turn_ranks(turns, hierarchy), hierarchy.turn_arc.tolist(), strict=True):
        if a == b:
            assert arc == LOOP
        elif a < b:
            assert (hierarchy.up.low[arc], hierarchy.up.top[arc]) == (a, b)
        else:
            assert (hierarchy.down.low[~arc], hierarchy.down.top[~arc]) == (b, a)
    for here, other in ((hierarchy.up, hierarchy.down), (hierarchy.down, hierarchy.up)):
        for y in range(turns.node_count):
            rows = here.by_top[here.by_top_offset[y] : here.by_top_offset[y + 1]]
            assert here.top[rows].tolist() == [y] * len(rows)
            assert here.low[rows].tolist() == sorted(here.low[here.top == y].tolist())
        for e, (low, top) in enumerate(arcs_of(here)):
            beyond = [f for f in range(*other.offset[low : low + 2].tolist()) if other.top[f] > top]
            assert list(range(here.beside[e], other.offset[low + 1])) == beyond
            assert here.top_depth[e] == hierarchy.depth[top]


@given(world=ordered_turns(), data=st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_customised_times_are_the_least_of_all_ways_below(world: tuple[Turns, Hierarchy], data: st.DataObject) -> None:
    turns, hierarchy = world
    time = st.sampled_from([0, 1, 1000, int(NEVER)]) | st.integers(0, 100_000)
    ms = data.draw(st.lists(time, min_size=len(turns.onward), max_size=len(turns.onward)))
    up_ms, down_ms = customise(hierarchy, np.array(ms, np.uint32))
    best = ways_below(turns.node_count, turn_ranks(turns, hierarchy), ms)
    expected_up = [min(best[a, b], int(NEVER)) for a, b in arcs_of(hierarchy.up)]
    expected_down = [min(best[b, a], int(NEVER)) for a, b in arcs_of(hierarchy.down)]
    assert up_ms.tolist() == expected_up
    assert down_ms.tolist() == expected_down


@pytest.mark.parametrize("order", [[0, 1, 2], [0, 1, 2, 2], [0, 1, 2, 4], [-1, 0, 1, 2], [0, 1, 2, 3, 4]])
def test_an_order_that_does_not_name_each_node_once_is_refused(order: list[int]) -> None:
    with pytest.raises(ValueError, match="each of 4 nodes once"):
        contract(turn_graph(ring_world(4)), np.array(order, np.int32))


@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_order_names_each_node_once_and_copies_just_before_their_link(data: st.DataObject) -> None:
    roads = data.draw(path_bans(data.draw(small_roads())))
    turns = turn_graph(roads)
    order = nested_dissection(roads, turns)
    assert sorted(order.tolist()) == list(range(turns.node_count))
    assert order.tolist() == nested_dissection(roads, turns).tolist()
    for place, node in enumerate(order.tolist()):
        if node >= roads.link_count:
            assert turns.node_link[order[place + 1]] == turns.node_link[node]


@pytest.mark.parametrize(("nx", "ny"), [(16, 8), (9, 20), (30, 3)])
def test_the_last_links_cut_a_grid_at_its_narrowest_into_two_large_parts(nx: int, ny: int) -> None:
    roads = grid_world(nx, ny)
    order = nested_dissection(roads, turn_graph(roads))
    cut = 2 * min(nx, ny)  # as many streets as the grid is narrow, each of two links
    sizes = sides(roads, order[-cut:])
    assert len(sizes) == 2
    assert min(sizes) >= nx * ny // 4
    assert len(sides(roads, order[1 - cut :])) == 1, "a cut without one of its links is none"


def sides(roads: Roads, taken_out: NDArray[np.int32]) -> list[int]:
    """Junctions in each part that is left when these links are taken out."""
    left = np.ones(roads.link_count, np.bool_)
    left[taken_out] = False
    ends = (roads.link_tail[left], roads.link_head[left])
    graph = coo_array((np.ones(left.sum()), ends), shape=(roads.node_count, roads.node_count))
    return [int(size) for size in np.bincount(connected_components(graph, directed=False)[1])]


def test_a_long_street_gives_a_shallow_tree() -> None:
    nodes = 20_000
    roads = roads_of([(float(k), 0.0) for k in range(nodes)], [Street(k, k + 1) for k in range(nodes - 1)])
    turns = turn_graph(roads)
    levels = contract(turns, nested_dissection(roads, turns)).levels
    # A cell is left with at most three quarters of its junctions, and each cut is one street of two links.
    assert levels <= 2 * np.log(nodes) / np.log(4 / 3)


def test_islands_have_a_tree_each() -> None:
    streets = [Street(2 * k, 2 * k + 1) for k in range(50)]
    roads = roads_of([(10.0 * k, float(k % 7)) for k in range(100)], streets)
    turns = turn_graph(roads)
    hierarchy = contract(turns, nested_dissection(roads, turns))
    assert np.count_nonzero(hierarchy.parent == -1) == 50
    assert hierarchy.levels == 2
