"""`towline clairvoyant` as a user meets it, on the shipped city."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import towline

DAY = ("coquimbo", "--load", "generated", "--from", "2026-03-02", "--to", "2026-03-02", "--seed", "7")


def test_a_generated_day_has_a_plan_and_a_bound_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOWLINE_HOME", str(tmp_path))
    assert towline.main(["clairvoyant", *DAY, "--trucks", "6", "--work", "10000", "--bound-steps", "5", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert 20 <= report["bound_mean_s"] <= report["wait_s"]["mean"] <= report["wait_s"]["max"]
    assert report["jobs"] > 10
    assert 0 <= report["gap"] < 1
    assert any("bound holds" in note for note in report["notes"])


def test_noise_is_named_and_a_file_that_is_none_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert towline.main(["simulate", *DAY, "--trucks", "6", "--noise", "gale", "--json"]) == 2
    assert "neither a file nor one of none, ordinary" in json.loads(capsys.readouterr().out)["error"]
