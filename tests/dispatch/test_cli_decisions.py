"""The verbs solve and check on files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dispatch.cli import check_files, check_text, solve_file, solve_text
from dispatch.formats import write_problem
from geo.faults import BadInput
from tests.random_problems import random_problem

EXAMPLE = """
{"version": 1, "durations_s": [[0, 300], [310, 0]],
 "trucks": [{"id": "T1", "place": 0, "free_at_s": 0, "can": ["wheel_lift"], "shift_end_s": 28800, "company": "A",
             "driving_to": null, "driven_s": 0, "price": 0}],
 "jobs": [{"id": "J1", "order": "O1", "scene": 1, "can": ["wheel_lift"], "reported_s": -60, "release_s": 0,
           "promise_s": 1200, "weight": 1, "lanes_blocked": 0, "on_scene_s": 600,
           "shops": [{"id": "S1", "place": 0, "unload_s": 300, "price": 0}], "unserved_cost": 1000000,
           "must_serve": false, "locked_to": null, "refused_by": []}],
 "shop_places": {"S1": 3},
 "weights": {"wait": 1, "late": 3, "blocked": 1, "empty_drive": 0, "overtime": 1, "tow_detour": 0, "theta": 0,
             "kappa": 0}}
"""


def _stopwatch(step_s: float = 0.25) -> Callable[[], float]:
    shown = iter(range(10**6))
    return lambda: next(shown) * step_s


def _solve(problem: Path, **more: Any) -> dict[str, Any]:
    return solve_file(problem=problem, elapsed_s=_stopwatch(), **more)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    path = tmp_path / "事故 problem.json"
    path.write_text(EXAMPLE, encoding="utf-8")
    return path


def test_the_example_of_the_interface(example: Path) -> None:
    plan = _solve(example)
    stop = {"job": "J1", "shop": "S1", "depart_s": 0, "arrive_s": 300, "free_at_s": 1510}
    assert plan["routes"] == [{"truck": "T1", "stops": [stop]}]
    assert (plan["cost"], plan["lower_bound"], plan["gap"], plan["method"]) == (360, 360, 0.0, "single")
    assert plan["tier"] == {"unserved": 0, "wait_s": 0, "proven": True}
    candidate = {"truck": "T1", "arrive_s": 300, "cost": 360, "verdict": "chosen"}
    assert plan["why"] == [{"job": "J1", "considered": [candidate], "rest": {}}]
    assert plan["timing"] == {"read_s": 0.25, "compile_s": 0.25, "solve_s": 0.25, "seconds": 0.75}
    assert "J1: departs 0 s, arrives 300 s, free 1510 s at S1" in solve_text(plan)


def test_with_a_file_for_it_the_plan_goes_there_and_checks(example: Path, tmp_path: Path) -> None:
    there = tmp_path / "plan.json"
    report = _solve(example, output=there)
    written = json.loads(there.read_text(encoding="utf-8"))
    assert report == {name: value for name, value in written.items() if name not in ("routes", "why")}
    found = check_files(problem=example, plan=there)
    assert found["ok"] is True
    assert "cost 360" in check_text(found)
    there.write_text(json.dumps({**written, "cost": 361}), encoding="utf-8")
    found = check_files(problem=example, plan=there)
    assert found["ok"] is False
    assert found["faults"] == ["/cost: says 361, is 360"]
    assert "/cost: says 361, is 360" in check_text(found)


def test_five_random_problems_go_from_file_to_file_and_check(tmp_path: Path) -> None:
    rng = np.random.default_rng(21)
    for at in range(5):
        posed, planned = tmp_path / f"problem{at}.json", tmp_path / f"plan{at}.json"
        posed.write_text(json.dumps(write_problem(random_problem(rng, 8, 10))), encoding="utf-8")
        report = _solve(posed, output=planned, work=2_000, seed=at)
        again = _solve(posed, work=2_000, seed=at)
        assert report == {name: value for name, value in again.items() if name not in ("routes", "why")}
        assert check_files(problem=posed, plan=planned)["faults"] == []
        assert solve_text(again).splitlines()


def test_seconds_end_the_search(tmp_path: Path) -> None:
    posed = tmp_path / "problem.json"
    problem = random_problem(np.random.default_rng(5), 10, 40, {"shops", "busy", "weights"})
    posed.write_text(json.dumps(write_problem(problem)), encoding="utf-8")
    # The stopwatch moves by 0.25 s a look: the first look after the start is past 0.2 s, and not past 1000 s.
    assert _solve(posed, seconds=0.2)["work"] < _solve(posed, seconds=1000.0)["work"]


@pytest.mark.parametrize("budget", [{"work": 0}, {"seconds": 0.0}, {"seconds": float("nan")}, {"seed": -1}])
def test_budgets_that_are_none(example: Path, budget: dict[str, float]) -> None:
    with pytest.raises(BadInput, match=f"--{next(iter(budget))}"):
        _solve(example, **budget)


def test_files_that_are_not_there(example: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing\.json: cannot be read"):
        _solve(tmp_path / "nothing.json")
    with pytest.raises(BadInput, match="cannot be written"):
        _solve(example, output=tmp_path / "no" / "folder.json")
    with pytest.raises(BadInput, match="cannot be read"):
        check_files(problem=example, plan=tmp_path)
