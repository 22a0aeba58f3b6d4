"""The query form of the OsmAnd protocol, as OsmAnd and Traccar Client speak it: one position in names and values.

The values stand in the query string, in a form body, or in both. A device's id is its secret: it is in no message of
this module and in no repr of what it returns.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from data.fixes import Fix
from geo.faults import BadInput
from geo.instants import is_known, ms_of

KMH_PER_KNOT = 1.852
SECONDS_BELOW = 2**31
MAX_FIELDS = 64
MAX_ID_CHARACTERS = 256
_MEANT = frozenset((
    "id", "deviceid", "lat", "lon", "location", "timestamp", "speed", "bearing", "heading", "altitude", "accuracy",
    "hdop", "batt", "valid", "charge", "driverUniqueId",
))  # fmt: skip
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_DAY_AND_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_BARE_OFFSET = re.compile(r" (\d\d:?\d\d)$", re.ASCII)


class BadFix(ValueError):
    """What a device sent is no position; the message says which field and why, and repeats no value (answer 400)."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What one request of a device says; None is unknown.

    `speed_kmh` and `heading_deg` are as in a Fix. `valid` False: the device itself says that it has no valid fix, and
    repeats an old place; such a report is acknowledged, counted as invalid and not used.
    """

    device_id: str = field(repr=False)
    at_ms: int
    lon_deg: float
    lat_deg: float
    speed_kmh: float | None
    heading_deg: float | None
    accuracy_m: float | None
    altitude_m: float | None
    hdop: float | None
    battery_percent: float | None
    charging: bool | None
    driver: str | None
    valid: bool

    def fix(self, truck: str, received_ms: int) -> Fix:
        """The fix of the truck whose device this is."""
        return Fix(
            truck=truck,
            at_ms=self.at_ms,
            lon_deg=self.lon_deg,
            lat_deg=self.lat_deg,
            speed_kmh=self.speed_kmh,
            heading_deg=self.heading_deg,
            accuracy_m=self.accuracy_m,
            source="osmand",
            received_ms=received_ms,
        )


def device_digest(device_id: str) -> str:
    """SHA-256 in hex, under which a device's id is kept and compared."""
    return hashlib.sha256(device_id.encode("utf-8", "surrogatepass")).hexdigest()


def parse_osmand(query: bytes, form: bytes, now_ms: int) -> Reported:
    """The report in a query string and a form body (either may be empty), received at `now_ms`.

    Without `timestamp` it was taken now. -1, and every other negative speed, bearing, accuracy, hdop and battery level,
    is unknown: clients that convert units send a converted -1. BadFix for whatever cannot be meant; unknown names are
    passed over.
    """
    values = _values(query, form)
    lon_deg, lat_deg = _place(values)
    speed_kn = _known(values, "speed")
    heading_deg = _known(values, "bearing", "heading")
    if heading_deg is not None and heading_deg > 360:
        raise BadFix("bearing: 0 to 360 degrees are expected")
    return Reported(
        device_id=_device_id(values),
        at_ms=now_ms if not values.get("timestamp") else _instant_ms(values["timestamp"]),
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        speed_kmh=None if speed_kn is None else _finite(speed_kn * KMH_PER_KNOT, "speed"),
        heading_deg=None if heading_deg is None else heading_deg % 360,
        accuracy_m=_known(values, "accuracy"),
        altitude_m=_altitude_m(values),
        hdop=_known(values, "hdop"),
        battery_percent=_known(values, "batt"),
        charging=_truth(values, "charge"),
        driver=values.get("driverUniqueId") or None,
        valid=_truth(values, "valid") is not False,
    )


def _values(query: bytes, form: bytes) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in (query, form):
        try:
            text = part.decode("utf-8")
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
        except UnicodeDecodeError:
            raise BadFix("the request is not UTF-8") from None
        except ValueError:
            raise BadFix(f"the request has more than {MAX_FIELDS} fields") from None
        for name, value in pairs:
            if name in _MEANT and values.setdefault(name, value) != value:
                raise BadFix(f"{name}: stands twice with different values")
    return values


def _device_id(values: Mapping[str, str]) -> str:
    device_id = values.get("id") or values.get("deviceid") or ""
    if not device_id:
        raise BadFix("id: missing; the device's id is expected as id or deviceid")
    if len(device_id) > MAX_ID_CHARACTERS:
        raise BadFix(f"id: longer than {MAX_ID_CHARACTERS} characters")
    return device_id


def _place(values: Mapping[str, str]) -> tuple[float, float]:
    """Longitude and latitude; in `location` the latitude comes first."""
    lat_text, lon_text = values.get("lat", ""), values.get("lon", "")
    if values.get("location") and not (lat_text or lon_text):
        parts = values["location"].split(",")
        if len(parts) != 2:
            raise BadFix("location: latitude and longitude with a comma between them are expected")
        lat_text, lon_text = parts[0].strip(), parts[1].strip()
    if not (lat_text and lon_text):
        raise BadFix("lat, lon: missing; lat and lon, or location=lat,lon, are expected")
    lat_deg, lon_deg = _number(lat_text, "lat"), _number(lon_text, "lon")
    if abs(lat_deg) > 90 and abs(lon_deg) <= 90 and abs(lat_deg) <= 180:
        raise BadFix("lat: out of range; lat and lon look swapped")
    if abs(lat_deg) > 90 or abs(lon_deg) > 180:
        raise BadFix("lat, lon: out of range (lat -90..90, lon -180..180)")
    return lon_deg, lat_deg


def _known(values: Mapping[str, str], *names: str) -> float | None:
    """The first of the named values that stands there, or None where it is unknown."""
    for name in names:
        if values.get(name):
            number = _number(values[name], name)
            return None if number < 0 else number
    return None


def _altitude_m(values: Mapping[str, str]) -> float | None:
    """Places below the sea are real; exactly -1 is what clients send for unknown."""
    altitude_m = _number(values["altitude"], "altitude") if values.get("altitude") else -1.0
    return None if altitude_m == -1.0 else altitude_m


def _truth(values: Mapping[str, str], name: str) -> bool | None:
    text = values.get(name, "").lower()
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    if text in ("", "-1"):
        return None
    raise BadFix(f"{name}: true or false is expected")


def _number(text: str, name: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadFix(f"{name}: a number is expected")
    return _finite(float(text), name)


def _finite(number: float, name: str) -> float:
    if not math.isfinite(number):
        raise BadFix(f"{name}: the number is too large")
    return number


def _instant_ms(text: str) -> int:
    if _WHOLE.fullmatch(text):
        number = int(text)
        at_ms = number * 1000 if number < SECONDS_BELOW else number
        if is_known(at_ms):
            return at_ms
    else:
        with contextlib.suppress(BadInput):
            return ms_of(_moment(text))
    raise BadFix("timestamp: before 1970 or after the year 9999")


def _moment(text: str) -> datetime:
    """An ISO instant (without an offset in UTC), or `yyyy-MM-dd HH:mm:ss` in UTC."""
    if not ("T" in text or _DAY_AND_TIME.fullmatch(text)):
        raise BadFix("timestamp: seconds, milliseconds, ISO 8601 with T, or yyyy-MM-dd HH:mm:ss is expected")
    # An offset's plus sign that the client did not escape arrives as a space.
    signed = _BARE_OFFSET.sub(r"+\1", text) if "T" in text else text
    try:
        moment = datetime.fromisoformat(signed)
    except ValueError:
        raise BadFix("timestamp: no such day or time") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
