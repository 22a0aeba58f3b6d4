"""The road graph of a city as a column store: one array per fact, one row per node or directed link.

A two-way street is two directed links that name each other in `link_reverse`. Rejected: one row per street with a
direction flag (every kernel would branch on it); measured times and memory of alternatives come with the hierarchy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from routing.network import Structure

NO_LINK = -1


class RoadClass(IntEnum):
    """Functional class of a road, OpenStreetMap's `highway` values grouped; link roads count with their class."""

    MOTORWAY = 1
    TRUNK = 2
    PRIMARY = 3
    SECONDARY = 4
    TERTIARY = 5
    UNCLASSIFIED = 6
    RESIDENTIAL = 7
    LIVING_STREET = 8
    SERVICE = 9


@dataclass(frozen=True, slots=True)
class PointOfInterest:
    """A place that a tow may need: kind is one of hospital, fuel, police, car_repair."""

    kind: str
    name: str
    lon_deg: float
    lat_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """N nodes, L directed links, B banned turns. All arrays are C-contiguous and read-only.

    node_lon_e7, node_lat_e7  int32[N]  WGS-84 degrees times 10^7 (OpenStreetMap's own resolution, about 1 cm)
    link_tail, link_head      int32[L]  node rows; a link is driven from tail to head only
    link_length_mm            int32[L]  along the geometry, on the sphere (longest possible link 2,147 km)
    link_duration_ms          int32[L]  free-flow: length over speed, rounded to nearest, at least 1
    link_speed_kmh            uint8[L]  the speed that `link_duration_ms` rests on
    link_speed_assumed        bool[L]   True where the source gave no speed and the class's default stands in
    link_class                uint8[L]  a RoadClass
    link_lanes                uint8[L]  lanes in this direction, 0 where the source says nothing
    link_reverse              int32[L]  the opposite direction of the same street, NO_LINK on a one-way street
    link_name                 int32[L]  row of `names` (row 0 is "")
    link_ref                  int64[L]  the source's own number: OSM way id, or the row of a GMNS link file
    shape_offset              int64[L+1] link k's geometry is shape_*[shape_offset[k]:shape_offset[k+1]], ends included
    shape_lon_e7, shape_lat_e7 int32[]
    link_signal               bool[L]   traffic signals stand at the head of this link (its stop line)
    link_max_weight_kg        int32[L]  posted limit of a vehicle's weight, 0 where none is known
    link_max_height_cm        int32[L]  posted limit of a vehicle's height, 0 where none is known
    link_no_heavy             bool[L]   closed to goods vehicles as such, whatever they weigh (OpenStreetMap's hgv=no)
    ban_in, ban_out           int32[B]  turn bans: from link `ban_in` at its head into link `ban_out`, no repeats,
                                        sorted by (in, out)
    heavy_ban_in, heavy_ban_out int32[H] turn bans that hold for heavy vehicles alone, beside those above and likewise
    path_ban_offset           int64[P+1] banned path p is path_ban_link[path_ban_offset[p]:path_ban_offset[p+1]]
    path_ban_link             int32[]   three or more links in a row, each leaving the head of the one before, that may
                                        not be driven one after the other, though every turn of them may be taken; no
                                        path holds another, sorted by their links
    link_strong               bool[L]   in the largest strongly connected part of the graph whose nodes are links and
                                        whose arcs are the permitted turns: from each such link each other is reachable
                                        (banned paths aside)
    """

    node_lon_e7: NDArray[np.int32]
    node_lat_e7: NDArray[np.int32]
    link_tail: NDArray[np.int32]
    link_head: NDArray[np.int32]
    link_length_mm: NDArray[np.int32]
    link_duration_ms: NDArray[np.int32]
    link_speed_kmh: NDArray[np.uint8]
    link_speed_assumed: NDArray[np.bool_]
    link_class: NDArray[np.uint8]
    link_lanes: NDArray[np.uint8]
    link_reverse: NDArray[np.int32]
    link_name: NDArray[np.int32]
    link_ref: NDArray[np.int64]
    link_signal: NDArray[np.bool_]
    link_max_weight_kg: NDArray[np.int32]
    link_max_height_cm: NDArray[np.int32]
    link_no_heavy: NDArray[np.bool_]
    shape_offset: NDArray[np.int64]
    shape_lon_e7: NDArray[np.int32]
    shape_lat_e7: NDArray[np.int32]
    ban_in: NDArray[np.int32]
    ban_out: NDArray[np.int32]
    heavy_ban_in: NDArray[np.int32]
    heavy_ban_out: NDArray[np.int32]
    path_ban_offset: NDArray[np.int64]
    path_ban_link: NDArray[np.int32]
    link_strong: NDArray[np.bool_]
    names: tuple[str, ...]

    @property
    def node_count(self) -> int:
        return len(self.node_lon_e7)

    @property
    def link_count(self) -> int:
        return len(self.link_tail)

    @property
    def path_ban_count(self) -> int:
        return len(self.path_ban_offset) - 1


@dataclass(frozen=True, slots=True)
class CityFacts:
    """What a city bundle says of itself.

    `dropped` counts by reason what the build left out (never silently); `restrictions` is the number of OSM restriction
    relations read, `turn_bans` the (in, out) link pairs made of them, of closed barriers or of GMNS movements,
    `heavy_turn_bans` those for heavy vehicles alone, `path_bans` the banned paths of three or more links.
    `marked_links` counts links with `signal`, `max_weight`, `max_height` and `no_heavy`.
    `strongly_connected_share` is the share of nodes in the largest strongly connected part, turn bans aside.
    """

    name: str
    source: str
    attribution: str
    timezone: str
    nodes: int
    links: int
    turn_bans: int
    heavy_turn_bans: int
    path_bans: int
    restrictions: int
    marked_links: dict[str, int]
    strongly_connected_share: float
    bbox: tuple[float, float, float, float]
    pois: dict[str, int]
    dropped: dict[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """A built city: its roads, points of interest and the facts about both, and the structure for searching them."""

    facts: CityFacts
    roads: Roads
    pois: tuple[PointOfInterest, ...]
    structure: Structure
