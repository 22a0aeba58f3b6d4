"""The facts of each decided job: who goes and what that rests on, who does not and why, or why nobody does yet."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from dispatch.explain_around import Around, Unlisted
from dispatch.explain_facts import Basis, Chosen, Facts, Next, Nobody, Proof, Proven, Switched, Unseen
from dispatch.explain_passed import passed_of
from dispatch.explain_scene import Scene
from dispatch.explain_shop import shop_of
from dispatch.explain_view import View
from dispatch.plan import Plan, Reason, Stop
from dispatch.problem import NO_WAY_S, Problem

_NOTHING = Around()


def facts_of(
    problem: Problem, plan: Plan, jobs: Collection[str] | None = None, around: Around = _NOTHING
) -> tuple[Facts, ...]:
    """The facts of every job of a plan, or of those named; then of those that are in no plan for want of a shop."""
    scene, proof = Scene.of(problem, plan), proof_of(plan)
    stands = np.array([around.stands.get(truck.id, truck.place) for truck in problem.trucks], dtype=np.int64)
    left = {unserved.job: unserved.reason for unserved in plan.unserved}
    found = [
        _facts(View.of(scene, around, stands, row), left, proof)
        for row, job in enumerate(problem.jobs)
        if jobs is None or job.id in jobs
    ]
    found += [_unlisted(each, around) for each in around.unlisted if jobs is None or each.job in jobs]
    return tuple(found)


def proof_of(plan: Plan) -> Proof:
    """How far the plan can be from the best, in hundredths of a percent, rounded up."""
    if plan.lower_bound is None or not plan.tier.proven:
        return Proof(Proven.UNKNOWN, None)
    above = plan.cost - plan.lower_bound
    gap_bp = -(-10_000 * above // max(1, plan.cost))
    return Proof(Proven.OPTIMAL if above == 0 else Proven.WITHIN, gap_bp)


def _facts(view: View, left: dict[str, Reason], proof: Proof) -> Facts:
    job, stop = view.job, view.stop
    return Facts(
        job=job.id,
        order=job.order,
        needs=tuple(sorted(job.can)),
        proof=proof,
        chosen=None if stop is None else _chosen(view, stop),
        nobody=_nobody(view, left[job.id]) if stop is None else None,
        passed=passed_of(view),
        next=None if stop is None else _next(view, stop),
        shop=shop_of(view),
        switched=_switched(view),
        unseen=_unseen(view.around, job.can),
    )


def _chosen(view: View, stop: Stop) -> Chosen:
    problem, row = view.scene.problem, view.chosen
    truck = problem.trucks[row]
    near = view.nearest(view.others & view.capable)
    idle = view.others & view.firsts.possible & (view.scene.free_s == 0) & ~view.elsewhere
    return Chosen(
        truck=truck.id,
        basis=_basis(view, stop),
        arrive_s=stop.arrive_s,
        free_at_s=int(view.scene.free_s[row]),
        before=view.scene.position[view.job.id],
        nearest=bool(view.here_s[row] != NO_WAY_S and (near < 0 or view.here_s[row] <= view.here_s[near])),
        others_idle=int(idle.sum()),
        price=truck.price,
        driven_s=truck.driven_s if truck.driving_to == view.job.id else 0,
        place_age_s=view.around.place_age_s.get(truck.id),
    )


def _basis(view: View, stop: Stop) -> Basis:
    if view.job.locked_to is not None:
        pinned = view.around.pinned is None or view.job.id in view.around.pinned
        return Basis.PINNED if pinned else Basis.STAYS
    first = view.soonest(view.others)
    if first < 0:
        return Basis.ONLY
    return Basis.SOONEST if view.firsts.arrive_s[first] >= stop.arrive_s else Basis.OUTWEIGHED


def _next(view: View, stop: Stop) -> Next | None:
    first = view.soonest(view.others)
    if first < 0:
        return None
    arrive_s = int(view.firsts.arrive_s[first])
    return Next(view.scene.problem.trucks[first].id, arrive_s, arrive_s - stop.arrive_s)


def _switched(view: View) -> Switched | None:
    scene = view.scene
    drivers = np.flatnonzero((scene.target == view.row) & (scene.first_job != view.row))
    if not drivers.size:
        return None
    row = int(drivers[0])
    truck, first = scene.problem.trucks[row], int(scene.first_job[row])
    other = None if first < 0 else scene.problem.jobs[first]
    sooner_s = None
    if view.stop is not None and view.firsts.possible[row]:
        sooner_s = int(view.firsts.arrive_s[row]) - view.stop.arrive_s
    return Switched(
        truck=truck.id,
        driven_s=truck.driven_s,
        charge=int(scene.charge[row]),
        sooner_s=sooner_s,
        to_job=None if other is None else other.id,
        to_here=other is not None and other.order == view.job.order,
    )


def _nobody(view: View, reason: Reason) -> Nobody:
    problem, job, scene = view.scene.problem, view.job, view.scene
    possible = view.firsts.possible
    trucks = [truck.id for row, truck in enumerate(problem.trucks) if view.capable[row] and truck.id in job.refused_by]
    unanswered = [truck for truck in trucks if (job.id, truck) in view.around.unanswered]
    busy = bool(possible.any()) and bool((scene.free_s[possible] > 0).all())
    first = view.first_of(possible, scene.free_s) if busy else -1
    return Nobody(
        reason=reason,
        trucks=len(problem.trucks),
        capable=int(view.capable.sum()),
        refused=tuple(sorted(set(trucks) - set(unanswered))),
        unanswered=tuple(sorted(unanswered)),
        idle=int((possible & (scene.free_s == 0) & (scene.first_job < 0)).sum()),
        first_free=None if first < 0 else problem.trucks[first].id,
        first_free_s=None if first < 0 else int(scene.free_s[first]),
        shop_reached=not job.shops or any(problem.durations_s[job.scene, shop.place] != NO_WAY_S for shop in job.shops),
        alarmed=view.around.alarms and reason is Reason.REFUSED,
    )


def _unlisted(job: Unlisted, around: Around) -> Facts:
    nobody = Nobody(job.reason, shop_reached=job.reason is not Reason.NO_WAY)
    return Facts(job.job, job.order, tuple(sorted(job.needs)), nobody=nobody, unseen=_unseen(around, job.needs))


def _unseen(around: Around, needs: frozenset[str]) -> Unseen | None:
    trucks = [truck for truck in around.out_of_sight if needs <= truck.can]
    if not trucks:
        return None
    seen_s = [truck.seen_s for truck in trucks if truck.seen_s is not None]
    return Unseen(tuple(truck.truck for truck in trucks), max(seen_s, default=None))
