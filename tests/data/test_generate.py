"""The generated load against the figures that it is drawn from, with bounds derived from its own distribution."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from scipy.stats import chi2

from data import profile
from data.accident_places import accident_places
from data.catalogue import SHIPPED, SHIPPED_FOLDER, shipped_zones
from data.generate import generate_load
from data.loads import Load, Severity
from geo.faults import BadInput, NoAnswer
from geo.points import great_circles_m
from geo.zones import NO_ZONE, Zone, zone_of
from routing.build import build_city
from routing.roads import City, RoadClass

SANTIAGO = ZoneInfo("America/Santiago")
UTC = ZoneInfo("UTC")
MONDAY = dt.date(2024, 3, 4)
YEAR = (dt.date(2023, 1, 2), dt.date(2023, 12, 31))
"""52 weeks from a Monday to a Sunday."""

Generate = Callable[..., Load]


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(SHIPPED_FOLDER, name=SHIPPED, progress=lambda _: None)


@pytest.fixture(scope="module")
def zones() -> tuple[Zone, ...]:
    return shipped_zones()


@pytest.fixture(scope="module")
def generate(city: City, zones: tuple[Zone, ...]) -> Generate:
    def generated(
        from_day: dt.date, to_day: dt.date, *, seed: int = 7, per_day: float | None = None, zone: ZoneInfo = SANTIAGO
    ) -> Load:
        return generate_load(
            city=city, zones=zones, from_day=from_day, to_day=to_day, zone=zone, seed=seed, per_day=per_day
        )

    return generated


@pytest.fixture(scope="module")
def year(generate: Generate) -> Load:
    """A year as busy as Taipei, in a zone whose clocks never change."""
    return generate(*YEAR, per_day=profile.ACCIDENTS_A_DAY, zone=UTC)


def columns(load: Load) -> dict[str, list[object]]:
    names = ("at_ms", "lon_deg", "lat_deg", "severity", "lanes_blocked", "person_waiting", "line")
    return {name: getattr(load, name).tolist() for name in names}


def test_the_same_arguments_give_the_same_load(generate: Generate) -> None:
    week = generate(MONDAY, MONDAY + dt.timedelta(days=6))
    again = generate(MONDAY, MONDAY + dt.timedelta(days=6))
    other = generate(MONDAY, MONDAY + dt.timedelta(days=6), seed=8)
    assert columns(week) == columns(again)
    assert (week.sha256, week.source, week.notes) == (again.sha256, again.source, again.notes)
    assert week.sha256 != other.sha256
    assert columns(week) != columns(other)


def test_a_longer_range_repeats_the_days_of_a_shorter_one(generate: Generate) -> None:
    middle = dt.date(2024, 9, 5), dt.date(2024, 9, 10)  # with the day on which Chile's clocks go forward
    alone = generate(*middle)
    within = generate(dt.date(2024, 8, 20), dt.date(2024, 9, 20)).between(*middle, SANTIAGO)
    assert {**columns(alone), "line": []} == {**columns(within), "line": []}
    longer = generate(middle[0], dt.date(2024, 9, 20))
    assert columns(longer.take(np.arange(len(alone)))) == columns(alone)


def test_it_says_that_it_is_generated(year: Load) -> None:
    assert year.generated
    assert year.source.startswith(f"generated for {SHIPPED}, 2023-01-02 to 2023-12-31, 119.2 accidents a day, seed 7")
    assert "not real" in year.notes[0]


def test_the_total_lies_within_four_standard_deviations(year: Load) -> None:
    # A negative binomial day has variance m + m^2 / shape; days are independent and 52 weeks hold each weekday alike.
    daily = profile.ACCIDENTS_A_DAY * 7 * profile.hourly_shares().sum(axis=1)
    deviation = np.sqrt(52 * (daily + daily**2 / profile.DAY_SHAPE).sum())
    assert abs(len(year) - 52 * daily.sum()) < 4 * deviation


def test_days_vary_as_those_of_taipei_do(year: Load) -> None:
    day = (year.at_ms // 86_400_000) - year.at_ms[0] // 86_400_000
    counts = np.bincount(day, minlength=364)
    # 6.9 is the variance/mean of the file; of 364 days the estimate has a relative deviation of about sqrt(2/363).
    assert counts.var(ddof=1) / counts.mean() == pytest.approx(6.9, rel=4 * np.sqrt(2 / 363))


def test_a_small_city_varies_less_than_its_mean_would_have_it_in_a_large_one(generate: Generate) -> None:
    load = generate(*YEAR, per_day=12.0, zone=UTC)
    counts = np.bincount(load.at_ms // 86_400_000 - load.at_ms[0] // 86_400_000, minlength=364)
    daily = 12.0 * 7 * profile.hourly_shares().sum(axis=1)
    expected = 1 + (daily.var() + (daily**2).mean() / profile.DAY_SHAPE) / daily.mean()
    assert expected < 2
    assert counts.var(ddof=1) / counts.mean() == pytest.approx(expected, rel=4 * np.sqrt(2 / 363))


def test_hours_of_a_day_have_the_profile(year: Load) -> None:
    # Given the day's count the hours are independent draws, so that a chi-square test holds weekday by weekday.
    hour = year.at_ms // 3_600_000
    weekday = (hour // 24 + 3) % 7  # 1970-01-01 was a Thursday
    shares = profile.hourly_shares()
    for row in range(7):
        found = np.bincount(hour[weekday == row] % 24, minlength=24)
        expected = shares[row] / shares[row].sum() * found.sum()
        assert ((found - expected) ** 2 / expected).sum() < chi2.ppf(0.9999, 23)


def test_severities_lanes_and_waiting_have_their_shares(year: Load, city: City) -> None:
    found = np.bincount(year.severity, minlength=4)[1:]
    expected = profile.severity_shares() * len(year)
    assert ((found - expected) ** 2 / expected).sum() < chi2.ppf(0.9999, 2)
    waiting = year.person_waiting[year.severity == Severity.INJURY]
    assert waiting.mean() == pytest.approx(0.03, abs=4 * np.sqrt(0.03 * 0.97 / len(waiting)))
    assert not year.person_waiting[year.severity == Severity.DAMAGE].any()
    # No road is too narrow to lose no lane or one, so that the share of none is the freeways' own.
    damage = year.lanes_blocked[year.severity == Severity.DAMAGE] == 0
    share = profile.lane_shares()[2, 0]
    assert damage.mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(damage)))
    assert year.lanes_blocked.max() <= city.roads.link_lanes.max()


def test_places_lie_on_strong_roads(year: Load, city: City) -> None:
    roads = city.roads
    lines = np.flatnonzero(roads.link_strong)
    shapes = [
        shapely.LineString(np.c_[roads.shape_lon_e7[a:b], roads.shape_lat_e7[a:b]] / 1e7)
        for a, b in zip(roads.shape_offset[lines], roads.shape_offset[lines + 1], strict=True)
    ]
    places = shapely.points(year.lon_deg[:2000], year.lat_deg[:2000])
    _, off_deg = shapely.STRtree(shapes).query_nearest(places, return_distance=True, all_matches=False)
    assert off_deg.max() < 2e-7  # both the roads and the places are rounded to 1e-7 degrees


def test_people_decide_the_zone(city: City, year: Load, zones: tuple[Zone, ...]) -> None:
    west, south, east, north = city.facts.bbox
    middle = (south + north) / 2
    halves = (
        Zone("1", "south", 1000, shapely.box(west, south, east, middle)),
        Zone("2", "north", 3000, shapely.box(west, middle, east, north)),
        Zone("3", "sea", 500, shapely.box(west - 2, south, west - 1, north)),
    )
    load = generate_load(
        city=city, zones=halves, from_day=YEAR[0], to_day=YEAR[1], zone=UTC, seed=5, per_day=100.0
    )  # fmt: skip
    share = float((load.lat_deg > middle).mean())
    # A few accidents on roads whose middle is on the other side of the border are what the last term allows for.
    assert share == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / len(load)) + 0.005)
    assert "1 zones have people and no road" in load.notes[-1]
    assert (zone_of(zones, year.lon_deg, year.lat_deg) != NO_ZONE).all()


def test_class_and_length_decide_the_link(city: City) -> None:
    load = generate_load(
        city=city, zones=None, from_day=YEAR[0], to_day=YEAR[1], zone=UTC, seed=3, per_day=100.0
    )  # fmt: skip
    places = accident_places(city.roads, None)
    share = np.diff(places.reach, prepend=0.0)
    local = np.isin(city.roads.link_class[places.links], profile.LOCAL_CLASSES)
    assert share[local].sum() == pytest.approx(profile.LOCAL_SHARE)
    a_km = share / (city.roads.link_length_mm[places.links] / 1e6)
    for road_class in (RoadClass.TRUNK, RoadClass.SECONDARY):
        ratio = a_km[city.roads.link_class[places.links] == road_class].mean()
        ratio /= a_km[city.roads.link_class[places.links] == RoadClass.PRIMARY].mean()
        rates = profile.ACCIDENTS_A_DAY_AND_KM
        assert ratio == pytest.approx(rates[road_class] / rates[RoadClass.PRIMARY])
    draws = np.random.default_rng(1).random(20_000)
    link, _, _ = places.at(draws, np.zeros(20_000))
    found = np.isin(city.roads.link_class[link], profile.LOCAL_CLASSES).mean()
    assert found == pytest.approx(profile.LOCAL_SHARE, abs=4 * np.sqrt(0.176 * 0.824 / 20_000))
    assert "length and class" in load.notes[1]


def test_draws_run_along_a_link_from_its_tail_to_its_head(city: City) -> None:
    places = accident_places(city.roads, None)
    roads = city.roads
    middle = np.full(5, places.reach[len(places.reach) // 2]) - 1e-9
    link, lon, lat = places.at(middle, np.array([0.0, 0.25, 0.5, 0.75, 1.0 - 1e-12]))
    assert len(set(link.tolist())) == 1
    tail, head = roads.link_tail[link[0]], roads.link_head[link[0]]
    length_m = roads.link_length_mm[link[0]] / 1000
    for node, row in ((tail, 0), (head, 4)):
        off = great_circles_m(roads.node_lon_e7[node] / 1e7, roads.node_lat_e7[node] / 1e7, lon[row], lat[row])
        assert off < 0.1
    steps = great_circles_m(lon[:-1], lat[:-1], lon[1:], lat[1:])
    assert (steps <= length_m / 4 + 0.1).all()


def test_the_mean_follows_people_and_without_zones_the_roads(generate: Generate, city: City) -> None:
    assert " 20.57 accidents a day" in generate(MONDAY, MONDAY).source  # 451,895 people of 2.62 million's 119.2 a day
    places = accident_places(city.roads, None)
    km = dict.fromkeys(RoadClass, 0.0)
    for link in places.links.tolist():
        km[RoadClass(city.roads.link_class[link])] += city.roads.link_length_mm[link] / 1e6
    measured = sum(rate * km[road_class] for road_class, rate in profile.ACCIDENTS_A_DAY_AND_KM.items())
    assert places.expected_a_day == pytest.approx(measured / (1 - profile.LOCAL_SHARE))


def test_no_accident_a_day_is_an_empty_load(generate: Generate) -> None:
    assert len(generate(MONDAY, MONDAY, per_day=0.0)) == 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"to_day": MONDAY - dt.timedelta(days=1)}, "lies before"),
        ({"seed": -1}, "seed -1"),
        ({"per_day": -1.0}, "0 or more"),
        ({"per_day": float("nan")}, "0 or more"),
        ({"per_day": 1e9}, "cannot be generated"),
    ],
)
def test_what_cannot_be_generated_is_refused(city: City, change: dict[str, object], what: str) -> None:
    arguments: dict[str, object] = {"from_day": MONDAY, "to_day": MONDAY, "seed": 1, "per_day": 5.0} | change
    with pytest.raises(BadInput, match=what):
        generate_load(city=city, zones=None, zone=UTC, **arguments)  # type: ignore[arg-type]


def test_zones_of_another_city_and_a_city_without_roads_have_no_answer(city: City) -> None:
    elsewhere = Zone("1", "one", 1000, shapely.box(10, 10, 11, 11))
    with pytest.raises(NoAnswer, match="zones of this city"):
        accident_places(city.roads, [elsewhere])
    weak = dataclasses.replace(city.roads, link_strong=np.zeros(city.roads.link_count, np.bool_))
    with pytest.raises(NoAnswer, match="no strongly connected road"):
        accident_places(weak, None)


@pytest.mark.shared
def test_the_carried_counts_are_those_of_the_file(shared_data: Path) -> None:
    from data.load_reader import read_load
    from geo.datums import Datum

    taipei = ZoneInfo("Asia/Taipei")
    path = shared_data / "incidents" / "taipei_accidents_2019_2020.csv.gz"
    load = read_load(
        path, zone=taipei, renames={"severity": "class"}, datum=Datum.WGS84, skip_bad=False, warn=lambda _: None
    )
    hour = load.at_ms // 3_600_000 + 8
    found = np.bincount((hour // 24 + 3) % 7 * 24 + hour % 24, minlength=168).reshape(7, 24)
    np.testing.assert_array_equal(found, profile.ACCIDENTS_BY_WEEKDAY_AND_HOUR)
    assert np.bincount(load.severity)[1:].tolist() == list(profile.ACCIDENTS_BY_SEVERITY)
