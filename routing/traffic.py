"""What the travel times of one moment rest on: the free flow of each link, the hour of the week, and live speeds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routing.arrays import read_only
from routing.roads import Roads
from routing.router import LONGEST_LINK_MS
from routing.traffic_tables import FREE_FLOW, TrafficTable

HOUR_MS = 3_600_000

LiveRow = tuple[int, int, int, int]
"""Link, km/h, measured and valid until (epoch milliseconds)."""


def hour_of_week(at_ms: int, zone: tzinfo) -> int:
    """0 (Monday from 00:00) to 167 (Sunday from 23:00) by the local time of a zone."""
    local = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone)
    return local.weekday() * 24 + local.hour


def next_hour_ms(at_ms: int, zone: tzinfo) -> int:
    """When the zone's clocks next strike the hour, later than `at_ms`."""
    local = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone)
    return at_ms // 1000 * 1000 + HOUR_MS - 1000 * (60 * local.minute + local.second)


@dataclass(frozen=True, slots=True, eq=False)
class LiveSpeeds:
    """Speeds that somebody measures now: each link at most once, in ascending order.

    link       int32[n]  rows of the city's links; such as it does not have say nothing
    speed_kmh  int32[n]  at least 1
    at_ms      int64[n]  when it was measured
    until_ms   int64[n]  from then on it is worth nothing
    """

    link: NDArray[np.int32]
    speed_kmh: NDArray[np.int32]
    at_ms: NDArray[np.int64]
    until_ms: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.link)

    @staticmethod
    def of_rows(rows: Iterable[LiveRow]) -> LiveSpeeds:
        columns = np.array(sorted(rows), np.int64).reshape(-1, 4)
        return _speeds(*columns.T)

    def rows(self) -> tuple[LiveRow, ...]:
        columns = (self.link, self.speed_kmh, self.at_ms, self.until_ms)
        return tuple(zip(*(column.tolist() for column in columns), strict=True))

    def told(self, link: Sequence[int], speed_kmh: Sequence[int], at_ms: int, until_ms: int) -> LiveSpeeds:
        """With what is measured anew. A link named twice has the last speed; what was measured later stays."""
        new_link, from_last = np.unique(np.asarray(link, np.int64)[::-1], return_index=True)
        new_kmh = np.asarray(speed_kmh, np.int64)[::-1][from_last]
        fresh = ~np.isin(new_link, self.link[self.at_ms > at_ms])
        new_link, new_kmh = new_link[fresh], new_kmh[fresh]
        stays = ~np.isin(self.link, new_link)
        joined = np.concatenate([self.link[stays], new_link])
        order = np.argsort(joined)
        return _speeds(
            joined[order],
            np.concatenate([self.speed_kmh[stays], new_kmh])[order],
            np.concatenate([self.at_ms[stays], np.full(len(new_link), at_ms, np.int64)])[order],
            np.concatenate([self.until_ms[stays], np.full(len(new_link), until_ms, np.int64)])[order],
        )

    def at(self, now_ms: int) -> LiveSpeeds:
        """Those that are still worth something."""
        keep = self.until_ms > now_ms
        if keep.all():
            return self
        return _speeds(self.link[keep], self.speed_kmh[keep], self.at_ms[keep], self.until_ms[keep])

    def sha256(self) -> str:
        """Of links and speeds alone: the same speeds told anew make no other travel times."""
        return hashlib.sha256(self.link.tobytes() + self.speed_kmh.tobytes()).hexdigest()


def _speeds(link: ArrayLike, speed_kmh: ArrayLike, at_ms: ArrayLike, until_ms: ArrayLike) -> LiveSpeeds:
    return LiveSpeeds(
        read_only(link, np.int32), read_only(speed_kmh, np.int32),
        read_only(at_ms, np.int64), read_only(until_ms, np.int64),
    )  # fmt: skip


NOTHING_LIVE = LiveSpeeds.of_rows(())


@dataclass(frozen=True, slots=True, eq=False)
class TrafficState:
    """What is known of the traffic at `at_ms`: the hour of the week (None: it was never told) and live speeds."""

    hour_of_week: int | None = None
    live: LiveSpeeds = NOTHING_LIVE
    at_ms: int = 0

    def moved(self, hour: int, now_ms: int) -> TrafficState:
        """An hour has begun, or live speeds have lapsed."""
        return TrafficState(hour, self.live.at(now_ms), now_ms)

    def posted(self, link: Sequence[int], speed_kmh: Sequence[int], at_ms: int, until_ms: int, now_ms: int) -> (
        TrafficState
    ):  # fmt: skip
        live = self.live.told(link, speed_kmh, at_ms, until_ms).at(now_ms)
        return replace(self, live=live, at_ms=now_ms)


def speeds_of_ways(
    roads: Roads, way: Sequence[int], speed_kmh: Sequence[int]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """Links int32[n] and their km/h int32[n] by the source's number of their street (`link_ref`), and which ways are
    of this city, bool[ways]. Both directions of a street count; of a way named twice the last speed does."""
    asked = np.asarray(way, np.int64)
    distinct, from_last = np.unique(asked[::-1], return_index=True)
    place = np.searchsorted(distinct, roads.link_ref)
    place[place == len(distinct)] = 0
    link = np.flatnonzero(distinct[place] == roads.link_ref) if len(distinct) else np.empty(0, np.int64)
    kmh = np.asarray(speed_kmh, np.int64)[::-1][from_last][place[link]]
    return read_only(link, np.int32), read_only(kmh, np.int32), np.isin(asked, roads.link_ref[link])


def link_times_ms(
    roads: Roads, table: TrafficTable, hour_of_week: int | None, live: LiveSpeeds, now_ms: int
) -> NDArray[np.int32]:
    """int32[L]: milliseconds that each link takes at this hour of the week.

    Free flow times the factor of the hour and the class, rounded half up; or, where a live speed is still valid at
    `now_ms`, the link's length at that speed, which may be quicker than free flow. At most LONGEST_LINK_MS.
    """
    factor = table.of_hour(hour_of_week)
    times = roads.link_duration_ms.astype(np.int64)
    if (factor != FREE_FLOW).any():
        times = (times * factor[roads.link_class.astype(np.int64) - 1] + FREE_FLOW // 2) // FREE_FLOW
    valid = live.at(now_ms)
    known = valid.link < roads.link_count
    link, speed_kmh = valid.link[known], valid.speed_kmh[known].astype(np.int64)
    # mm at km/h: 3600 ms an hour's thousandth over 1000 mm, so mm * 3.6 / kmh, rounded half up
    length_mm = roads.link_length_mm[link].astype(np.int64)
    times[link] = np.maximum((length_mm * 36 + 5 * speed_kmh) // (10 * speed_kmh), 1)
    return read_only(np.minimum(times, LONGEST_LINK_MS), np.int32)
