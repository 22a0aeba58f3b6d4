"""The graphs that `make bench` makes of a city's copies are sound ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.growth import FIGURES, table_of
from benchmarks.tiled import BANDS, tiled
from routing.bundle_schema import columns_of, misfit
from routing.positions import Positions
from routing.roads import NO_LINK
from routing.router import Router
from routing.soundness import gap, unsound_structure
from tests.worlds import banned_left_world, city_of_roads, link_between, with_path_bans


def test_copies_keep_their_times_and_bans_and_are_joined() -> None:
    roads = banned_left_world()
    path = [link_between(roads, 0, 1), link_between(roads, 1, 2), link_between(roads, 2, 5)]
    city = city_of_roads(with_path_bans(roads, [path]))
    whole = tiled(city, 3, 2)
    made = whole.roads
    # Three rows and two columns of borders: 2 x 2 and 3 of them, with a street at each of the nine junctions.
    assert BANDS > 9
    assert made.link_count == 6 * roads.link_count + 2 * 9 * (2 * 2 + 3)
    assert (len(made.ban_in), made.path_ban_count) == (6 * len(roads.ban_in), 6)
    assert misfit(made, whole.facts) is None
    assert unsound_structure(columns_of(whole), made.link_count) is None
    assert gap(whole.structure.hierarchy) is None
    assert made.link_strong.all()
    two_way = np.flatnonzero(made.link_reverse != NO_LINK)
    np.testing.assert_array_equal(made.link_reverse[made.link_reverse[two_way]], two_way)
    np.testing.assert_array_equal(made.link_tail[made.link_reverse[two_way]], made.link_head[two_way])
    np.testing.assert_array_equal(made.shape_lon_e7[made.shape_offset[:-1]], made.node_lon_e7[made.link_tail])
    np.testing.assert_array_equal(made.shape_lat_e7[made.shape_offset[1:] - 1], made.node_lat_e7[made.link_head])


def test_within_a_copy_nothing_is_nearer_than_in_the_city() -> None:
    city = city_of_roads(banned_left_world())
    whole = Router(tiled(city, 2, 2).roads)
    links = np.arange(city.roads.link_count, dtype=np.int32)
    places = Positions(links, np.full(len(links), NO_LINK, np.int32), np.full(len(links), 0.5), np.zeros(len(links)))
    here = Router(city.roads).table(places, places)
    there = replace(places, link=links + 3 * city.roads.link_count)
    # Round a ban it may be quicker over another copy, for which both of its borders have to be crossed.
    assert (whole.table(there, there) <= here).all()
    assert (whole.table(there, there) == here).mean() > 0.9
    assert (whole.table(places, there) > here).all()


def test_a_table_of_growth_has_a_row_for_each_figure() -> None:
    fresh = [{"open_s": 0.5, "kernels_s": 0.1, "served_mb": 200.0}]
    tables = [{"rows": n, "threads": t, "cpu_s": n * 1e-5, "min_s": n * 2e-5} for n in (49, 500, 2000) for t in (1, 2)]
    median = {"median_s": 0.25, "cpu_s": 0.25}
    size = {
        "copies": 1, "links": 70_118, "turns": 3, "arcs": [1, 2], "levels": 9, "tables": tables, "fresh": fresh,
        "single": {"in_one_call_us": median,
                   "alone": {"median_us": 12.5, "p99_us": 99.0}, "with_way": {"median_us": 1.0}},
        "customise": median, "with_closed": median, "structure": {"order": median, "contraction": median},
        "scipy_row_s": median, "times_faster_than_scipy": {"single": 1234.5},
    }  # fmt: skip
    lines = table_of([size, {**size, "copies": 4}]).splitlines()
    assert lines[0] == "|  | the city | 4 copies |"
    assert len(lines) == 2 + len(FIGURES)
    assert "| links | 70,118 | 70,118 |" in lines
    assert "| table of 2000 x 2000 (ms) | 20 | 20 |" in lines
