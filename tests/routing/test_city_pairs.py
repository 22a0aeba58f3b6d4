"""Whole cities against an independent Dijkstra, at reduced counts; `tests/test_batteries.py` has the full ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pair_battery import Size, check_pairs, city_at, source_at

REDUCED = Size(origins=12, ends=40, driven=40)


@pytest.mark.shared
@pytest.mark.parametrize("source", ["coquimbo", "osm/milan_2015.osm.pbf"])
def test_pairs_of_a_city_against_an_independent_dijkstra(source: str, shared_data: Path) -> None:
    check_pairs(city_at(source_at(shared_data, source)), REDUCED)
