"""What a problem may hold besides prices: must-serve jobs, locks, refusals, releases to come, full shops, no ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.decisions.calls import priced
from dispatch.problem import NO_WAY_S, ProblemJob, ProblemTruck

MUST_SHARE, LOCKED_SHARE, REFUSED_SHARE, TO_COME_SHARE, LIMITED_SHARE, NO_WAY_SHARE = 0.15, 0.12, 0.3, 0.25, 0.6, 0.05
FULL_SHARE = 0.1
LATEST_RELEASE_S = 45 * 60


def featured_jobs(rng: np.random.Generator, jobs: Sequence[ProblemJob], trucks: int) -> list[ProblemJob]:
    """Some must be served, some were refused by one to three trucks, and some are known to be reported only later, as a
    reference that looks back on a day knows them. At least one of each where there are jobs and trucks."""
    must, refused, to_come = (_some(rng, len(jobs), share) for share in (MUST_SHARE, REFUSED_SHARE, TO_COME_SHARE))
    made = []
    for row, job in enumerate(jobs):
        if refused[row] and trucks:
            who = rng.choice(trucks, min(trucks, int(rng.integers(1, 4))), replace=False)
            job = replace(job, refused_by=frozenset(f"T{truck + 1}" for truck in who.tolist()))
        if to_come[row]:
            release_s = int(rng.integers(60, LATEST_RELEASE_S + 1))
            promise_s = release_s + job.promise_s - job.reported_s
            job = replace(job, reported_s=release_s, release_s=release_s, promise_s=promise_s)
        made.append(priced(replace(job, must_serve=bool(must[row]))))
    return made


def locked_jobs(
    rng: np.random.Generator, jobs: Sequence[ProblemJob], trucks: Sequence[ProblemTruck]
) -> list[ProblemJob]:
    """Some jobs are pinned by hand to a truck that may serve them, at most one a truck; a truck that is under way is
    pinned to the job that it drives to, or (an order is an order) to another."""
    made = list(jobs)
    free = {truck.id: truck for truck in trucks}
    for row in np.flatnonzero(_some(rng, len(jobs), LOCKED_SHARE)).tolist():
        job = made[row]
        able = [name for name, truck in free.items() if job.can <= truck.can and name not in job.refused_by]
        if able:
            owner = able[int(rng.integers(len(able)))]
            del free[owner]
            made[row] = replace(job, locked_to=owner)
    return made


def shop_limits(rng: np.random.Generator, jobs: Sequence[ProblemJob]) -> dict[str, int]:
    """Places of some of the shops: fewer than the jobs that could go there, and now and then none at all."""
    asked: dict[str, int] = {}
    for job in jobs:
        for shop in job.shops:
            asked[shop.id] = asked.get(shop.id, 0) + 1
    limits = {}
    for name, limited in zip(sorted(asked), _some(rng, len(asked), LIMITED_SHARE), strict=True):
        if limited:
            full = rng.random() < FULL_SHARE
            limits[name] = 0 if full else max(1, round(asked[name] * rng.uniform(0.2, 0.7)))
    return limits


def without_ways(rng: np.random.Generator, durations_s: NDArray[np.int64]) -> NDArray[np.int64]:
    """The table with some pairs of places that no way joins, from one to the other."""
    table = durations_s.copy()
    table[rng.random(table.shape) < NO_WAY_SHARE] = NO_WAY_S
    np.fill_diagonal(table, 0)
    return table


def _some(rng: np.random.Generator, count: int, share: float) -> NDArray[np.bool_]:
    """bool[count], about `share` of them True, and at least one."""
    some = rng.random(count) < share
    if count and not some.any():
        some[rng.integers(count)] = True
    return some
