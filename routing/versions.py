"""Routers by what their times rest on: closures, hour and live speeds. What is asked again is not customised again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from routing.profiles import Profile
from routing.router import Router
from routing.traffic import TrafficState, link_times_ms
from routing.traffic_tables import FREE_FLOW, TrafficTable

MOST_KEPT = 24
"""Versions kept: a working day has fewer kinds of hours, and one of a city with 70,000 links takes some 5 MB."""

MOST_LIVE = 2
"""Of these, with live speeds: those never come again once they have changed."""

Key = tuple[bytes, str, str | None, Profile]


class Versions:
    """The versions of one router (its network and threads). Safe to use from several threads."""

    def __init__(self, router: Router, table: TrafficTable, most: int = MOST_KEPT) -> None:
        """`router` is that of free flow; its own times hold wherever `table` and live speeds say nothing else."""
        if most < 1:
            raise ValueError(f"at least one version is kept, not {most}")
        self.table = table
        self._router = router
        self._most = most
        self._kept: OrderedDict[Key, Router] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, closed: NDArray[np.bool_], traffic: TrafficState, profile: Profile | None = None) -> Router:
        """The router with these closures (bool[L]) in this traffic; the same one each time while it is kept.

        `profile` is the kind of vehicle, that of the router without one.
        """
        factor = self.table.of_hour(traffic.hour_of_week)
        live = traffic.live.at(traffic.at_ms)
        shut = hashlib.sha256(np.packbits(closed).tobytes()).hexdigest()
        profile = self._router.profile if profile is None else profile
        key = factor.tobytes(), shut, live.sha256() if len(live) else None, profile
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        if len(live) or (factor != FREE_FLOW).any():
            roads = self._router.roads
            times = link_times_ms(roads, self.table, traffic.hour_of_week, live, traffic.at_ms)
            made = self._router.version(closed=closed, link_ms=times, profile=profile)
        else:
            made = self._router.version(closed=closed, profile=profile)
        return self._keep(key, made)

    def _keep(self, key: Key, made: Router) -> Router:
        """Customised without the lock, so two threads may have made the same one: the first stays."""
        with self._lock:
            kept = self._kept.setdefault(key, made)
            self._kept.move_to_end(key)
            live = [each for each in self._kept if each[2] is not None]
            for each in live[:-MOST_LIVE]:
                del self._kept[each]
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return kept
