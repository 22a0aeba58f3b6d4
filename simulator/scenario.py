"""All that a run depends on: roads, policy, trucks and their shifts, shops, orders, and the chances of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from dispatch.fleet import Shop, Truck
from dispatch.orders import Order
from dispatch.policy import Policy
from routing.router import Positions, Router
from simulator.draws import Chances


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedTruck:
    """A truck, its post on the roads, and its shifts as (start_ms, end_ms), end None for until further notice."""

    truck: Truck
    post: Positions
    shifts: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """All that a run depends on. `lines` gives each order's line in its load, the key of its chances.

    The policy's traffic table is also the world's: whoever it slows down in the dispatcher's eyes is slow on the road.
    `zone` is that of the city, by which hours are counted.
    """

    router: Router
    policy: Policy
    trucks: Sequence[SimulatedTruck]
    shops: Sequence[Shop]
    orders: Sequence[Order]
    lines: Sequence[int]
    from_ms: int
    until_ms: int
    chances: Chances
    seed: int
    zone: tzinfo = UTC
