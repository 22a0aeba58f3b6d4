"""Destinations that lie behind an origin on its own link: a sweep cannot tell how to come round to them.

It keeps one label for a link, and there the origin's own stands. How long the way round takes hangs on the links alone
and not on where on them the places lie, so that it is asked once for each pair of links.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from routing.customise import LONGEST_MS, NO_WAY_MS
from routing.ends import Ends, Seeds
from routing.positions import SHARE_ONE, parts
from routing.roads import NO_LINK

Rows = NDArray[np.int64]


def pairs_behind(starts: Seeds, goals: Seeds) -> tuple[Rows, Rows]:
    """The rows of places of which the second lies behind the first on a link of both."""
    common = np.intersect1d(starts.rank, goals.rank)
    if not len(common):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    start_row = np.repeat(np.arange(len(starts)), np.diff(starts.offset))
    goal_row = np.repeat(np.arange(len(goals)), np.diff(goals.offset))
    at_start = np.flatnonzero(np.isin(starts.rank, common))
    at_goal = np.flatnonzero(np.isin(goals.rank, common))
    by_rank = np.argsort(goals.rank[at_goal], kind="stable")
    at_goal = at_goal[by_rank]
    low = np.searchsorted(goals.rank[at_goal], starts.rank[at_start], side="left")
    high = np.searchsorted(goals.rank[at_goal], starts.rank[at_start], side="right")
    count = high - low
    a = np.repeat(at_start, count)
    b = at_goal[np.repeat(low - (np.cumsum(count) - count), count) + np.arange(count.sum())]
    behind = starts.left[a] < goals.left[b]
    return start_row[a[behind]].astype(np.int64), goal_row[b[behind]].astype(np.int64)


def times_by_links(
    starts: Ends, goals: Ends, origin: Rows, destination: Rows, link_ms: NDArray[np.int32],
    from_end_to_beginning: Callable[[Ends, Ends], NDArray[np.uint32]],
) -> NDArray[np.uint32]:  # fmt: skip
    """uint32[k]: milliseconds from place origin[k] of `starts` to place destination[k] of `goals`.

    `from_end_to_beginning` is asked for the times from places at the ends of links to places at their beginnings.
    """
    best = np.full(len(origin), np.int64(NO_WAY_MS))
    for a, before in _entries(starts, origin):
        for b, until in _entries(goals, destination):
            rows = np.flatnonzero((a != NO_LINK) & (b != NO_LINK))
            a_ms, b_ms = link_ms[a[rows]].astype(np.int64), link_ms[b[rows]].astype(np.int64)
            key, which = np.unique(a[rows] * len(link_ms) + b[rows], return_inverse=True)
            ends, beginnings = _at(key // len(link_ms), SHARE_ONE), _at(key % len(link_ms), 0)
            between = from_end_to_beginning(ends, beginnings).astype(np.int64)[which.reshape(-1)]
            to, gone = parts(b_ms, until[rows]), parts(a_ms, before[rows])
            ms = np.where(between == NO_WAY_MS, np.int64(NO_WAY_MS), a_ms - gone + between + to)
            ahead = (a[rows] == b[rows]) & (before[rows] <= until[rows])
            ms[ahead] = np.minimum(ms[ahead], (to - gone)[ahead])
            best[rows] = np.minimum(best[rows], ms)
    best[best > LONGEST_MS] = NO_WAY_MS
    return best.astype(np.uint32)


def _entries(places: Ends, rows: Rows) -> list[tuple[Rows, Rows]]:
    """Links and shares of the places at `rows`, in the one direction and in the other."""
    link, reverse, share = places.link[rows], places.reverse[rows], places.share[rows]
    return [(link.astype(np.int64), share), (reverse.astype(np.int64), SHARE_ONE - share)]


def _at(links: Rows, share: int) -> Ends:
    none = np.full(len(links), NO_LINK, np.int32)
    return Ends.in_integers(links, none, np.full(len(links), share, np.int64))
