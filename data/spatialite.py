"""The geometry blobs of SpatiaLite, decoded without its library: points, lines and multipolygons in two dimensions.

Layout (SpatiaLite's own BLOB-Geometry page): 0x00, byte order, SRID, four doubles of bounds, 0x7C, then the class
number and its body as in well-known binary but without the leading byte-order mark, and 0xFE at the end. The parts of a
collection are each preceded by 0x69 and their class number.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

POINT, LINE, POLYGON, MULTI_POLYGON = 1, 2, 3, 6
HEADER = struct.Struct("<BBi4dBI")
START, LITTLE_ENDIAN, BODY, PART, END = 0x00, 0x01, 0x7C, 0x69, 0xFE
WGS84_SRID = 4326


def point_of(blob: bytes) -> tuple[float, float]:
    """x and y of a point. Raises ValueError where the blob is anything else, as all functions here do."""
    lon, lat = _opened(blob, POINT).pairs(1)[0]
    return float(lon), float(lat)


def line_of(blob: bytes) -> NDArray[np.float64]:
    """float64[n, 2]: x and y of each vertex of a line."""
    body = _opened(blob, LINE)
    return body.pairs(body.number())


def multi_polygon_of(blob: bytes) -> shapely.MultiPolygon:
    """A multipolygon, its holes kept."""
    body = _opened(blob, MULTI_POLYGON)
    parts = []
    for _ in range(body.number()):
        mark = body.blob[body.at]
        body.at += 1
        if (mark, body.number()) != (PART, POLYGON):
            raise ValueError("a part of the multipolygon is no polygon")
        shell, *holes = [body.pairs(body.number()) for _ in range(body.number())]
        parts.append(shapely.Polygon(shell, holes))
    return shapely.MultiPolygon(parts)


@dataclass(slots=True)
class _Body:
    """What is still to be read of one blob, from byte `at`."""

    blob: bytes
    at: int

    def number(self) -> int:
        (value,) = struct.unpack_from("<I", self.blob, self.at)
        self.at += 4
        return int(value)

    def pairs(self, count: int) -> NDArray[np.float64]:
        pairs = np.frombuffer(self.blob, "<f8", 2 * count, self.at).reshape(count, 2)
        self.at += 16 * count
        return pairs


def _opened(blob: bytes, kind: int) -> _Body:
    if len(blob) < HEADER.size + 1:
        raise ValueError(f"a geometry of {len(blob)} bytes is too short")
    start, order, srid, _, _, _, _, body, found = HEADER.unpack_from(blob)
    if (start, order, body, blob[-1]) != (START, LITTLE_ENDIAN, BODY, END):
        raise ValueError("not a little-endian SpatiaLite geometry")
    if srid != WGS84_SRID:
        raise ValueError(f"SRID {srid}, expected {WGS84_SRID} (WGS-84)")
    if found != kind:
        raise ValueError(f"geometry class {found}, expected {kind}")
    return _Body(blob, HEADER.size)
