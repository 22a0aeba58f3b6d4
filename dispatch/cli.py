"""The verbs `towline solve` and `towline check`: from files to a report and its words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from dispatch.explain import explain
from dispatch.formats import read_plan, read_problem, write_plan
from dispatch.solver.budget import DEFAULT_WORK, Budget, within
from dispatch.solver.check import check
from dispatch.solver.ladder import solve
from dispatch.solver.warm import warm_up
from geo.faults import BadInput

_UNBOUNDED_WORK = 2**56


def solve_file(
    *,
    problem: Path,
    output: Path | None = None,
    work: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    elapsed_s: Callable[[], float],
) -> dict[str, object]:
    """Solve a PROBLEM file. Without `output` the report is the PLAN; with it the PLAN is written there, and the report
    is the PLAN without routes and why.

    `seconds` counts from the moment that the problem is read and the kernels are ready; together with `work`, whichever
    ends first. `timing` holds read_s, compile_s, solve_s and, for all of it, seconds. BadInput: a file that cannot be
    read or written, a faulty problem, a budget or seed out of range.
    """
    _check_arguments(work, seconds, seed)
    begun_s = elapsed_s()
    posed = read_problem(file_bytes(problem), str(problem))
    read_s = elapsed_s()
    warm_up()
    ready_s = elapsed_s()
    plan = solve(posed, _budget(work, seconds, elapsed_s, ready_s), seed)
    why = explain(posed, plan)
    done_s = elapsed_s()
    timing = {
        "read_s": read_s - begun_s,
        "compile_s": ready_s - read_s,
        "solve_s": done_s - ready_s,
        "seconds": done_s - begun_s,
    }
    document = write_plan(plan, why, timing)
    if output is None:
        return document
    _write(output, document)
    return {name: value for name, value in document.items() if name not in ("routes", "why")}


def _check_arguments(work: int | None, seconds: float | None, seed: int) -> None:
    if work is not None and work < 1:
        raise BadInput(f"--work {work}: at least 1 unit is needed")
    if seconds is not None and not 0 < seconds < float("inf"):
        raise BadInput(f"--seconds {seconds}: a number of seconds above 0 is needed")
    if seed < 0:
        raise BadInput(f"--seed {seed}: a seed is 0 or more")


def _budget(work: int | None, seconds: float | None, elapsed_s: Callable[[], float], ready_s: float) -> Budget:
    if seconds is None:
        return Budget(DEFAULT_WORK if work is None else work)
    return within(seconds, elapsed_s, _UNBOUNDED_WORK if work is None else work, ready_s)


def solve_text(report: dict[str, object]) -> str:
    """The plan for a person: who goes where, what stays, what it costs and how far that may be from the best."""
    plan = cast(dict[str, Any], report)
    lines = []
    for route in plan.get("routes", []):
        lines.append(f"{route['truck']}:")
        lines += [
            f"  {stop['job']}: departs {stop['depart_s']} s, arrives {stop['arrive_s']} s, free {stop['free_at_s']} s"
            + (f" at {stop['shop']}" if stop["shop"] is not None else " at the scene")
            for stop in route["stops"]
        ]
    lines += [f"unserved {left['job']}: {left['reason']}" for left in plan["unserved"]]
    terms = ", ".join(f"{name} {value}" for name, value in plan["terms"].items() if value)
    lines.append(f"cost {plan['cost']}" + (f" ({terms})" if terms else ""))
    tier = plan["tier"]
    lines.append(
        f"must-serve: {tier['unserved']} unserved, {tier['wait_s']} s waited"
        + ("" if tier["proven"] else " (not proven to be the least)")
    )
    if plan["lower_bound"] is None:
        lines.append("no lower bound is proven")
    else:
        lines.append(f"lower bound {plan['lower_bound']}, gap {100 * plan['gap']:.2f} %")
    lines.append(f"by {plan['method']} with {plan['work']} units of work in {plan['timing']['solve_s']:.3f} s")
    return "\n".join(lines)


def check_files(*, problem: Path, plan: Path) -> dict[str, object]:
    """Check a PLAN file against its PROBLEM file: `ok`, every fault with its JSON pointer, and the figures recomputed.

    BadInput where a file cannot be read or has no such structure; a plan that is merely wrong is `ok` False.
    """
    posed = read_problem(file_bytes(problem), str(problem))
    report = check(posed, read_plan(file_bytes(plan), str(plan)))
    terms = {name: getattr(report.terms, name) for name in report.terms.__dataclass_fields__}
    return {
        "ok": report.ok,
        "faults": list(report.faults),
        "recomputed": {
            "cost": report.terms.cost,
            "terms": terms,
            "tier": {"unserved": report.tier.unserved, "wait_s": report.tier.wait_s},
            "gap": report.gap,
        },
    }


def check_text(report: dict[str, object]) -> str:
    """The check for a person."""
    found = cast(dict[str, Any], report)
    if found["ok"]:
        return f"the plan is sound: cost {found['recomputed']['cost']}"
    return "\n".join([f"the plan has {len(found['faults'])} fault(s)", *found["faults"]])


def file_bytes(path: Path) -> bytes:
    """BadInput where a file cannot be read."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read: {fault.strerror or fault}") from fault


def _write(path: Path, document: dict[str, object]) -> None:
    try:
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as fault:
        raise BadInput(f"{path}: cannot be written: {fault.strerror or fault}") from fault
