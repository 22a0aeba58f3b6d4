"""A load: the accidents that a simulation replays, as columns sorted by time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import IntEnum
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.local_time import day_starts_ms
from geo.faults import BadInput

POLICY_PROMISE = -1
"""`promise_after_s` of a row that leaves the promise to the policy."""


class Severity(IntEnum):
    UNKNOWN = 0
    DEATH = 1
    INJURY = 2
    DAMAGE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """n accidents, sorted by (instant, line).

    at_ms            int64[n]   epoch milliseconds of the occurrence (the report, for all that we know)
    lon_deg, lat_deg float64[n] WGS-84, whatever the datum of the file
    severity         uint8[n]   a Severity
    lanes_blocked    uint8[n]
    jobs             int32[n]   row of `needs_table`: for each truck needed, the capabilities that it must have
    person_waiting   bool[n]
    promise_after_s  int32[n]   POLICY_PROMISE where the row has none
    line             int64[n]   1-based line (row) in the source, header included
    """

    at_ms: NDArray[np.int64]
    lon_deg: NDArray[np.float64]
    lat_deg: NDArray[np.float64]
    severity: NDArray[np.uint8]
    lanes_blocked: NDArray[np.uint8]
    jobs: NDArray[np.int32]
    person_waiting: NDArray[np.bool_]
    promise_after_s: NDArray[np.int32]
    line: NDArray[np.int64]
    needs_table: tuple[tuple[frozenset[str], ...], ...]
    source: str
    generated: bool
    sha256: str
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.at_ms)

    def take(self, rows: NDArray[np.int64]) -> Load:
        """The accidents at `rows` (ascending, so that the order holds); everything said of the load stays."""
        return replace(
            self,
            at_ms=self.at_ms[rows],
            lon_deg=self.lon_deg[rows],
            lat_deg=self.lat_deg[rows],
            severity=self.severity[rows],
            lanes_blocked=self.lanes_blocked[rows],
            jobs=self.jobs[rows],
            person_waiting=self.person_waiting[rows],
            promise_after_s=self.promise_after_s[rows],
            line=self.line[rows],
        )

    def between(self, from_day: dt.date | None, to_day: dt.date | None, zone: ZoneInfo) -> Load:
        """The accidents of the local days `from_day` to `to_day`, both included; None leaves that side open.

        Raises BadInput where the last day lies before the first.
        """
        if from_day is not None and to_day is not None and to_day < from_day:
            raise BadInput(f"--to {to_day} lies before --from {from_day}")
        first, last = 0, len(self)
        if from_day is not None:
            first = int(np.searchsorted(self.at_ms, day_starts_ms(from_day, zone)))
        if to_day is not None:
            last = int(np.searchsorted(self.at_ms, day_starts_ms(to_day + dt.timedelta(days=1), zone)))
        return self.take(np.arange(first, last))
