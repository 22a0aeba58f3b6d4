"""One cell of the study: a day, a fleet, a rule and a draw, played once and measured; or what foresight makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.days.scenes import Town, scenario
from dispatch.policy import SHIPPED, Policy
from simulator.clairvoyant import reference
from simulator.draws import Chances
from simulator.run import Run


class Cell(NamedTuple):
    """Which run: `rule` names a policy, or is `reference`."""

    day: str
    trucks: int
    rule: str
    draw: int


def waits_of(waits_s: NDArray[np.float64], promise_s: int) -> dict[str, float]:
    """Mean, 90th and 99th in a hundred (linear interpolation) and maximum in seconds; the share over the promise."""
    p90, p99 = np.quantile(waits_s, [0.9, 0.99])
    named = {"mean": waits_s.mean(), "p90": p90, "p99": p99, "max": waits_s.max()}
    return {name: round(float(value), 2) for name, value in named.items()} | {
        "late": round(float((waits_s > promise_s).mean()), 5)
    }


def play(town: Town, cell: Cell, policy: Policy, chances: Chances, elapsed_s: Callable[[], float]) -> dict[str, Any]:
    """The figures of one run; waits are of all jobs, from report to arrival."""
    made = scenario(town, cell.day, cell.trucks, cell.draw, policy, chances)
    run = Run(made)
    run.play(elapsed_s=elapsed_s)
    reported_ms = {order.id: order.reported_at_ms for order in made.orders}
    arrived = [record for record in run.jobs.values() if record.arrived_ms is not None]
    waits_s = np.array([(record.arrived_ms or 0) - reported_ms[record.order] for record in arrived]) / 1000
    decisions_ms = 1000 * np.array(run.work.wall_s)
    return {
        **cell._asdict(),
        "jobs": len(run.jobs),
        "unserved": len(run.jobs) - len(arrived),
        **waits_of(waits_s, policy.promise_after_s),
        "switches": round(sum(record.switches for record in run.jobs.values()) / len(run.jobs), 5),
        "timing": {"decisions": len(decisions_ms), "p99_ms": round(float(np.quantile(decisions_ms, 0.99)), 2)},
    }


def foresee(town: Town, cell: Cell, *, work: int, bound_steps: int) -> dict[str, Any]:
    """The figures of the clairvoyant reference of the same draw: those of its plan, and the bound on the mean."""
    policy = SHIPPED["production"]
    made = scenario(town, cell.day, cell.trucks, cell.draw, policy, Chances())
    slot_ms = 20_000 if cell.day != "storm" or cell.trucks > 25 else 60_000
    found = reference(made, work=work, bound_steps=bound_steps, slot_ms=slot_ms)
    return {
        **cell._asdict(),
        "jobs": len(found.waits_s),
        "unserved": 0,
        **waits_of(found.waits_s, policy.promise_after_s),
        "switches": 0.0,
        "bound": round(found.bound_mean_s, 2),
    }
