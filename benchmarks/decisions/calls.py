"""The jobs of a generated problem: what has happened, when it was reported, and what it needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dispatch.problem import NO_WAY_S, ProblemJob, ShopOption, Weights
from dispatch.snapshot import UNSERVED_AS_IF_LATER_S

WEIGHTS = Weights(wait=1, late=3, blocked=1, empty_drive=1, overtime=1, tow_detour=1, theta=120, kappa=1)
"""The production policy's, and empty driving too: every term has its price."""

NEEDS: tuple[tuple[frozenset[str], float], ...] = (
    (frozenset({"wheel_lift"}), 0.58),
    (frozenset({"flatbed"}), 0.20),
    (frozenset(), 0.06),
    (frozenset({"flatbed", "ev_dolly"}), 0.08),
    (frozenset({"heavy"}), 0.05),
    (frozenset({"crane"}), 0.03),
)
"""What jobs ask of their truck, and how often: most can be done by most trucks, some by few."""

WEIGHT_SHARES = (0.55, 0.2, 0.12, 0.08, 0.05)
LANES_SHARES = (0.72, 0.16, 0.09, 0.03)
STORM_REPORTED_S = 2_400
SHOP_PRICE = 300
MOST_SHOPS = 4


def calls(
    rng: np.random.Generator,
    durations_s: NDArray[np.int64],
    trucks: int,
    count: int,
    *,
    storm: bool,
) -> list[ProblemJob]:
    """Jobs at the scenes of a ground whose first places are `trucks`, then scenes, then shops.

    They were reported over the past hour, and over longer where there are more of them than trucks: such a backlog has
    been growing. In a storm they all came in within forty minutes, more and more of them. Promises are of 20 to 40
    minutes.
    """
    spread_s = STORM_REPORTED_S if storm else 3_600 * max(1.0, count / max(1, trucks))
    ages = rng.random(count) ** (1.5 if storm else 1.0) * spread_s
    shop_places = np.arange(trucks + count, durations_s.shape[0])
    unload_s, price = rng.integers(180, 601, len(shop_places)), rng.integers(0, SHOP_PRICE + 1, len(shop_places))
    jobs = []
    for row, age_s in enumerate(np.sort(ages)[::-1].astype(np.int64).tolist()):
        scene = trucks + row
        chosen = _near(rng, durations_s[scene, shop_places])
        shops = tuple(
            ShopOption(f"S{k + 1}", int(shop_places[k]), int(unload_s[k]), int(price[k])) for k in chosen
        )  # fmt: skip
        jobs.append(_job(rng, row, scene, -age_s, shops))
    return jobs


def priced(job: ProblemJob) -> ProblemJob:
    """The job with what leaving it costs, as the dispatcher charges it: as if it were reached four hours from now."""
    as_if_s = UNSERVED_AS_IF_LATER_S - job.reported_s
    late_s = max(0, UNSERVED_AS_IF_LATER_S - job.promise_s)
    blocked = WEIGHTS.blocked * job.lanes_blocked * (as_if_s + job.on_scene_s)
    soft = job.weight * (WEIGHTS.wait * as_if_s + WEIGHTS.late * late_s)
    return replace(job, unserved_cost=soft + blocked)


def _job(rng: np.random.Generator, row: int, scene: int, reported_s: int, shops: tuple[ShopOption, ...]) -> ProblemJob:
    needs = NEEDS[int(rng.choice(len(NEEDS), p=[share for _, share in NEEDS]))][0]
    heavy = not needs.isdisjoint({"heavy", "crane"})
    job = ProblemJob(
        id=f"J{row + 1}",
        order=f"O{row + 1}",
        scene=scene,
        can=needs,
        reported_s=reported_s,
        promise_s=reported_s + int(rng.integers(20 * 60, 40 * 60 + 1)),
        weight=1 + int(rng.choice(len(WEIGHT_SHARES), p=WEIGHT_SHARES)),
        lanes_blocked=int(rng.choice(len(LANES_SHARES), p=LANES_SHARES)),
        on_scene_s=int(rng.integers(1_500, 3_601) if heavy else rng.integers(420, 1_501)),
        # A crane rights a lorry and drives off; everything else is towed.
        shops=() if "crane" in needs else shops,
        unserved_cost=0,
    )
    return priced(job)


def _near(rng: np.random.Generator, tow_s: NDArray[np.int64]) -> list[int]:
    """Rows of the nearest one to four shops; where the owner chose, the one shop is any."""
    wanted = int(rng.integers(1, MOST_SHOPS + 1))
    order = np.argsort(np.where(tow_s == NO_WAY_S, np.iinfo(np.int64).max, tow_s), kind="stable")
    if wanted == 1:
        return [int(rng.choice(order))]
    return sorted(int(k) for k in order[:wanted])
