"""The conversion of the shipped city, on a wheel of two streets made here, and the blobs that it decodes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from data.convert_coquimbo import DATABASE, MODEL, convert, main
from data.spatialite import line_of, multi_polygon_of, point_of
from geo.faults import BadInput
from geo.points import great_circles_m
from geo.zones import read_zones
from routing.build import build_city

Pairs = Sequence[tuple[float, float]]


def blob(kind: int, body: bytes, srid: int = 4326) -> bytes:
    return struct.pack("<BBi4dBI", 0, 1, srid, 0.0, 0.0, 0.0, 0.0, 0x7C, kind) + body + b"\xfe"


def flat(pairs: Pairs) -> bytes:
    return struct.pack(f"<{2 * len(pairs)}d", *(number for pair in pairs for number in pair))


def counted(pairs: Pairs) -> bytes:
    return struct.pack("<I", len(pairs)) + flat(pairs)


SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
HOLE = [(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0), (1.0, 1.0)]
ZONE = blob(6, struct.pack("<IBII", 1, 0x69, 3, 2) + counted(SQUARE) + counted(HOLE))


def test_geometries_are_decoded() -> None:
    assert point_of(blob(1, flat([(-71.25, -29.9)]))) == (-71.25, -29.9)
    assert line_of(blob(2, counted(SQUARE))).tolist() == [list(pair) for pair in SQUARE]
    zone = multi_polygon_of(ZONE)
    assert zone.area == 15
    assert len(zone.geoms[0].interiors) == 1


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (b"\x00\x01", "too short"),
        (b"\x01" + blob(1, flat([(1, 2)]))[1:], "not a little-endian"),
        (blob(1, flat([(1, 2)]), srid=3857), "SRID 3857"),
        (blob(2, counted(SQUARE)), "class 2, expected 1"),
    ],
)
def test_other_blobs_are_refused(wrong: bytes, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        point_of(wrong)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Nodes 1 to 4 in a row and a centroid 9; a plain street, one that differs by direction, two one-way ones."""
    database = tmp_path / DATABASE
    with sqlite3.connect(database) as model:
        model.execute("CREATE TABLE nodes (node_id, is_centroid, geometry)")
        model.execute("CREATE TABLE zones (zone_id, population, geometry)")
        model.execute(
            "CREATE TABLE links (link_id, a_node, b_node, direction, link_type, modes, name, osm_id,"
            " speed_ab, speed_ba, lanes_ab, lanes_ba, geometry)"
        )
        places = {1: (0.0, 0.0), 2: (0.001, 0.0), 3: (0.002, 0.0), 4: (0.003, 0.0), 9: (0.5, 0.5)}
        for node, place in places.items():
            model.execute("INSERT INTO nodes VALUES (?, ?, ?)", (node, node == 9, blob(1, flat([place]))))
        rows = [
            (10, 1, 2, 0, "primary", "ct", "Uno", 100, 50, 50, 0.5, 0.5),
            (11, 2, 3, 0, "secondary", "cwbt", None, 101, None, 60, 1.5, 2),
            (12, 3, 4, 1, "residential", "c", "Tres", 102, None, None, 2, 1),
            (13, 4, 1, -1, "residential", "c", "Cuatro", 103, 40, 30, 3, 1),
            (14, 1, 9, 0, "centroid_connector", "ct", "x", None, None, None, None, None),
            (15, 1, 3, 0, "path", "w", "", 104, None, None, None, None),
        ]
        for row in rows:
            shape = blob(2, counted([places[row[1]], places[row[2]]]))
            model.execute("INSERT INTO links VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", (*row, shape))
        model.execute("INSERT INTO zones VALUES (1, 10.4, ?)", (ZONE,))
    model.close()
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.write(database, DATABASE)
    path = tmp_path / "aequilibrae-0-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MODEL, inner.getvalue())
    return path


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))


def test_streets_become_links_and_connectors_are_counted(wheel: Path, tmp_path: Path) -> None:
    counts = convert(wheel, tmp_path / "out")
    assert counts == {
        "nodes": 4, "streets": 4, "directed_links": 6, "zones": 1, "dropped_centroid_connectors": 1,
        "dropped_not_for_cars": 1,
    }  # fmt: skip
    links = table(tmp_path / "out" / "link.csv.gz")
    said = [
        (link["link_id"], link["from_node_id"], link["to_node_id"], link["directed"], link["free_speed"], link["lanes"])
        for link in links
    ]
    assert said == [
        ("10", "1", "2", "0", "50", "1"),
        ("11", "2", "3", "1", "", "1"),
        ("11r", "3", "2", "1", "60", "2"),
        ("12", "3", "4", "1", "", "2"),
        ("13r", "1", "4", "1", "30", "1"),
    ]
    expected_m = float(great_circles_m(0.0, 0.0, 0.001, 0.0))
    np.testing.assert_allclose([float(link["length"]) / expected_m for link in links], [1, 1, 1, 1, 3], atol=1e-4)
    assert links[2]["geometry"] == "LINESTRING (0.002000 0.000000, 0.001000 0.000000)"
    assert links[0]["osm_way_id"] == "100"


def test_the_same_wheel_gives_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        convert(wheel, tmp_path / folder)
    for name in ("node.csv.gz", "link.csv.gz", "zones.geojson"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_what_is_written_can_be_read_as_a_city(wheel: Path, tmp_path: Path) -> None:
    convert(wheel, tmp_path / "out")
    city = build_city(tmp_path / "out", name="tiny", timezone="UTC", progress=lambda _: None)
    assert city.facts.nodes == 4
    assert city.facts.links == 6
    (zone,) = read_zones(tmp_path / "out" / "zones.geojson")
    assert (zone.id, zone.population, zone.polygon.area) == ("1", 10, 15)
    features = json.loads((tmp_path / "out" / "zones.geojson").read_text())["features"]
    assert features[0]["properties"]["population"] == 10.4


def test_another_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.whl"
    other.write_bytes(b"no zip")
    with pytest.raises(BadInput, match="not an aequilibrae wheel"):
        convert(other, tmp_path / "out")
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("something", "else")
    assert main([str(other), str(tmp_path / "out")]) == 2
    assert "not an aequilibrae wheel" in capsys.readouterr().err
    assert main([]) == 2
