"""Which links of a way go round a roundabout.

A city's roads do not keep that a way was tagged as one, so it is seen by its form: a closed chain of one-way links,
not longer than MOST_M, that is nearly a circle. A one-way block of houses is a square at best, whose roundness
(4 pi area / perimeter squared) is 0.785; a regular octagon's is 0.948.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from routing.network import Network
from routing.roads import NO_LINK, Roads
from routing.shapes import METRES_PER_E7

MOST_M = 500.0
ROUND = 0.85
MOST_LINKS = 40


def roundabout_links(network: Network, links: Iterable[int]) -> frozenset[int]:
    """Those of `links` that lie on a roundabout."""
    known: dict[int, bool] = {}
    for link in links:
        if link not in known:
            ring = _ring(network, link)
            known.update(dict.fromkeys(ring, True) if ring else {link: False})
    return frozenset(link for link, is_round in known.items() if is_round)


def exits_of(network: Network, link: int) -> list[int]:
    """The links that may be entered at the end of a link, turning round included."""
    turns = network.turns
    first, end = int(turns.onward_offset[link]), int(turns.onward_offset[link + 1])
    return sorted(set(turns.node_link[turns.onward[first:end]].tolist()))


def _ring(network: Network, link: int) -> list[int]:
    """The links of the roundabout that a link is part of, empty where it is part of none.

    A chain through one-way links of the same name is followed; where several go on, it is tried with each.
    """
    roads = network.roads
    limit_mm = MOST_M * 1000
    if roads.link_reverse[link] != NO_LINK or roads.link_length_mm[link] > limit_mm:
        return []
    waiting = [([link], int(roads.link_length_mm[link]))]
    looked = 0
    while waiting and looked < 4 * MOST_LINKS:
        chain, length_mm = waiting.pop()
        looked += 1
        if roads.link_head[chain[-1]] == roads.link_tail[link]:
            if _is_round(roads, chain):
                return chain
            continue
        if len(chain) == MOST_LINKS:
            continue
        for onward in exits_of(network, chain[-1]):
            total_mm = length_mm + int(roads.link_length_mm[onward])
            if (
                roads.link_reverse[onward] == NO_LINK
                and roads.link_name[onward] == roads.link_name[link]
                and onward not in chain
                and total_mm <= limit_mm
            ):
                waiting.append(([*chain, onward], total_mm))
    return []


def _is_round(roads: Roads, chain: list[int]) -> bool:
    points = np.concatenate([np.arange(roads.shape_offset[k], roads.shape_offset[k + 1]) for k in chain])
    scale = METRES_PER_E7 * math.cos(math.radians(float(roads.shape_lat_e7[points[0]]) / 1e7))
    x = (roads.shape_lon_e7[points] - roads.shape_lon_e7[points[0]]).astype(np.float64) * scale
    y = (roads.shape_lat_e7[points] - roads.shape_lat_e7[points[0]]).astype(np.float64) * METRES_PER_E7
    round_m = float(np.hypot(np.diff(x, append=x[:1]), np.diff(y, append=y[:1])).sum())
    area_m2 = abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2
    return round_m > 0 and 4 * math.pi * area_m2 / round_m**2 >= ROUND
