"""A plan as its file says, believed in nothing: what the checker checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.plan import Plan, Terms, Tier, TruckRoute


@dataclass(frozen=True, slots=True)
class UnservedRow:
    job: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConsideredRow:
    truck: str
    arrive_s: int | None
    cost: int | None
    verdict: str


@dataclass(frozen=True, slots=True)
class WhyRow:
    job: str
    considered: tuple[ConsideredRow, ...]
    rest: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """PLAN.json row by row; every number, id and word may be wrong."""

    routes: tuple[TruckRoute, ...]
    unserved: tuple[UnservedRow, ...]
    cost: int
    terms: Terms
    tier: Tier
    lower_bound: int | None
    gap: float | None
    method: str
    work: int
    why: tuple[WhyRow, ...] = ()


def document_of(plan: Plan) -> PlanDocument:
    """A plan of the solver's, to be believed as little as one from a file."""
    unserved = tuple(UnservedRow(each.job, each.reason) for each in plan.unserved)
    return PlanDocument(
        plan.routes, unserved, plan.cost, plan.terms, plan.tier, plan.lower_bound, plan.gap, plan.method, plan.work
    )
