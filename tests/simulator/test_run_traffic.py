"""Runs in traffic: the world and the dispatcher go by one table, hour by hour of the city's own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from dispatch.policy import SHIPPED
from routing.roads import RoadClass
from routing.traffic_tables import CHINA_DEFAULT, FREE, TrafficTable
from simulator.draws import Chances
from simulator.run import Run
from simulator.scenario import Scenario
from tests.simulator.test_run import DAY_MS, ROUTER, START_MS, order, shop, truck

ZONE = timezone(timedelta(hours=10))
"""The runs begin on a Tuesday at 22:13 UTC, which is Wednesday 08:13 there."""

HOUR_S = 3600


def run_of(table: TrafficTable, policy: str = "production") -> Run:
    """One truck, 500 m from an order at 08:14 and from another at 09:14, which come to it one after the other."""
    rules = replace(SHIPPED[policy], traffic=table)
    orders = [order("O", 1500, 60), order("P", 1500, 60 + HOUR_S)]
    made = Run(
        Scenario(
            ROUTER, rules, [truck("T", 1000)], [shop("S", 3000)], orders, [2, 3], START_MS, START_MS + DAY_MS,
            Chances(), 1, ZONE,
        )
    )  # fmt: skip
    made.play()
    return made


def drives_ms(run: Run) -> list[int]:
    """From the driver's word to the scene."""
    return [(each.arrived_ms or 0) - (each.accepted_ms or 0) for each in run.jobs.values()]


@pytest.mark.parametrize("policy", sorted(SHIPPED))
def test_each_drive_has_the_pace_of_its_hour(policy: str) -> None:
    factors = [int(CHINA_DEFAULT.permille[48 + hour, RoadClass.RESIDENTIAL - 1]) for hour in (8, 9)]
    assert drives_ms(run_of(FREE, policy)) == [50_000, 50_000]
    assert drives_ms(run_of(CHINA_DEFAULT, policy)) == [50 * factor for factor in factors]


def test_what_the_dispatcher_expects_is_what_the_road_takes() -> None:
    run = run_of(CHINA_DEFAULT)
    assert run.engine.book.router is run.world.router
    assert run.engine.book.traffic.hour_of_week is not None


def test_a_table_of_free_flow_tells_of_no_hours() -> None:
    assert run_of(FREE).engine.book.traffic_version == 0
