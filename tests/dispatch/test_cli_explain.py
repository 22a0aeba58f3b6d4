"""The verb explain on files."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

import pytest

from dispatch.cli_explain import explain_files, explain_text
from dispatch.formats import write_plan, write_problem
from dispatch.solver.budget import DEFAULT_WORK, Budget
from dispatch.solver.ladder import solve
from dispatch.verbs import _instant
from geo.faults import BadInput
from tests.dispatch.made_plans import job, problem_of, truck


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """A flatbed at work beside J, two others; and K, which nobody can do."""
    trucks = [truck("T1", 9, free_at_s=1200), truck("T2", 4), truck("T3", 22)]
    problem = problem_of(trucks, [job("J", 10), job("K", 30, can=frozenset({"crane"}))])
    posed, planned = tmp_path / "problem.json", tmp_path / "plan.json"
    posed.write_text(json.dumps(write_problem(problem)), encoding="utf-8")
    planned.write_text(json.dumps(write_plan(solve(problem, Budget(DEFAULT_WORK)), (), {})), encoding="utf-8")
    return {"problem": posed, "plan": planned}


def test_each_job_has_facts_and_a_sentence_for_either_reader(files: dict[str, Any]) -> None:
    report: dict[str, Any] = explain_files(**files, now=_instant("2026-03-02T14:00:00+08:00"))
    assert (report["ok"], report["next"], [item["job"] for item in report["items"]]) == (True, None, ["J", "K"])
    served, left = report["items"]
    assert served["party"] == {
        "zh": "最近的平板车要忙到 14:20；T2 比下一辆早 6 分钟到您这里。",
        "en": "The nearest flatbed is at work until 14:20; T2 reaches you 6 minutes earlier than the next.",
    }
    assert served["text"]["en"].startswith("The nearest flatbed (T1) is at work until 14:20; T2 reaches the scene")
    assert served["facts"]["next"] == {"truck": "T3", "arrive_s": 720, "later_s": 360}
    assert left["party"]["en"] == "No crane truck is on duty now."
    assert json.loads(json.dumps(report))["items"][0]["facts"]["chosen"]["basis"] == "soonest"
    text = explain_text(report)
    assert "J: The nearest flatbed (T1)" in text
    assert "to the party: No crane truck is on duty now." in text


def test_without_an_instant_times_count_from_the_problems_now(files: dict[str, Any]) -> None:
    report: dict[str, Any] = explain_files(**files, jobs=["J"])
    (item,) = report["items"]
    assert item["party"]["en"].startswith("The nearest flatbed is at work until +0:20;")


def test_a_plan_that_is_not_sound_is_not_explained(files: dict[str, Any]) -> None:
    plan = json.loads(files["plan"].read_text(encoding="utf-8"))
    files["plan"].write_text(json.dumps({**plan, "cost": plan["cost"] + 1}), encoding="utf-8")
    report = explain_files(**files)
    assert (report["ok"], report["items"]) == (False, [])
    assert "/cost" in explain_text(report)


def test_what_cannot_be_meant(files: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="--job L"):
        explain_files(**files, jobs=["J", "L"])
    with pytest.raises(BadInput, match="cannot be read"):
        explain_files(problem=files["problem"], plan=files["plan"].with_name("none.json"))


@pytest.mark.parametrize("text", ["", "noon", "2026-03-02", "2026-03-02T14:00:00"])
def test_an_instant_without_its_offset_is_none(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="offset"):
        _instant(text)
