"""The trucks of a generated problem: what they can do, where they are next free, and which are under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dispatch.problem import ProblemJob, ProblemTruck

CAN_SHARES = {"wheel_lift": 0.85, "flatbed": 0.55, "ev_dolly": 0.3, "heavy": 0.14, "crane": 0.08}
LEAST_OF_EACH = 2
"""So many trucks (if there are as many) can do each, so that hardly any job fits nobody."""

BUSY_SHARE, UNDER_WAY_SHARE, ENDING_SHARE = 0.35, 0.2, 0.15
LONGEST_BUSY_S = 45 * 60
TRUCK_PRICE = 60
COMPANIES = 4
NEAREST_FEW = 6


def fleet(
    rng: np.random.Generator, durations_s: NDArray[np.int64], count: int, jobs: Sequence[ProblemJob]
) -> list[ProblemTruck]:
    """Trucks at the first places of a ground. A third are busy and free at a shop later on, or at their own place where
    there is none; of the others some are under way to a job; some shifts end soon."""
    can = _capabilities(rng, count)
    shop_places = sorted({shop.place for job in jobs for shop in job.shops})
    trucks = []
    for row in range(count):
        busy = rng.random() < BUSY_SHARE
        ending = rng.random() < ENDING_SHARE
        trucks.append(ProblemTruck(
            id=f"T{row + 1}",
            place=int(rng.choice(shop_places)) if busy and shop_places else row,
            free_at_s=int(rng.integers(60, LONGEST_BUSY_S + 1)) if busy else 0,
            can=can[row],
            shift_end_s=int(rng.integers(15 * 60, 120 * 60) if ending else rng.integers(2 * 3_600, 9 * 3_600)),
            company="ABCD"[int(rng.integers(COMPANIES))],
            price=int(rng.integers(0, TRUCK_PRICE + 1)),
        ))  # fmt: skip
    return _sent(rng, durations_s, trucks, jobs)


def _capabilities(rng: np.random.Generator, count: int) -> list[frozenset[str]]:
    drawn = {name: rng.random(count) < share for name, share in CAN_SHARES.items()}
    for has in drawn.values():
        short = min(LEAST_OF_EACH, count) - int(has.sum())
        if short > 0:
            has[rng.choice(np.flatnonzero(~has), short, replace=False)] = True
    return [frozenset(name for name, has in drawn.items() if has[row]) for row in range(count)]


def _sent(
    rng: np.random.Generator, durations_s: NDArray[np.int64], trucks: list[ProblemTruck], jobs: Sequence[ProblemJob]
) -> list[ProblemTruck]:
    """Some jobs have a truck under way already: one of the few idle ones that are nearest, as when it was sent."""
    for job in rng.permutation(len(jobs))[: round(UNDER_WAY_SHARE * len(trucks))].tolist():
        idle = [
            row
            for row, truck in enumerate(trucks)
            if truck.free_at_s == 0 and truck.driving_to is None and jobs[job].can <= truck.can
            and truck.id not in jobs[job].refused_by
        ]  # fmt: skip
        nearest = sorted(idle, key=lambda row: int(durations_s[row, jobs[job].scene]))[:NEAREST_FEW]
        if nearest:
            row = int(rng.choice(nearest))
            longest_s = max(31, min(900, -jobs[job].reported_s))
            driven_s = int(rng.integers(30, longest_s))
            trucks[row] = replace(trucks[row], driving_to=jobs[job].id, driven_s=driven_s)
    return trucks
