"""A problem of ours as the question that peers are asked."""

from __future__ import annotations

import numpy as np

from benchmarks.decision_peers.question import NO_WAY_S, Question
from dispatch.problem import NO_WAY_S as NEVER_S
from dispatch.problem import Problem
from dispatch.solver.arrays import columns


def question_of(problem: Problem) -> Question:
    """What `dispatch.solver` works on, as plain columns; options are in the solver's own order."""
    c = columns(problem)
    jobs, trucks = c.jobs, c.trucks
    job = np.repeat(np.arange(jobs.size), jobs["end_option"] - jobs["first_option"])
    scene = jobs["scene"][job]
    drive_s = np.where(c.durations_s == NEVER_S, NO_WAY_S, c.durations_s)
    # Bounds that peers set cannot lie before now, so what was due by then is a fixed cost.
    fixed = jobs["base"] + jobs["rate"] * np.maximum(0, jobs["reported_s"])
    return Question(
        start_s=drive_s[np.ix_(trucks["place"], scene)],
        onward_s=drive_s[np.ix_(c.options["place"], scene)],
        span_s=c.options["span_s"],
        extra=c.options["cost"],
        job=job,
        limit=c.options["limit"],
        places=c.limits,
        reported_s=jobs["reported_s"],
        release_s=jobs["release_s"],
        promise_s=jobs["promise_s"],
        rate=jobs["rate"],
        late_rate=jobs["late_rate"],
        fixed=fixed + jobs["late_rate"] * np.maximum(0, -jobs["promise_s"]),
        unserved_cost=jobs["unserved_cost"],
        must=jobs["must"],
        locked=jobs["locked"],
        fits=c.fits,
        free_s=trucks["free_s"],
        shift_end_s=trucks["shift_end_s"],
        price=trucks["price"],
        target=trucks["target"],
        switch=trucks["switch"],
        empty_rate=np.array([c.empty_rate]),
        overtime_rate=np.array([c.overtime_rate]),
    )
