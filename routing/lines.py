"""The drawn line of a way, with the metres and seconds of each of its segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.shapes import cut, link_shape
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
    last = len(way.links) - 1
    lons, lats, shares, counts = [], [], [], []
    for step, link in enumerate(way.links.tolist()):
        lon, lat, share = link_shape(way.roads, link)
        if step in (0, last):
            start = way.start_along if step == 0 else 0.0
            end = way.end_along if step == last else 1.0
            inner = share[(share > start) & (share < end)]
            lon, lat = cut(lon, lat, share, start, end)
            share = np.concatenate([[start], inner, [end]])
        lons.append(lon)
        lats.append(lat)
        shares.append(share)
        counts.append(len(lon))
    lon, lat, share = np.concatenate(lons), np.concatenate(lats), np.concatenate(shares)
    first = np.concatenate([[0], np.cumsum(counts)])
    step_of = np.repeat(np.arange(last + 1), counts)
    spent = np.diff(share, prepend=share[:1])
    spent[first[:-1]] = 0.0
    moved = np.append(True, (np.diff(lon) != 0) | (np.diff(lat) != 0))
    kept = moved | (spent > 0)
    if np.count_nonzero(kept) == 1:
        kept[-1] = True
    point = np.cumsum(kept) - 1
    begins = point[np.minimum(first, len(lon) - 1)]
    links = way.links[step_of]
    length_m = spent * way.roads.link_length_mm[links] / 1000
    duration_s = spent * way.link_ms[step_of] / 1000
    return Line(lon[kept], lat[kept], begins, length_m[kept][1:], duration_s[kept][1:])
