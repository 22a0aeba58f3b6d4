"""Trips that were driven, as CSV: from_lon, from_lat, to_lon, to_lat (WGS-84), seconds, and the day where known."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.faults import BadInput
from geo.points import Point

NEEDED = ("from_lon", "from_lat", "to_lon", "to_lat", "seconds")
LONGEST_S = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class TripRows:
    """n rows of a file.

    origin, destination  float64[n, 2]  longitude and latitude, degrees
    real_ms              int64[n]       how long it took
    day                  int64[n]       number of its `day` among those of the file, 0 for all where it has none
    line                 int64[n]       the line where it ends (the header is 1)
    """

    origin: NDArray[np.float64]
    destination: NDArray[np.float64]
    real_ms: NDArray[np.int64]
    day: NDArray[np.int64]
    line: NDArray[np.int64]


def read_trips(path: Path) -> TripRows:
    """The trips of a file. A `day` is any text; trips with the same one were made on the same day.

    Raises BadInput that names every line at fault, or says that there is no trip.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{path}: cannot be read ({getattr(fault, 'strerror', None) or fault})") from fault
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    places: list[tuple[Point, Point]] = []
    seconds, days, lines, faults = [], [], [], []
    try:
        absent = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if absent:
            raise BadInput(f"{path.name}, line 1: no column {', '.join(absent)}")
        for row in reader:
            try:
                lon, lat, to_lon, to_lat, took_s = (_number(row[name], name) for name in NEEDED)
                if not 0 < took_s <= LONGEST_S:
                    raise ValueError(f"seconds {row['seconds']!r} is not within 0..{LONGEST_S}")
                places.append((Point(lon, lat), Point(to_lon, to_lat)))
            except ValueError as fault:
                faults.append(f"line {reader.line_num}: {fault}")
                continue
            seconds.append(took_s)
            days.append(row.get("day") or "")
            lines.append(reader.line_num)
    except csv.Error as fault:
        raise BadInput(f"{path.name}, line {reader.line_num}: not CSV ({fault})") from fault
    if faults:
        raise BadInput(f"{path.name}: {len(faults)} rows are no trip; correct or remove them", faults)
    if not places:
        raise BadInput(f"{path.name}: there is no trip in it")
    return TripRows(
        origin=np.array([(a.lon_deg, a.lat_deg) for a, _ in places]),
        destination=np.array([(b.lon_deg, b.lat_deg) for _, b in places]),
        real_ms=np.maximum(np.rint(np.array(seconds) * 1000), 1).astype(np.int64),
        day=np.unique(days, return_inverse=True)[1].astype(np.int64),
        line=np.array(lines, np.int64),
    )


def _number(text: str | None, name: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name} {text!r} is no number")
    return value
