"""What a reader of road data hands to the assembler: directed links and what was seen on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.roads import PointOfInterest


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """Directed links before lengths, times and connectivity are known; columns as in `routing.roads.Roads`.

    node_key       int64[N]    the source's own node number (OSM id) or the row of a GMNS node file
    given_length_m float64[L]  the source's length in metres where it counts more than the geometry's, else NaN
    ban_in/ban_out int64[B]    in any order, repeats allowed; heavy_ban_in/out and path_ban_* likewise, and what one
                               ban already forbids another may forbid too
    A node without a link may be listed; the assembler leaves it out.
    """

    node_key: NDArray[np.int64]
    node_lon_e7: NDArray[np.int32]
    node_lat_e7: NDArray[np.int32]
    link_tail: NDArray[np.int32]
    link_head: NDArray[np.int32]
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
    given_length_m: NDArray[np.float64]
    shape_offset: NDArray[np.int64]
    shape_lon_e7: NDArray[np.int32]
    shape_lat_e7: NDArray[np.int32]
    ban_in: NDArray[np.int64]
    ban_out: NDArray[np.int64]
    heavy_ban_in: NDArray[np.int64]
    heavy_ban_out: NDArray[np.int64]
    path_ban_offset: NDArray[np.int64]
    path_ban_link: NDArray[np.int64]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A source that was read: its links, its points of interest, and what was left out, counted by reason."""

    draft: Draft
    pois: tuple[PointOfInterest, ...]
    source: str
    attribution: str
    restrictions: int
    dropped: Mapping[str, int]
    notes: tuple[str, ...]


class NameTable:
    """Numbers names in the order of their first use; row 0 is the empty name."""

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows: dict[str, int] = {"": 0}

    def row(self, name: str) -> int:
        """The row of `name`, a new one at its first use."""
        return self._rows.setdefault(name, len(self._rows))

    def names(self) -> tuple[str, ...]:
        """All names by row."""
        return tuple(self._rows)
