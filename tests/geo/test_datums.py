"""GCJ-02 and BD-09: known vectors, the figure for Yancheng, and the way back from everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.datums import Datum, from_wgs84, in_china_rectangle, point_from_wgs84, point_to_wgs84, to_wgs84
from geo.points import Point, great_circle_m, great_circles_m
from geo.projection import LocalProjection

YANCHENG = Point(120.16, 33.35)

# At the rectangle's edge the shift starts with a jump of up to some hundred metres, and there is no way back.
INLAND_LON = st.floats(72.1, 137.7)
INLAND_LAT = st.floats(0.93, 55.7)


def test_yancheng_is_shifted_by_159_m_south_and_459_m_east() -> None:
    east_m, north_m = LocalProjection(YANCHENG).to_plane(*from_wgs84(120.16, 33.35, Datum.GCJ02))
    assert float(north_m) == pytest.approx(-159, abs=1)
    assert float(east_m) == pytest.approx(459, abs=3)


@pytest.mark.parametrize(
    ("lon", "lat", "gcj_lon", "gcj_lat"),
    [
        # The vectors that the open converters share.
        (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
        (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
        (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
    ],
)
def test_forward_agrees_with_published_vectors(lon: float, lat: float, gcj_lon: float, gcj_lat: float) -> None:
    there = point_from_wgs84(Point(lon, lat), Datum.GCJ02)
    assert (there.lon_deg, there.lat_deg) == pytest.approx((gcj_lon, gcj_lat), abs=1e-6)


@given(INLAND_LON, INLAND_LAT, st.sampled_from(list(Datum)))
def test_there_and_back_ends_within_a_millimetre(lon: float, lat: float, datum: Datum) -> None:
    start = Point(lon, lat)
    assert great_circle_m(start, point_to_wgs84(point_from_wgs84(start, datum), datum)) < 1e-3


@given(INLAND_LON, INLAND_LAT)
def test_the_shift_is_neither_nothing_nor_a_city_away(lon: float, lat: float) -> None:
    for datum, least_m, most_m in ((Datum.GCJ02, 20.0, 2_000.0), (Datum.BD09, 100.0, 3_500.0)):
        assert least_m < great_circle_m(Point(lon, lat), point_from_wgs84(Point(lon, lat), datum)) < most_m


@pytest.mark.parametrize(("lon", "lat"), [(9.19, 45.46), (-71.25, -29.95), (-122.4, 37.8), (140.0, 35.0)])
def test_outside_china_gcj02_is_wgs84_both_ways(lon: float, lat: float) -> None:
    assert not in_china_rectangle(lon, lat)
    for convert in (from_wgs84, to_wgs84):
        assert tuple(map(float, convert(lon, lat, Datum.GCJ02))) == (lon, lat)


def test_arrays_convert_like_their_single_points() -> None:
    lon = np.array([120.16, 9.19, 116.4, 87.6])
    lat = np.array([33.35, 45.46, 39.9, 43.8])
    for datum in Datum:
        there = from_wgs84(lon, lat, datum)
        singles = [point_from_wgs84(Point(x, y), datum) for x, y in zip(lon, lat, strict=True)]
        assert there[0].tolist() == [point.lon_deg for point in singles]
        assert there[1].tolist() == [point.lat_deg for point in singles]
        assert great_circles_m(*to_wgs84(*there, datum), lon, lat).max() < 1e-3


def test_wgs84_is_left_as_it_is_and_nothing_in_gives_nothing_out() -> None:
    assert point_to_wgs84(YANCHENG, Datum.WGS84) == YANCHENG == point_from_wgs84(YANCHENG, Datum.WGS84)
    assert len(to_wgs84([], [], Datum.BD09)[0]) == 0
