"""The nodes, links, units and points of interest that a GMNS folder states, row by row, with every fault named."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from geo.faults import BadInput
from geo.points import Point
from routing.gmns_tables import Faults, Row, read_table, table_path
from routing.osm_tags import CLASS_OF_HIGHWAY, MOST_LANES
from routing.roads import PointOfInterest, RoadClass
from routing.speeds import default_kmh, plausible_kmh

CLASS_OF_FACILITY = CLASS_OF_HIGHWAY | {
    "freeway": RoadClass.MOTORWAY,
    "expressway": RoadClass.TRUNK,
    "ramp": RoadClass.MOTORWAY,
    "principal arterial": RoadClass.PRIMARY,
    "major arterial": RoadClass.PRIMARY,
    "arterial": RoadClass.PRIMARY,
    "minor arterial": RoadClass.SECONDARY,
    "collector": RoadClass.TERTIARY,
    "major collector": RoadClass.TERTIARY,
    "minor collector": RoadClass.UNCLASSIFIED,
    "local": RoadClass.RESIDENTIAL,
    "local road": RoadClass.RESIDENTIAL,
    "": RoadClass.UNCLASSIFIED,
}
NOT_DRIVEN = frozenset({
    "footway", "pedestrian", "path", "steps", "cycleway", "bridleway", "track", "railway", "rail", "subway", "tram",
    "ferry", "walkway", "sidewalk", "bike path", "transit", "busway",
})  # fmt: skip
CONNECTORS = frozenset({"connector", "centroid_connector", "centroid connector", "centroid"})
CAR_USES = frozenset({"auto", "car", "all", "sov", "hov", "hov2", "hov3", "truck", "motor_vehicle", "vehicle"})
OTHER_USES = frozenset({"none", "walk", "bike", "ped", "pedestrian", "bus", "transit", "rail", "tram", "train"})
METRES_OF = {"": 1.0, "m": 1.0, "km": 1000.0, "mi": 1609.344, "mile": 1609.344, "ft": 0.3048, "foot": 0.3048}
KMH_OF = {"": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "ms": 3.6}
SPELLINGS = {
    "meter": "m", "meters": "m", "metre": "m", "metres": "m", "kilometer": "km", "kilometers": "km",
    "kilometre": "km", "kilometres": "km", "miles": "mile", "feet": "foot",
}  # fmt: skip
POI_KINDS = ("hospital", "fuel", "police", "car_repair")
LONGEST_M = 2_000_000.0

CONNECTOR = "links: connectors to zone centroids, which are no roads"
NOT_FOR_CARS = "links: not for cars (paths, rails, allowed_uses without a car)"
UNKNOWN_POI = "points of interest: of a kind that is not kept"
UNKNOWN_FACILITY = "unknown facility_type"


@dataclass(frozen=True, slots=True)
class Units:
    """Factors from the folder's units, as config.csv states them, to metres and km/h."""

    metres: float
    kmh: float


@dataclass(frozen=True, slots=True)
class GmnsNode:
    line: int
    lon_e7: int
    lat_e7: int
    signal: bool


@dataclass(frozen=True, slots=True)
class GmnsLink:
    """One row of the link file. `tail` and `head` are rows of the node list; `length_m` is None where not given."""

    line: int
    row: int
    id: str
    tail: int
    head: int
    directed: bool
    length_m: float | None
    speed_kmh: int
    speed_assumed: bool
    road_class: RoadClass
    lanes: int
    name: str
    wkt: str


@dataclass(frozen=True, slots=True)
class LinkTable:
    """The drivable links in file order, the ids of all links, what was dropped by reason, and remarks by kind."""

    links: list[GmnsLink]
    ids: Collection[str]
    dropped: Counter[str]
    remarks: Counter[str]


def read_units(folder: Path, faults: Faults) -> Units:
    """The units of `config.csv` (`long_length`, `speed`); metres and km/h where there is no such file."""
    path = table_path(folder, "config")
    rows = list(read_table(path, (), faults)) if path else []
    if not rows:
        return Units(1.0, 1.0)
    length, speed = (_unit(rows[0].text(column)) for column in ("long_length", "speed"))
    if length not in METRES_OF:
        raise BadInput(f"{faults.folder}/config.csv: long_length {length!r} is none of {', '.join(METRES_OF)[2:]}")
    if speed not in KMH_OF:
        raise BadInput(f"{faults.folder}/config.csv: speed {speed!r} is none of {', '.join(KMH_OF)[2:]}")
    return Units(METRES_OF[length], KMH_OF[speed])


def read_nodes(path: Path, faults: Faults) -> tuple[list[GmnsNode], dict[str, int]]:
    """The nodes in file order, and the row of each id."""
    nodes: list[GmnsNode] = []
    row_of: dict[str, int] = {}
    for row in read_table(path, ("node_id", "x_coord", "y_coord"), faults):
        place = _place(row, "x_coord", "y_coord")
        node_id = row.text("node_id")
        if not node_id:
            row.fault("node_id is empty")
        elif node_id in row_of:
            row.fault(f"node_id {node_id} stands in line {nodes[row_of[node_id]].line} already")
        row_of.setdefault(node_id, len(nodes))
        nodes.append(GmnsNode(row.line, *(place or (0, 0)), is_signal(row)))
    return nodes, row_of


def read_links(path: Path, node_rows: dict[str, int], units: Units, faults: Faults) -> LinkTable:
    """The rows of the link file; each fault is added to `faults`."""
    links: list[GmnsLink] = []
    line_of: dict[str, int] = {}
    dropped: Counter[str] = Counter()
    remarks: Counter[str] = Counter()
    required = ("link_id", "from_node_id", "to_node_id", "directed")
    for number, row in enumerate(read_table(path, required, faults)):
        link_id = row.text("link_id")
        if link_id in line_of:
            row.fault(f"link_id {link_id} stands in line {line_of[link_id]} already")
        line_of.setdefault(link_id, row.line)
        link = _link(row, number, node_rows, units)
        reason = _why_not(row)
        if reason:
            dropped[reason] += 1
        elif link:
            links.append(link)
            remarks[UNKNOWN_FACILITY] += _facility(row)[0] not in CLASS_OF_FACILITY
    return LinkTable(links, line_of.keys(), dropped, remarks)


def read_pois(folder: Path, faults: Faults) -> tuple[tuple[PointOfInterest, ...], Counter[str]]:
    """Points of interest of an optional `poi.csv` with the columns kind, name, lon, lat."""
    path = table_path(folder, "poi")
    pois: list[PointOfInterest] = []
    dropped: Counter[str] = Counter()
    for row in read_table(path, ("kind", "lon", "lat"), faults) if path else ():
        place = _place(row, "lon", "lat")
        if row.text("kind") not in POI_KINDS:
            dropped[UNKNOWN_POI] += 1
        elif place:
            pois.append(PointOfInterest(row.text("kind"), row.text("name"), place[0] / 1e7, place[1] / 1e7))
    return tuple(pois), dropped


def is_signal(row: Row) -> bool:
    """Whether the column `ctrl_type` of a node or movement says signal (or signal_with_RTOR)."""
    return row.text("ctrl_type").lower().startswith("signal")


def _link(row: Row, number: int, node_rows: dict[str, int], units: Units) -> GmnsLink | None:
    ends = [node_rows.get(row.text(column)) for column in ("from_node_id", "to_node_id")]
    for column, end in zip(("from_node_id", "to_node_id"), ends, strict=True):
        if end is None:
            row.fault(f"link {row.text('link_id')}: {column} {row.text(column)!r} is no node of the node file")
    directed, length = row.flag("directed"), row.number("length")
    if length is not None and not 0 <= length * units.metres <= LONGEST_M:
        row.fault(f"length {row.text('length')} is no length of a road")
    if ends[0] is None or ends[1] is None or directed is None:
        return None
    facility, ramp = _facility(row)
    road_class = CLASS_OF_FACILITY.get(facility, RoadClass.UNCLASSIFIED)
    speed = plausible_kmh((row.number("free_speed") or 0.0) * units.kmh)
    return GmnsLink(
        line=row.line,
        row=number,
        id=row.text("link_id"),
        tail=ends[0],
        head=ends[1],
        directed=directed,
        length_m=None if length is None else length * units.metres,
        speed_kmh=speed or default_kmh(road_class, ramp),
        speed_assumed=speed is None,
        road_class=road_class,
        lanes=_lanes(row),
        name=row.text("name"),
        wkt=row.text("geometry"),
    )


def _why_not(row: Row) -> str | None:
    facility, _ = _facility(row)
    if facility in CONNECTORS:
        return CONNECTOR
    uses = {use.strip().lower() for use in row.text("allowed_uses").replace(";", ",").split(",")} - {""}
    only_others = bool(uses) and not uses & CAR_USES and uses <= OTHER_USES
    return NOT_FOR_CARS if only_others or facility in NOT_DRIVEN else None


def _facility(row: Row) -> tuple[str, bool]:
    """The facility type without `_link`, and whether it is a ramp."""
    facility = row.text("facility_type").lower()
    return facility.removesuffix("_link"), facility.endswith("_link") or facility == "ramp"


def _lanes(row: Row) -> int:
    lanes = row.number("lanes") or 0.0
    if lanes < 0 or lanes > MOST_LANES:
        row.fault(f"lanes {row.text('lanes')} is not 0..{MOST_LANES}")
        return 0
    return math.floor(lanes)


def _place(row: Row, lon_column: str, lat_column: str) -> tuple[int, int] | None:
    """Degrees times 10^7, or None after adding a fault."""
    lon_deg, lat_deg = row.number(lon_column), row.number(lat_column)
    for column, value in ((lon_column, lon_deg), (lat_column, lat_deg)):
        if value is None and not row.text(column):
            row.fault(f"{column} is empty")
    if lon_deg is None or lat_deg is None:
        return None
    try:
        point = Point(lon_deg, lat_deg)
    except ValueError as error:
        row.fault(f"{error}; coordinates are WGS-84 degrees, {lon_column} the longitude")
        return None
    return round(point.lon_deg * 1e7), round(point.lat_deg * 1e7)


def _unit(text: str) -> str:
    unit = text.strip().lower().replace("/", "").replace(" ", "").rstrip(".")
    return SPELLINGS.get(unit, unit)
