"""Builds a city from whatever its source is: an OSM extract, a GMNS folder, or a place looked up by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from tzfpy import get_tz

from geo.faults import BadInput
from routing.assemble import assemble, strongly_connected_share
from routing.draft import Reading
from routing.gmns import read_gmns
from routing.network import structure_of
from routing.osm import SUFFIXES, read_osm
from routing.roads import City, CityFacts, Roads

Progress = Callable[[str], None]


def build_city(source: Path, *, name: str, timezone: str | None = None, progress: Progress) -> City:
    """The city that `source` holds: a folder is read as GMNS, a file as an OSM extract by its suffix.

    `timezone` is an IANA name; without it the zone at the middle of the roads. Raises BadInput saying what and where.
    """
    _check_timezone(timezone)
    if source.is_dir():
        reading = read_gmns(source, progress)
    elif not source.exists():
        raise BadInput(f"{source.name}: there is no such file or folder; give an OSM extract or a GMNS folder")
    elif source.name.lower().endswith(SUFFIXES):
        reading = read_osm(source, progress)
    else:
        raise BadInput(f"{source.name}: neither an OSM extract ({', '.join(SUFFIXES)}) nor a GMNS folder")
    return city_of(reading, name=name, timezone=timezone, progress=progress)


def build_place(query: str, *, name: str, timezone: str | None = None, progress: Progress) -> City:
    """The city that OpenStreetMap knows under `query` ("Yancheng, China"), downloaded through osmnx.

    Raises BadInput where there is no internet, no such place, or no drivable road in it.
    """
    # osmnx takes seconds to import, and only this source needs it.
    from routing.place import read_place

    _check_timezone(timezone)
    return city_of(read_place(query, progress), name=name, timezone=timezone, progress=progress)


def city_of(reading: Reading, *, name: str, timezone: str | None, progress: Progress) -> City:
    """The city of a source that was read: its roads assembled, its facts measured."""
    progress(f"assembling {len(reading.draft.link_tail)} links")
    roads = assemble(reading.draft)
    bbox = _bbox(roads)
    facts = CityFacts(
        name=name,
        source=reading.source,
        attribution=reading.attribution,
        timezone=timezone or _timezone_at((bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2),
        nodes=roads.node_count,
        links=roads.link_count,
        turn_bans=len(roads.ban_in),
        heavy_turn_bans=len(roads.heavy_ban_in),
        path_bans=roads.path_ban_count,
        restrictions=reading.restrictions,
        marked_links=_marked_links(roads),
        strongly_connected_share=strongly_connected_share(roads),
        bbox=bbox,
        pois=dict(sorted(Counter(poi.kind for poi in reading.pois).items())),
        dropped=dict(reading.dropped),
        notes=(*reading.notes, *_speed_note(roads)),
    )
    progress(f"contracting the turns between {roads.link_count} links")
    return City(facts=facts, roads=roads, pois=reading.pois, structure=structure_of(roads))


def _bbox(roads: Roads) -> tuple[float, float, float, float]:
    """West, south, east, north of all geometry, degrees."""
    lon, lat = roads.shape_lon_e7, roads.shape_lat_e7
    return (float(lon.min()) / 1e7, float(lat.min()) / 1e7, float(lon.max()) / 1e7, float(lat.max()) / 1e7)


def _marked_links(roads: Roads) -> dict[str, int]:
    return {
        "signal": int(np.count_nonzero(roads.link_signal)),
        "max_weight": int(np.count_nonzero(roads.link_max_weight_kg)),
        "max_height": int(np.count_nonzero(roads.link_max_height_cm)),
        "no_heavy": int(np.count_nonzero(roads.link_no_heavy)),
    }


def _speed_note(roads: Roads) -> tuple[str, ...]:
    assumed = float(roads.link_speed_assumed.mean())
    if assumed == 0:
        return ()
    return (f"{assumed:.1%} of the links have no speed in the source: the default of their class stands in",)


def _check_timezone(timezone: str | None) -> None:
    if timezone is None:
        return
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"{timezone!r} is no time zone; give an IANA name such as Asia/Shanghai") from error


def _timezone_at(lon_deg: float, lat_deg: float) -> str:
    timezone = get_tz(lon_deg, lat_deg)
    if not timezone:
        raise BadInput(f"no time zone is known at {lon_deg:.4f}, {lat_deg:.4f}: give it with --tz")
    return timezone
