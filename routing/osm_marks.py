"""Puts what the nodes on the roads say onto the links: signals, barriers that nobody passes, limits at one spot."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.draft import Draft
from routing.osm_limits import limit_notes
from routing.osm_nodes import Barrier, RoadNode
from routing.osm_signals import Signals, signal_links
from routing.osm_tags import RoadWay
from routing.osm_ways import CutWays, NodePlaces, links_of_ways, streets_at


def marked_links(
    ways: Sequence[RoadWay], places: NodePlaces, nodes: Sequence[RoadNode]
) -> tuple[CutWays, tuple[str, ...]]:
    """The links of `ways`, cut at closed barriers and marked with what `nodes` say, and what is to be said of it.

    At a closed barrier every turn but turning round is a ban. A limit at a node holds for each link that touches it.
    """
    closed = [node.id for node in nodes if node.barrier is Barrier.CLOSED]
    cut = links_of_ways(ways, places, closed)
    signals = signal_links(cut, nodes)
    closed_rows = np.searchsorted(cut.draft.node_key, closed)
    ban_in, ban_out = _bans_at(cut.draft, closed_rows)
    draft = dataclasses.replace(
        cut.draft,
        link_signal=signals.link_signal,
        link_max_weight_kg=_lowered(cut, cut.draft.link_max_weight_kg, {node.id: node.max_weight_kg for node in nodes}),
        link_max_height_cm=_lowered(cut, cut.draft.link_max_height_cm, {node.id: node.max_height_cm for node in nodes}),
        ban_in=ban_in,
        ban_out=ban_out,
    )
    at_junctions = int(np.count_nonzero(streets_at(cut.draft)[closed_rows] > 2))
    notes = (*_barrier_notes(nodes, at_junctions), *_signal_notes(signals))
    unreadable = sum(node.unreadable for node in nodes)
    return dataclasses.replace(cut, draft=draft), (*notes, *limit_notes([way.limits for way in ways], unreadable))


def _bans_at(draft: Draft, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every turn at the nodes of `rows` but those into the link's own opposite direction."""
    shut = np.zeros(len(draft.node_key), np.bool_)
    shut[rows] = True
    leaving: dict[int, list[int]] = {}
    for link in np.flatnonzero(shut[draft.link_tail]).tolist():
        leaving.setdefault(int(draft.link_tail[link]), []).append(link)
    pairs = [
        (link, out)
        for link in np.flatnonzero(shut[draft.link_head]).tolist()
        for out in leaving.get(int(draft.link_head[link]), ())
        if out != draft.link_reverse[link]
    ]
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _lowered(cut: CutWays, limit: NDArray[np.int32], at_node: dict[int, int]) -> NDArray[np.int32]:
    """The limits of links, lowered where one at a node that they touch is lower (0 is none)."""
    most = np.iinfo(np.int32).max
    node_limit = np.full(len(cut.draft.node_key), most, np.int32)
    for node, value in at_node.items():
        node_limit[np.searchsorted(cut.draft.node_key, node)] = value or most
    lowered = np.where(limit > 0, limit, most)
    link = np.repeat(np.arange(len(limit)), np.diff(cut.draft.shape_offset))
    np.minimum.at(lowered, link, node_limit[cut.shape_node])
    return np.where(lowered < most, lowered, 0).astype(np.int32)


def _barrier_notes(nodes: Sequence[RoadNode], at_junctions: int) -> Iterator[str]:
    count = Counter(node.barrier for node in nodes)
    if count[Barrier.CLOSED]:
        yield (
            f"{count[Barrier.CLOSED]} barriers on drivable roads let no motor vehicle pass (bollards, locked or "
            f"private gates ...): one can only turn round there; {at_junctions} of them stand at a junction"
        )
    if count[Barrier.PASSABLE]:
        yield f"{count[Barrier.PASSABLE]} barriers on drivable roads are taken as passable (gates, toll booths ...)"
    if count[Barrier.UNKNOWN]:
        yield f"{count[Barrier.UNKNOWN]} barriers on drivable roads are of an unknown kind: taken as passable"


def _signal_notes(signals: Signals) -> Iterator[str]:
    if signals.away:
        yield f"{signals.away} traffic signals stand along a street and not before a junction: not kept"
    if signals.inside:
        yield f"{signals.inside} links inside a junction follow its signals: no second stop at their end"
