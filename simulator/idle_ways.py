"""Where a truck without work can be, and how far it is from there: the ways from where it became free to its post.

A truck that becomes free at `end` drives home to its post or stays. By the moment that a call comes in, `idle`
milliseconds later, it stands somewhere on that way. The time from a way to a scene is least where a link ends: from
within a link the truck has to drive to that end first, whatever it is called to, unless the scene lies on that link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.positions import position_on
from routing.router import NO_WAY_MS, Positions, Router
from routing.way import Way

SLICE_MS = 30_000
"""Width of a slice of idle time."""

FAR_MS = 2**40
"""In place of a drive that no way allows: later than any day."""


@dataclass(frozen=True, slots=True, eq=False)
class IdleWays:
    """Drives to the scenes of a day, milliseconds; E ends, J scenes, S slices of idle time, K trucks.

    direct_ms int64[E, J]        from an end
    post_ms   int64[K, J]        from a truck's post
    least_ms  int64[K, E, S, J]  no drive is shorter by a truck that has been idle since this end for any time within
                                 slices s - 1, s and s + 1 of SLICE_MS each; the last slice is all later
    middle_ms int64[K, E, S, J]  from where it is in the middle of slice s, or from the end where that is nearer
    ways                         by end and truck, None where there is none
    """

    direct_ms: NDArray[np.int64]
    post_ms: NDArray[np.int64]
    least_ms: NDArray[np.int64]
    middle_ms: NDArray[np.int64]
    scenes: Positions
    ways: tuple[tuple[Way | None, ...], ...]
    router: Router

    def after(self, truck: int, end: int, idle_ms: int, scene: int) -> int:
        """The drive to a scene of a truck that went home from this end, or stayed, whichever is shorter."""
        drive_ms, way = int(self.direct_ms[end, scene]), self.ways[end][truck]
        if way is None:
            return drive_ms
        if idle_ms >= way.duration_ms:
            return min(drive_ms, int(self.post_ms[truck, scene]))
        drives = self.router.table(way.position_at(idle_ms), self.scenes.take([scene]))
        return min(drive_ms, int(wide(drives)[0, 0]))


def idle_ways(router: Router, ends: Positions, posts: Positions, scenes: Positions) -> IdleWays:
    """All that a day needs to know of idle trucks, on the roads of `router`; `posts` has a row for each truck."""
    ways = tuple(
        tuple(router.route(ends.take([end]), posts.take([truck])) for truck in range(len(posts)))
        for end in range(len(ends))
    )
    direct_ms = wide(router.table(ends, scenes))
    post_ms = wide(router.table(posts, scenes))
    longest_ms = max((way.duration_ms for row in ways for way in row if way is not None), default=0)
    slices = longest_ms // SLICE_MS + 3
    least_ms = np.broadcast_to(direct_ms[:, None, :], (len(posts), len(ends), slices, len(scenes))).copy()
    middle_ms = least_ms.copy()
    places: list[Positions] = []
    where: list[tuple[int, int, int]] = []
    halfway: list[Positions] = []
    half_where: list[tuple[int, int, int]] = []
    for end, row in enumerate(ways):
        for truck, way in enumerate(row):
            if way is None:
                continue
            home = least_ms[truck, end, way.duration_ms // SLICE_MS :]
            np.minimum(home, post_ms[truck], out=home)
            half_home = middle_ms[truck, end, (way.duration_ms + SLICE_MS // 2) // SLICE_MS :]
            np.minimum(half_home, post_ms[truck], out=half_home)
            for slice_ in range((way.duration_ms + SLICE_MS // 2) // SLICE_MS):
                halfway.append(way.position_at(slice_ * SLICE_MS + SLICE_MS // 2))
                half_where.append((truck, end, slice_))
            for slice_, at in _seen(way):
                places.append(at)
                where.append((truck, end, slice_))
            _lower_where_passed(least_ms[truck, end], way, scenes)
    _lower(least_ms, router, places, where, scenes)
    _lower(middle_ms, router, halfway, half_where, scenes)
    return IdleWays(direct_ms, post_ms, _around(least_ms), middle_ms, scenes, ways, router)


def _seen(way: Way) -> list[tuple[int, Positions]]:
    """The places of a way that are nearest to whatever lies ahead: each link's end and each slice's end."""
    found = []
    for step, link in enumerate(way.links.tolist()[:-1]):
        # The truck stands at this end from here until it has turned into the next link.
        leaves_ms = int(way.elapsed_ms[step + 1])
        reaches_ms = leaves_ms - int(way.turn_ms[step + 1])
        found += [
            (slice_, position_on(link, 1.0)) for slice_ in range(reaches_ms // SLICE_MS, leaves_ms // SLICE_MS + 1)
        ]
    for slice_ in range(way.duration_ms // SLICE_MS + 1):
        found.append((slice_, way.position_at(min((slice_ + 1) * SLICE_MS, way.duration_ms))))
    return found


def _lower(
    least_ms: NDArray[np.int64],
    router: Router,
    places: Sequence[Positions],
    where: Sequence[tuple[int, int, int]],
    scenes: Positions,
) -> None:
    """Takes the drives from all places into the slices in which a truck can be there."""
    if not places:
        return
    joined = Positions.concatenate(places)
    keys, rows = np.unique(np.column_stack([joined.link, joined.along]), axis=0, return_inverse=True)
    first = np.zeros(len(keys), np.int64)
    first[rows.ravel()[::-1]] = np.arange(len(joined))[::-1]
    drives = wide(router.table(joined.take(first), scenes))
    for row, at in zip(rows.ravel().tolist(), where, strict=True):
        np.minimum(least_ms[at], drives[row], out=least_ms[at])


def _lower_where_passed(least_ms: NDArray[np.int64], way: Way, scenes: Positions) -> None:
    """A scene on a link of the way can be passed: there the drive may take no time. `least_ms` int64[S, J]."""
    on_way = np.isin(way.links, scenes.link) | np.isin(way.links, scenes.reverse)
    for step in np.flatnonzero(on_way).tolist():
        passed = (scenes.link == way.links[step]) | (scenes.reverse == way.links[step])
        first, last = int(way.elapsed_ms[step]) // SLICE_MS, int(way.elapsed_ms[step + 1]) // SLICE_MS
        least_ms[first : last + 1, passed] = 0


def _around(least_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least of each slice and its neighbours."""
    padded = np.concatenate([least_ms[:, :, :1], least_ms, least_ms[:, :, -1:]], axis=2)
    before: NDArray[np.int64] = np.minimum(padded[:, :, :-2], padded[:, :, 1:-1])
    return np.asarray(np.minimum(before, padded[:, :, 2:]), np.int64)


def wide(table: NDArray[np.uint32]) -> NDArray[np.int64]:
    """A router's table with FAR_MS where there is no way."""
    return np.where(table == NO_WAY_MS, FAR_MS, table.astype(np.int64))
