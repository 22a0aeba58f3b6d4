"""Random problems of every feature, for whoever tests something that solves, checks, reads or writes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S, Problem, ProblemJob, ProblemTruck, ShopOption, Weights

CAPABILITIES = ("wheel_lift", "flatbed", "heavy", "crane", "ev_dolly")

FEATURES = frozenset(
    {
        "capabilities", "refusals", "shops", "places", "must", "locked", "driving", "shift", "release", "prices",
        "lanes", "no_way", "no_triangle", "weights", "busy", "cheap_to_leave",
    }
)  # fmt: skip
"""What a problem may hold. `no_triangle` draws durations freely instead of from points on a plane."""


def random_problem(
    rng: np.random.Generator, trucks: int, jobs: int, features: Collection[str] | None = None
) -> Problem:
    """A valid problem; without `features`, each is in or out by the toss of a coin."""
    on = frozenset(name for name in sorted(FEATURES) if rng.random() < 0.5) if features is None else frozenset(features)
    if on - FEATURES:
        raise ValueError(f"no such feature: {sorted(on - FEATURES)}")
    shops = int(rng.integers(1, 5)) if "shops" in on else 0
    places = trucks + jobs + shops
    problem_jobs = [_job(rng, row, trucks, shops, trucks + row, trucks + jobs, on) for row in range(jobs)]
    if "locked" in on and trucks:
        problem_jobs = _lock(rng, problem_jobs, trucks)
    problem_trucks = [_truck(rng, row, on) for row in range(trucks)]
    if "driving" in on:
        problem_trucks = _drive(rng, problem_trucks, problem_jobs)
    limits = {f"S{shop}": int(rng.integers(0, 3)) for shop in range(shops + 1) if rng.random() < 0.6}
    return Problem(
        durations_s=_durations(rng, places, on),
        trucks=tuple(problem_trucks),
        jobs=tuple(problem_jobs),
        weights=_weights(rng) if "weights" in on else Weights(),
        shop_places=limits if "places" in on else {},
    )


def _durations(rng: np.random.Generator, places: int, on: Collection[str]) -> NDArray[np.int64]:
    if "no_triangle" in on:
        table = rng.integers(0, 3000, (places, places))
    else:
        points = rng.integers(0, 1200, (places, 2))
        table = np.abs(points[:, None] - points[None, :]).sum(axis=2) * rng.integers(100, 121, (places, places)) // 100
    if "no_way" in on:
        table[rng.random((places, places)) < 0.15] = NO_WAY_S
    np.fill_diagonal(table, 0)
    return table.astype(np.int64)


def _some(rng: np.random.Generator, names: Collection[str], share: float) -> frozenset[str]:
    return frozenset(name for name in names if rng.random() < share)


def _truck(rng: np.random.Generator, row: int, on: Collection[str]) -> ProblemTruck:
    return ProblemTruck(
        id=f"T{row}",
        place=row,
        free_at_s=int(rng.integers(-600, 2400)) if "busy" in on else 0,
        can=_some(rng, CAPABILITIES, 0.8) if "capabilities" in on else frozenset({"wheel_lift"}),
        shift_end_s=int(rng.integers(-100, 7200)) if "shift" in on else 28_800,
        company=f"C{row % 3}",
        driven_s=0,
        price=int(rng.integers(0, 500)) if "prices" in on else 0,
    )


def _job(
    rng: np.random.Generator, row: int, trucks: int, shops: int, scene: int, first_shop: int, on: Collection[str]
) -> ProblemJob:
    reported_s = -int(rng.integers(0, 3600))
    listed = [shop for shop in range(shops) if rng.random() < 0.7]
    return ProblemJob(
        id=f"J{row}",
        order=f"O{row // 2}",
        scene=scene,
        can=_some(rng, CAPABILITIES, 0.25) if "capabilities" in on else frozenset({"wheel_lift"}),
        reported_s=reported_s,
        release_s=reported_s + int(rng.integers(0, 5400)) if "release" in on else 0,
        promise_s=reported_s + int(rng.integers(300, 4000)),
        weight=int(rng.integers(1, 6)),
        lanes_blocked=int(rng.integers(0, 4)) if "lanes" in on else 0,
        on_scene_s=int(rng.integers(0, 1800)),
        shops=tuple(_shop(rng, shop, first_shop + shop, on) for shop in listed),
        unserved_cost=int(rng.integers(0, 20_000)) if "cheap_to_leave" in on else 1_000_000,
        must_serve=bool("must" in on and rng.random() < 0.4),
        refused_by=_some(rng, [f"T{truck}" for truck in range(trucks + 1)], 0.2) if "refusals" in on else frozenset(),
    )


def _shop(rng: np.random.Generator, shop: int, place: int, on: Collection[str]) -> ShopOption:
    price = int(rng.integers(0, 800)) if "prices" in on else 0
    return ShopOption(id=f"S{shop}", place=place, unload_s=int(rng.integers(0, 900)), price=price)


def _lock(rng: np.random.Generator, jobs: list[ProblemJob], trucks: int) -> list[ProblemJob]:
    owners = iter(rng.permutation(trucks).tolist())
    locked = []
    for job in jobs:
        owner = next(owners, None) if rng.random() < 0.3 else None
        locked.append(job if owner is None else replace(job, locked_to=f"T{owner}"))
    return locked


def _drive(rng: np.random.Generator, trucks: list[ProblemTruck], jobs: list[ProblemJob]) -> list[ProblemTruck]:
    free = list(jobs)
    driving = []
    for truck in trucks:
        able = [job for job in free if job.can <= truck.can and truck.id not in job.refused_by]
        if able and rng.random() < 0.5:
            job = able[int(rng.integers(len(able)))]
            free.remove(job)
            truck = replace(truck, driving_to=job.id, driven_s=int(rng.integers(0, 900)))
        driving.append(truck)
    return driving


def _weights(rng: np.random.Generator) -> Weights:
    wait, late, blocked, empty_drive, overtime, tow_detour = rng.integers(0, 5, 6).tolist()
    return Weights(
        wait=wait,
        late=late,
        blocked=blocked,
        empty_drive=empty_drive,
        overtime=overtime,
        tow_detour=tow_detour,
        theta=int(rng.integers(0, 600)),
        kappa=int(rng.integers(0, 3)),
    )
