"""Why a plan sends whom: for each job the trucks that were weighed, and what each lost by.

A candidate's `arrive_s` and `cost` are those of serving the job first, with the cheapest shop that takes cars at all;
None where it cannot. They are compared with what the plan does for the job: its arrival there, and the cost of its own
terms. The verdicts, in the order in which they are given:

no_capability, refused, locked, no_way, shift: the hurdle that keeps this truck from serving the job first.
places: every shop that the job could go to is full in this plan, or takes no cars.
chosen: the plan sends this truck.
later: it would arrive later than the plan does.
dearer: it arrives no later, but costs more.
switch: it is no dearer, but it drives to another job first, or the job's own driver is on its way, and the charge for
taking a truck off its way makes the difference.
busy: it is no dearer, but the plan sends it to another job first.
dearer is also said where nothing of this holds: the difference is then in overtime, or there is none.
For a job left unserved, a truck that could serve it is busy where the plan sends it elsewhere first, else dearer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from dispatch.explain_scene import CODE, VERDICTS, Firsts, Scene, firsts_of, verdict_codes
from dispatch.plan import Considered, Plan, Verdict, Why
from dispatch.problem import Problem

MOST_OTHERS = 10


def explain(
    problem: Problem, plan: Plan, jobs: Collection[str] | None = None, absent: Mapping[str, Verdict] | None = None
) -> tuple[Why, ...]:
    """Explain a plan's choice for each job (or those named): the chosen truck, at most ten others, the rest counted.

    The others are listed by cost, then arrival, then id, those that cannot serve last. `absent` names trucks that are
    not in the problem at all, each with its verdict (no_fix).
    """
    scene = Scene.of(problem, plan)
    return tuple(
        _why(scene, row, absent or {}) for row, job in enumerate(problem.jobs) if jobs is None or job.id in jobs
    )


def _why(scene: Scene, row: int, absent: Mapping[str, Verdict]) -> Why:
    job = scene.problem.jobs[row]
    firsts = firsts_of(scene, job)
    codes = verdict_codes(scene, row, firsts)
    known = np.where(firsts.possible, firsts.cost, np.iinfo(np.int64).max)
    order = np.lexsort((scene.ids, firsts.arrive_s, known, ~firsts.possible)).tolist()
    chosen = [truck for truck in order if codes[truck] == CODE[Verdict.CHOSEN]]
    others = [truck for truck in order if codes[truck] != CODE[Verdict.CHOSEN]]
    able = sum(1 for truck in others if firsts.possible[truck])
    # Trucks without a fix stand between those that could have gone and those that could not anyhow.
    ranked = [_considered(scene, truck, firsts, codes) for truck in chosen + others[: min(able, MOST_OTHERS)]]
    ranked += [Considered(truck, None, None, verdict) for truck, verdict in sorted(absent.items())]
    ranked += [_considered(scene, truck, firsts, codes) for truck in others[able : able + MOST_OTHERS]]
    listed = ranked[: len(chosen) + MOST_OTHERS]
    every = Counter(VERDICTS[code] for code in codes.tolist()) + Counter(absent.values())
    every.subtract(considered.verdict for considered in listed)
    rest = tuple((verdict, every[verdict]) for verdict in Verdict if every[verdict] > 0)
    return Why(job.id, tuple(listed), rest)


def _considered(scene: Scene, truck: int, firsts: Firsts, codes: NDArray[np.int64]) -> Considered:
    possible = bool(firsts.possible[truck])
    arrive_s = int(firsts.arrive_s[truck]) if possible else None
    cost = int(firsts.cost[truck]) if possible else None
    return Considered(scene.problem.trucks[truck].id, arrive_s, cost, VERDICTS[int(codes[truck])])
