"""Zones: reading GeoJSON, refusing what is broken with a pointer to it, and finding who lies where."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.faults import BadInput
from geo.zones import NO_ZONE, Zone, read_zones, zone_of

SQUARE = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def written(folder: Path, *features: object) -> Path:
    path = folder / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


def polygon(coordinates: object = SQUARE) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": coordinates}


def test_zones_are_read_with_their_defaults(tmp_path: Path) -> None:
    multi = {"type": "MultiPolygon", "coordinates": [SQUARE, [[[3, 0], [4, 0], [4, 1], [3, 0]]]]}
    path = written(tmp_path, feature(polygon(), id="a", name="亭湖区", population=1234.6), feature(multi, id=7))
    first, second = read_zones(path)
    assert (first.id, first.name, first.population) == ("a", "亭湖区", 1235)
    assert (second.id, second.name, second.population) == ("7", "7", 0)
    assert first.polygon.area == 1.0
    assert second.polygon.area == 1.5


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (feature(polygon()), "/features/1/properties/id: missing"),
        (feature(polygon(), id="a"), "'a' is already feature 0"),
        (feature({"type": "Point", "coordinates": [0, 0]}, id="b"), "/features/1/geometry: Point"),
        (feature(None, id="b"), "/features/1/geometry: missing"),
        (feature(polygon([[[30, 120], [31, 120], [31, 121], [30, 120]]]), id="b"), "look swapped"),
        (feature(polygon([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]), id="b"), "Self-intersection"),
        (feature(polygon(), id="b", population="many"), "/features/1/properties/population"),
        (feature(polygon(), id="b", population=-1), "/features/1/properties/population"),
        (feature(polygon([[[0, 0], [1, 1]]]), id="b"), "/features/1/geometry"),
        (feature(polygon([]), id="b"), "has no area"),
        ("nothing", "/features/1: not a Feature"),
    ],
)
def test_a_faulty_zone_is_named_by_its_pointer(tmp_path: Path, bad: object, words: str) -> None:
    path = written(tmp_path, feature(polygon(), id="a"), bad)
    with pytest.raises(BadInput, match="1 faulty zones") as caught:
        read_zones(path)
    assert words in caught.value.faults[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b'{"type": ', "line 1, column"), (b"[]", "FeatureCollection"), (b"\xff\xfe\x00", "not UTF-8 at byte 0")],
)
def test_what_is_no_geojson_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "zones.geojson"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        read_zones(path)
    with pytest.raises(BadInput, match=r"none\.geojson: cannot be read"):
        read_zones(tmp_path / "none.geojson")


BOXES = st.builds(
    lambda x, y, wide, high: shapely.box(x, y, x + wide, y + high),
    *(st.integers(-5, 5),) * 2,
    *(st.integers(1, 4),) * 2,
)


@given(
    st.lists(BOXES, max_size=6), st.lists(st.tuples(st.integers(-6, 9), st.integers(-6, 9)), min_size=1, max_size=20)
)
def test_zone_of_is_the_first_zone_that_covers_the_place(
    boxes: list[shapely.Polygon], at: list[tuple[int, int]]
) -> None:
    zones = [Zone(str(row), str(row), 0, box) for row, box in enumerate(boxes)]
    lon, lat = np.array(at, np.float64).T
    slow = [next((row for row, box in enumerate(boxes) if box.covers(shapely.Point(place))), NO_ZONE) for place in at]
    assert zone_of(zones, lon, lat).tolist() == slow
