"""A fix: where one truck was at one instant, as its device told it, and the text in which it is kept."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from geo.faults import BadInput
from geo.instants import is_known


@dataclass(frozen=True, slots=True)
class Fix:
    """One position of a truck in WGS-84.

    `at_ms` is when it was taken by the device's clock, `received_ms` when it came in by the service's. `heading_deg` is
    clockwise from north in 0..360 (360 excluded), `accuracy_m` the radius that the device claims; None is unknown.
    `source` is the protocol it came by. ValueError where a number is not finite or out of its range, so that whoever
    holds a Fix need not ask.
    """

    truck: str
    at_ms: int
    lon_deg: float
    lat_deg: float
    speed_kmh: float | None
    heading_deg: float | None
    accuracy_m: float | None
    source: str
    received_ms: int

    def __post_init__(self) -> None:
        if not self.truck:
            raise ValueError("a fix needs the truck that it is of")
        if not (is_known(self.at_ms) and is_known(self.received_ms)):
            raise ValueError("an instant is before 1970 or after the year 9999")
        if not (-180 <= self.lon_deg <= 180 and -90 <= self.lat_deg <= 90):
            raise ValueError("the place is out of range (lon -180..180, lat -90..90)")
        if self.heading_deg is not None and not 0 <= self.heading_deg < 360:
            raise ValueError("the heading is not within 0..360 degrees, 360 excluded")
        for name, value in (("speed", self.speed_kmh), ("accuracy", self.accuracy_m)):
            if value is not None and not 0 <= value < math.inf:
                raise ValueError(f"the {name} is not a finite number from 0 up")


def encode(fix: Fix) -> str:
    """The fix as a JSON array in the order of its fields; `decode` gives the very same fix back.

    The second place is the instant: the position store's scripts read it there.
    """
    row = (
        fix.truck, fix.at_ms, fix.lon_deg, fix.lat_deg, fix.speed_kmh,
        fix.heading_deg, fix.accuracy_m, fix.source, fix.received_ms,
    )  # fmt: skip
    return json.dumps(row, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def decode(text: str | bytes) -> Fix:
    """The fix of a text that `encode` made; BadInput for anything else."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise BadInput("not a stored fix: the text is not JSON") from fault
    if not isinstance(row, list) or len(row) != 9:
        raise BadInput("not a stored fix: a list of nine values is expected")
    truck, at_ms, lon, lat, speed, heading, accuracy, source, received_ms = row
    if not (isinstance(truck, str) and isinstance(source, str)):
        raise BadInput("not a stored fix: the truck and the source are texts")
    if not (type(at_ms) is int and type(received_ms) is int):
        raise BadInput("not a stored fix: the instants are whole milliseconds")
    if not all(type(value) in (int, float) for value in (lon, lat)):
        raise BadInput("not a stored fix: longitude and latitude are numbers")
    if not all(value is None or type(value) in (int, float) for value in (speed, heading, accuracy)):
        raise BadInput("not a stored fix: speed, heading and accuracy are numbers or null")
    try:
        return Fix(
            truck,
            at_ms,
            float(lon),
            float(lat),
            _number(speed),
            _number(heading),
            _number(accuracy),
            source,
            received_ms,
        )
    except (ValueError, OverflowError) as fault:
        raise BadInput(f"not a stored fix: {fault}") from fault


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
