"""A load: the accidents that a simulation replays, as columns sorted by time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

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
