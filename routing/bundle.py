"""A city at rest: a folder of `.npy` arrays, which are mapped into memory when it is opened, and a manifest.

manifest.json holds the format and its version, dtype, shape, bytes and SHA-256 of every array file, the facts, the
names and the points of interest. A bundle is written beside its place and moved there when it is complete.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.faults import BadInput
from routing.bundle_schema import (
    COLUMNS,
    FORMAT,
    ROAD_COLUMNS,
    VERSION,
    columns_of,
    facts_of,
    misfit,
    pois_of,
    structure_from,
)
from routing.roads import City, Roads
from routing.soundness import gap, unsound_structure

MANIFEST = "manifest.json"


class OlderCity(BadInput):
    """A city that an older version of Towline wrote: it has to be built again from its source."""


def save_city(city: City, folder: Path) -> None:
    """Writes `city` to `folder`, whose parent is made where it is missing.

    All files are written and flushed in a temporary folder beside it, which is then renamed. A city that stands there
    is moved aside first and removed last, so that it is gone only when the new one is complete; a crash between the
    two renames (microseconds) leaves the old one beside, under a name that begins with a dot. Raises BadInput where
    the folder cannot be written or holds something else than a city.
    """
    if folder.exists() and not (folder / MANIFEST).is_file():
        raise BadInput(f"{folder.name}: something that is no city stands there already; remove it or choose a name")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise BadInput(f"{folder.parent}: cannot be written ({error.strerror}); set TOWLINE_HOME elsewhere") from error
    try:
        _write(city, draft)
        _swap_in(draft, folder)
    except OSError as error:
        raise BadInput(f"{folder}: could not be written ({error.strerror}); nothing was changed") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def open_city(folder: Path, verify: bool = False) -> City:
    """The city in `folder`, its arrays mapped read-only; `verify` also checks every array's SHA-256.

    Raises BadInput where there is no bundle, where it is damaged (a file missing, or of another size, dtype or shape
    than the manifest says), foreign, or written by a newer version; OlderCity where an older version wrote it.
    """
    manifest = _manifest(folder)
    try:
        arrays = {name: _column(folder, name, manifest["arrays"][name], verify) for name in COLUMNS}
        roads = Roads(**{name: arrays[name] for name in ROAD_COLUMNS}, names=tuple(manifest["names"]))
        facts, pois = facts_of(manifest["facts"]), pois_of(manifest["pois"])
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{folder.name}: damaged: {MANIFEST} lacks or garbles {error}; build the city again") from error
    fault = misfit(roads, facts) or unsound_structure(arrays, roads.link_count)
    if fault is None:
        structure = structure_from(arrays, roads.link_count)
        fault = gap(structure.hierarchy)
    if fault is not None:
        raise BadInput(f"{folder.name}: damaged: {fault}; build the city again")
    return City(facts=facts, roads=roads, pois=pois, structure=structure)


def _write(city: City, folder: Path) -> None:
    entries: dict[str, object] = {}
    for name, values in columns_of(city).items():
        path = folder / f"{name}.npy"
        with path.open("wb") as file:
            np.save(file, np.ascontiguousarray(values), allow_pickle=False)
            _flush(file.fileno())
        content = path.read_bytes()
        entries[name] = {
            "dtype": values.dtype.str,
            "shape": list(values.shape),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "facts": dataclasses.asdict(city.facts),
        "arrays": entries,
        "names": city.roads.names,
        "pois": [dataclasses.asdict(poi) for poi in city.pois],
    }
    with (folder / MANIFEST).open("w", encoding="utf-8") as text:
        json.dump(manifest, text, ensure_ascii=False, indent=1)
        _flush(text.fileno(), text)


def _flush(descriptor: int, buffered: Any = None) -> None:
    if buffered is not None:
        buffered.flush()
    os.fsync(descriptor)


def _swap_in(draft: Path, folder: Path) -> None:
    draft.chmod(0o755)  # a temporary folder is private to its owner
    aside = draft.with_name(draft.name + ".old")
    if folder.exists():
        folder.rename(aside)
    try:
        draft.rename(folder)
    except OSError:
        if aside.exists():
            aside.rename(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _manifest(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise BadInput(f"{folder.name}: there is no such city; build it with `towline city build`")
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInput(f"{folder.name}: no city bundle ({MANIFEST} is missing)") from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{folder.name}: damaged: {MANIFEST} cannot be read ({error}); build the city again") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BadInput(f"{folder.name}: {MANIFEST} is not that of a Towline city")
    version = manifest.get("version")
    if isinstance(version, int) and version > VERSION:
        raise BadInput(
            f"{folder.name}: written by a newer Towline (format {version}, this one reads {VERSION}); "
            "update Towline or build the city again"
        )
    if isinstance(version, int) and 1 <= version < VERSION and not isinstance(version, bool):
        raise OlderCity(
            f"{folder.name}: an older Towline wrote this city (format {version}, this one reads {VERSION}); "
            f"build it again: towline city build SOURCE --name {folder.name}"
        )
    if version != VERSION or isinstance(version, bool):
        raise BadInput(f"{folder.name}: format version {version!r} is not known; build the city again")
    return manifest


def _column(folder: Path, name: str, entry: Mapping[str, Any], verify: bool) -> NDArray[Any]:
    path = folder / f"{name}.npy"
    again = "; build the city again"
    try:
        size = path.stat().st_size
        if size != entry["bytes"]:
            raise BadInput(f"{folder.name}: damaged: {path.name} has {size} bytes, not {entry['bytes']}{again}")
        if verify and hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            raise BadInput(f"{folder.name}: damaged: {path.name} is not what was written (SHA-256 differs){again}")
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise BadInput(f"{folder.name}: damaged: {path.name} is missing{again}") from error
    except (OSError, EOFError) as error:
        raise BadInput(f"{folder.name}: damaged: {path.name} cannot be read ({error}){again}") from error
    except ValueError as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{folder.name}: damaged: {path.name} is no array file ({error}){again}") from error
    if values.dtype != COLUMNS[name] or values.dtype.str != entry["dtype"] or list(values.shape) != entry["shape"]:
        raise BadInput(
            f"{folder.name}: damaged: {path.name} is {values.dtype}{list(values.shape)}, "
            f"not {COLUMNS[name]}{entry['shape']}{again}"
        )
    return np.asarray(values)
