"""Ways and travel times on the roads of one city: turns, bans, closures and traffic included."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routing.arrays import Scalar, read_only, unchanged
from routing.customise import LONGEST_MS, NO_WAY_MS
from routing.ends import Ends
from routing.network import Network, network_of
from routing.positions import SHARE_ONE, Positions
from routing.profiles import ANY, LIGHT, Profile, passable
from routing.roads import City, Roads
from routing.search import Search
from routing.snap import snap
from routing.turn_costs import FREE, TurnModel, model_of
from routing.way import Way, way_along

__all__ = ["NO_WAY_MS", "Positions", "Router", "Way"]

LONGEST_LINK_MS = LONGEST_MS
"""A link that takes longer is closed, not slow."""


class Router:
    """One version of the travel times of a city; closures and traffic make a new one. Safe to use from several threads.

    A way is a sequence of links: after link a any link b with tail(b) == head(a) may be driven, unless (a, b) is a
    turn ban, a banned path ends there, or b is closed; the turn costs what the network's turn model says. A link
    whose posted limits the vehicle exceeds is closed. A truck on a closed link may leave it, or drive on along it to a
    place ahead; nobody else gets to a place on a closed link.

    A place with both `link` and `reverse` may be left and reached in either direction, one with `link` alone only in
    that. Partial links are measured by `routing.positions.part` in every method, so that `table`, `times` and `route`
    agree to the millisecond. Answers depend on nothing but the version and the question: of ways that take equally long
    the same one is always taken.

    `offered` is bool[L]: open links from which every other such link can be reached (closures aside).
    """

    __slots__ = ("_search", "closed", "link_ms", "network", "offered", "profile", "roads", "threads")

    def __init__(
        self,
        roads: Roads,
        *,
        closed: NDArray[np.bool_] | None = None,
        link_ms: NDArray[np.int32] | None = None,
        turn_model: TurnModel = FREE,
        profile: Profile = ANY,
        threads: int | None = None,
    ) -> None:
        """A router that makes the hierarchy of `roads` first; `Router.of` a city finds it made. See `version`."""
        self._start(network_of(roads, turn_model), closed, link_ms, profile, threads)

    @classmethod
    def of(cls, city: City, *, profile: Profile = LIGHT, threads: int | None = None) -> Router:
        """The router of a city for one kind of vehicle: free-flow times, with its country's model of turns.

        `threads` is the most that a table may use, all processors by default.
        """
        network = network_of(city.roads, model_of(city.facts.timezone), city.structure)
        return cls.on(network, profile=profile, threads=threads)

    @classmethod
    def on(
        cls,
        network: Network,
        *,
        link_ms: NDArray[np.int32] | None = None,
        profile: Profile = ANY,
        threads: int | None = None,
    ) -> Router:
        """The router on a network that is there already. See `version`."""
        router = cls.__new__(cls)
        router._start(network, None, link_ms, profile, threads)
        return router

    def _start(
        self, network: Network, closed: NDArray[np.bool_] | None, link_ms: NDArray[np.int32] | None,
        profile: Profile, threads: int | None,
    ) -> None:  # fmt: skip
        roads = network.roads
        self.network = network
        self.roads = roads
        self.threads = max(1, threads or os.cpu_count() or 1)
        self.profile = profile
        self.closed = _column(
            "closed", np.zeros(roads.link_count, np.bool_) if closed is None else closed, roads, np.bool_
        )
        self.link_ms = _column("link_ms", roads.link_duration_ms if link_ms is None else link_ms, roads, np.int32)
        bad = np.flatnonzero((self.link_ms < 0) | (self.link_ms > LONGEST_LINK_MS))
        if len(bad):
            raise ValueError(f"link {bad[0]} takes {self.link_ms[bad[0]]} ms, which is not within 0..{LONGEST_LINK_MS}")
        is_open = ~self.closed & passable(roads, profile)
        self._search = Search.on(network, self.link_ms, is_open, profile.heavy)
        self.offered = read_only(self._search.is_open & roads.link_strong, np.bool_)

    def version(
        self,
        *,
        closed: NDArray[np.bool_] | None = None,
        link_ms: NDArray[np.int32] | None = None,
        profile: Profile | None = None,
    ) -> Router:
        """Another version on the same network; this one where nothing changes. What is left out stays as it is.

        closed   bool[L]   True for links that may not be entered
        link_ms  int32[L]  milliseconds that each link takes, 0..LONGEST_LINK_MS
        profile            the kind of vehicle, whose posted limits and bans count as closed

        Raises ValueError where an array has another length or a value is out of range.
        """
        closed = self.closed if closed is None else closed
        link_ms = self.link_ms if link_ms is None else link_ms
        profile = self.profile if profile is None else profile
        if profile == self.profile and np.array_equal(closed, self.closed) and np.array_equal(link_ms, self.link_ms):
            return self
        router = Router.__new__(Router)
        router._start(self.network, closed, link_ms, profile, self.threads)
        return router

    def with_closed(self, closed: NDArray[np.bool_]) -> Router:
        """The version with just these links closed."""
        return self.version(closed=closed)

    def snap(
        self, lon_deg: ArrayLike, lat_deg: ArrayLike, *, heading_deg: ArrayLike | None = None, strong_only: bool = True
    ) -> Positions:
        """The nearest place on an open link for each of n places; see `routing.snap.snap` for the rules.

        With `strong_only` only links count from which every other such link can be reached (closures aside).
        """
        offered = self.offered if strong_only else self._search.is_open
        return snap(self.network.grid, self.roads, offered, lon_deg, lat_deg, heading_deg)

    def table(self, origins: Positions, destinations: Positions) -> NDArray[np.uint32]:
        """uint32[n, m]: milliseconds from each origin to each destination, NO_WAY_MS where there is no way."""
        starts, start_row = self._ends(origins).distinct()
        goals, goal_row = self._ends(destinations).distinct()
        search = self._search
        times = search.table(starts, goals, self.threads)
        if start_row is not None:
            times = times.take(start_row, axis=0)
        return times if goal_row is None else times.take(goal_row, axis=1)

    def times(self, origins: Positions, destinations: Positions) -> NDArray[np.uint32]:
        """uint32[n]: milliseconds from origin k to destination k, NO_WAY_MS where there is no way.

        Raises ValueError where there are not as many of the one as of the other.
        """
        if len(origins) != len(destinations):
            raise ValueError(f"{len(origins)} origins do not pair with {len(destinations)} destinations")
        search = self._search
        rows = np.arange(len(origins), dtype=np.int64)
        return search.pairs(self._ends(origins), self._ends(destinations), rows, rows)

    def route(self, origin: Positions, destination: Positions) -> Way | None:
        """A shortest way between two places (each of length 1), or None where there is none."""
        if len(origin) != 1 or len(destination) != 1:
            raise ValueError(f"a route has one origin and one destination, not {len(origin)} and {len(destination)}")
        search = self._search
        start, end = self._ends(origin), self._ends(destination)
        found = search.way(search.origins(start), search.destinations(end))
        if found is None:
            return None
        links, turn_ms, start_entry, end_entry = found
        start_share, end_share = int(start.entries()[2][start_entry]), int(end.entries()[2][end_entry])
        return way_along(
            self.roads, links, start_share / SHARE_ONE, end_share / SHARE_ONE,
            link_ms=self.link_ms[links], turn_ms=turn_ms,
        )  # fmt: skip

    @property
    def turn_ms(self) -> NDArray[np.uint32]:
        """uint32[T], by `network.turns`: milliseconds from the end of a turn's first link to the end of its second,
        `customise.NEVER` where it may not be taken in this version."""
        return self._search.turn_ms

    def reach(self, origins: Positions) -> NDArray[np.uint32]:
        """uint32[L]: milliseconds from the nearest origin to the end of each link, NO_WAY_MS where there is no way."""
        return self._search.reach(self._search.origins(self._ends(origins)))

    def _ends(self, places: Positions) -> Ends:
        return Ends.of(places, self.roads.link_count)


def _column(name: str, values: ArrayLike, roads: Roads, dtype: type[Scalar]) -> NDArray[Scalar]:
    if np.shape(values) != (roads.link_count,):
        raise ValueError(f"{name} has the shape {np.shape(values)}, but there are {roads.link_count} links")
    return unchanged(np.array(values), dtype, name)
