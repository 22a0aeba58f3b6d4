"""Calibration on a made-up town whose true factors are known, and on the drives of San Francisco's engines."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.truth_sf import ratios, trips_of
from routing.build import build_city
from routing.calibration import NOTHING_LEARNT, Trips, calibrate, routed_ms
from routing.network import structure_of
from routing.roads import RoadClass, Roads
from routing.router import Positions, Router
from routing.turn_costs import TurnModel
from tests.worlds import grid_world


def quiet(_line: str) -> None:
    """Progress that nobody reads."""


def town() -> Roads:
    """A grid whose every third row is a primary road, driven twice as fast as the residential streets."""
    roads = grid_world(12, 12, spacing_m=200, speed_kmh=30)
    names = np.array(roads.names)[roads.link_name]
    primary = np.isin(names, [f"Row {row}" for row in (0, 3, 6, 9)])
    return replace(
        roads,
        link_class=np.where(primary, RoadClass.PRIMARY, RoadClass.RESIDENTIAL).astype(np.uint8),
        link_duration_ms=np.where(primary, roads.link_duration_ms // 2, roads.link_duration_ms).astype(np.int32),
    )


def some_trips(router: Router, count: int, constant_ms: int, noise: float) -> Trips:
    rng = np.random.default_rng(11)
    links = rng.integers(0, router.roads.link_count, 2 * count).astype(np.int32)
    places = Positions(links, router.roads.link_reverse[links], rng.random(2 * count), np.zeros(2 * count))
    origins, destinations = places.take(np.arange(count)), places.take(np.arange(count, 2 * count))
    times = router.times(origins, destinations) * rng.lognormal(0.0, noise, count) + constant_ms
    return Trips(origins, destinations, times.astype(np.int64))


def test_the_true_factors_are_found_again() -> None:
    roads, model = town(), TurnModel()
    structure = structure_of(roads)
    permille = tuple({RoadClass.PRIMARY: 1500, RoadClass.RESIDENTIAL: 900}.get(each, 1000) for each in RoadClass)
    true = replace(NOTHING_LEARNT, class_permille=permille, turn_permille=1400)
    trips = some_trips(true.router(roads, structure, model), 400, 25_000, 0.1)
    found = calibrate(roads, structure, model, trips, quiet)
    by_class = dict(zip(RoadClass, found.class_permille, strict=True))
    assert by_class[RoadClass.PRIMARY] == pytest.approx(1500, rel=0.1)
    assert by_class[RoadClass.RESIDENTIAL] == pytest.approx(900, rel=0.1)
    assert found.constant_ms == pytest.approx(25_000, abs=10_000)
    assert found.trips == 400
    assert sum(found.share_permille) == pytest.approx(1000, abs=2)


def test_a_class_that_nobody_drives_is_held_to_the_mean_of_the_others() -> None:
    roads, model = town(), TurnModel()
    structure = structure_of(roads)
    true = replace(NOTHING_LEARNT, class_permille=(1300,) * len(RoadClass), turn_permille=1300)
    found = calibrate(
        roads, structure, model, some_trips(true.router(roads, structure, model), 300, 5_000, 0.05), quiet
    )
    by_class = dict(zip(RoadClass, found.class_permille, strict=True))
    assert by_class[RoadClass.MOTORWAY] == pytest.approx(1300, rel=0.08)


def test_without_a_way_there_is_nothing_to_learn() -> None:
    roads = town()
    nobody = Trips(*(Positions.concatenate([]),) * 2, np.zeros(0, np.int64))
    with pytest.raises(ValueError, match="nothing to learn"):
        calibrate(roads, structure_of(roads), TurnModel(), nobody, quiet)


@pytest.mark.shared
def test_engines_of_san_francisco_are_timed_better_on_days_that_were_not_fitted(shared_data: Path) -> None:
    city = build_city(shared_data / "sf", name="sf", progress=quiet)
    trips, day = trips_of(city, Counter())
    some = np.arange(len(trips)) % 3 == 0
    fitted, tested = trips.take(some & (day % 2 == 0)), trips.take(some & (day % 2 == 1))
    found = calibrate(city.roads, city.structure, TurnModel(), fitted, quiet)
    before = ratios(routed_ms(Router(city.roads, turn_model=TurnModel()), tested), tested.real_ms)
    router = found.router(city.roads, city.structure, TurnModel())
    after = ratios(found.times_ms(router, tested), tested.real_ms)
    assert abs(np.log(after["median"])) < abs(np.log(before["median"])) / 3
    assert after["quartiles_quotient"] < before["quartiles_quotient"]
    assert after["median_error_s"] < before["median_error_s"]
