"""Which reports seem to be of one accident."""

from __future__ import annotations

import pytest

from cases.duplicates import NEAR_M, NEAR_MS, linked_to, seems_same
from cases.rescues import DEFAULT_NEEDS, Rescue, Vehicle, jobs_of
from dispatch.orders import Order
from tests.worlds import degrees


def rescue(name: str = "R", *, east_m: float = 0, at_ms: int = 0, plates: frozenset[str] = frozenset()) -> Rescue:
    lon, lat = degrees(east_m, 0)
    order = Order(name, at_ms, lon, lat, 1200, jobs_of(name, (), 60))
    return Rescue(order, "ref", (), None, plates, (), f"link of {name}")


@pytest.mark.parametrize(
    ("east_m", "at_ms", "plates", "same"),
    [
        (0, 0, "", True),
        (NEAR_M - 1, NEAR_MS, "", True),
        (NEAR_M + 1, 0, "", False),
        (0, NEAR_MS + 1, "", False),
        (0, -NEAR_MS, "", True),
        (9_000, 9 * NEAR_MS, "ab", True),
        (9_000, 0, "b", False),
    ],
)
def test_near_in_place_and_time_or_a_plate_in_both(east_m: float, at_ms: int, plates: str, same: bool) -> None:
    first = rescue(plates=frozenset("a"))
    second = rescue(east_m=east_m, at_ms=at_ms, plates=frozenset(plates))
    assert seems_same(first, second) is seems_same(second, first) is same


def test_no_plate_is_no_plate_in_both() -> None:
    assert not seems_same(rescue(), rescue(east_m=9_000))


def test_all_that_it_may_be_are_named_in_their_order() -> None:
    earlier = [rescue("b"), rescue("far", east_m=500), rescue("a", east_m=20)]
    assert linked_to(rescue("new"), earlier) == ("b", "a")


def test_a_vehicle_is_a_job() -> None:
    wanted = [frozenset({"crane"}), frozenset[str]()]
    jobs = jobs_of("R", [Vehicle("car", "", needs) for needs in wanted], 60)
    assert [(job.id, job.needs) for job in jobs] == [("R-1", {"crane"}), ("R-2", DEFAULT_NEEDS)]
    assert [job.needs for job in jobs_of("R", [], 60)] == [DEFAULT_NEEDS]
