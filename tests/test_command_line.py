"""The command line as a user meets it: one JSON object on stdout, exit codes, and the main job on real input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
WEEK = ("--map", "severity=class", "--from", "2019-03-04", "--to", "2019-03-10", "--seed", "7")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose path has a space and Chinese characters."""
    return tmp_path_factory.mktemp("家 home")


def towline(home: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "towline.py"), *map(str, words)],
        capture_output=True, text=True, encoding="utf-8", check=False, cwd=home,
        env={**os.environ, "TOWLINE_HOME": str(home)},
    )  # fmt: skip


def answer(home: Path, *words: str | Path, code: int = 0) -> dict[str, Any]:
    done = towline(home, *words, "--json")
    assert done.returncode == code, done.stderr
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    assert isinstance(report, dict)
    return report


def without_timing(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key != "timing"}


def test_help_names_every_verb(home: Path) -> None:
    done = towline(home, "--help")
    assert done.returncode == 0
    assert all(
        verb in done.stdout
        for verb in ("city", "route", "matrix", "isochrone", "solve", "check", "explain", "simulate")
    )


@pytest.mark.parametrize(
    "words",
    [
        ["fly"],
        ["simulate", "nowhere", "--load", "generated", "--trucks", "3"],
        ["simulate", "coquimbo", "--load", "no-such-file.csv"],
        ["simulate", "coquimbo", "--load", "generated", "--from", "2026-03-02", "--to", "2026-03-01"],
        ["simulate", "coquimbo", "--load", "generated", "--trucks", "many"],
        ["simulate", "coquimbo", "--load", "generated", "--policy", "nearest"],
        ["simulate", "coquimbo", "--load", "generated", "--tow-share", "1.5"],
        ["simulate", "coquimbo", "--load", "generated", "--from", "yesterday"],
        ["route", "coquimbo", "-29.9,-71.25", "-71.25,-29.95"],
        ["route", "coquimbo", "a,b", "-71.25,-29.95"],
        ["isochrone", "coquimbo", "-71.25,-29.95", "--minutes", "soon"],
        ["isochrone", "coquimbo", "-71.25,-29.95", "--minutes", "0"],
        ["solve", "no-such-problem.json"],
        ["city", "build", "no-such-file.osm.pbf", "--name", "x"],
        ["city", "build", "--name", "x"],
    ],
    ids=" ".join,
)
def test_bad_input_is_exit_2_and_a_sentence(home: Path, words: Sequence[str]) -> None:
    done = towline(home, *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()[-1]) > 15


def test_a_generated_week_on_the_shipped_city(home: Path) -> None:
    out = home / "week"
    words = ("simulate", "coquimbo", "--load", "generated", "--from", "2026-03-02", "--to", "2026-03-04", "--seed", "7")
    report = answer(home, *words, "--out", out)
    assert report["generated"] is True
    assert any("generated" in note for note in report["notes"])
    assert any("invented" in note for note in report["notes"])
    assert "OpenStreetMap contributors" in report["attribution"]
    orders, jobs = pd.read_parquet(out / "orders.parquet"), pd.read_parquet(out / "jobs.parquet")
    assert len(orders) == report["orders"]["reported"] == len(pd.read_csv(out / "orders.csv"))
    assert len(jobs) == report["jobs"]["reported"] == len(pd.read_csv(out / "jobs.csv"))
    served = orders[orders.status == "served"]
    assert served.response_s.mean() == pytest.approx(report["response_s"]["mean"], abs=0.06)
    replay = json.loads((out / "replay.geojson").read_text(encoding="utf-8"))
    assert "OpenStreetMap contributors" in replay["attribution"]
    for feature in replay["features"]:
        assert len(feature["geometry"]["coordinates"]) == len(feature["properties"]["times_s"])
        assert feature["properties"]["times_s"] == sorted(feature["properties"]["times_s"])
    driven_m = sum(feature["properties"]["length_m"] for feature in replay["features"])
    assert driven_m / 1000 == pytest.approx(sum(report["km"].values()), abs=0.001 * len(replay["features"]))
    for picture in ("map.png", "response.png"):
        assert (out / picture).read_bytes().startswith(b"\x89PNG")
    assert without_timing(answer(home, *words)) == {k: v for k, v in without_timing(report).items() if k != "files"}


def test_nothing_to_simulate_is_a_result_that_says_so(home: Path) -> None:
    empty = home / "empty.csv"
    empty.write_text("occurred,lon,lat\n", encoding="utf-8")
    days = ("--from", "2026-03-02", "--to", "2026-03-02")
    report = answer(home, "simulate", "coquimbo", "--load", empty, *days)
    assert report["orders"]["reported"] == 0
    assert "there are no orders in this run" in report["notes"]
    report = answer(home, "simulate", "coquimbo", "--load", "generated", *days, "--trucks", "0", "--shops", "0")
    assert report["orders"]["unserved"] == report["orders"]["reported"] > 0
    assert {"there are no trucks in this run", "there are no shops in this run"} <= set(report["notes"])


def test_a_way_and_a_place_without_one(home: Path) -> None:
    report = answer(home, "route", "coquimbo", "-71.2520,-29.9027", "-71.3400,-29.9600")
    assert report["duration_s"] > 0
    assert report["geometry"]["type"] == "LineString"
    done = towline(home, "route", "coquimbo", "-29.9027,-71.2520", "-71.34,-29.96")
    assert done.returncode == 2
    assert "swap" in done.stderr


def test_what_is_reached_in_time(home: Path) -> None:
    report = answer(home, "isochrone", "coquimbo", "-71.2520,-29.9027", "--minutes", "5,2")
    larger, smaller = (each["properties"] for each in report["features"])
    assert (larger["minutes"], smaller["minutes"]) == (5, 2)
    assert larger["area_m2"] > smaller["area_m2"] > 0


@pytest.mark.shared
def test_the_main_job_a_real_week_in_taipei(home: Path, shared_data: Path) -> None:
    info = answer(home, "city", "build", shared_data / "taipei", "--name", "taipei")
    assert (info["nodes"], info["links"]) == (6608, 15385)
    load = shared_data / "incidents" / "taipei_accidents_2019_2020.csv.gz"
    words = ("simulate", "taipei", "--load", load, *WEEK)
    by_trucks = {n: answer(home, *words, "--trucks", str(n)) for n in (49, 15)}
    assert without_timing(answer(home, *words, "--trucks", "49")) == without_timing(by_trucks[49])
    for report in by_trucks.values():
        counts = report["orders"]
        assert counts["reported"] == counts["served"] + counts["unserved"] + counts["cancelled"] == 768
    assert by_trucks[15]["response_s"]["mean"] > by_trucks[49]["response_s"]["mean"]
    assert by_trucks[15]["utilisation_share"] > by_trucks[49]["utilisation_share"]


@pytest.mark.shared
def test_accidents_far_from_the_city_are_refused_by_line(home: Path, shared_data: Path) -> None:
    load = shared_data / "incidents" / "taipei_accidents_2019_2020.csv.gz"
    done = towline(home, "simulate", "coquimbo", "--load", load, "--from", "2019-03-04", "--to", "2019-03-04")
    assert done.returncode == 2
    assert "outside the city" in done.stderr
    assert "line " in done.stderr
