"""Lines as text: the Encoded Polyline Algorithm Format, with five or six decimal digits.

Each coordinate, latitude first, is the difference to the one before as an integer of 10^-digits degrees: shifted left
by one, inverted where it is negative, then written in groups of five bits from the low end, each plus 63 and all but
the last plus 32 as one character (https://developers.google.com/maps/documentation/utilities/polylinealgorithm).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def encode(lon_deg: ArrayLike, lat_deg: ArrayLike, digits: int = 5) -> str:
    """The text of n points (degrees, same shape), each rounded half up to `digits` decimals."""
    points = np.column_stack([np.asarray(lat_deg, np.float64), np.asarray(lon_deg, np.float64)])
    whole = np.floor(points * 10**digits + 0.5).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel()
    return "".join(_written(value) for value in np.where(steps < 0, ~(steps << 1), steps << 1).tolist())


def _written(value: int) -> str:
    text = ""
    while value >= 0x20:
        text += chr((0x20 | (value & 0x1F)) + 63)
        value >>= 5
    return text + chr(value + 63)


def decode(text: str, digits: int = 5) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes (degrees) of a text. Raises ValueError that names the character where it is broken."""
    steps: list[int] = []
    value = shift = 0
    for at, character in enumerate(text):
        bits = ord(character) - 63
        if not 0 <= bits < 64 or shift > 35:
            raise ValueError(f"character {at} ({character!r}) cannot be part of an encoded polyline")
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits < 0x20:
            steps.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift or len(steps) % 2:
        raise ValueError(f"the polyline ends within a point (after {len(text)} characters)")
    points = np.cumsum(np.array(steps, np.int64).reshape(-1, 2), axis=0) / 10**digits
    return points[:, 1], points[:, 0]
