"""Runs on a street whose times are known by arithmetic, and invariants that hold for every run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.fleet import Shop, Truck
from dispatch.orders import Job, JobStatus, Order
from dispatch.policy import SHIPPED
from routing.router import Router
from simulator.draws import Chances, needs_tow
from simulator.measures import order_outcomes, summary
from simulator.outputs import jobs_frame, orders_frame
from simulator.run import Run
from simulator.scenario import Scenario, SimulatedTruck
from simulator.world import Leg
from tests.worlds import degrees, grid_world

START_MS = 1_700_000_000_000
DAY_MS = 86_400_000
LIFT = frozenset({"wheel_lift"})
ROUTER = Router(grid_world(60, 2))
ALWAYS = ((START_MS, None),)


def truck(name: str, at_m: int, shifts: tuple[tuple[int, int | None], ...] = ALWAYS) -> SimulatedTruck:
    lon, lat = degrees(at_m, 0)
    return SimulatedTruck(Truck(name, LIFT, "A"), ROUTER.snap(np.array([lon]), np.array([lat])), shifts)


def shop(name: str, at_m: int, places: int | None = None) -> Shop:
    lon, lat = degrees(at_m, 0)
    return Shop(name, name, lon, lat, frozenset(), places, 300)


def order(name: str, at_m: int, after_s: int, jobs: int = 1, needs: frozenset[str] = LIFT) -> Order:
    lon, lat = degrees(at_m, 0)
    asked = tuple(Job(f"{name}-{k}", needs, 600) for k in range(jobs))
    return Order(name, START_MS + 1000 * after_s, lon, lat, 1200, asked)


def play(
    trucks: list[SimulatedTruck],
    orders: list[Order],
    shops: list[Shop] | None = None,
    *,
    policy: str = "production",
    seed: int = 1,
    chances: Chances | None = None,
) -> Run:
    scenario = Scenario(
        ROUTER,
        SHIPPED[policy],
        trucks,
        [shop("S", 3000)] if shops is None else shops,
        orders,
        list(range(2, 2 + len(orders))),
        START_MS,
        START_MS + DAY_MS,
        chances or Chances(),
        seed,
    )
    run = Run(scenario)
    run.play()
    return run


def test_one_tow_takes_what_the_roads_and_the_draw_say() -> None:
    run = play([truck("T", 1000)], [order("O", 1500, 60)])
    record = run.jobs["O-0"]
    chances = run.scenario.chances
    accepted_ms = START_MS + 60_000 + 1000 * chances.answer_s
    assert record.accepted_ms == accepted_ms
    assert record.arrived_ms == accepted_ms + 50_000
    hooked_up_ms = accepted_ms + 50_000 + chances.on_scene_ms(1, 2, 1)
    assert record.hooked_up_ms == hooked_up_ms
    assert record.delivered_ms == hooked_up_ms + 150_000 + 300_000
    assert [leg.kind for leg in run.world.legs] == [Leg.TO_SCENE, Leg.TOW]
    # The world's coordinates are rounded to a centimetre.
    assert [leg.length_mm for leg in run.world.legs] == pytest.approx([500_000, 1_500_000], abs=20)
    (busy,) = run.busy
    assert busy.until_ms - busy.from_ms == record.delivered_ms - accepted_ms


def test_a_truck_on_its_way_home_is_called_off_on_the_road() -> None:
    # Delivered at 3000 m it drives home to 0 m; the second accident lies behind it on that very way.
    first = play([truck("T", 0)], [order("O", 1500, 0)]).jobs["O-0"].delivered_ms
    assert first is not None
    after_s = (first - START_MS) // 1000 + 100
    run = play([truck("T", 0)], [order("O", 1500, 0), order("P", 2500, after_s)])
    back = [leg for leg in run.world.legs if leg.kind is Leg.RETURN]
    assert not back[0].whole
    assert 1_000_000 <= back[0].length_mm <= 1_250_000
    record = run.jobs["P-0"]
    assert record.arrived_ms is not None
    # It has come about 1,200 m by the time the driver has answered and turns round where it is.
    assert record.arrived_ms - (record.accepted_ms or 0) == pytest.approx(70_000, abs=25_000)


def test_off_duty_trucks_are_not_sent_and_finish_what_they_have_begun() -> None:
    early = (START_MS, START_MS + 600_000)
    run = play([truck("T", 1000, (early,))], [order("O", 1500, 500), order("P", 1500, 700)])
    assert run.jobs["O-0"].status is JobStatus.DELIVERED
    assert run.jobs["P-0"].status is JobStatus.UNSERVED


def test_the_next_shift_takes_what_was_left_over() -> None:
    shifts = ((START_MS, START_MS + 600_000), (START_MS + 7_200_000, None))
    run = play([truck("T", 1000, shifts)], [order("O", 1500, 700)])
    record = run.jobs["O-0"]
    assert record.offered_ms is not None
    assert record.offered_ms >= START_MS + 7_200_000
    assert record.status is JobStatus.DELIVERED


def test_a_crane_job_is_done_at_the_scene() -> None:
    crane = SimulatedTruck(Truck("C", frozenset({"crane"}), "A"), truck("C", 1000).post, ALWAYS)
    run = play([crane], [order("O", 1500, 0, needs=frozenset({"crane"}))], shops=[])
    record = run.jobs["O-0"]
    assert (record.status, record.shop, record.hooked_up_ms) == (JobStatus.DELIVERED, None, None)
    assert not any(leg.kind is Leg.TOW for leg in run.world.legs)


@pytest.mark.parametrize(
    ("trucks", "orders", "shops"),
    [([], [order("O", 1500, 0)], None), ([truck("T", 0)], [], None), ([truck("T", 0)], [order("O", 1500, 0)], [])],
    ids=["no truck", "no order", "no shop"],
)
def test_nothing_to_send_or_to_serve_is_a_result(
    trucks: list[SimulatedTruck], orders: list[Order], shops: list[Shop] | None
) -> None:
    run = play(trucks, orders, shops)
    result = summary(run, order_outcomes(orders, run.scenario.lines, run.jobs))
    assert result["orders"] == {"reported": len(orders), "served": 0, "unserved": len(orders), "cancelled": 0}
    assert result["response_s"] == {"mean": None, "p50": None, "p90": None, "p99": None, "max": None}


def test_drivers_who_refuse_or_stay_silent_cost_time_but_no_order() -> None:
    trucks = [truck(f"T{k}", 700 * k) for k in range(8)]
    orders = [order(f"O{k}", 150 * k, 600 * k) for k in range(20)]
    moody = Chances(refused_share=0.25, no_answer_share=0.25)
    run = play(trucks, orders, chances=moody)
    assert all(record.status is JobStatus.DELIVERED for record in run.jobs.values())
    assert sum(record.refusals for record in run.jobs.values()) > 0
    assert sum(record.offers for record in run.jobs.values()) > len(orders)
    calm = play(trucks, orders)
    wait = [sum((r.arrived_ms or 0) for r in each.jobs.values()) for each in (run, calm)]
    assert wait[0] > wait[1]


loads = st.lists(st.tuples(st.integers(0, 5800), st.integers(0, 7200), st.integers(1, 2)), max_size=12)


@settings(max_examples=25, deadline=None)
@given(loads, st.integers(0, 4), st.sampled_from(sorted(SHIPPED)), st.integers(0, 3))
def test_orders_are_conserved_steps_follow_each_other_and_the_seed_decides(
    load: list[tuple[int, int, int]], n_trucks: int, policy: str, seed: int
) -> None:
    trucks = [truck(f"T{k}", 1900 * k) for k in range(n_trucks)]
    orders = [
        order(f"O{k}", at_m, after_s, jobs) for k, (at_m, after_s, jobs) in enumerate(sorted(load, key=lambda x: x[1]))
    ]
    chances = Chances(refused_share=0.1, no_answer_share=0.1)
    run = play(trucks, orders, policy=policy, seed=seed, chances=chances)
    outcomes = order_outcomes(orders, run.scenario.lines, run.jobs)
    result = summary(run, outcomes)
    counts = result["orders"]
    assert isinstance(counts, dict)
    assert counts["reported"] == counts["served"] + counts["unserved"] + counts["cancelled"] == len(orders)
    for record in run.jobs.values():
        steps = [record.accepted_ms, record.arrived_ms, record.hooked_up_ms, record.delivered_ms]
        if record.status is JobStatus.DELIVERED:
            assert None not in steps
            assert steps == sorted(ms for ms in steps if ms is not None)
    for name in {busy.truck for busy in run.busy}:
        spans = sorted((busy.from_ms, busy.until_ms) for busy in run.busy if busy.truck == name)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
    again = play(trucks, orders, policy=policy, seed=seed, chances=chances)
    assert (
        orders_frame(outcomes).to_csv()
        == orders_frame(order_outcomes(orders, again.scenario.lines, again.jobs)).to_csv()
    )
    assert jobs_frame(run).to_csv() == jobs_frame(again).to_csv()


def test_the_world_of_an_order_does_not_depend_on_the_policy() -> None:
    orders = [order(f"O{k}", 300 * k, 120 * k) for k in range(10)]
    spans = []
    for policy in ("production", "closest-idle"):
        jobs = play([truck("T", 0), truck("U", 3000)], orders, policy=policy).jobs.values()
        spans.append([(r.hooked_up_ms or 0) - (r.arrived_ms or 0) for r in jobs])
    assert spans[0] == spans[1]


def test_the_time_on_scene_has_the_quantiles_that_it_claims() -> None:
    chances = Chances()
    draws = np.array([chances.on_scene_ms(3, line, 1) for line in range(4000)]) / 1000
    # Binomial standard error of a share at 4,000 draws: 0.008 at the median, 0.005 at the 90th percentile.
    assert np.mean(draws <= chances.on_scene_median_s) == pytest.approx(0.5, abs=0.03)
    assert np.mean(draws <= chances.on_scene_p90_s) == pytest.approx(0.9, abs=0.02)
    assert draws.mean() == pytest.approx(chances.on_scene_mean_s, rel=0.05)


def test_the_tow_share_is_kept_and_grows_by_adding() -> None:
    few = {line for line in range(3000) if needs_tow(5, line, 0.2)}
    more = {line for line in range(3000) if needs_tow(5, line, 0.5)}
    assert few < more
    assert len(few) / 3000 == pytest.approx(0.2, abs=0.03)
