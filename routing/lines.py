"""The drawn line of a way, with the metres and seconds of each of its segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.shapes import link_shapes
from routing.way import Way


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """p >= 2 points and the p - 1 segments between them, of a way of k links.

    lon_deg, lat_deg  float64[p]
    link_point        int64[k+1]    the point at which the driven part of each link begins; last the end of the way
    length_m          float64[p-1]  the link's length shared out over its drawn line
    duration_s        float64[p-1]  likewise; what turns take is in none of them
    """

    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    link_point: NDArray[np.int64]
    length_m: NDArray[np.float64]
    duration_s: NDArray[np.float64]

    def stretch(self, first: int, end: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitudes and latitudes of links `first` to `end` - 1 of the way, two points at least."""
        at = np.arange(self.link_point[first], self.link_point[end] + 1)
        if len(at) == 1:
            at = np.repeat(at, 2)
        return self.lon_deg[at], self.lat_deg[at]


def line_of(way: Way) -> Line:
    """No point stands twice in a row, but where a link has no extent or the way none."""
    lon, lat, share, offset = link_shapes(way.roads, way.links)
    lon, lat, share, offset = _from(way.start_along, lon, lat, share, offset)
    lon, lat, share, offset = _until(way.end_along, lon, lat, share, offset)
    step_of = np.repeat(np.arange(len(way.links)), np.diff(offset))
    spent = np.diff(share, prepend=share[:1])
    spent[offset[:-1]] = 0.0
    moved = np.append(True, (np.diff(lon) != 0) | (np.diff(lat) != 0))
    kept = moved | (spent > 0)
    if np.count_nonzero(kept) == 1:
        kept[-1] = True
    point = np.cumsum(kept) - 1
    begins = point[np.minimum(offset, len(lon) - 1)]
    links = way.links[step_of]
    length_m = spent * way.roads.link_length_mm[links] / 1000
    duration_s = spent * way.link_ms[step_of] / 1000
    return Line(lon[kept], lat[kept], begins, length_m[kept][1:], duration_s[kept][1:])


Columns = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]


def _from(
    start: float, lon: NDArray[np.float64], lat: NDArray[np.float64], share: NDArray[np.float64],
    offset: NDArray[np.int64],
) -> Columns:  # fmt: skip
    """The shapes of links without what lies before `start` on the first, which begins with a point there."""
    own = slice(0, int(offset[1]))
    passed = int(np.searchsorted(share[own], start, side="right"))
    first_lon, first_lat = np.interp(start, share[own], lon[own]), np.interp(start, share[own], lat[own])
    kept = slice(passed, None)
    offset = np.append(0, offset[1:] - passed + 1)
    return (
        np.append(first_lon, lon[kept]), np.append(first_lat, lat[kept]), np.append(start, share[kept]), offset,
    )  # fmt: skip


def _until(
    end: float, lon: NDArray[np.float64], lat: NDArray[np.float64], share: NDArray[np.float64],
    offset: NDArray[np.int64],
) -> Columns:  # fmt: skip
    """The same without what lies behind `end` on the last."""
    own = slice(int(offset[-2]), int(offset[-1]))
    left = int(offset[-2]) + max(1, int(np.searchsorted(share[own], end, side="left")))
    last_lon, last_lat = np.interp(end, share[own], lon[own]), np.interp(end, share[own], lat[own])
    offset = np.append(offset[:-1], left + 1)
    return np.append(lon[:left], last_lon), np.append(lat[:left], last_lat), np.append(share[:left], end), offset
