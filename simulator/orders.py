"""From a load to the rescue orders that a run reports."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.loads import POLICY_PROMISE, Load
from dispatch.orders import Job, Order
from dispatch.policy import Policy
from simulator.draws import Chances, needs_tow


def orders_of(
    load: Load, rows: NDArray[np.int64], policy: Policy, chances: Chances, seed: int, tow_share: float | None
) -> tuple[list[Order], list[int]]:
    """The orders of these rows of a load, and their lines; with a tow share, only of the accidents drawn for it."""
    orders, lines = [], []
    for row in rows.tolist():
        line = int(load.line[row])
        if tow_share is not None and not needs_tow(seed, line, tow_share):
            continue
        orders.append(_order(load, row, f"L{line}", policy, chances))
        lines.append(line)
    return orders, lines


def _order(load: Load, row: int, order_id: str, policy: Policy, chances: Chances) -> Order:
    promise_after_s = int(load.promise_after_s[row])
    needs = load.needs_table[int(load.jobs[row])]
    return Order(
        id=order_id,
        reported_at_ms=int(load.at_ms[row]),
        lon_deg=float(load.lon_deg[row]),
        lat_deg=float(load.lat_deg[row]),
        promise_after_s=policy.promise_after_s if promise_after_s == POLICY_PROMISE else promise_after_s,
        jobs=tuple(
            Job(f"{order_id}-{number}", need, chances.on_scene_mean_s) for number, need in enumerate(needs, start=1)
        ),
        lanes_blocked=int(load.lanes_blocked[row]),
        person_waiting=bool(load.person_waiting[row]),
    )
