"""The places of an OSRM request on the roads, and how the answer shows them."""

from __future__ import annotations

import base64
import struct
from typing import Any

import numpy as np

from api.osrm_query import Asked, OsrmFault
from routing.bearings import facing
from routing.on_road import OUTSIDE_M, on_roads, outside
from routing.positions import Positions
from routing.router import Router
from routing.shapes import link_shape

Json = dict[str, Any]


def snapped(router: Router, city_name: str, asked: Asked) -> Positions:
    """The n places on the roads. Raises OsrmFault NoSegment for the first that none is near enough to."""
    for row, said in outside(router, city_name, asked.lon, asked.lat).items():
        raise OsrmFault("NoSegment", f"Could not find a matching segment for coordinate {row}: {said}")
    found = on_roads(router, asked.lon, asked.lat)
    faced = [row for row, bearing in enumerate(asked.bearing) if bearing is not None and bearing[1] < 180]
    if faced:
        rows = np.arange(len(found))
        others = [
            facing(router, float(asked.lon[row]), float(asked.lat[row]), *bearing)
            for row in faced
            if (bearing := asked.bearing[row]) is not None
        ]
        rows[faced] = len(found) + np.arange(len(faced))
        found = Positions.concatenate([found, *others]).take(rows)
    far = ~found.found | (found.off_m > np.minimum(np.array(asked.radius_m), OUTSIDE_M))
    for row in np.flatnonzero(far).tolist():
        raise OsrmFault(
            "NoSegment", f"Could not find a matching segment for coordinate {row}: {_why(found, asked, row)}"
        )
    return found


def _why(found: Positions, asked: Asked, row: int) -> str:
    bearing = asked.bearing[row]
    said = "no road is open" if bearing is None else f"no road leads {bearing[0]} ± {bearing[1]} degrees"
    if not found.found[row]:
        return said
    most_m = min(asked.radius_m[row], OUTSIDE_M)
    that = "" if bearing is None else f" that leads {bearing[0]} ± {bearing[1]} degrees"
    return f"the nearest road{that} is {found.off_m[row]:.1f} m away, beyond the {most_m:g} m allowed"


def waypoints(router: Router, places: Positions, *, hints: bool) -> list[Json]:
    """OSRM's Waypoint objects. A hint says where on the roads a place is; one that comes in is not needed."""
    roads = router.roads
    rows = zip(places.link.tolist(), places.reverse.tolist(), places.along.tolist(), places.off_m.tolist(), strict=True)
    shown: list[Json] = []
    for link, reverse, along, off_m in rows:
        lon, lat, share = link_shape(roads, link)
        point = {
            "name": roads.names[roads.link_name[link]],
            "location": [round(float(np.interp(along, share, lon)), 6), round(float(np.interp(along, share, lat)), 6)],
            "distance": round(off_m, 6),
        }
        if hints:
            point["hint"] = base64.urlsafe_b64encode(struct.pack("<iid", link, reverse, along)).decode()
        shown.append(point)
    return shown
