"""Asks everybody one problem: ours and the rules in this process, the peers each in one of their own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.clock import elapsed_s
from benchmarks.decision_peers.pose import question_of
from benchmarks.decision_peers.question import Sequences, save
from benchmarks.decision_peers.rules import closest_idle
from benchmarks.decision_peers.score import plan_from
from benchmarks.decisions.measure import figures, timed
from benchmarks.report import ROOT
from dispatch.plan import Method, Plan
from dispatch.problem import Problem
from dispatch.rules import first_come_first_served
from dispatch.solver.arrays import columns
from dispatch.solver.assignment import assign, assignment_rounds
from dispatch.solver.bound import lower_bound
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.draft import Draft
from dispatch.solver.ladder import plan_of, solve

OURS = "towline"
WARM = "ortools, warm"
PEERS = ("vroom, windows", "vroom", "ortools, cold", WARM)
BUDGETS_S = (1.0, 5.0, 10.0)
GRACE_S = 60.0
"""What a peer may take beyond its time before it is ended: building its model is not counted against it, and none stops
to the second."""

Record = dict[str, Any]


def everybody(problem: Problem, python: Path, peers: tuple[str, ...] = PEERS) -> list[Record]:
    """The records of all, each with `peer`, `budget_s` (None: a rule takes no time), and its plan's figures."""
    records = [_ours(problem, seconds) for seconds in BUDGETS_S]
    question = question_of(problem)
    first = closest_idle(question)
    records += [_rule(problem, name, rule) for name, rule in _rules(first).items()]
    with tempfile.TemporaryDirectory(prefix="towline-peers-") as folder:
        asked, warm = Path(folder) / "question.npz", Path(folder) / "first.json"
        save(question, asked)
        warm.write_text(json.dumps(first), encoding="utf-8")
        for peer in peers:
            answers = _answers(python, asked, warm, peer)
            records += [_scored(problem, peer, seconds, answers[seconds], first) for seconds in BUDGETS_S]
    return records


def _ours(problem: Problem, seconds: float) -> Record:
    _plan, run = timed(problem, seconds, 0, solve)
    return {"peer": OURS, **run}


def _rules(first: Sequences) -> dict[str, Callable[[Problem], Plan]]:
    return {
        "closest idle, first in first out": lambda problem: plan_from(problem, first).plan,
        "first there, first in first out": lambda problem: first_come_first_served(problem, idle_only=False),
        "assignment": _assigned,
        "assignment, local search": _polished,
    }


def _assigned(problem: Problem) -> Plan:
    c = columns(problem)
    draft, work = assignment_rounds(c)
    return _plan(problem, draft, work)


def _polished(problem: Problem) -> Plan:
    c = columns(problem)
    draft, work = assign(c, Budget(DEFAULT_WORK), 0, lower_bound(c))
    return _plan(problem, draft, work)


def _plan(problem: Problem, draft: Draft, work: int) -> Plan:
    c = columns(problem)
    return plan_of(problem, c, draft, Method.ASSIGNMENT, work, proven=not c.jobs["must"].any())


def _rule(problem: Problem, name: str, rule: Callable[[Problem], Plan]) -> Record:
    begun_s = elapsed_s()
    plan = rule(problem)
    return {"peer": name, "budget_s": None, "seconds": elapsed_s() - begun_s, **figures(problem, plan)}


def _answers(python: Path, asked: Path, warm: Path, peer: str) -> dict[float, Record]:
    """What a peer says after each time. One that had to be ended is not asked again for longer."""
    answers: dict[float, Record] = {}
    ended: Record | None = None
    for seconds in BUDGETS_S:
        answers[seconds] = ended or _answer(python, asked, warm, peer, seconds)
        ended = answers[seconds] if "ended" in answers[seconds] else None
    return answers


def _answer(python: Path, asked: Path, warm: Path, peer: str, seconds: float) -> Record:
    words = [str(python), "-m", "benchmarks.decision_peers.worker", str(asked), peer, str(seconds), str(warm)]
    environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
    limit_s = seconds + GRACE_S
    try:
        done = subprocess.run(
            words, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=limit_s
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"sequences": None, "timing": {"solve_s": limit_s}, "ended": True}
    if done.returncode:
        return {"sequences": None, "timing": {}, "failed": done.stderr.strip()[-500:] or f"exit {done.returncode}"}
    answered: Record = json.loads(done.stdout.splitlines()[-1])
    return answered


def _scored(problem: Problem, peer: str, seconds: float, answered: Record, first: Sequences) -> Record:
    timing, sequences = answered["timing"], answered["sequences"]
    record: Record = {"peer": peer, "budget_s": seconds, "ended": "ended" in answered, **timing}
    if "failed" in answered:
        return {**record, "failed": answered["failed"]}
    if sequences is None and peer == WARM:
        # What it was given to begin with is a plan, even where it came no further.
        sequences = first
    if sequences is None:
        return {**record, "failed": f"no plan after {timing['solve_s']:.1f} s"}
    plan, dropped = plan_from(problem, sequences)
    return {**record, "seconds": timing["solve_s"], "dropped": dropped, **figures(problem, plan)}
