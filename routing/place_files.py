"""Lists of places as files: CSV with a column `lon` and a column `lat` in WGS-84 degrees."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.faults import BadInput
from geo.points import Point

FAULTS_SHOWN = 20
"""How many bad lines a message lists; the rest are counted."""


def read_places(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Longitudes, latitudes (degrees) and line numbers (header is 1) of the rows of a CSV file, UTF-8 or GB18030.

    Other columns are ignored, empty lines too; a file without rows gives empty arrays. Raises BadInput naming every
    line (up to `FAULTS_SHOWN`) whose place is no place.
    """
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    lon, lat, lines, faults = [], [], [], []
    try:
        columns = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
        absent = [name for name in ("lon", "lat") if name not in columns]
        if absent:
            raise BadInput(
                f"{path.name}, line 1: no column {' and no column '.join(absent)}; the header must name both"
            )
        for row in reader:
            try:
                point = Point(_number(row[columns["lon"]], "lon"), _number(row[columns["lat"]], "lat"))
            except ValueError as fault:
                faults.append(f"line {reader.line_num}: {fault}")
                continue
            lon.append(point.lon_deg)
            lat.append(point.lat_deg)
            lines.append(reader.line_num)
    except csv.Error as fault:
        raise BadInput(f"{path.name}, line {reader.reader.line_num}: not CSV ({fault})") from fault
    refuse_rows(path, faults)
    return np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64), np.array(lines, dtype=np.int64)


def refuse_rows(path: Path, faults: list[str]) -> None:
    """Raise BadInput with the faults of a file's rows, if there are any."""
    if not faults:
        return
    shown = faults[:FAULTS_SHOWN]
    if len(faults) > len(shown):
        shown.append(f"and {len(faults) - len(shown)} more lines")
    count = "1 row is" if len(faults) == 1 else f"{len(faults)} rows are"
    raise BadInput(f"{path.name}: {count} no usable place; correct or remove them", shown)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read ({fault.strerror})") from fault
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{path.name}: neither UTF-8 nor GB18030 text; give a CSV file")


def _number(text: str | None, name: str) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a number" if text else f"{name} is empty") from None
