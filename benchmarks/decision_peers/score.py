"""A peer's sequences made into a plan of ours: shops chosen, times computed again, what cannot be done left out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.decision_peers.question import Sequences
from dispatch.plan import Method, Plan
from dispatch.problem import Problem
from dispatch.solver.arrays import NEVER, Columns, columns
from dispatch.solver.draft import Draft, empty_draft
from dispatch.solver.ladder import plan_of
from dispatch.solver.route import route_value
from dispatch.solver.sequences import store

OPEN = -1


class Scored(NamedTuple):
    """The plan, and how many stops were dropped because they broke a rule that the peer does not know."""

    plan: Plan
    dropped: int


def plan_from(problem: Problem, sequences: Sequences) -> Scored:
    """The plan that serves each truck's jobs in the order given, a locked one first.

    Shops that a peer leaves open are chosen one after the other, again and again while any other shop makes its truck's
    stops cheaper. A stop at which the truck's plan would not be one (a shift is over, a shop is full) is dropped.
    """
    c = columns(problem)
    draft = empty_draft(c)
    dropped = 0
    for truck, sequence in enumerate(sequences):
        wanted = sorted(sequence, key=lambda stop: c.jobs[stop[0]]["locked"] != truck)
        jobs, options = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.int64)
        count = 0
        for job, option in wanted:
            jobs[count] = job
            options[count] = _first_option(c, draft, truck, jobs, options, count, option)
            if options[count] == OPEN:
                dropped += 1
                continue
            _count(c, draft, int(options[count]), 1)
            count += 1
        _improve(c, draft, truck, jobs, options, count, {job for job, option in wanted if option == OPEN})
        store(c, draft, truck, jobs, options, count)
    return Scored(plan_of(problem, c, draft, Method.ASSIGNMENT, 0, proven=not c.jobs["must"].any()), dropped)


def _first_option(
    c: Columns, draft: Draft, truck: int, jobs: NDArray[np.int64], options: NDArray[np.int64], at: int, given: int
) -> int:
    """The given option of the job at a place in the sequence, else the cheapest with which it can be served; OPEN where
    there is none."""
    job = jobs[at]
    rows = range(c.jobs[job]["first_option"], c.jobs[job]["end_option"]) if given == OPEN else (given,)
    best, best_cost = OPEN, NEVER
    for row in rows:
        if not c.fits[truck, job] or not _room(c, draft, row):
            continue
        options[at] = row
        cost = route_value(c, truck, jobs, options, at + 1)[1]
        if cost < best_cost:
            best, best_cost = row, cost
    return best


def _improve(
    c: Columns, draft: Draft, truck: int, jobs: NDArray[np.int64], options: NDArray[np.int64], count: int,
    open_jobs: set[int],
) -> None:  # fmt: skip
    better = True
    while better:
        better = False
        for at in range(count):
            if int(jobs[at]) not in open_jobs:
                continue
            kept, cost = int(options[at]), route_value(c, truck, jobs, options, count)[1]
            for row in range(c.jobs[jobs[at]]["first_option"], c.jobs[jobs[at]]["end_option"]):
                options[at] = row
                other = route_value(c, truck, jobs, options, count)[1]
                if row != kept and other < cost and _room(c, draft, row):
                    _count(c, draft, kept, -1)
                    _count(c, draft, row, 1)
                    kept, cost, better = row, other, True
            options[at] = kept


def _room(c: Columns, draft: Draft, option: int) -> bool:
    limit = int(c.options[option]["limit"])
    return limit < 0 or bool(draft.used[limit] < c.limits[limit])


def _count(c: Columns, draft: Draft, option: int, step: int) -> None:
    limit = int(c.options[option]["limit"])
    if limit >= 0:
        draft.used[limit] += step
