"""Names: the shipped city from an empty home, its fleet and shops, and loads."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data import catalogue
from data.catalogue import (
    SHIPPED,
    SHIPPED_FOLDER,
    city_names,
    load_named,
    open_city_named,
    shipped_fleet,
    shipped_shops,
    shipped_zones,
    zones_of,
)
from data.invent_fleet import CAPABILITIES, COMPANIES, write_fleet_and_shops
from data.loads import Load
from dispatch.orders import CAPABILITIES as KNOWN
from geo.datums import Datum
from geo.faults import BadInput
from geo.zones import NO_ZONE, zone_of
from routing.bundle import MANIFEST, save_city
from routing.roads import City


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a home of 城市")


@pytest.fixture(scope="module")
def city(home: Path) -> City:
    return open_city_named(home, SHIPPED, progress=lambda _: None)


def named(name: str, city: City, **days: dt.date) -> Load:
    return load_named(
        name,
        city=city,
        from_day=days.get("from_day"),
        to_day=days.get("to_day"),
        seed=7,
        per_day=None,
        renames={},
        datum=Datum.WGS84,
        skip_bad=False,
        warn=lambda _: None,
    )


def test_the_shipped_city_is_what_its_readme_says(city: City) -> None:
    assert city.facts.nodes == 15_591
    assert city.facts.links == 34_272
    assert city.facts.strongly_connected_share == pytest.approx(0.994, abs=0.0005)
    assert city.facts.timezone == "America/Santiago"
    assert "OpenStreetMap contributors" in city.facts.attribution
    assert "ODbL" in city.facts.attribution
    assert "AequilibraE" in city.facts.attribution
    assert city.facts.dropped == {}


def test_it_is_prepared_once_and_leaves_nothing_else(home: Path, city: City) -> None:
    heard: list[str] = []
    again = open_city_named(home, SHIPPED, progress=heard.append)
    assert heard == []
    assert again.facts == city.facts
    assert [entry.name for entry in (home / "cities").iterdir()] == [SHIPPED]


def test_many_may_prepare_it_at_once(tmp_path: Path, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each builds and tries to move its own city in; the build itself is not what is tested here.
    monkeypatch.setattr(catalogue, "build_city", lambda *_, **__: city)
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_city_named(tmp_path, SHIPPED, progress=lambda _: None), range(4)))
    assert {one.facts.nodes for one in opened} == {15_591}
    assert [entry.name for entry in (tmp_path / "cities").iterdir()] == [SHIPPED]


def test_the_loser_of_a_race_uses_the_winners_city(tmp_path: Path, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def build_while_another_finishes(*_: object, **__: object) -> City:
        monkeypatch.setattr(catalogue, "build_city", lambda *_, **__: city)
        open_city_named(tmp_path, SHIPPED, progress=lambda _: None)
        return city

    monkeypatch.setattr(catalogue, "build_city", build_while_another_finishes)
    assert open_city_named(tmp_path, SHIPPED, progress=lambda _: None).facts == city.facts
    assert [entry.name for entry in (tmp_path / "cities").iterdir()] == [SHIPPED]


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "cities").write_text("a file in the way")
    with pytest.raises(BadInput, match="TOWLINE_HOME"):
        open_city_named(tmp_path, SHIPPED, progress=lambda _: None)


def test_a_damaged_shipped_city_says_how_to_get_it_back(
    tmp_path: Path, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "build_city", lambda *_, **__: city)
    open_city_named(tmp_path, SHIPPED, progress=lambda _: None)
    (tmp_path / "cities" / SHIPPED / MANIFEST).write_text("{")
    with pytest.raises(BadInput, match="prepared anew once you remove"):
        open_city_named(tmp_path, SHIPPED, progress=lambda _: None)


def test_an_older_shipped_city_is_prepared_anew_and_only_that(
    tmp_path: Path, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "build_city", lambda *_, **__: city)
    for name in (SHIPPED, "mine"):
        save_city(city, tmp_path / "cities" / name)
        manifest = tmp_path / "cities" / name / MANIFEST
        manifest.write_text(json.dumps({**json.loads(manifest.read_text("utf-8")), "version": 1}), "utf-8")
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_city_named(tmp_path, SHIPPED, progress=lambda _: None), range(4)))
    assert {one.facts.nodes for one in opened} == {15_591}
    with pytest.raises(BadInput, match="build it again: towline city build SOURCE --name mine"):
        open_city_named(tmp_path, "mine", progress=lambda _: None)
    assert {entry.name for entry in (tmp_path / "cities").iterdir()} == {SHIPPED, "mine"}


def test_an_unknown_city_lists_those_known(home: Path, tmp_path: Path) -> None:
    assert city_names(tmp_path) == [SHIPPED]
    assert city_names(home) == [SHIPPED]
    with pytest.raises(BadInput, match=rf"no city 'atlantis'; there are {SHIPPED}.*towline city build"):
        open_city_named(home, "atlantis", progress=lambda _: None)
    with pytest.raises(BadInput, match="no name for a city"):
        open_city_named(home, "../coquimbo", progress=lambda _: None)


def test_the_zones_hold_the_people_that_the_readme_counts(city: City) -> None:
    zones = shipped_zones()
    assert len(zones) == 133
    assert sum(zone.population for zone in zones) == pytest.approx(451_899, abs=len(zones) / 2)
    assert zones_of(city) == zones


def test_the_fleet_has_every_capability_and_four_companies(city: City) -> None:
    fleet = shipped_fleet()
    assert len(fleet) == sum(CAPABILITIES.values()) == 49
    assert {truck.company for truck in fleet} == set(COMPANIES)
    assert frozenset().union(*(truck.can for truck in fleet)) == set(KNOWN)
    assert 0 < sum(truck.shift is not None for truck in fleet) < 49
    zone = zone_of(shipped_zones(), [truck.lon_deg for truck in fleet], [truck.lat_deg for truck in fleet])
    assert (zone != NO_ZONE).all()
    assert len(set(zone.tolist())) > 30
    assert city.facts.name == SHIPPED


def test_there_are_twelve_shops_and_one_yard_without_a_limit() -> None:
    shops = shipped_shops()
    assert len(shops) == 12
    (yard,) = [shop for shop in shops if shop.places is None]
    assert yard.can == frozenset()
    assert "Municipal" in yard.name


def test_the_inventing_script_gives_the_committed_files(tmp_path: Path) -> None:
    for name in ("node.csv.gz", "link.csv.gz", "zones.geojson"):
        (tmp_path / name).write_bytes((SHIPPED_FOLDER / name).read_bytes())
    write_fleet_and_shops(tmp_path)
    for name in ("trucks.csv", "shops.csv"):
        assert (tmp_path / name).read_text("utf-8") == (SHIPPED_FOLDER / name).read_text("utf-8")


@pytest.mark.parametrize(
    ("days", "first", "last"),
    [
        ({}, "2024-03-04", "2024-03-10"),
        ({"from_day": dt.date(2025, 1, 1)}, "2025-01-01", "2025-01-07"),
        ({"to_day": dt.date(2025, 1, 7)}, "2025-01-01", "2025-01-07"),
        ({"from_day": dt.date(2025, 1, 1), "to_day": dt.date(2025, 1, 2)}, "2025-01-01", "2025-01-02"),
    ],
)
def test_a_generated_load_has_its_days(city: City, days: dict[str, dt.date], first: str, last: str) -> None:
    load = named("generated", city, **days)
    assert f"{first} to {last}" in load.source
    assert len(load) > 0
    zone = ZoneInfo("America/Santiago")
    assert len(load.between(dt.date.fromisoformat(first), dt.date.fromisoformat(last), zone)) == len(load)


def test_a_load_by_path_is_read_in_the_citys_zone(tmp_path: Path, city: City) -> None:
    path = tmp_path / "load.csv"
    path.write_text("occurred,lon,lat\n2024-07-01 00:00,-71.25,-29.9\n")
    assert named(str(path), city).at_ms.tolist() == [1_719_806_400_000]  # 04:00 UTC
    with pytest.raises(BadInput, match="by name: generated"):
        named("no-such-load", city)
