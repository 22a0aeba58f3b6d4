"""Local times of a zone as instants, also where clocks are put forward or back.

A local time that occurs twice is taken the first time; one that is skipped is read with the offset that held before,
so that 02:30 in a gap of an hour is the instant that the new clock calls 03:30 (PEP 495, fold 0).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY_MS = 86_400_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_ORDINAL = EPOCH.toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """at_ms int64[n] epoch milliseconds; skipped and twice bool[n]: the local time did not exist, or occurred twice."""

    at_ms: NDArray[np.int64]
    skipped: NDArray[np.bool_]
    twice: NDArray[np.bool_]


def instants_of(local_ms: NDArray[np.int64], zone: ZoneInfo) -> Instants:
    """Instants of local times given as milliseconds since 1970-01-01T00:00 on the zone's own clock."""
    at_ms = local_ms.copy()
    skipped = np.zeros(len(local_ms), np.bool_)
    twice = np.zeros(len(local_ms), np.bool_)
    day_numbers, day_of = np.unique(local_ms // DAY_MS, return_inverse=True)
    offsets = np.array([_steady_offset_ms(int(day), zone) for day in day_numbers], np.float64)
    steady = ~np.isnan(offsets[day_of]) if len(offsets) else skipped.copy()
    at_ms[steady] -= offsets[day_of][steady].astype(np.int64)
    for row in np.flatnonzero(~steady):
        at_ms[row], skipped[row], twice[row] = _instant(int(local_ms[row]), zone)
    return Instants(at_ms, skipped, twice)


def day_starts_ms(day: dt.date, zone: ZoneInfo) -> int:
    """The instant at which a local day begins; where midnight is skipped, the first instant of the day."""
    at_ms, _, _ = _instant((day.toordinal() - EPOCH_ORDINAL) * DAY_MS, zone)
    return at_ms


def _steady_offset_ms(day: int, zone: ZoneInfo) -> float:
    """The day's offset from UTC, NaN where it changes between the midnights around it."""
    first = _offset_ms(EPOCH + dt.timedelta(days=day), zone, fold=0)
    last = _offset_ms(EPOCH + dt.timedelta(days=day, hours=24) - dt.timedelta(milliseconds=1), zone, fold=1)
    return float(first) if first == last else float("nan")


def _instant(local_ms: int, zone: ZoneInfo) -> tuple[int, bool, bool]:
    local = EPOCH + dt.timedelta(milliseconds=local_ms)
    before_ms, after_ms = _offset_ms(local, zone, fold=0), _offset_ms(local, zone, fold=1)
    # In a gap the offset grows, in a fold it shrinks (PEP 495).
    return local_ms - before_ms, after_ms > before_ms, after_ms < before_ms


def _offset_ms(local: dt.datetime, zone: ZoneInfo, *, fold: int) -> int:
    offset = local.replace(tzinfo=zone, fold=fold).utcoffset()
    if offset is None:
        raise ValueError(f"the zone {zone.key} has no offset at {local}")
    return round(offset / dt.timedelta(milliseconds=1))
