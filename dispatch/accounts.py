"""What is written down with the decisions of a plan: what was seen, what it cost, and why each truck was sent."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dispatch import events as ev
from dispatch.explain import explain
from dispatch.explain_around import around_of
from dispatch.explain_job import facts_of
from dispatch.fleet import Fixes
from dispatch.ledger import Ledger
from dispatch.plan import Plan
from dispatch.snapshot import Snapshot


def account_of(
    book: Ledger,
    snapshot: Snapshot,
    plan: Plan,
    decisions: Sequence[ev.Decision],
    fixes: Fixes,
    versions: tuple[int, int],
) -> ev.PlanMade:
    """The record that goes before `decisions`; `versions` are those of the positions and of the roads."""
    problem = snapshot.problem
    decided = {decision.job for decision in decisions}
    positions_version, traffic_version = versions
    return ev.PlanMade(
        taken_at_ms=snapshot.at_ms,
        method=plan.method,
        work=plan.work,
        cost=plan.cost,
        lower_bound=plan.lower_bound,
        tier=plan.tier,
        positions_version=positions_version,
        traffic_version=traffic_version,
        seen=tuple(_seen(fixes, truck.id, book.truck(truck.id).row) for truck in problem.trucks),
        why=explain(problem, plan, decided, snapshot.absent),
        facts=facts_of(problem, plan, decided, around_of(book, snapshot, fixes)),
    )


def _seen(fixes: Fixes, truck_id: str, row: int) -> ev.Seen:
    heading_deg = float(fixes.heading_deg[row])
    return ev.Seen(
        truck=truck_id,
        at_ms=int(fixes.at_ms[row]),
        lon_e7=round(float(fixes.lon_deg[row]) * 1e7),
        lat_e7=round(float(fixes.lat_deg[row]) * 1e7),
        heading_deg=None if math.isnan(heading_deg) else round(heading_deg) % 360,
    )
