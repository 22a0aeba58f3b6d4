"""Turn restrictions via ways: the one path of links that such a relation speaks of, and what it bans.

After the OSM wiki's Relation:restriction: `from` leads to the first via way, each via way to the next, the last to
`to`. `no_*` bans driving that path. `only_*` demands it of who comes from `from`: any other exit along it is banned
after the links that led there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from routing.osm_restrictions import AMBIGUOUS, NO_EFFECT, NOT_CONNECTED, NOT_ROADS, TurnRule
from routing.osm_way_links import WayLinks

Path = tuple[int, ...]


def bans_via_ways(rule: TurnRule, links: WayLinks) -> list[Path] | str:
    """Sequences of links that the rule bans: of two links a turn, of more a path; or why it bans nothing.

    A way need not be cut at the junctions: any piece of it that joins the ones before and after will do. Where more
    than one path fits, the rule is ambiguous and bans nothing.
    """
    ways = (*rule.from_ways, *rule.via_ways, *rule.to_ways)
    if not all(links.of(way) for way in ways):
        return NOT_ROADS
    chains = [(start, *rule.via_ways, end) for start in rule.from_ways for end in rule.to_ways]
    if not all(_is_chain(chain, links) for chain in chains):
        return NOT_CONNECTED
    found = [list(_paths(chain, links)) for chain in chains]
    if any(len(paths) > 1 for paths in found):
        return AMBIGUOUS
    paths = [path for several in found for path in several]
    if rule.only:
        return [ban for path in paths for ban in _other_exits(path, links)] or NO_EFFECT
    return paths or NO_EFFECT


def _is_chain(ways: Sequence[int], links: WayLinks) -> bool:
    """Whether each way shares a junction with the next, whichever way they may be driven."""
    nodes = [{node for link in links.of(way) for node in links.ends(link)} for way in ways]
    return all(one & other for one, other in itertools.pairwise(nodes))


def _paths(ways: Sequence[int], links: WayLinks) -> Iterator[Path]:
    """Each drive from one link of the first way over pieces of the others to one link of the last way."""
    paths: list[Path] = [(link,) for link in links.of(ways[0])]
    for way in ways[1:-1]:
        paths = [path + run for path in paths for run in _runs(way, links.ends(path[-1])[1], links)]
    for path in paths:
        for link in links.of_way(links.leaving(links.ends(path[-1])[1]), ways[-1]):
            yield (*path, link)


def _runs(way: int, start: int, links: WayLinks) -> Iterator[Path]:
    """Each drive of one link or more along a way from a node that meets no node twice, but perhaps its start."""
    open_runs: list[tuple[Path, frozenset[int]]] = [((), frozenset())]
    while open_runs:
        run, met = open_runs.pop()
        here = links.ends(run[-1])[1] if run else start
        for link in links.of_way(links.leaving(here), way):
            head = links.ends(link)[1]
            if head not in met and not (run and links.reverse(link) == run[-1]):
                yield (*run, link)
                if head != start:
                    open_runs.append(((*run, link), met | {head}))


def _other_exits(path: Path, links: WayLinks) -> Iterator[Path]:
    for at, (link, demanded) in enumerate(itertools.pairwise(path)):
        for other in links.leaving(links.ends(link)[1]):
            if other != demanded:
                yield (*path[: at + 1], other)
