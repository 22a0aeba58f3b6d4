"""The report of `towline isochrone`, and what it refuses."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from shapely.geometry import Point, shape

from geo.faults import BadInput
from routing.cli_isochrone import MOST_AREAS, MOST_MINUTES, isochrone, isochrone_text
from routing.roads import City
from tests.worlds import city_of_roads, degrees, grid_world

TICKS = itertools.count()


def ticks() -> float:
    return float(next(TICKS))


@pytest.fixture
def city() -> City:
    return city_of_roads(grid_world(8, 8, spacing_m=200), "Gridham")


def test_the_report_is_geojson_with_the_largest_area_first(city: City) -> None:
    place = degrees(700, 705)
    report: dict[str, Any] = isochrone(city=city, place=place, minutes=[1, 2], elapsed_s=ticks)
    assert report["type"] == "FeatureCollection"
    assert [each["properties"]["minutes"] for each in report["features"]] == [2, 1]
    larger, smaller = (shape(each["geometry"]) for each in report["features"])
    assert larger.geom_type == smaller.geom_type == "MultiPolygon"
    assert larger.contains(smaller)
    assert smaller.contains(Point(place))
    assert (report["city"], report["attribution"]) == ("Gridham", "made up for tests")
    assert report["timing"] == {"prepare_s": 1.0, "isochrone_s": 1.0}
    assert json.loads(json.dumps(report, allow_nan=False))["features"][0]["properties"]["area_m2"] > 0


def test_the_text_names_minutes_and_square_kilometres(city: City) -> None:
    report: dict[str, Any] = isochrone(city=city, place=degrees(700, 700), minutes=[1, 2], elapsed_s=ticks)
    lines = isochrone_text(report).splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["1", "min"], ["2", "min"]]
    assert lines[-1] == "made up for tests"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (degrees(0, 90_000), "outside Gridham"),
        ((float("nan"), 0.0), "not a finite number"),
        ((0.0, 120.0), "lon and lat look swapped"),
    ],
)
def test_a_place_that_cannot_be_meant_is_refused(city: City, place: tuple[float, float], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        isochrone(city=city, place=place, minutes=[5], elapsed_s=ticks)


def test_less_is_reached_in_the_morning_than_on_free_roads(city: City) -> None:
    """The world's zone is UTC, and the table that goes without saying slows every weekday morning."""
    free: dict[str, Any] = isochrone(city=city, place=degrees(700, 700), minutes=[1], elapsed_s=ticks)
    slow: dict[str, Any] = isochrone(
        city=city, place=degrees(700, 700), minutes=[1], elapsed_s=ticks, depart="2026-03-02T08:15:00Z"
    )
    assert slow["features"][0]["properties"]["area_m2"] < free["features"][0]["properties"]["area_m2"]
    assert (free["notes"], slow["traffic"]) == ([], "china-default")
    assert "Monday 08:00" in isochrone_text(slow)


@pytest.mark.parametrize("minutes", [[], [0], [-5], [MOST_MINUTES + 1], list(range(1, MOST_AREAS + 2))])
def test_minutes_have_bounds(city: City, minutes: list[int]) -> None:
    with pytest.raises(BadInput, match="minutes: 1 to"):
        isochrone(city=city, place=degrees(0, 0), minutes=minutes, elapsed_s=ticks)


def test_when_all_is_reached_more_time_adds_nothing(city: City) -> None:
    report: dict[str, Any] = isochrone(city=city, place=degrees(700, 700), minutes=[60, 90], elapsed_s=ticks)
    assert len({each["properties"]["area_m2"] for each in report["features"]}) == 1
