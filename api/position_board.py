"""All positions as the service sees them now, in memory.

One task owns the board and applies what comes in; `fixes` hands out copies, so a planning round keeps the one version
it was given. Columns, one row a truck, rows are never moved: a fix is four numbers written, a version for the solver
four gathers, whatever the size of the fleet. Measured and rejected: an immutable dictionary a version (copying 5,000
entries for every fix costs as much as a whole `fixes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from data.fixes import Fix
from dispatch.fleet import Fixes
from geo.points import Point

STALE_S = 60
STANDING_KMH = 3.0
"""Below this speed a heading is noise."""

NEVER_MS = int(np.iinfo(np.int64).min)
_UNSEEN = 0
"""Row of the trucks that were never seen."""


class PositionBoard:
    """The latest used fix of each truck, and the version that counts every change.

    `version` grows by one with each call that changes something; it starts at 0 in each life of the service.
    """

    def __init__(self) -> None:
        self.version = 0
        self._latest: dict[str, Fix] = {}
        self._row: dict[str, int] = {}
        self._names: list[str] = [""]
        self._places = np.full((3, 64), np.nan)  # longitude, latitude, heading
        self._at_ms = np.full(64, NEVER_MS, dtype=np.int64)
        self._changed = np.zeros(64, dtype=np.int64)
        self._order: tuple[str, ...] = ()
        self._order_rows = np.zeros(0, dtype=np.intp)
        self._order_known = 0
        self._last: tuple[int, Fixes] | None = None

    def apply(self, fixes: Iterable[Fix]) -> int:
        """Takes over each fix that is newer than its truck's; the number of those. Late ones and duplicates are none.

        The fixes have been judged: of what is kept apart nothing may come here.
        """
        moved = 0
        for fix in fixes:
            known = self._latest.get(fix.truck)
            if known is None or fix.at_ms > known.at_ms:
                self._write(fix)
                moved += 1
        if moved:
            self.version += 1
        return moved

    def seed(self, latest: Mapping[str, Fix]) -> int:
        """Takes over what the position store holds, when the service starts or the store is back; as `apply`."""
        return self.apply(latest.values())

    def forget(self, truck: str) -> None:
        """A truck that went off duty is seen no longer."""
        if self._latest.pop(truck, None) is None:
            return
        self.version += 1
        row = self._row[truck]
        self._places[:, row] = np.nan
        self._at_ms[row] = NEVER_MS
        self._changed[row] = self.version

    def fixes(self, order: Sequence[str]) -> Fixes:
        """This version for the engine, row k being the truck `order[k]`; never written to again.

        A truck without a fix has `NEVER_MS` and NaN for a place.
        """
        if self._order_known != len(self._names) or not _same(self._order, order):
            self._order = tuple(order)
            self._order_known = len(self._names)
            self._order_rows = np.fromiter((self._row.get(truck, _UNSEEN) for truck in order), np.intp, len(order))
            self._last = None
        if self._last is None or self._last[0] != self.version:
            self._last = (self.version, self._gather())
        return self._last[1]

    def find(self, truck: str) -> Fix | None:
        """The truck's latest used fix: what the next one is judged by."""
        return self._latest.get(truck)

    def place(self, truck: str) -> Point | None:
        fix = self._latest.get(truck)
        return None if fix is None else Point(fix.lon_deg, fix.lat_deg)

    def age_s(self, truck: str, now_ms: int) -> int | None:
        """Whole seconds since the fix was taken, 0 for one a little ahead of the clock, None without a fix."""
        fix = self._latest.get(truck)
        return None if fix is None else max(0, (now_ms - fix.at_ms) // 1000)

    def is_stale(self, truck: str, now_ms: int, on_job: bool) -> bool:
        """Over 60 s old, or not known at all, while the truck is on a job."""
        fix = self._latest.get(truck)
        return on_job and (fix is None or now_ms - fix.at_ms > 1000 * STALE_S)

    def changed_since(self, version: int) -> tuple[str, ...]:
        """The trucks whose fix came, changed or went after that version."""
        rows = np.flatnonzero(self._changed[: len(self._names)] > version)
        return tuple(self._names[row] for row in rows.tolist())

    def newer_than(self, latest: Mapping[str, Fix]) -> tuple[Fix, ...]:
        """The fixes that a store which came back has lost: to be put again, and counted."""
        return tuple(
            fix for truck, fix in self._latest.items() if (kept := latest.get(truck)) is None or kept.at_ms < fix.at_ms
        )

    def _write(self, fix: Fix) -> None:
        row = self._row.get(fix.truck)
        if row is None:
            row = self._new_row(fix.truck)
        self._latest[fix.truck] = fix
        standing = fix.speed_kmh is not None and fix.speed_kmh < STANDING_KMH
        heading_deg = np.nan if fix.heading_deg is None or standing else fix.heading_deg
        self._places[:, row] = (fix.lon_deg, fix.lat_deg, heading_deg)
        self._at_ms[row] = fix.at_ms
        self._changed[row] = self.version + 1

    def _new_row(self, truck: str) -> int:
        row = len(self._names)
        if row == len(self._at_ms):
            self._places = np.concatenate([self._places, np.full_like(self._places, np.nan)], axis=1)
            self._at_ms = np.concatenate([self._at_ms, np.full_like(self._at_ms, NEVER_MS)])
            self._changed = np.concatenate([self._changed, np.zeros_like(self._changed)])
        self._names.append(truck)
        self._row[truck] = row
        return row

    def _gather(self) -> Fixes:
        lon_deg, lat_deg, heading_deg = (column[self._order_rows] for column in self._places)
        at_ms = self._at_ms[self._order_rows]
        for array in (lon_deg, lat_deg, heading_deg, at_ms):
            array.flags.writeable = False
        return Fixes(lon_deg=lon_deg, lat_deg=lat_deg, heading_deg=heading_deg, at_ms=at_ms)


def _same(known: tuple[str, ...], order: Sequence[str]) -> bool:
    return known is order or (len(known) == len(order) and known == tuple(order))
