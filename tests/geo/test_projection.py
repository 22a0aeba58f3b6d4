"""The local plane against great circles and against its own way back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.points import Point, great_circle_m
from geo.projection import LocalProjection

ORIGINS = st.builds(Point, st.floats(-180, 180), st.floats(-60, 60))
OFFSETS_M = st.floats(-20_000, 20_000)


@given(ORIGINS, OFFSETS_M, OFFSETS_M)
def test_there_and_back_is_the_same_place(origin: Point, x_m: float, y_m: float) -> None:
    plane = LocalProjection(origin)
    back = plane.to_plane(*plane.to_lonlat(x_m, y_m))
    assert tuple(map(float, back)) == pytest.approx((x_m, y_m), abs=1e-3)


@given(ORIGINS, OFFSETS_M, OFFSETS_M)
def test_distances_from_the_origin_agree_with_the_sphere(origin: Point, x_m: float, y_m: float) -> None:
    lon, lat = LocalProjection(origin).to_lonlat(x_m, y_m)
    straight_m = math.hypot(x_m, y_m)
    # The flattening (0.56 %, as the docstring says) and the scale of other parallels than the origin's.
    scale_error = abs(y_m) * math.tan(math.radians(abs(origin.lat_deg))) / 6.37e6
    tolerance = 0.0060 + scale_error
    assert great_circle_m(origin, Point(float(lon), float(lat))) == pytest.approx(straight_m, rel=tolerance, abs=0.01)


def test_radii_at_the_equator_and_at_45_degrees() -> None:
    # One degree on the equator is 2 pi a / 360; lengths of a degree at 45 N from the tables of the ellipsoid.
    assert LocalProjection(Point(0, 0)).east_m_per_deg == pytest.approx(2 * math.pi * 6_378_137 / 360)
    assert LocalProjection(Point(0, 45)).north_m_per_deg == pytest.approx(111_132, abs=1)
    assert LocalProjection(Point(0, 45)).east_m_per_deg == pytest.approx(78_847, abs=1)


def test_the_date_line_is_crossed_the_short_way() -> None:
    x_m, _ = LocalProjection(Point(179.99, 10)).to_plane(-179.99, 10)
    assert 0 < float(x_m) < 3_000


def test_the_pole_is_refused() -> None:
    with pytest.raises(ValueError, match="poles"):
        LocalProjection(Point(0, 89.5))
