"""Encoded polylines: published vectors, and that nothing is lost but digits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.polyline import decode, encode

LON, LAT = [-120.2, -120.95, -126.453], [38.5, 40.7, 43.252]


def test_the_published_vector_of_five_digits() -> None:
    """The worked example in the format's own description."""
    assert encode(LON, LAT) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


def test_the_published_vector_of_six_digits() -> None:
    """The same points in the test suite of Mapbox's polyline package."""
    assert encode(LON, LAT, 6) == "_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI"


def test_a_single_number_of_the_description() -> None:
    """-179.9832104 degrees are written `~oia@ (with a latitude of 0, which is ?)."""
    assert encode([-179.9832104], [0]) == "?`~oia@"


@given(
    st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=30),
    st.sampled_from([5, 6]),
)
def test_what_is_decoded_is_what_was_encoded_but_for_half_a_digit(
    points: list[tuple[float, float]], digits: int
) -> None:
    lon, lat = decode(encode([p[0] for p in points], [p[1] for p in points], digits), digits)
    got = np.column_stack([lon, lat])
    np.testing.assert_allclose(got, np.array(points).reshape(-1, 2), atol=0.5000001 / 10**digits, rtol=0)
    assert encode(lon, lat, digits) == encode([p[0] for p in points], [p[1] for p in points], digits)


@pytest.mark.parametrize(("text", "said"), [("_p~iF", "ends within"), ("_", "ends within"), ("_p iF?", "character 2")])
def test_broken_text_is_refused_where_it_is_broken(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decode(text)


def test_a_number_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be part"):
        decode("~" * 100)
