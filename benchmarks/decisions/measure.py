"""One problem solved in a given time, and the plan checked as `towline check` checks a file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from api.clock import elapsed_s
from benchmarks.decisions.instances import instance
from dispatch.explain import explain
from dispatch.formats import read_plan, write_plan
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.solver.budget import Budget, within
from dispatch.solver.check import check
from dispatch.solver.ladder import solve
from dispatch.solver.warm import warm_up

UNBOUNDED_WORK = 10**12

Solver = Callable[[Problem, Budget, int], Plan]


def warm() -> None:
    """Loads or compiles everything that a solve may need, so that no measured one pays for it."""
    warm_up()
    for flavour in ("plane", "plane+features"):
        timed(instance("warm", 12, 16, 0, flavour), 0.5, 0)


def deadline(seconds: float) -> Budget:
    """A budget of time alone, from now on."""
    return within(seconds, elapsed_s, UNBOUNDED_WORK)


def timed(problem: Problem, seconds: float, seed: int, solver: Solver = solve) -> tuple[Plan, dict[str, Any]]:
    """The plan, and its record without its instance's name: figures, seconds on the clock (to the proof, too, where
    the plan is proven best) and of all processors."""
    begun_s, cpu_s = elapsed_s(), time.process_time()
    plan = solver(problem, deadline(seconds), seed)
    took_s, cpu_s = elapsed_s() - begun_s, time.process_time() - cpu_s
    found = figures(problem, plan)
    proof_s = took_s if found["gap"] == 0 else None
    timing = {"seconds": took_s, "proof_s": proof_s, "cpu_s": cpu_s}
    return plan, {"budget_s": seconds, "solver_seed": seed, **timing, **found}


def figures(problem: Problem, plan: Plan) -> dict[str, Any]:
    """What a plan says of itself, and every fault that the checker finds in it."""
    return {
        "cost": plan.cost,
        "tier": [plan.tier.unserved, plan.tier.wait_s],
        "tier_proven": plan.tier.proven,
        "lower_bound": plan.lower_bound,
        "gap": plan.gap,
        "method": plan.method.value,
        "work": plan.work,
        "unserved": len(plan.unserved),
        "faults": faults_of(problem, plan),
    }


def faults_of(problem: Problem, plan: Plan) -> list[str]:
    """Written as a file and read again: what is checked is what a user would get."""
    text = json.dumps(write_plan(plan, explain(problem, plan), {}))
    return list(check(problem, read_plan(text, "the plan")).faults)
