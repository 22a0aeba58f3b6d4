"""Restrictions via ways and those for heavy vehicles: hand-written ones, and random ones against a slow reference."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from routing import osm_restrictions as why
from routing.assemble import assemble
from routing.draft import Draft
from routing.osm_bans import restricted
from routing.osm_restrictions import TurnRule, read_restriction
from routing.osm_tags import RoadWay, read_way
from routing.osm_via_ways import bans_via_ways
from routing.osm_way_links import WayLinks
from routing.osm_ways import NodePlaces, links_of_ways
from tests.osm_worlds import CROSS, STREET, Relation, Tags, Way, bans, heavy_bans, one_way, path_bans, read, turn

#             7
#             |26
#   14 <-23-- 13 <-22-- 12     two carriageways, joined by ways 24 and 25 through node 15, where 27 begins;
#             |25              26 leads on to the north
#             15 --27-- 16
#             |24
#    1 --20-> 2 --21-> 3
PLACES = {
    2: (9.0, 45.0), 15: (9.0, 45.001), 13: (9.0, 45.002), 12: (9.01, 45.002), 14: (8.99, 45.002), 7: (9.0, 45.01),
    16: (9.01, 45.001),
}  # fmt: skip
ROADS: tuple[Way, ...] = (
    (20, (1, 2), one_way()), (21, (2, 3), one_way()), (22, (12, 13), one_way()), (23, (13, 14), one_way()),
    (24, (2, 15), STREET), (25, (15, 13), STREET), (26, (13, 7), STREET), (27, (15, 16), STREET),
)  # fmt: skip
IN, NORTH, ON = (1, 2, 20), (2, 15, 24), (15, 13, 25)


def via_ways(kind: str, via: Sequence[int], *, start: int = 20, end: int = 23, tags: Tags | None = None) -> Relation:
    members = (("way", start, "from"), *(("way", way, "via") for way in via), ("way", end, "to"))
    return members, {"type": "restriction", "restriction": kind, **(tags or {})}


def test_no_u_turn_over_two_ways_bans_that_path_alone(tmp_path: Path) -> None:
    reading = read(tmp_path, ROADS, [via_ways("no_u_turn", (24, 25))], places=PLACES)
    assert path_bans(reading.draft) == {(IN, NORTH, ON, (13, 14, 23))}
    assert bans(reading.draft) == set()
    assert (reading.restrictions, reading.dropped) == (1, {})


def test_only_straight_on_bans_every_other_exit_along_the_way(tmp_path: Path) -> None:
    reading = read(tmp_path, ROADS, [via_ways("only_straight_on", (24, 25), end=26)], places=PLACES)
    assert bans(reading.draft) == {(IN, (2, 3, 21))}
    assert path_bans(reading.draft) == {
        (IN, NORTH, (15, 16, 27)), (IN, NORTH, (15, 2, 24)),
        (IN, NORTH, ON, (13, 14, 23)), (IN, NORTH, ON, (13, 15, 25)),
    }  # fmt: skip
    assert (reading.restrictions, reading.dropped) == (1, {})


def test_a_via_way_with_a_junction_half_way_is_driven_through(tmp_path: Path) -> None:
    roads = [way for way in ROADS if way[0] not in (24, 25)]
    whole: Way = (24, (2, 15, 13), STREET)
    reading = read(tmp_path, [*roads, whole], [via_ways("no_u_turn", (24,))], places=PLACES)
    assert path_bans(reading.draft) == {(IN, NORTH, (15, 13, 24), (13, 14, 23))}


def test_no_exit_via_a_way_bans_each_of_its_exits(tmp_path: Path) -> None:
    members, tags = via_ways("no_exit", (24, 25))
    reading = read(tmp_path, ROADS, [((*members, ("way", 26, "to")), tags)], places=PLACES)
    assert path_bans(reading.draft) == {(IN, NORTH, ON, (13, 14, 23)), (IN, NORTH, ON, (13, 7, 26))}


@pytest.mark.parametrize(
    ("relation", "reason"),
    [
        (via_ways("no_u_turn", (24, 99)), why.NOT_ROADS),
        (via_ways("no_u_turn", (25, 24)), why.NOT_CONNECTED),
        (via_ways("no_u_turn", (24,)), why.NOT_CONNECTED),
        (via_ways("no_u_turn", (24, 25), end=22), why.NO_EFFECT),
        (via_ways("no_u_turn", (25, 24), start=23, end=21), why.NO_EFFECT),
        # Street 28 passes through the node at which way 24 begins.
        (via_ways("no_u_turn", (24, 25), start=28), why.AMBIGUOUS),
        (via_ways("no_u_turn", (24, 25), tags={"hour_on": "07:00"}), why.CONDITIONAL),
        (via_ways("no_u_turn", (24, 25), tags={"type": "restriction:hgv"}), why.HEAVY_VIA_WAY),
        ((((*via_ways("x", (24, 25))[0], ("node", 2, "via"))), turn("no_u_turn")[1]), why.SEVERAL),
        ((((*via_ways("x", (24, 25))[0], ("way", 26, "to"))), turn("no_u_turn")[1]), why.SEVERAL),
        ((((*via_ways("x", (24, 25))[0], ("relation", 1, "via"))), turn("no_u_turn")[1]), why.INCOMPLETE),
    ],
)
def test_a_restriction_via_ways_that_is_not_kept_is_counted(tmp_path: Path, relation: Relation, reason: str) -> None:
    reading = read(tmp_path, [*ROADS, (28, (5, 2, 4), STREET)], [relation], places=PLACES)
    assert (bans(reading.draft), path_bans(reading.draft)) == (set(), set())
    assert (reading.restrictions, reading.dropped) == (1, {reason: 1})


LEFT = ((1, 2, 10), (2, 4, 12))


@pytest.mark.parametrize(
    ("tags", "for_all", "for_heavy"),
    [
        ({"type": "restriction:hgv", "restriction": "no_left_turn"}, False, True),
        ({"type": "restriction:hgv", "restriction:hgv": "no_left_turn"}, False, True),
        ({"type": "restriction", "restriction:hgv": "no_left_turn"}, False, True),
        ({"type": "restriction", "restriction": "no_left_turn", "restriction:hgv": "no_u_turn"}, True, False),
        ({"type": "restriction", "restriction": "no_left_turn", "except": "motorcar;psv"}, False, True),
        ({"type": "restriction", "restriction": "no_left_turn", "except": "hgv"}, True, False),
        ({"type": "restriction", "restriction": "no_left_turn", "except": "motorcar;hgv"}, False, False),
        ({"type": "restriction", "restriction": "no_left_turn", "except": "motor_vehicle"}, False, False),
        ({"type": "restriction:bus", "restriction": "no_left_turn"}, False, False),
    ],
)
def test_whom_a_restriction_holds_for(tmp_path: Path, tags: Tags, for_all: bool, for_heavy: bool) -> None:
    reading = read(tmp_path, CROSS, [(turn("x")[0], tags)])
    assert bans(reading.draft) == ({LEFT} if for_all else set())
    assert heavy_bans(reading.draft) == ({LEFT} if for_heavy else set())
    assert reading.dropped == ({} if for_all or for_heavy else {why.OTHER_VEHICLES: 1})


def test_what_is_banned_for_all_is_not_listed_for_heavy_ones_again(tmp_path: Path) -> None:
    heavy = turn("only_straight_on", {"type": "restriction:hgv"}, end=11)
    roads = assemble(read(tmp_path, CROSS, [turn("no_left_turn"), heavy]).draft)
    assert (len(roads.ban_in), len(roads.heavy_ban_in)) == (1, 2)


def test_the_most_specific_of_several_tags_speaks_for_a_car() -> None:
    members = [why.Member("w", 1, "from"), why.Member("n", 2, "via"), why.Member("w", 3, "to")]
    tags = {"type": "restriction", "restriction:vehicle": "no_u_turn", "restriction:motorcar": "only_left_turn"}
    assert read_restriction(tags, members) == TurnRule(True, (1,), 2, (3,))


NODES = 6
NODE = st.integers(1, NODES)
Drawn = list[tuple[tuple[int, ...], bool]]
DRAWN_WAYS = st.lists(
    st.tuples(st.lists(st.integers(1, NODES), min_size=2, max_size=3).map(tuple), st.booleans()), min_size=3, max_size=5
)
RULES = st.builds(
    TurnRule,
    only=st.booleans(),
    from_ways=st.tuples(st.integers(0, 4)),
    via_node=st.none(),
    to_ways=st.tuples(st.integers(0, 4)),
    via_ways=st.lists(st.integers(0, 4), min_size=1, max_size=2).map(tuple),
)
AT_NODES = st.builds(
    TurnRule,
    only=st.booleans(),
    from_ways=st.tuples(st.integers(0, 4)),
    via_node=st.integers(1, NODES),
    to_ways=st.tuples(st.integers(0, 4)),
    heavy=st.booleans(),
)


@st.composite
def chains(draw: st.DrawFn) -> tuple[Drawn, TurnRule]:
    """Ways of which each begins where the one before ends, a rule over them, and other ways in between."""
    line = draw(st.permutations(range(1, NODES + 1)))
    ways, at = [], 0
    for steps in draw(st.lists(st.integers(1, 2), min_size=3, max_size=4)):
        nodes = tuple(line[(at + step) % NODES] for step in range(steps + 1))
        ways.append((nodes, draw(st.integers(0, 3)) == 0))
        at += steps
    rule = TurnRule(draw(st.booleans()), (0,), None, (len(ways) - 1,), tuple(range(1, len(ways) - 1)))
    return ways + draw(st.lists(st.tuples(st.tuples(NODE, NODE), st.booleans()), max_size=2)), rule


CHAINS = chains()


def draft_of(drawn: Drawn) -> Draft:
    ways = [read_way(key, nodes, one_way() if single else STREET) for key, (nodes, single) in enumerate(drawn)]
    ids = np.arange(1, NODES + 1)
    places = NodePlaces(ids, (ids * 1000).astype(np.int32), (ids**2 * 300).astype(np.int32))
    return links_of_ways([way for way in ways if isinstance(way, RoadWay)], places).draft


def walks(draft: Draft, longest: int) -> Iterator[tuple[int, ...]]:
    """Every sequence of up to so many links that can be driven one after the other."""
    leaving = {node: np.flatnonzero(draft.link_tail == node).tolist() for node in range(len(draft.node_key))}
    open_walks: list[tuple[int, ...]] = [(link,) for link in range(len(draft.link_tail))]
    while open_walks:
        walk = open_walks.pop()
        yield walk
        if len(walk) < longest:
            open_walks += [(*walk, link) for link in leaving[int(draft.link_head[walk[-1]])]]


def is_run(draft: Draft, links: Sequence[int]) -> bool:
    """Whether links in a row meet no node twice (but may come back to their start) and turn back nowhere."""
    heads = [int(draft.link_head[link]) for link in links]
    returns = any(draft.link_reverse[a] == b for a, b in itertools.pairwise(links))
    return len(set(heads)) == len(heads) and int(draft.link_tail[links[0]]) not in heads[:-1] and not returns


def fits(draft: Draft, rule: TurnRule, walk: tuple[int, ...]) -> bool:
    """Whether a walk is one link of `from`, a run of each via way in order, and one link of `to`."""
    ways = draft.link_ref[list(walk)].tolist()
    if (ways[0], ways[-1]) != (rule.from_ways[0], rule.to_ways[0]):
        return False
    for cuts in itertools.combinations(range(2, len(walk) - 1), len(rule.via_ways) - 1):
        groups = [slice(*bounds) for bounds in itertools.pairwise([1, *cuts, len(walk) - 1])]
        of_one_way = all({*ways[group]} == {way} for group, way in zip(groups, rule.via_ways, strict=True))
        if of_one_way and all(is_run(draft, walk[group]) for group in groups):
            return True
    return False


@given(st.one_of(CHAINS, st.tuples(DRAWN_WAYS, RULES)))
def test_via_ways_ban_what_the_definition_says(world: tuple[Drawn, TurnRule]) -> None:
    drawn, rule = world
    draft = draft_of(drawn)
    assume(len(draft.link_tail) <= 14)
    # A way of three nodes has two pieces: from, two each of two via ways, to.
    every = list(walks(draft, 6))
    meant = {walk for walk in every if len(walk) > 2 and fits(draft, rule, walk)}
    found = bans_via_ways(rule, WayLinks(draft))
    if len(meant) > 1:
        assert found == why.AMBIGUOUS
    elif not meant:
        assert found in (why.NOT_ROADS, why.NOT_CONNECTED, why.NO_EFFECT)
    elif not rule.only:
        assert found == [*meant]
    else:
        (path,) = meant
        banned = [] if isinstance(found, str) else found
        assert banned or found == why.NO_EFFECT
        for walk in every:
            follows = all(a == b for a, b in zip(walk, path, strict=False))
            if walk[0] == path[0]:
                assert any(walk[: len(ban)] == ban for ban in banned) == (not follows)


@given(DRAWN_WAYS, st.lists(st.one_of(RULES, AT_NODES), max_size=6))
def test_each_restriction_bans_something_or_is_counted(drawn: Drawn, rules: list[TurnRule]) -> None:
    draft = draft_of(drawn)
    together, unused = restricted(draft, rules)
    alone = [restricted(draft, [rule])[0] for rule in rules]
    bans_of = [bans(one) | heavy_bans(one) | path_bans(one) for one in alone]
    assert sum(map(bool, bans_of)) + sum(unused.values()) == len(rules)
    for kind in (bans, heavy_bans, path_bans):
        assert kind(together) == set().union(*(kind(one) for one in alone))
