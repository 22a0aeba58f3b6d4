"""Tiny road networks whose travel times follow by arithmetic.

All lie at 0° N 0° E, where a metre east and a metre north are the same number of degrees. A street is one row of a
list; street s gives its links in order (first tail to head, then, if it is two-way, head to tail).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.points import EARTH_RADIUS_M
from routing.network import structure_of
from routing.roads import NO_LINK, City, CityFacts, RoadClass, Roads
from routing.turns import permitted_turns

E7_PER_M = 1e7 / (EARTH_RADIUS_M * math.pi / 180)


@dataclass(frozen=True, slots=True)
class Street:
    """A street between two nodes. Its length is that of its line unless `length_m` says otherwise; `via_m` bends it."""

    tail: int
    head: int
    two_way: bool = True
    speed_kmh: int = 36
    name: str = ""
    length_m: float | None = None
    via_m: tuple[tuple[float, float], ...] = ()


def roads_of(
    nodes_m: Sequence[tuple[float, float]], streets: Sequence[Street], bans: Sequence[tuple[int, int]] = ()
) -> Roads:
    """Roads of nodes in metres (east, north) and streets; 36 km/h makes a metre take 100 ms."""
    names = ("", *sorted({street.name for street in streets} - {""}))
    tail: list[int] = []
    head: list[int] = []
    length_mm: list[int] = []
    speed: list[int] = []
    name: list[int] = []
    reverse: list[int] = []
    points: list[list[tuple[float, float]]] = []
    for street in streets:
        line = [nodes_m[street.tail], *street.via_m, nodes_m[street.head]]
        drawn_m = sum(math.dist(a, b) for a, b in pairwise(line))
        first = len(tail)
        for direction in range(1 + street.two_way):
            tail.append(street.head if direction else street.tail)
            head.append(street.tail if direction else street.head)
            points.append(line[::-1] if direction else line)
            length_mm.append(round(1000 * (drawn_m if street.length_m is None else street.length_m)))
            speed.append(street.speed_kmh)
            name.append(names.index(street.name))
            reverse.append(first + 1 - direction if street.two_way else NO_LINK)
    shape = np.array([point for line in points for point in line], dtype=np.float64).reshape(-1, 2)
    nodes = np.array(nodes_m, dtype=np.float64).reshape(-1, 2)
    speed_kmh = np.array(speed, dtype=np.uint8)
    pairs = np.array(sorted(set(bans)), dtype=np.int32).reshape(-1, 2)
    roads = Roads(
        node_lon_e7=_e7(nodes[:, 0]),
        node_lat_e7=_e7(nodes[:, 1]),
        link_tail=np.array(tail, dtype=np.int32),
        link_head=np.array(head, dtype=np.int32),
        link_length_mm=np.array(length_mm, dtype=np.int32),
        link_duration_ms=np.maximum(np.rint(np.array(length_mm) * 3.6 / speed_kmh), 1).astype(np.int32),
        link_speed_kmh=speed_kmh,
        link_speed_assumed=np.zeros(len(tail), dtype=np.bool_),
        link_class=np.full(len(tail), RoadClass.RESIDENTIAL, dtype=np.uint8),
        link_lanes=np.ones(len(tail), dtype=np.uint8),
        link_reverse=np.array(reverse, dtype=np.int32),
        link_name=np.array(name, dtype=np.int32),
        link_ref=np.arange(len(tail), dtype=np.int64),
        link_signal=np.zeros(len(tail), np.bool_),
        link_max_weight_kg=np.zeros(len(tail), np.int32),
        link_max_height_cm=np.zeros(len(tail), np.int32),
        link_no_heavy=np.zeros(len(tail), np.bool_),
        shape_offset=np.cumsum([0, *(len(line) for line in points)]).astype(np.int64),
        shape_lon_e7=_e7(shape[:, 0]),
        shape_lat_e7=_e7(shape[:, 1]),
        ban_in=np.ascontiguousarray(pairs[:, 0]),
        ban_out=np.ascontiguousarray(pairs[:, 1]),
        heavy_ban_in=np.zeros(0, np.int32),
        heavy_ban_out=np.zeros(0, np.int32),
        path_ban_offset=np.zeros(1, np.int64),
        path_ban_link=np.zeros(0, np.int32),
        link_strong=np.zeros(len(tail), dtype=np.bool_),
        names=names,
    )
    roads.link_strong[:] = _strong(roads)
    return roads


def grid_world(
    nx: int, ny: int, *, spacing_m: float = 100, speed_kmh: int = 36, bans: Sequence[tuple[int, int]] = ()
) -> Roads:
    """nx × ny crossings (row y * nx + x lies x spacings east, y north of 0° N 0° E), all streets two-way.

    Streets that run east are named "Row y", those that run north "Column x". From crossing to crossing the way takes
    (|dx| + |dy|) * spacing / speed as long as no turn is banned. `link_between` finds a link by its ends.
    """
    nodes_m = [(x * spacing_m, y * spacing_m) for y in range(ny) for x in range(nx)]
    rows = [
        Street(y * nx + x, y * nx + x + 1, speed_kmh=speed_kmh, name=f"Row {y}")
        for y in range(ny)
        for x in range(nx - 1)
    ]
    columns = [
        Street(y * nx + x, (y + 1) * nx + x, speed_kmh=speed_kmh, name=f"Column {x}")
        for y in range(ny - 1)
        for x in range(nx)
    ]
    return roads_of(nodes_m, rows + columns, bans)


def with_path_bans(roads: Roads, paths: Sequence[Sequence[int]]) -> Roads:
    """The same roads with banned paths of three or more links; none may hold another or a banned turn."""
    rows = sorted({tuple(path) for path in paths})
    return replace(
        roads,
        path_ban_offset=np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64),
        path_ban_link=np.array([link for row in rows for link in row], np.int32),
    )


def ring_world(n: int, *, spacing_m: float = 100, speed_kmh: int = 36) -> Roads:
    """A one-way ring of n >= 3 links, link k from node k to node k + 1, each spacing_m long by declaration.

    Whoever misses a place drives the whole ring: n * spacing / speed.
    """
    turn = 2 * math.pi / n
    radius_m = spacing_m / 2 / math.sin(turn / 2)
    nodes_m = [(radius_m * math.cos(k * turn), radius_m * math.sin(k * turn)) for k in range(n)]
    streets = [
        Street(k, (k + 1) % n, two_way=False, speed_kmh=speed_kmh, name="Ring", length_m=spacing_m) for k in range(n)
    ]
    return roads_of(nodes_m, streets)


def banned_left_world() -> Roads:
    """A 3 × 3 grid of 100 m streets at 36 km/h (10 s each) where a truck that comes from the south may neither turn
    left nor turn round at the centre.

    On link 1 -> 4 it is 10 s from the centre (node 4) and would be at node 3, to the left, 10 s later. Banned from that
    turn it goes straight on or right for 10 s, turns round there, and is at node 3 30 s after it passed the centre.
    """
    roads = grid_world(3, 3)
    north = link_between(roads, 1, 4)
    return grid_world(3, 3, bans=[(north, link_between(roads, 4, 3)), (north, link_between(roads, 4, 1))])


def split_world() -> Roads:
    """Two one-street villages without a way between them: nodes 0 and 1, and 10 km east nodes 2 and 3."""
    return roads_of([(0, 0), (100, 0), (10_000, 0), (10_100, 0)], [Street(0, 1), Street(2, 3)])


def city_of_roads(roads: Roads, name: str = "world") -> City:
    """A city around test roads, so that what asks for a city can be tested."""
    lon_deg, lat_deg = roads.node_lon_e7 / 1e7, roads.node_lat_e7 / 1e7
    facts = CityFacts(
        name=name,
        source="tests",
        attribution="made up for tests",
        timezone="UTC",
        nodes=roads.node_count,
        links=roads.link_count,
        turn_bans=len(roads.ban_in),
        heavy_turn_bans=len(roads.heavy_ban_in),
        path_bans=roads.path_ban_count,
        restrictions=0,
        marked_links={},
        strongly_connected_share=1.0,
        bbox=(float(lon_deg.min()), float(lat_deg.min()), float(lon_deg.max()), float(lat_deg.max())),
        pois={},
        dropped={},
    )
    return City(facts, roads, (), structure_of(roads))


def link_between(roads: Roads, tail: int, head: int) -> int:
    """The only link from one node to another."""
    (link,) = np.flatnonzero((roads.link_tail == tail) & (roads.link_head == head))
    return int(link)


def degrees(east_m: float, north_m: float) -> tuple[float, float]:
    """Longitude and latitude of a place in a test world."""
    return east_m * E7_PER_M / 1e7, north_m * E7_PER_M / 1e7


def _e7(metres: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(metres * E7_PER_M).astype(np.int32)


def _strong(roads: Roads) -> NDArray[np.bool_]:
    """Links of the largest part in which each reaches each other over permitted turns; ties to the lowest link."""
    if roads.link_count == 0:
        return np.zeros(0, dtype=np.bool_)
    turns = permitted_turns(roads)
    turn_in = np.repeat(np.arange(roads.link_count), np.diff(turns.onward_offset))
    size = (roads.link_count, roads.link_count)
    graph = coo_array((np.ones(len(turn_in), dtype=np.int8), (turn_in, turns.onward)), shape=size).tocsr()
    _, part = connected_components(graph, directed=True, connection="strong")
    links = np.bincount(part)[part]
    return np.asarray(part == part[np.argmax(links)])
