"""Ways and travel times on the roads of one city, honouring turn bans and closures."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routing.arrays import read_only
from routing.positions import SHARE_ONE, Positions
from routing.roads import NO_LINK, Roads
from routing.search import NO_WAY_MS, Ends, Search
from routing.snap import SegmentGrid, segment_grid, snap
from routing.trees import TreeCache
from routing.turns import Turns, permitted_turns
from routing.way import Way, way_along

__all__ = ["CACHE_BYTES", "NO_WAY_MS", "Positions", "Router", "Way"]

CACHE_BYTES = 64 << 20
"""Bound of the trees that a router keeps: 240 of a city of 70,000 links."""


class Router:
    """One version of the travel times of a city; closures make a new version. Safe to use from several threads.

    A way is a sequence of links: after link a any link b with tail(b) == head(a) may be driven, unless (a, b) is a
    turn ban or b is closed. Turns cost nothing, and a U-turn into `link_reverse` is a turn like any other: permitted
    unless banned, at no cost in this version. A truck on a closed link may leave it, or drive on along it to a place
    ahead; nobody else gets to a place on a closed link.

    A place with both `link` and `reverse` may be left and reached in either direction, one with `link` alone only in
    that. Partial links are measured by `routing.positions.part` in every method, so that `table` and `route` agree to
    the millisecond. Of ways that take equally long, one that leaves along `link` is taken before one along `reverse`,
    one that stays on that link before others, and then the one that turns into the lowest rows.
    """

    __slots__ = ("_grid", "_search", "_trees", "_turns", "closed", "roads")

    def __init__(
        self, roads: Roads, *, closed: NDArray[np.bool_] | None = None, cache_bytes: int = CACHE_BYTES
    ) -> None:
        """`closed` is bool[L], True for links that may not be entered; ValueError where it has another length."""
        self._assemble(roads, closed, permitted_turns(roads), segment_grid(roads), cache_bytes)

    def _assemble(
        self, roads: Roads, closed: NDArray[np.bool_] | None, turns: Turns, grid: SegmentGrid, cache_bytes: int
    ) -> None:
        self.roads = roads
        self.closed = read_only(np.zeros(roads.link_count) if closed is None else np.array(closed), np.bool_)
        if self.closed.shape != (roads.link_count,):
            raise ValueError(f"closed has the shape {self.closed.shape}, but there are {roads.link_count} links")
        self._turns = turns
        self._grid = grid
        self._search = Search.on(roads, turns, ~self.closed)
        self._trees = TreeCache(cache_bytes)

    def with_closed(self, closed: NDArray[np.bool_]) -> Router:
        """A router on the same roads with just these links closed; this one if nothing changes."""
        if np.array_equal(closed, self.closed):
            return self
        router = Router.__new__(Router)
        router._assemble(self.roads, closed, self._turns, self._grid, self._trees.capacity_bytes)
        return router

    def snap(
        self, lon_deg: ArrayLike, lat_deg: ArrayLike, *, heading_deg: ArrayLike | None = None, strong_only: bool = True
    ) -> Positions:
        """The nearest place on an open link for each of n places; see `routing.snap.snap` for the rules.

        With `strong_only` only links count from which every other such link can be reached (closures aside).
        """
        offered = self._search.is_open & self.roads.link_strong if strong_only else self._search.is_open
        return snap(self._grid, self.roads, offered, lon_deg, lat_deg, heading_deg)

    def table(self, origins: Positions, destinations: Positions) -> NDArray[np.uint32]:
        """uint32[n, m]: milliseconds from each origin to each destination, NO_WAY_MS where there is no way.

        A column is read from the whole tree towards its destination where that is kept from an earlier call. For the
        distinct destinations that are left, one such tree each is grown and kept if they are no more than the distinct
        origins; otherwise one search from each distinct origin, which stops at the last destination and is not kept.
        Trees that together would fill more than half of the cache are not kept: they would drive out those of open
        scenes and shops and be gone themselves before they are asked for again. The answer is the same either way.
        """
        starts, start_row = Ends.of(origins).distinct()
        ends, end_row = Ends.of(destinations).distinct()
        times = np.empty((len(starts), len(ends)), dtype=np.uint32)
        missing = []
        for row in range(len(ends)):
            tree = self._trees.find(ends.key(row))
            if tree is None:
                missing.append(row)
            else:
                times[:, row] = self._search.column(tree, starts, ends, row)
        if len(missing) <= len(starts):
            keep = len(missing) * 4 * self.roads.link_count <= self._trees.capacity_bytes // 2
            for row in missing:
                tree = self._tree_to(ends, row, keep=keep)
                times[:, row] = self._search.column(tree, starts, ends, row)
        else:
            left = ends.take(missing)
            for row in range(len(starts)):
                tree = self._search.tree_from(starts, row, left)
                times[row, missing] = self._search.row(tree, starts, row, left)
        return times[np.ix_(start_row, end_row)]

    def keep(self, destinations: Positions) -> None:
        """Grow and keep the trees of destinations that will be asked for again and again, such as shops."""
        ends, _ = Ends.of(destinations).distinct()
        for row in range(len(ends)):
            if self._trees.find(ends.key(row)) is None:
                self._tree_to(ends, row, keep=True)

    @property
    def kept_trees(self) -> int:
        """How many trees are kept now."""
        return len(self._trees)

    def route(self, origin: Positions, destination: Positions) -> Way | None:
        """The shortest way between two places (each of length 1), or None where there is none.

        It is read from the destination's tree, which is grown and kept unless it is already there.
        """
        if len(origin) != 1 or len(destination) != 1:
            raise ValueError(f"a route has one origin and one destination, not {len(origin)} and {len(destination)}")
        start, end = Ends.of(origin), Ends.of(destination)
        tree = self._trees.find(end.key(0))
        if tree is None:
            tree = self._tree_to(end, 0, keep=True)
        found = self._search.way_down(tree, start, end)
        if found is None:
            return None
        links, start_share, end_share = found
        return way_along(self.roads, links, start_share / SHARE_ONE, end_share / SHARE_ONE)

    def _tree_to(self, ends: Ends, row: int, *, keep: bool) -> NDArray[np.uint32]:
        tree = self._search.tree_to(ends, row)
        if keep and ends.link[row] != NO_LINK:
            self._trees.keep(ends.key(row), tree)
        return tree
