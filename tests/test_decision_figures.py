"""What the benchmark of decisions says of plans: aims, bounds put to the test, peers' sequences made into plans."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.decision_peers.pose import question_of
from benchmarks.decision_peers.question import NO_WAY_S, Question, Sequences
from benchmarks.decision_peers.rules import closest_idle
from benchmarks.decision_peers.score import plan_from
from benchmarks.decision_peers.show import beaten, text_of
from benchmarks.decisions.aims import AIMS, Aim, met
from benchmarks.decisions.bounds import broken
from benchmarks.decisions.instances import SIZES, instance
from benchmarks.decisions.measure import faults_of
from benchmarks.decisions.quality import above, best_of

FLAVOURS = ("plane", "plane+storm", "plane+features", "plane+storm+features")


def run(gap: float | None = 0.0, seconds: float = 1.0, **other: Any) -> dict[str, Any]:
    return {"gap": gap, "seconds": seconds, "faults": [], "tier_proven": True, **other}


def claim(cost: int, bound: int | None, tier: tuple[int, int] = (0, 0), proven: bool = True) -> dict[str, Any]:
    return {"cost": cost, "lower_bound": bound, "tier": list(tier), "tier_proven": proven}


def test_every_size_has_an_aim() -> None:
    assert {size.name for size in SIZES if size.jobs > 1} == set(AIMS)


@pytest.mark.parametrize(
    ("runs", "reached"),
    [
        ([run(0.0)] * 5, True),
        ([run(0.0)] * 4 + [run(0.02)], True),
        ([run(0.0)] * 4 + [run(0.021)], False),
        ([run(0.0)] * 2 + [run(0.011)] * 3, False),
        ([run(0.0)] * 4 + [run(None)], False),
        ([run(0.0)] * 4 + [run(0.0, seconds=2.2)], False),
        ([run(0.0)] * 4 + [run(0.0, faults=["/cost: says 1, is 2"])], False),
        ([], False),
    ],
)
def test_an_aim_is_met_by_the_median_and_the_worst_in_time(runs: list[dict[str, Any]], reached: bool) -> None:
    assert met(Aim(2.0, 0.01, 0.02), runs) is reached


def test_aims_that_ask_for_a_bound_or_a_tier_alone() -> None:
    assert met(Aim(2.0, bound=True), [run(0.9)] * 5)
    assert not met(Aim(2.0, bound=True), [run(0.9)] * 4 + [run(None)])
    assert not met(Aim(2.0, 0.5, tier=True), [run(0.1)] * 4 + [run(0.1, tier_proven=False)])


def test_a_plan_under_a_bound_breaks_it() -> None:
    assert broken([claim(100, 90)], [claim(90, None), claim(95, None)]) == []
    assert len(broken([claim(100, 90)], [claim(89, None)])) == 1
    # With another must-serve tier the bound says nothing; with a better one the proof of the tier was none.
    assert broken([claim(100, 90)], [claim(50, None, tier=(0, 10))]) == []
    assert len(broken([claim(100, 90, tier=(1, 0))], [claim(200, None, tier=(0, 500))])) == 1
    assert broken([claim(100, None, tier=(1, 0), proven=False)], [claim(200, None, tier=(0, 500))]) == []


def test_quality_is_measured_from_the_best_that_is_known() -> None:
    best = best_of([claim(120, None), claim(100, None), claim(90, None, tier=(1, 0))])
    assert above(claim(110, None), best) == pytest.approx(0.1)
    assert above(claim(90, None, tier=(1, 0)), best) is None


def cost_of(q: Question, sequences: Sequences) -> int:
    """The cost of a plan, from the question alone."""
    cost = int(q.unserved_cost.sum())
    for truck, sequence in enumerate(sequences):
        at_s, before = int(q.free_s[truck]), -1
        if q.target[truck] >= 0 and (not sequence or sequence[0][0] != q.target[truck]):
            cost += int(q.switch[truck])
        for job, option in sequence:
            drive_s = int(q.start_s[truck, option] if before < 0 else q.onward_s[before, option])
            assert drive_s < NO_WAY_S
            arrive_s = max(at_s, int(q.release_s[job])) + drive_s
            cost += int(q.fixed[job] + q.extra[option] + q.price[truck]) + int(q.empty_rate[0]) * drive_s
            cost += int(q.rate[job]) * (arrive_s - max(0, int(q.reported_s[job])))
            cost += int(q.late_rate[job]) * max(0, arrive_s - max(0, int(q.promise_s[job])))
            cost -= int(q.unserved_cost[job])
            at_s, before = arrive_s + int(q.span_s[option]), option
        if sequence:
            cost += int(q.overtime_rate[0]) * max(0, at_s - int(q.shift_end_s[truck]))
    return cost


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 9), st.integers(1, 14), st.integers(0, 2**31), st.sampled_from(FLAVOURS))
def test_a_question_says_what_its_problem_says(trucks: int, jobs: int, seed: int, flavour: str) -> None:
    problem = instance("any", trucks, jobs, seed, flavour)
    question = question_of(problem)
    sequences = closest_idle(question)
    plan, dropped = plan_from(problem, sequences)
    assert faults_of(problem, plan) == []
    assert dropped == 0
    assert plan.cost == cost_of(question, sequences)


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 9), st.integers(1, 14), st.integers(0, 2**31), st.sampled_from(FLAVOURS))
def test_whatever_a_peer_says_becomes_a_sound_plan(trucks: int, jobs: int, seed: int, flavour: str) -> None:
    problem = instance("any", trucks, jobs, seed, flavour)
    rng = np.random.default_rng(seed)
    sequences: Sequences = [[] for _ in range(trucks)]
    for job in rng.permutation(jobs).tolist():
        sequences[int(rng.integers(trucks))].append((job, -1))
    plan, dropped = plan_from(problem, sequences)
    assert faults_of(problem, plan) == []
    assert len(plan.unserved) == dropped


@pytest.mark.parametrize("seed", range(5))
def test_first_in_first_out_is_in_order_of_report_where_all_are_alike(seed: int) -> None:
    problem = instance("any", 1, 12, seed, "plane")
    question = question_of(problem)
    served = [job for job, _ in closest_idle(question)[0] if job != question.target[0]]
    assert served == sorted(served, key=lambda job: int(question.reported_s[job]))


def test_a_peer_that_is_better_is_named() -> None:
    problem = {"size": "49x20", "ground": "plane", "seed": 0, "unserved": 0, "faults": [], "tier": [0, 0]}
    ours = [{**problem, "peer": "towline", "budget_s": seconds, "cost": 100} for seconds in (1.0, 5.0, 10.0)]
    worse = {**problem, "peer": "vroom", "budget_s": 5.0, "cost": 150}
    better = {**problem, "peer": "ortools, cold", "budget_s": 10.0, "cost": 99}
    silent = {**problem, "peer": "ortools, warm", "budget_s": 1.0, "failed": "no plan after 1.0 s"}
    assert beaten([*ours, worse, silent]) == []
    assert len(beaten([*ours, worse, better])) == 1
    table = text_of([*ours, worse, better, silent])
    assert "| vroom | - | 1.500 (1.500) | - | 0 (0) | 1 of 1 |" in table
    assert "No plan in time: ortools, warm on 49x20 1x." in table
