"""Points that cannot be are refused with a reason, and distances agree with what the sphere says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.points import EARTH_RADIUS_M, Point, great_circle_m, great_circles_m

points = st.builds(Point, st.floats(-180, 180), st.floats(-90, 90))


@pytest.mark.parametrize(
    ("lon", "lat", "said"),
    [
        (33.35, 120.16, "swapped"),
        (math.nan, 0.0, "not a finite number"),
        (0.0, math.inf, "not a finite number"),
        (181.0, 0.0, "out of range"),
        (120.0, 91.0, "out of range"),
    ],
)
def test_a_point_that_cannot_be_is_refused(lon: float, lat: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Point(lon, lat)


def test_a_quarter_of_the_earth() -> None:
    quarter_m = EARTH_RADIUS_M * math.pi / 2
    assert great_circle_m(Point(0, 0), Point(90, 0)) == pytest.approx(quarter_m)
    assert great_circle_m(Point(17, 90), Point(-5, 0)) == pytest.approx(quarter_m)
    assert great_circle_m(Point(-90, 0), Point(90, 0)) == pytest.approx(2 * quarter_m)


@given(points, points)
def test_it_is_the_angle_between_the_two_directions(a: Point, b: Point) -> None:
    def direction(p: Point) -> NDArray[np.float64]:
        lon, lat = math.radians(p.lon_deg), math.radians(p.lat_deg)
        return np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])

    u, v = direction(a), direction(b)
    angle = math.atan2(float(np.linalg.norm(np.cross(u, v))), float(u @ v))
    # Near the antipodes the haversine loses digits: half a metre at most.
    assert great_circle_m(a, b) == pytest.approx(angle * EARTH_RADIUS_M, rel=1e-6, abs=0.5)
    assert great_circle_m(a, b) == pytest.approx(great_circle_m(b, a), abs=1e-6)


def test_arrays_broadcast() -> None:
    lon = np.array([0.0, 1.0, 2.0])
    found = great_circles_m(lon[:, None], 0.0, lon[None, :], 0.0)
    degree_m = EARTH_RADIUS_M * math.pi / 180
    np.testing.assert_allclose(found, degree_m * np.abs(lon[:, None] - lon[None, :]), atol=1e-6)
