"""How the shipped city was made: AequilibraE's example model of La Serena and Coquimbo, as GMNS files and zones.

    python -m data.convert_coquimbo aequilibrae-1.7.2-….whl data/cities/coquimbo

reads the wheel (any platform's; the data is the same) and writes `node.csv.gz`, `link.csv.gz` and `zones.geojson`,
the same bytes each time. What is left out is counted on standard output. Links keep the source's numbers: a street
that differs in its two directions is two rows, `17` and `17r`; one that does not is one row with `directed` 0.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import sqlite3
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from data.spatialite import line_of, multi_polygon_of, point_of
from geo.faults import BadInput
from geo.points import great_circles_m

MODEL = "aequilibrae/reference_files/coquimbo.zip"
DATABASE = "project_database.sqlite"
CONNECTOR = "centroid_connector"
CAR = "c"
BOTH_WAYS, A_TO_B, B_TO_A = 0, 1, -1
DIGITS = 6
"""Decimals of a degree kept: 0.11 m, as the coordinates of the GMNS files that the project is tested with."""
ZONE_DIGITS = 5
NODE_COLUMNS = ("node_id", "x_coord", "y_coord")
LINK_COLUMNS = (
    "link_id", "from_node_id", "to_node_id", "directed", "length", "free_speed", "lanes", "facility_type", "name",
    "osm_way_id", "geometry",
)  # fmt: skip

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Street:
    """One row of the source's links; lanes and speeds are (from a to b, from b to a), None where it has none."""

    id: int
    a_node: int
    b_node: int
    direction: int
    kind: str
    name: str
    osm_way_id: int
    speeds_kmh: tuple[float | None, float | None]
    lanes: tuple[float | None, float | None]
    shape: NDArray[np.float64]


def convert(wheel: Path, folder: Path) -> dict[str, int]:
    """Write the three files into `folder`; what was kept and left out is counted by name. Raises BadInput."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        database = _unpacked(wheel, Path(scratch))
        with closing(sqlite3.connect(database)) as source:
            return _write_all(source, folder)


def _unpacked(wheel: Path, scratch: Path) -> Path:
    try:
        with zipfile.ZipFile(wheel) as outer, zipfile.ZipFile(io.BytesIO(outer.read(MODEL))) as inner:
            return Path(inner.extract(DATABASE, scratch))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BadInput(f"{wheel.name}: not an aequilibrae wheel with {MODEL} in it ({error})") from error


def _write_all(source: sqlite3.Connection, folder: Path) -> dict[str, int]:
    streets = list(_streets(source))
    used = {node for street in streets for node in (street.a_node, street.b_node)}
    nodes = [row for row in _nodes(source) if row[0] in used]
    links = [row for street in streets for row in _link_rows(street)]
    _write_table(folder / "node.csv.gz", NODE_COLUMNS, nodes)
    _write_table(folder / "link.csv.gz", LINK_COLUMNS, links)
    zones = list(_zones(source))
    (folder / "zones.geojson").write_text(_collection(zones), encoding="utf-8")
    (total,) = source.execute("SELECT count(*) FROM links").fetchone()
    (connectors,) = source.execute("SELECT count(*) FROM links WHERE link_type = ?", (CONNECTOR,)).fetchone()
    return {
        "nodes": len(nodes),
        "streets": len(streets),
        "directed_links": sum(2 if street.direction == BOTH_WAYS else 1 for street in streets),
        "zones": len(zones),
        "dropped_centroid_connectors": connectors,
        "dropped_not_for_cars": total - connectors - len(streets),
    }


def _nodes(source: sqlite3.Connection) -> Iterator[tuple[int, str, str]]:
    for node, blob in source.execute("SELECT node_id, geometry FROM nodes ORDER BY node_id"):
        lon, lat = point_of(blob)
        yield node, f"{lon:.{DIGITS}f}", f"{lat:.{DIGITS}f}"


def _streets(source: sqlite3.Connection) -> Iterator[Street]:
    rows = source.execute(
        "SELECT link_id, a_node, b_node, direction, link_type, name, osm_id, speed_ab, speed_ba, lanes_ab, lanes_ba,"
        " geometry FROM links WHERE link_type <> ? AND instr(modes, ?) > 0 ORDER BY link_id",
        (CONNECTOR, CAR),
    )
    for id_, a_node, b_node, direction, kind, name, way, speed_ab, speed_ba, lanes_ab, lanes_ba, blob in rows:
        yield Street(
            id_, a_node, b_node, direction, kind, name or "", way,
            (speed_ab, speed_ba), (lanes_ab, lanes_ba), np.round(line_of(blob), DIGITS),
        )  # fmt: skip


def _link_rows(street: Street) -> Iterator[tuple[Cell, ...]]:
    there, back = ((_speed(street.speeds_kmh[way]), _lanes(street.lanes[way])) for way in (0, 1))
    if street.direction == BOTH_WAYS and there == back:
        yield _link_row(street, str(street.id), 0, there)
        return
    if street.direction in (BOTH_WAYS, A_TO_B):
        yield _link_row(street, str(street.id), 1, there)
    if street.direction in (BOTH_WAYS, B_TO_A):
        yield _link_row(street, f"{street.id}r", 1, back, reverse=True)


def _link_row(
    street: Street, link_id: str, directed: int, said: tuple[str, str], *, reverse: bool = False
) -> tuple[Cell, ...]:
    shape = street.shape[::-1] if reverse else street.shape
    ends = (street.b_node, street.a_node) if reverse else (street.a_node, street.b_node)
    length_m = float(great_circles_m(shape[:-1, 0], shape[:-1, 1], shape[1:, 0], shape[1:, 1]).sum())
    text = ", ".join(f"{lon:.{DIGITS}f} {lat:.{DIGITS}f}" for lon, lat in shape)
    return (
        link_id, *ends, directed, f"{length_m:.2f}", *said, street.kind, street.name, street.osm_way_id,
        f"LINESTRING ({text})",
    )  # fmt: skip


def _speed(kmh: float | None) -> str:
    return "" if kmh is None else f"{kmh:.0f}"


def _lanes(given: float | None) -> str:
    # The source halves OpenStreetMap's count on a two-way street: 0.5 is one lane for both directions, 1.5 three.
    return "" if given is None else str(max(1, math.floor(given)))


def _zones(source: sqlite3.Connection) -> Iterator[dict[str, object]]:
    for zone, population, blob in source.execute("SELECT zone_id, population, geometry FROM zones ORDER BY zone_id"):
        rounded = shapely.transform(multi_polygon_of(blob), lambda xy: np.round(xy, ZONE_DIGITS))
        alone = rounded.geoms[0] if len(rounded.geoms) == 1 else rounded
        yield {
            "type": "Feature",
            "properties": {"id": str(zone), "name": f"Zone {zone}", "population": round(population, 2)},
            "geometry": json.loads(shapely.to_geojson(alone)),
        }


def _collection(features: Sequence[dict[str, object]]) -> str:
    """GeoJSON with one feature a line, so that a change of one zone shows as a change of one line."""
    lines = ",\n".join(json.dumps(feature, separators=(",", ":")) for feature in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=zlib.Z_BEST_COMPRESSION, mtime=0))


def main(arguments: Sequence[str]) -> int:
    """Convert the wheel named first into the folder named second; 0, or 2 with the reason on standard error."""
    if len(arguments) != 2:
        sys.stderr.write("python -m data.convert_coquimbo WHEEL OUT_FOLDER\n")
        return 2
    wheel, folder = arguments
    try:
        counts = convert(Path(wheel), Path(folder))
    except BadInput as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    sys.stdout.write("".join(f"{name}: {count}\n" for name, count in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
