"""The measures of a run: what was reported, served and left, how long people waited, what was driven."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.orders import JobStatus, Order
from simulator.record import JobRecord
from simulator.run import Run
from simulator.world import Leg


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """One order at the end: served when all its jobs are; its response is its first arrival's, None without one."""

    order: Order
    line: int
    jobs: int
    jobs_served: int
    status: str
    response_ms: int | None
    within_promise: bool


def order_outcomes(
    orders: Sequence[Order], lines: Sequence[int], records: Mapping[str, JobRecord]
) -> list[OrderOutcome]:
    """The outcome of each order, in order of report."""
    return [
        _outcome(order, line, [records[job.id] for job in order.jobs])
        for order, line in zip(orders, lines, strict=True)
    ]


def _outcome(order: Order, line: int, records: Sequence[JobRecord]) -> OrderOutcome:
    served = sum(record.status is JobStatus.DELIVERED for record in records)
    kept = [record for record in records if record.status is not JobStatus.CANCELLED]
    status = "cancelled" if not kept else "served" if served == len(kept) else "unserved"
    arrivals = [record.arrived_ms for record in records if record.arrived_ms is not None]
    response_ms = min(arrivals) - order.reported_at_ms if arrivals else None
    within = response_ms is not None and response_ms <= 1000 * order.promise_after_s
    return OrderOutcome(order, line, len(records), served, status, response_ms, within)


def summary(run: Run, outcomes: Sequence[OrderOutcome]) -> dict[str, object]:
    """The result's figures. Responses are those of the orders served; the share within promise is of all orders that
    were not cancelled, so one that nobody reached counts as late. Without any, both are null.
    """
    statuses = [outcome.status for outcome in outcomes]
    responses_s = np.array(
        [o.response_ms / 1000 for o in outcomes if o.response_ms is not None and o.status == "served"]
    )
    expected = [outcome for outcome in outcomes if outcome.status != "cancelled"]
    return {
        "orders": _counts(statuses),
        "jobs": _counts([_job_status(record) for record in run.jobs.values()]),
        "response_s": distribution(responses_s),
        "within_promise_share": _share(sum(o.within_promise for o in expected), len(expected)),
        "empty_km": _km(run, (Leg.TO_SCENE, Leg.RETURN)),
        "utilisation_share": utilisation(run),
        "km": {kind.value: _km(run, (kind,)) for kind in Leg},
        "switches": sum(record.switches for record in run.jobs.values()),
        "refusals": sum(record.refusals for record in run.jobs.values()),
        "breakdowns": len(run.breakdowns),
        "solves": run.work.solves,
        "work": run.work.units,
    }


def utilisation(run: Run) -> float | None:
    """Share of the trucks' time on duty, within the days of the run, in which they worked for a job."""
    scenario = run.scenario
    on_duty_ms = sum(
        _overlap(start_ms, scenario.until_ms if end_ms is None else end_ms, scenario.from_ms, scenario.until_ms)
        for truck in scenario.trucks
        for start_ms, end_ms in truck.shifts
    )
    busy_ms = sum(_overlap(busy.from_ms, busy.until_ms, scenario.from_ms, scenario.until_ms) for busy in run.busy)
    return _share(busy_ms, on_duty_ms)


def _overlap(from_ms: int, until_ms: int, window_from_ms: int, window_until_ms: int) -> int:
    return max(0, min(until_ms, window_until_ms) - max(from_ms, window_from_ms))


def _job_status(record: JobRecord) -> str:
    if record.status is JobStatus.DELIVERED:
        return "served"
    return "cancelled" if record.status is JobStatus.CANCELLED else "unserved"


def _counts(statuses: Sequence[str]) -> dict[str, int]:
    return {"reported": len(statuses)} | {s: statuses.count(s) for s in ("served", "unserved", "cancelled")}


def distribution(values_s: NDArray[np.float64]) -> dict[str, float | None]:
    """Mean, p50, p90, p99 and maximum, to a tenth of a second; quantiles by linear interpolation."""
    if not len(values_s):
        return dict.fromkeys(("mean", "p50", "p90", "p99", "max"))
    p50, p90, p99 = np.quantile(values_s, [0.5, 0.9, 0.99])
    named = {"mean": values_s.mean(), "p50": p50, "p90": p90, "p99": p99, "max": values_s.max()}
    return {name: round(float(value), 1) for name, value in named.items()}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _km(run: Run, kinds: tuple[Leg, ...]) -> float:
    return round(sum(leg.length_mm for leg in run.world.legs if leg.kind in kinds) / 1e6, 3)
