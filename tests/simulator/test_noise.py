"""Noise: the world strays from what the dispatcher expects, without bias, by the seed alone, and nobody is lost."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.orders import ENDED, JobStatus
from dispatch.policy import SHIPPED as POLICIES
from geo.faults import BadInput
from simulator.draws import Chances, Drive
from simulator.noise import SHIPPED, get_noise, noise_notes, read_noise
from simulator.outputs import jobs_frame
from simulator.run import Run
from simulator.world import Leg
from tests.simulator.test_run import order, play, truck

DRAWS = 4000


def flat(**changes: float) -> Chances:
    """Chances with one travel spread for all hours."""
    return replace(Chances(), travel_sigma=(changes.pop("travel", 0.0),) * 24, **changes)  # type: ignore[arg-type]


def fleet_run(chances: Chances, *, policy: str = "production", seed: int = 1, orders: int = 20) -> Run:
    trucks = [truck(f"T{k}", 700 * k) for k in range(8)]
    load = [order(f"O{k}", (1370 * k) % 5900, 300 * k) for k in range(orders)]
    return play(trucks, load, policy=policy, seed=seed, chances=chances)


@pytest.mark.parametrize("sigma", [0.1, 0.35, 0.8])
def test_a_drive_takes_the_roads_time_on_the_average_with_the_spread_that_is_asked(sigma: float) -> None:
    chances = flat(travel=sigma)
    draws = np.array([chances.pace(3, (Drive.TO_SCENE, line, 1, 1), 0, 0) for line in range(DRAWS)])
    # The mean of n log-normal draws of mean 1 has the standard error sqrt(exp(sigma^2) - 1) / sqrt(n).
    assert draws.mean() == pytest.approx(1, abs=4 * math.sqrt(math.expm1(sigma**2) / DRAWS))
    assert np.log(draws).std() == pytest.approx(sigma, rel=0.05)


def test_a_day_has_one_factor_and_its_drives_have_each_their_own() -> None:
    day_only = flat(travel_day_sigma=0.3)
    assert len({day_only.pace(3, (Drive.TOW, line, 1, 1), 7, 0) for line in range(20)}) == 1
    days = np.array([day_only.pace(3, (Drive.TOW, 1, 1, 1), day, 0) for day in range(DRAWS)])
    assert days.mean() == pytest.approx(1, abs=4 * math.sqrt(math.expm1(0.09) / DRAWS))
    both = replace(day_only, travel_sigma=(0.3,) * 24)
    assert len({both.pace(3, (Drive.TOW, line, 1, 1), 7, 0) for line in range(20)}) == 20


def test_the_hour_of_setting_off_has_its_own_spread() -> None:
    chances = replace(Chances(), travel_sigma=(0.0,) * 8 + (0.5,) + (0.0,) * 15)
    assert chances.pace(3, (Drive.TOW, 1, 1, 1), 7, 7) == 1.0
    assert chances.pace(3, (Drive.TOW, 1, 1, 1), 7, 8) != 1.0


def test_unloading_takes_what_the_shop_says_on_the_average() -> None:
    chances = flat(unload_sigma=0.4)
    draws = np.array([chances.unload_ms(3, line, 1, 300) for line in range(DRAWS)]) / 300_000
    assert draws.mean() == pytest.approx(1, abs=4 * math.sqrt(math.expm1(0.16) / DRAWS))
    assert np.log(draws).std() == pytest.approx(0.4, rel=0.05)
    assert flat().unload_ms(3, 1, 1, 300) == 300_000


@pytest.mark.parametrize(("drive", "name"), [(Drive.TO_SCENE, "empty"), (Drive.TOW, "loaded"), (Drive.RETURN, "empty")])
def test_as_many_drives_break_down_as_is_asked_anywhere_on_the_way(drive: Drive, name: str) -> None:
    chances = flat(**{f"breakdown_{name}_share": 0.2})
    ends = [chances.breaks_down(5, (drive, line, 1, 1)) for line in range(DRAWS)]
    where = np.array([share for share in ends if share is not None])
    # Binomial standard error 0.006, that of the mean of a uniform draw 0.01.
    assert len(where) / DRAWS == pytest.approx(0.2, abs=0.025)
    assert where.mean() == pytest.approx(0.5, abs=0.04)
    assert all(flat().breaks_down(5, (drive, line, 1, 1)) is None for line in range(50))


def test_without_noise_a_run_is_the_run_that_it_always_was() -> None:
    still = fleet_run(get_noise("none"))
    assert jobs_frame(still).to_csv() == jobs_frame(fleet_run(Chances())).to_csv()
    assert all(leg.pace == 1.0 for leg in still.world.legs)
    for leg in still.world.legs:
        assert not leg.whole or leg.ended_ms - leg.started_ms == leg.way.duration_ms
    assert noise_notes(get_noise("none")) == []


def test_the_same_seed_is_the_same_run_and_another_is_not() -> None:
    first, again, other = (fleet_run(SHIPPED["ordinary"], seed=seed) for seed in (1, 1, 2))
    assert jobs_frame(first).to_csv() == jobs_frame(again).to_csv()
    assert jobs_frame(first).to_csv() != jobs_frame(other).to_csv()


def test_a_drive_lasts_as_drawn_and_the_truck_is_seen_on_its_way_at_that_pace() -> None:
    chances = flat(travel=0.5)
    run = play([truck("T", 1000)], [order("O", 1500, 60)], chances=chances)
    record, to_scene = run.jobs["O-0"], run.world.legs[0]
    assert to_scene.kind is Leg.TO_SCENE
    assert to_scene.pace == chances.pace(1, (Drive.TO_SCENE, 2, 1, 1), 0, 0)
    assert (record.arrived_ms or 0) - (record.accepted_ms or 0) == round(50_000 * to_scene.pace)
    run.world.drive("T", run.scenario.trucks[0].post, Leg.RETURN, None, 0, pace=2.0)
    way = run.world.trucks["T"].way
    assert way is not None
    lon, _, _ = way.place_at(way.duration_ms // 4)
    assert run.world.fixes(way.duration_ms // 2).lon_deg[0] == pytest.approx(lon, abs=1e-7)


def test_each_policy_meets_the_same_noise() -> None:
    chances = flat(travel=0.4, unload_sigma=0.4)
    first = {policy: fleet_run(chances, policy=policy).world.legs for policy in ("production", "closest-idle")}
    tows = [{leg.job: leg.pace for leg in legs if leg.kind is Leg.TOW} for legs in first.values()]
    assert tows[0] == tows[1]


def test_a_vehicle_whose_truck_breaks_down_is_taken_over_where_they_stand() -> None:
    trucks = [truck("T", 1000), truck("U", 5000)]
    load = [order(f"O{k}", 500, 3000 * k) for k in range(12)]
    run = play(trucks, load, chances=flat(breakdown_loaded_share=0.3, repair_s=600))
    broken = [each for each in run.breakdowns if each.loaded]
    assert broken
    for each in broken:
        tows = [leg for leg in run.world.legs if leg.job == each.job and leg.kind is Leg.TOW]
        assert [leg.whole for leg in tows] == [False] * (len(tows) - 1) + [True]
        assert sum(leg.length_mm for leg in tows) == pytest.approx(2_500_000, abs=1000)
    assert all(record.status is JobStatus.DELIVERED for record in run.jobs.values())


def test_of_a_truck_that_comes_late_the_engine_hears_while_it_is_on_its_way() -> None:
    # 5.9 km at 10 m/s take 590 s; with this spread some drives take minutes more than the policy's bound of 300 s.
    run = play([truck("T", 0)], [order(f"O{k}", 5900, 4000 * k) for k in range(8)], seed=8, chances=flat(travel=0.7))
    to_scene = [leg for leg in run.world.legs if leg.kind is Leg.TO_SCENE]
    late = [leg for leg in to_scene if (leg.ended_ms - leg.started_ms) - leg.way.duration_ms > 400_000]
    assert late
    assert {leg.job for leg in late} <= set(run.told_late) <= {leg.job for leg in to_scene if leg.pace > 1}
    assert not fleet_run(get_noise("none")).told_late


def test_every_kind_of_noise_happens() -> None:
    wild = flat(travel=0.4, travel_day_sigma=0.2, unload_sigma=0.4, refused_share=0.2, no_answer_share=0.2,
                breakdown_empty_share=0.2, breakdown_loaded_share=0.2)  # fmt: skip
    run = fleet_run(wild, orders=40)
    assert len({leg.pace for leg in run.world.legs}) > 40
    assert sum(record.refusals for record in run.jobs.values()) > 0
    offers = sum(record.offers for record in run.jobs.values())
    assert offers > 40 + sum(record.refusals for record in run.jobs.values())
    assert {(each.job is None, each.loaded) for each in run.breakdowns} == {
        (True, False),
        (False, False),
        (False, True),
    }
    assert all(record.status is JobStatus.DELIVERED for record in run.jobs.values())


def test_a_truck_that_breaks_down_is_away_until_it_is_repaired_and_its_job_is_served() -> None:
    # Every drive to a scene ends on the way, so the one job is open until the run gives it up.
    run = play([truck("T", 1000)], [order("O", 1500, 0)], chances=flat(breakdown_empty_share=1.0, repair_s=3600))
    assert len(run.breakdowns) >= 2
    assert run.breakdowns[1].at_ms - run.breakdowns[0].at_ms >= 3_600_000
    assert run.jobs["O-0"].status is JobStatus.UNSERVED
    assert not any(leg.whole for leg in run.world.legs if leg.kind is Leg.TO_SCENE)


noises = st.builds(
    flat,
    travel=st.sampled_from([0.0, 0.5]),
    travel_day_sigma=st.sampled_from([0.0, 0.3]),
    unload_sigma=st.sampled_from([0.0, 0.5]),
    refused_share=st.sampled_from([0.0, 0.3]),
    no_answer_share=st.sampled_from([0.0, 0.3]),
    breakdown_empty_share=st.sampled_from([0.0, 0.1, 0.6]),
    breakdown_loaded_share=st.sampled_from([0.0, 0.1, 0.6]),
    repair_s=st.sampled_from([60, 7200]),
)


@settings(max_examples=15, deadline=None)
@given(noises, st.sampled_from(sorted(POLICIES)), st.integers(0, 5), st.lists(st.integers(0, 5800), max_size=5))
def test_under_any_noise_every_order_ends(noise: Chances, policy: str, seed: int, places: list[int]) -> None:
    trucks = [truck(f"T{k}", 1900 * k) for k in range(3)]
    orders = [order(f"O{k}", at_m, 400 * k) for k, at_m in enumerate(places)]
    run = play(trucks, orders, policy=policy, seed=seed, chances=noise)
    assert set(run.jobs) == {job.id for each in orders for job in each.jobs}
    assert all(record.status in ENDED for record in run.jobs.values())
    for record in run.jobs.values():
        assert (record.status is JobStatus.DELIVERED) == (record.delivered_ms is not None)


def test_a_file_says_what_it_says_and_the_rest_is_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "rainy.toml"
    path.write_text("travel_sigma = 0.2\ntravel_day_sigma = 0.1\nrefused_share = 0.05\n", encoding="utf-8")
    assert get_noise(str(path)) == flat(travel=0.2, travel_day_sigma=0.1, refused_share=0.05)
    assert len(noise_notes(get_noise(str(path)))) == 2
    by_hour = read_noise(f"travel_sigma = {[k / 100 for k in range(24)]}".encode(), "x")
    assert by_hour.travel_sigma[23] == 0.23


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("travel = 1", "travel: unknown key"),
        ("travel_sigma = [0.1, 0.2]", "travel_sigma: must be one number, or 24"),
        (f"travel_sigma = {[0.1] * 23 + [7.0]}", "travel_sigma[23]: must be a number from 0 to 1"),
        ("unload_sigma = true", "unload_sigma: must be a number from 0 to 1, not True"),
        ("refused_share = nan", "refused_share: must be a number"),
        ("refused_share = 0.6\nno_answer_share = 0.6", "come to more than 1 together"),
        ("repair_s = 1.5", "repair_s: must be an integer from 60"),
        ("on_scene_median_s = 900\non_scene_p90_s = 800", "must not lie below"),
        ("= 3", "not a TOML file"),
    ],
)
def test_a_faulty_file_is_refused_with_the_fault(text: str, fault: str) -> None:
    with pytest.raises(BadInput, match=r"^x:") as refused:
        read_noise(text.encode(), "x")
    assert fault in " ".join([str(refused.value), *refused.value.faults])


def test_a_name_that_is_neither_shipped_nor_a_file_is_refused() -> None:
    with pytest.raises(BadInput, match="neither a file nor one of none, ordinary"):
        get_noise("windy")
