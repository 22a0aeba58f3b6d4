"""The clairvoyant reference on a street whose times are known by arithmetic, against brute force, and against rules."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.policy import SHIPPED
from geo.faults import BadInput
from routing.traffic_tables import CHINA_DEFAULT
from simulator.clairvoyant import day_arrays, reference, timed
from simulator.draws import Chances
from simulator.run import Run
from simulator.scenario import Scenario
from tests.simulator.test_run import DAY_MS, ROUTER, START_MS, order, shop, truck

UNABLE = replace(truck("T", 0), truck=replace(truck("T", 0).truck, can=frozenset()))
Load = list[tuple[int, int]]
loads = st.lists(st.tuples(st.integers(0, 59), st.integers(0, 3000)), min_size=1, max_size=4)


def scenario(load: Load, posts: list[int], policy: str = "closest-idle", seed: int = 1) -> Scenario:
    """Calls as (hundred metres, seconds after the start); the shops stand at 3000 and 4500 m."""
    orders = [order(f"O{k}", 100 * at, after_s) for k, (at, after_s) in enumerate(sorted(load, key=lambda x: x[1]))]
    return Scenario(
        ROUTER, SHIPPED[policy], [truck(f"T{k}", at_m) for k, at_m in enumerate(posts)],
        [shop("S", 3000), shop("R", 4500)], orders, list(range(2, 2 + len(orders))), START_MS, START_MS + DAY_MS,
        Chances(), seed,
    )  # fmt: skip


def best_ms(made: Scenario) -> int:
    """The least sum of waits of all plans, by trying each."""
    day, ways = day_arrays(made)
    jobs = range(len(day.release_ms))
    sums = []
    for sequence in permutations(jobs):
        for cut in range(len(sequence) + 1):
            sums.append(int(timed([list(sequence[:cut]), list(sequence[cut:])], day, ways).sum()))
    return min(sums)


def test_one_call_waits_for_the_answer_and_the_drive_and_that_is_proven() -> None:
    found = reference(scenario([(15, 60)], [1000, 4000]))
    assert found.waits_s.tolist() == pytest.approx([20 + 50], abs=0.01)
    assert found.bound_mean_s == pytest.approx(found.waits_s[0], abs=1e-6)


def test_nobody_sets_off_before_the_call() -> None:
    # The second call lies where the truck becomes free, long after: it stays there, but waits for report and answer.
    found = reference(scenario([(10, 0), (30, 30_000)], [1000]))
    assert found.waits_s[1] == pytest.approx(20, abs=0.1)


def test_a_truck_on_its_way_home_is_nearer_to_what_lies_ahead() -> None:
    made = scenario([(30, 0), (0, 0)], [0])
    _, ways = day_arrays(made)
    direct = int(ways.direct_ms[0, 1])
    assert ways.after(0, 0, 0, 1) == direct
    assert ways.after(0, 0, 100_000, 1) == pytest.approx(direct - 100_000, abs=5)
    assert ways.after(0, 0, 10**7, 1) == int(ways.post_ms[0, 1])


@settings(max_examples=25, deadline=None)
@given(loads, st.lists(st.integers(0, 58), min_size=2, max_size=2), st.integers(0, 3))
def test_no_plan_lies_under_the_bound(load: Load, posts: list[int], seed: int) -> None:
    made = scenario(load, [100 * at for at in posts], seed=seed)
    found, least_ms = reference(made, bound_steps=30, slot_ms=10_000), best_ms(made)
    n = len(made.orders)
    assert found.bound_mean_s <= least_ms / 1000 / n + 1e-9
    assert found.waits_s.sum() >= least_ms / 1000 - 1e-6
    assert found.waits_s.min() >= 20


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 5000)), min_size=1, max_size=14),
    st.sampled_from(["closest-idle", "finish-then-go"]),
)
def test_no_rule_that_calls_nobody_off_waits_less_than_the_bound(load: Load, policy: str) -> None:
    made = scenario(load, [500, 2500, 5500], policy)
    run = Run(made)
    run.play()
    reported = {each.id: each.reported_at_ms for each in made.orders}
    waits_s = [((r.arrived_ms or 0) - reported[r.order]) / 1000 for r in run.jobs.values()]
    assert reference(made, bound_steps=20).bound_mean_s <= np.mean(waits_s) + 1e-9


def test_the_plan_and_the_bound_are_the_same_each_time_and_near_each_other() -> None:
    made = scenario([(7 * k % 59, 300 * k) for k in range(12)], [500, 2500, 5500])
    first, again = reference(made), reference(made)
    assert first.waits_s.tolist() == again.waits_s.tolist()
    assert first.bound_mean_s == again.bound_mean_s
    assert first.bound_mean_s >= 0.8 * first.waits_s.mean()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"policy": replace(SHIPPED["production"], traffic=CHINA_DEFAULT)}, "free flow"),
        ({"trucks": [truck("T", 0, ((START_MS, START_MS + 1000),))]}, "on duty"),
        ({"trucks": []}, "at least one"),
        ({"trucks": [UNABLE]}, "every truck"),
    ],
)
def test_a_day_of_another_kind_is_refused(change: dict[str, object], fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        reference(replace(scenario([(15, 60)], [0]), **change))  # type: ignore[arg-type]
