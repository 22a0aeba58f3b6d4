"""The graph of turns against the rule that it stands for, walk by walk."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.roads import Roads
from routing.turns import Turns, turn_graph
from tests.small_worlds import EXAMPLES, path_bans, small_roads
from tests.worlds import ring_world, roads_of, with_path_bans

LONGEST_WALK = 7


def banned_in(roads: Roads) -> set[tuple[int, ...]]:
    links, edges = roads.path_ban_link.tolist(), roads.path_ban_offset.tolist()
    turns = zip(roads.ban_in.tolist(), roads.ban_out.tolist(), strict=True)
    return {*(tuple(links[a:b]) for a, b in pairwise(edges)), *turns}


def may_follow(walk: tuple[int, ...], link: int, roads: Roads, banned: set[tuple[int, ...]]) -> bool:
    """Whether a walk that is allowed may go on with a link: no end of it may be banned."""
    whole = (*walk, link)
    meets = roads.link_head[walk[-1]] == roads.link_tail[link]
    return bool(meets) and not any(whole[k:] in banned for k in range(len(whole)))


def onward(turns: Turns, node: int) -> list[int]:
    return [int(there) for there in turns.onward[turns.onward_offset[node] : turns.onward_offset[node + 1]]]


@given(data=st.data())
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_walk_is_in_the_graph_exactly_where_no_ban_forbids_it(data: st.DataObject) -> None:
    roads = data.draw(path_bans(data.draw(small_roads())))
    turns, banned = turn_graph(roads), banned_in(roads)
    link_of = turns.node_link.tolist()
    walk: tuple[int, ...] = (data.draw(st.integers(0, roads.link_count - 1)),)
    node = walk[0]
    for _ in range(LONGEST_WALK):
        next_nodes = onward(turns, node)
        allowed = [link for link in range(roads.link_count) if may_follow(walk, link, roads, banned)]
        assert sorted(link_of[there] for there in next_nodes) == allowed
        if not next_nodes:
            return
        # Where a banned path began, go on along it if that is possible: random walks seldom do.
        begun = {path[k] for path in banned for k in range(1, len(path)) if walk[-k:] == path[:k]}
        tempting = [there for there in next_nodes if link_of[there] in begun] or next_nodes
        node = data.draw(st.sampled_from(tempting))
        walk = (*walk, link_of[node])


@given(data=st.data())
@settings(max_examples=EXAMPLES // 2, deadline=None)
def test_copies_are_listed_by_the_link_that_they_copy(data: st.DataObject) -> None:
    roads = data.draw(path_bans(data.draw(small_roads())))
    turns = turn_graph(roads)
    assert turns.node_link[: roads.link_count].tolist() == list(range(roads.link_count))
    for link in range(roads.link_count):
        copies = turns.copies[turns.copy_offset[link] : turns.copy_offset[link + 1]].tolist()
        assert copies == [v for v in range(roads.link_count, turns.node_count) if turns.node_link[v] == link]
        assert len(copies) <= turns.most_copies


def test_a_banned_path_round_a_ring_stops_each_round_that_begins_before_it() -> None:
    roads = with_path_bans(ring_world(5), [[1, 2, 3, 4]])
    turns = turn_graph(roads)
    # Two beginnings of the path, (1, 2) and (1, 2, 3), each a copy; from the second nothing leads on.
    assert turns.node_link[5:].tolist() == [2, 3]
    assert [onward(turns, node) for node in range(turns.node_count)] == [[1], [5], [3], [4], [0], [6], []]


def test_roads_without_links_have_no_turns() -> None:
    turns = turn_graph(roads_of([(0.0, 0.0)], []))
    assert (turns.node_count, len(turns.onward), turns.most_copies) == (0, 0, 0)
