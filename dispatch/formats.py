"""PROBLEM.json and PLAN.json, version 1: the only module of the room that knows their text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch.format_faults import MOST_S, contradictions
from dispatch.json_text import parse, pointer
from dispatch.plan import Plan, Stop, Terms, Tier, TruckRoute, Why
from dispatch.plan_document import ConsideredRow, PlanDocument, UnservedRow, WhyRow
from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption, Weights
from dispatch.worst_sum import MOST_SUM, worst_sum
from geo.faults import BadInput

_Seconds = Annotated[int, Field(ge=-MOST_S, le=MOST_S)]
_Span = Annotated[int, Field(ge=0, le=MOST_S)]
_Price = Annotated[int, Field(ge=0, le=10**9)]
_Weight = Annotated[int, Field(ge=0, le=10**4)]
_Place = Annotated[int, Field(ge=0)]
_Drive = Annotated[int, Field(ge=0, le=NO_WAY_S)]


class _Row(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Shop(_Row):
    id: str
    place: _Place
    unload_s: _Span
    price: _Price = 0


class _Truck(_Row):
    id: str
    place: _Place
    free_at_s: _Seconds
    can: list[str]
    shift_end_s: _Seconds
    company: str
    driving_to: str | None
    driven_s: _Span
    price: _Price = 0


class _Job(_Row):
    id: str
    order: str
    scene: _Place
    can: list[str]
    reported_s: _Seconds
    release_s: _Seconds = 0
    promise_s: _Seconds
    weight: Annotated[int, Field(ge=1, le=10**3)]
    lanes_blocked: Annotated[int, Field(ge=0, le=20)]
    on_scene_s: _Span
    shops: list[_Shop]
    unserved_cost: Annotated[int, Field(ge=0, le=10**12)]
    must_serve: bool
    locked_to: str | None = None
    refused_by: list[str]


class _Weights(_Row):
    wait: _Weight
    late: _Weight
    blocked: _Weight
    empty_drive: _Weight
    overtime: _Weight
    tow_detour: _Weight
    theta: _Weight
    kappa: _Weight


class _Problem(_Row):
    version: int
    durations_s: list[list[_Drive | None]]
    trucks: list[_Truck]
    jobs: list[_Job]
    shop_places: dict[str, Annotated[int, Field(ge=0)]] = {}
    weights: _Weights


class _Stop(_Row):
    job: str
    shop: str | None
    depart_s: int
    arrive_s: int
    free_at_s: int


class _Route(_Row):
    truck: str
    stops: list[_Stop]


class _Unserved(_Row):
    job: str
    reason: str


class _Terms(_Row):
    wait: int
    late: int
    blocked: int
    empty_drive: int
    overtime: int
    tow_detour: int
    price: int
    switch: int
    unserved: int


class _Tier(_Row):
    unserved: int
    wait_s: int
    proven: bool


class _Considered(_Row):
    truck: str
    arrive_s: int | None
    cost: int | None
    verdict: str


class _Why(_Row):
    job: str
    considered: list[_Considered]
    rest: dict[str, int] = {}


class _Plan(_Row):
    routes: list[_Route]
    unserved: list[_Unserved]
    cost: int
    terms: _Terms
    tier: _Tier
    lower_bound: int | None
    gap: float | None
    method: str
    work: int
    timing: dict[str, object] = {}
    why: list[_Why] = []


def read_problem(text: bytes | str, source: str) -> Problem:
    """Read a PROBLEM; BadInput lists every fault, each with its JSON pointer. `source` is named in the message."""
    document = parse(text, source)
    faults = list(contradictions(document)) if isinstance(document, dict) else []
    try:
        read = _Problem.model_validate(document)
    except ValidationError as fault:
        raise refusal(source, [*field_faults(fault), *faults]) from fault
    if faults:
        raise refusal(source, faults)
    problem = _problem(read)
    worst = worst_sum(problem)
    if worst > MOST_SUM:
        raise refusal(source, [f": a plan's sum could reach {worst}, above 2^62; use smaller weights or fewer jobs"])
    return problem


def read_plan(text: bytes | str, source: str) -> PlanDocument:
    """Read a PLAN as it stands, to be checked: its numbers, ids and words may be wrong, its structure may not."""
    document = parse(text, source)
    try:
        read = _Plan.model_validate(document)
    except ValidationError as fault:
        raise refusal(source, field_faults(fault)) from fault
    return PlanDocument(
        routes=tuple(
            TruckRoute(route.truck, tuple(Stop(**dict(stop)) for stop in route.stops)) for route in read.routes
        ),
        unserved=tuple(UnservedRow(left.job, left.reason) for left in read.unserved),
        cost=read.cost,
        terms=Terms(**dict(read.terms)),
        tier=Tier(**dict(read.tier)),
        lower_bound=read.lower_bound,
        gap=read.gap,
        method=read.method,
        work=read.work,
        why=tuple(
            WhyRow(row.job, tuple(ConsideredRow(**dict(truck)) for truck in row.considered), dict(row.rest))
            for row in read.why
        ),
    )


def refusal(source: str, faults: Sequence[str]) -> BadInput:
    """All faults of a document as one exception."""
    first = faults[0] + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else "")
    return BadInput(f"{source}: {len(faults)} fault{'s' if len(faults) > 1 else ''}: {first}", faults)


def field_faults(fault: ValidationError) -> list[str]:
    """One line for each field that has a wrong type or value, is missing or unknown."""
    return [
        f"{pointer(*error['loc'])}: {_said(error['type'], error['msg'], error['input'])}" for error in fault.errors()
    ]


def _said(kind: str, message: str, value: object) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not a known key"
    if kind == "model_type":
        message = "A JSON object is expected"
    shown = repr(value)
    return f"{message[:1].lower()}{message[1:]}, not {shown if len(shown) <= 60 else shown[:57] + '...'}"


def _problem(read: _Problem) -> Problem:
    table = [[NO_WAY_S if drive_s is None else drive_s for drive_s in row] for row in read.durations_s]
    return Problem(
        durations_s=np.array(table, dtype=np.int64).reshape(len(table), len(table)),
        trucks=tuple(_truck(truck) for truck in read.trucks),
        jobs=tuple(_job(job) for job in read.jobs),
        weights=Weights(**dict(read.weights)),
        shop_places=dict(read.shop_places),
    )


def _truck(read: _Truck) -> ProblemTruck:
    return ProblemTruck(**{**dict(read), "can": frozenset(read.can)})


def _job(read: _Job) -> ProblemJob:
    shops = tuple(ShopOption(**dict(shop)) for shop in read.shops)
    sets = {"can": frozenset(read.can), "refused_by": frozenset(read.refused_by)}
    return ProblemJob(**{**dict(read), **sets, "shops": shops})


def write_problem(problem: Problem) -> dict[str, object]:
    """A problem as its JSON document; `read_problem` reads back an equal one."""
    table = [[None if drive_s == NO_WAY_S else drive_s for drive_s in row] for row in problem.durations_s.tolist()]
    return {
        "version": 1,
        "durations_s": table,
        "trucks": [{**asdict(truck), "can": sorted(truck.can)} for truck in problem.trucks],
        "jobs": [_job_row(job) for job in problem.jobs],
        "shop_places": dict(problem.shop_places),
        "weights": asdict(problem.weights),
    }


def _job_row(job: ProblemJob) -> dict[str, object]:
    sets = {"can": sorted(job.can), "refused_by": sorted(job.refused_by)}
    return {**asdict(job), **sets, "shops": [asdict(shop) for shop in job.shops]}


def write_plan(plan: Plan, why: Sequence[Why], timing: Mapping[str, float]) -> dict[str, object]:
    """A plan with its explanation as its JSON document; wall-clock figures stand in `timing` alone."""
    return {
        "routes": [{"truck": route.truck, "stops": [asdict(stop) for stop in route.stops]} for route in plan.routes],
        "unserved": [{"job": left.job, "reason": left.reason.value} for left in plan.unserved],
        "cost": plan.cost,
        "terms": asdict(plan.terms),
        "tier": asdict(plan.tier),
        "lower_bound": plan.lower_bound,
        "gap": plan.gap,
        "method": plan.method.value,
        "work": plan.work,
        "timing": dict(timing),
        "why": [_why(row) for row in why],
    }


def _why(why: Why) -> dict[str, object]:
    considered = [
        {"truck": row.truck, "arrive_s": row.arrive_s, "cost": row.cost, "verdict": row.verdict.value}
        for row in why.considered
    ]
    return {"job": why.job, "considered": considered, "rest": {verdict.value: count for verdict, count in why.rest}}
