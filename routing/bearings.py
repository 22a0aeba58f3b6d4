"""Places that may only be on a road that leads a given way, as strictly as it was asked.

`routing.snap` takes the heading of a truck for a hint and ignores one that fits nowhere near. Who asks for a bearing
and a range means both: a road that does not fit is no answer. Every segment of the city is looked at, a few
milliseconds for 100,000 links; such places come one by one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.positions import Positions, position_on
from routing.roads import NO_LINK
from routing.router import Router
from routing.shapes import METRES_PER_E7

_SLACK_M = 1e-6
"""The two directions of a street come to the same distance but for rounding."""


def facing(router: Router, lon_deg: float, lat_deg: float, bearing_deg: float, range_deg: float) -> Positions:
    """The nearest place (of length 1) on an open link that leads within `range_deg` of a compass bearing there.

    `reverse` is the opposite direction if that fits too. Where no link fits, `link` is NO_LINK and `off_m` infinite.
    Only links count from which every other such link can be reached.
    """
    roads, grid = router.roads, router.network.grid
    begin = grid.segment_point
    scale = METRES_PER_E7 * np.cos(np.radians(lat_deg))
    east = (grid.lon_e7[begin + 1] - grid.lon_e7[begin]).astype(np.float64) * scale
    north = (grid.lat_e7[begin + 1] - grid.lat_e7[begin]).astype(np.float64) * METRES_PER_E7
    led_deg = np.degrees(np.arctan2(east, north))
    apart_deg = np.abs((led_deg - bearing_deg + 180.0) % 360.0 - 180.0)
    square = east * east + north * north
    rows = np.flatnonzero(router.offered[grid.segment_link] & (apart_deg <= range_deg) & (square > 0))
    if not len(rows):
        return position_on(NO_LINK, 0.0, off_m=np.inf)
    begin, east, north, square = begin[rows], east[rows], north[rows], square[rows]
    to_east = (lon_deg * 1e7 - grid.lon_e7[begin]) * scale
    to_north = (lat_deg * 1e7 - grid.lat_e7[begin]) * METRES_PER_E7
    t = np.clip((to_east * east + to_north * north) / square, 0.0, 1.0)
    off_m = np.hypot(to_east - t * east, to_north - t * north)
    nearest = np.flatnonzero(off_m <= off_m.min() + _SLACK_M)
    links: NDArray[np.int32] = grid.segment_link[rows[nearest]]
    first = nearest[int(np.argmin(links))]
    link = int(links.min())
    opposite = int(roads.link_reverse[link])
    share = grid.share[begin[first]]
    along = share + t[first] * (grid.share[begin[first] + 1] - share)
    reverse = opposite if opposite in links.tolist() else NO_LINK
    return position_on(link, float(along), reverse=reverse, off_m=float(off_m[first]))
