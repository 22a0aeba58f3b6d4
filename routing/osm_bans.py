"""Turn restrictions of OpenStreetMap made into banned turns and banned paths of links.

After the OSM wiki's Relation:restriction. `no_*` bans the way from `from` over `via` into `to`; `only_*` bans every
other exit on that way, the U-turn too.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routing.draft import Draft
from routing.osm_restrictions import AMBIGUOUS, NO_EFFECT, NOT_ROADS, TurnRule
from routing.osm_via_ways import Path, bans_via_ways
from routing.osm_way_links import WayLinks


def restricted(draft: Draft, rules: Sequence[TurnRule]) -> tuple[Draft, Counter[str]]:
    """The draft with the bans of `rules` beside its own, and how many rules ban nothing, by reason."""
    links = WayLinks(draft)
    banned: list[Path] = []
    heavy: list[Path] = []
    unused: Counter[str] = Counter()
    for rule in rules:
        bans = _bans_at_node(rule, rule.via_node, links) if rule.via_node is not None else bans_via_ways(rule, links)
        if isinstance(bans, str):
            unused[bans] += 1
        else:
            (heavy if rule.heavy else banned).extend(bans)
    paths = [path for path in banned if len(path) > 2]
    turns, heavy_turns = _pairs([path for path in banned if len(path) == 2]), _pairs(heavy)
    return dataclasses.replace(
        draft,
        ban_in=np.concatenate([draft.ban_in, turns[:, 0]]),
        ban_out=np.concatenate([draft.ban_out, turns[:, 1]]),
        heavy_ban_in=heavy_turns[:, 0],
        heavy_ban_out=heavy_turns[:, 1],
        path_ban_offset=np.cumsum([0, *map(len, paths)]).astype(np.int64),
        path_ban_link=np.array([link for path in paths for link in path], np.int64),
    ), unused


def _pairs(turns: Sequence[Path]) -> NDArray[np.int64]:
    return np.array(turns, np.int64).reshape(-1, 2)


def _bans_at_node(rule: TurnRule, node: int, links: WayLinks) -> list[Path] | str:
    arriving, leaving = links.arriving(node), links.leaving(node)
    touching = {links.way(link) for link in arriving + leaving}
    if not touching >= {*rule.from_ways, *rule.to_ways}:
        return NOT_ROADS
    ins = [links.of_way(arriving, way) for way in rule.from_ways]
    outs = [links.of_way(leaving, way) for way in rule.to_ways]
    if not any(ins) or not any(outs):
        return NO_EFFECT
    if any(len(found) > 1 for found in ins + outs):
        if rule.from_ways != rule.to_ways or rule.only:
            return AMBIGUOUS
        # Half-way along a street the sign forbids turning back, whichever way one comes.
        return [(link, links.reverse(link)) for link in ins[0] if links.reverse(link) in outs[0]] or NO_EFFECT
    entered, exits = [link for found in ins for link in found], [link for found in outs for link in found]
    if rule.only:
        return [(link, other) for link in entered for other in leaving if other not in exits] or NO_EFFECT
    return [(link, out) for link in entered for out in exits]
