"""Which links end at traffic signals, from the nodes that OpenStreetMap tags so.

After the OSM wiki's Tag:highway=traffic_signals: either the junction itself is tagged, or the stop line of each
approach. A stop line at most `APPROACH_M` before a junction belongs to the link that arrives there, in the direction
that `traffic_signals:direction` or `direction` names; where they name none, on a two-way street, towards the nearer
junction. A junction of several nodes, each tagged, stops a vehicle once: a link of at most `APPROACH_M` that can only
be entered past signals has none of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.points import great_circles_m
from routing.draft import Draft
from routing.osm_nodes import RoadNode
from routing.osm_tags import Direction
from routing.osm_ways import CutWays, streets_at
from routing.roads import NO_LINK

APPROACH_M = 30.0
NO_SIGNAL = -1


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Links that end at signals, signals too far from any junction, and links inside a junction that are spared one."""

    link_signal: NDArray[np.bool_]
    away: int
    inside: int


def signal_links(ways: CutWays, nodes: Sequence[RoadNode]) -> Signals:
    """The links of `ways` that end at the signals of `nodes`."""
    draft = ways.draft
    side = _sides(ways, nodes)[ways.shape_node]
    link = np.repeat(np.arange(len(draft.link_tail)), np.diff(draft.shape_offset))
    from_tail_m, to_head_m, length_m = _distances_m(draft, link)
    last = np.zeros(len(link), np.bool_)
    last[draft.shape_offset[1:] - 1] = True
    inner = ~last
    inner[draft.shape_offset[:-1]] = False
    faced = (side == Direction.BOTH) | (side == np.where(ways.against[link], Direction.BACKWARD, Direction.FORWARD))
    one_way = draft.link_reverse[link] == NO_LINK
    towards = (side != Direction.BOTH) | one_way | (to_head_m <= from_tail_m)
    leaving = _leave_a_junction(draft, length_m)[link] & (side == Direction.BOTH)
    shown = faced & ((last & ~leaving) | (inner & (to_head_m <= APPROACH_M) & towards))
    signal = np.zeros(len(draft.link_tail), np.bool_)
    signal[link[shown]] = True
    inside = signal & _entered_past_signals(draft, signal) & (length_m <= APPROACH_M)
    standing = np.unique(ways.shape_node[side != NO_SIGNAL])
    away = len(standing) - len(np.unique(ways.shape_node[shown]))
    return Signals(signal & ~inside, away, int(np.count_nonzero(inside)))


def _sides(ways: CutWays, nodes: Sequence[RoadNode]) -> NDArray[np.int8]:
    """int8[N]: the Direction that the signals at each node face, NO_SIGNAL where there are none."""
    side = np.full(len(ways.draft.node_key), NO_SIGNAL, np.int8)
    for node in nodes:
        if node.signal is not None:
            side[np.searchsorted(ways.draft.node_key, node.id)] = node.signal
    return side


def _distances_m(
    draft: Draft, link: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each point of a shape the metres to its link's tail and head along it, and of each link its length."""
    lon_deg, lat_deg = draft.shape_lon_e7 / 1e7, draft.shape_lat_e7 / 1e7
    step_m = np.concatenate([[0.0], great_circles_m(lon_deg[:-1], lat_deg[:-1], lon_deg[1:], lat_deg[1:])])
    step_m[draft.shape_offset[:-1]] = 0.0
    run_m = np.cumsum(step_m)
    first_m, last_m = run_m[draft.shape_offset[:-1]], run_m[draft.shape_offset[1:] - 1]
    return run_m - first_m[link], last_m[link] - run_m, last_m - first_m


def _leave_a_junction(draft: Draft, length_m: NDArray[np.float64]) -> NDArray[np.bool_]:
    """bool[L]: short two-way links from a junction to the stop line before it, where the street is divided in two rows.

    Who comes along them has the signals at his back.
    """
    nodes = len(draft.node_key)
    two_way = draft.link_reverse != NO_LINK
    arriving = np.bincount(draft.link_head, minlength=nodes)
    streets = streets_at(draft)
    link = np.arange(len(draft.link_head))
    divided = two_way & (streets[draft.link_head] == 2) & (arriving[draft.link_head] == 2)
    both = np.bincount(draft.link_head, weights=link, minlength=nodes).astype(np.int64)
    other = np.where(divided, both[draft.link_head] - link, link)
    junction = streets[draft.link_tail] >= 3
    short = divided & (length_m <= APPROACH_M) & junction
    return np.asarray(short & ((length_m < length_m[other]) | ~junction[other]))


def _entered_past_signals(draft: Draft, signal: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """bool[L]: others than the opposite direction arrive at the tail of the link, and all of them at signals."""
    nodes = len(draft.node_key)
    arriving = np.bincount(draft.link_head, minlength=nodes)
    stopped = np.bincount(draft.link_head[signal], minlength=nodes)
    two_way = draft.link_reverse != NO_LINK
    others = arriving[draft.link_tail] - two_way
    others_stopped = stopped[draft.link_tail] - (two_way & signal[draft.link_reverse])
    return np.asarray((others > 0) & (others == others_stopped))
