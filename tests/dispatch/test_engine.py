"""The engine on a street of crossings 100 m (10 s) apart: what it decides, and what it refuses to believe."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dispatch import events as ev
from dispatch.engine import Engine
from dispatch.fleet import Fixes, Shop, Truck, TruckStatus
from dispatch.orders import Job, JobStatus, Order
from dispatch.plan import Reason, Verdict
from dispatch.policy import SHIPPED, Policy
from dispatch.rules import make_plan
from dispatch.snapshot import FIX_AGE_MS
from dispatch.solver.budget import Budget
from dispatch.states import ImpossibleStep
from routing.router import Router
from tests.worlds import degrees, grid_world

START_MS = 1_700_000_000_000
LIFT = frozenset({"wheel_lift"})
ROUTER = Router(grid_world(60, 2))


class Street:
    """An engine whose trucks stand at metres along the street; `go` lets it decide and takes the decisions in."""

    def __init__(self, policy: str | Policy = "production", **trucks_m: int) -> None:
        self.engine = Engine(ROUTER, SHIPPED[policy] if isinstance(policy, str) else policy)
        self.now_ms = START_MS
        self.at_m = dict(trucks_m)
        self.seen_ms = dict.fromkeys(trucks_m, START_MS)
        lon, lat = degrees(3000, 50)
        self.tell(ev.ShopRegistered(Shop("S", "shop", lon, lat, frozenset(), 2, 300)))
        for truck in trucks_m:
            self.tell(ev.TruckRegistered(Truck(truck, LIFT, "A")))
            self.tell(ev.OnDuty(truck, None))

    def tell(self, event: ev.Event) -> None:
        self.engine.observe(event, self.now_ms)

    def report(self, order: str, at_m: int, *, needs: frozenset[str] = LIFT, person_waiting: bool = False) -> None:
        lon, lat = degrees(at_m, 0)
        jobs = (Job(f"{order}-1", needs, 600),)
        self.tell(ev.OrderReported(Order(order, self.now_ms, lon, lat, 1200, jobs, person_waiting=person_waiting)))

    def fixes(self) -> Fixes:
        places = np.array([degrees(m, 0) for m in self.at_m.values()], dtype=np.float64).reshape(-1, 2)
        seen = np.array([self.now_ms if self.seen_ms[t] == START_MS else self.seen_ms[t] for t in self.at_m], np.int64)
        nan = np.full(len(places), math.nan)
        return Fixes(places[:, 0].copy(), places[:, 1].copy(), nan, seen)

    def go(self) -> list[ev.Decision]:
        snapshot = self.engine.problem(self.now_ms, self.fixes())
        plan = make_plan(self.engine.policy.rule, snapshot.problem, Budget(10_000))
        decisions = self.engine.decide(snapshot, plan, self.now_ms)
        for decision in decisions:
            self.tell(decision)
        return decisions

    def accept(self, job: str) -> None:
        self.tell(ev.OfferAccepted(self.engine.book.job(job).offer or ""))
        self.tell(ev.SetOff(job))

    def truck_of(self, job: str) -> str | None:
        return self.engine.book.job(job).truck


def test_the_nearest_idle_truck_is_offered_the_job_and_is_expected_when_the_road_says() -> None:
    street = Street(near=1000, far=2500)
    street.report("O", 1500)
    (offer,) = street.go()
    assert offer == ev.Offered("O-1.1", "O-1", "near", "S", START_MS + 90_000, START_MS + 50_000)
    assert street.engine.book.truck("near").status is TruckStatus.OFFERED
    assert not street.engine.wants_plan


def test_a_decision_changes_nothing_until_it_is_observed() -> None:
    street = Street(near=1000)
    street.report("O", 1500)
    snapshot = street.engine.problem(street.now_ms, street.fixes())
    plan = make_plan(street.engine.policy.rule, snapshot.problem, Budget(1000))
    first = street.engine.decide(snapshot, plan, street.now_ms)
    assert street.engine.book.job("O-1").status is JobStatus.REPORTED
    assert street.engine.decide(snapshot, plan, street.now_ms) == first


def test_a_truck_that_refused_is_never_asked_again_and_the_alarm_sounds_once() -> None:
    street = Street(only=1000)
    street.report("O", 1500)
    street.go()
    street.tell(ev.OfferDeclined("O-1.1", "engine trouble"))
    assert street.engine.wants_plan
    assert street.go() == [ev.LeftOpen("O-1", Reason.REFUSED), ev.Alarmed("O-1")]
    assert street.go() == []
    street.tell(ev.RefusalLifted("O-1", "only"))
    (offer,) = street.go()
    assert isinstance(offer, ev.Offered)


def test_an_unanswered_offer_bars_the_truck_for_five_minutes() -> None:
    street = Street(only=1000)
    street.report("O", 1500)
    street.go()
    street.now_ms += 90_000
    street.tell(ev.OfferExpired("O-1.1"))
    assert not any(isinstance(decision, ev.Offered) for decision in street.go())
    street.now_ms += 300_000
    street.engine.reconsider()
    (offer,) = street.go()
    assert isinstance(offer, ev.Offered)
    assert offer.offer == "O-1.2"


def test_a_plan_made_for_yesterdays_state_is_dropped_and_a_new_one_asked_for() -> None:
    street = Street(near=1000, far=2500)
    street.report("O", 1500)
    snapshot = street.engine.problem(street.now_ms, street.fixes())
    plan = make_plan(street.engine.policy.rule, snapshot.problem, Budget(1000))
    street.tell(ev.OffDuty("near"))
    assert street.engine.decide(snapshot, plan, street.now_ms) == []
    assert street.engine.wants_plan


def test_a_truck_without_a_fix_for_five_minutes_is_no_candidate_and_it_is_said() -> None:
    street = Street(near=1000, far=2500)
    street.seen_ms["near"] = START_MS - FIX_AGE_MS - 1
    street.report("O", 1500)
    snapshot = street.engine.problem(street.now_ms, street.fixes())
    assert snapshot.absent == {"near": Verdict.NO_FIX}
    assert [truck.id for truck in snapshot.problem.trucks] == ["far"]


def test_a_busy_truck_takes_the_next_job_in_its_turn() -> None:
    street = Street(only=1000)
    street.report("O", 1500)
    street.go()
    street.accept("O-1")
    street.tell(ev.Arrived("O-1"))
    street.report("P", 2900)
    (planned,) = street.go()
    assert isinstance(planned, ev.Planned)
    assert planned.truck == "only"
    # 600 s on scene, from its fix at 1000 m to the shop at 3000 m (and 50 m round the corner), unload, back to 2900 m.
    to_shop_s, back_s = 205, 15
    assert abs(planned.arrive_at_ms - START_MS - 1000 * (600 + to_shop_s + 300 + back_s)) <= 2000


def driving_away_from_a_better_one(policy: str) -> Street:
    """`T` is on its way to a job far to the east when a second truck comes on duty right beside that job."""
    street = Street(policy, T=0, U=5800)
    street.tell(ev.OffDuty("U"))
    street.report("O", 5900)
    street.go()
    street.accept("O-1")
    street.now_ms += 10_000
    street.at_m["T"] = 100
    street.tell(ev.OnDuty("U", None))
    street.go()
    return street


def test_a_switch_is_made_where_it_pays_and_only_once() -> None:
    street = driving_away_from_a_better_one("production")
    assert street.truck_of("O-1") == "U"
    assert street.engine.book.job("O-1").switches == 1
    street.accept("O-1")
    street.at_m |= {"U": 0, "T": 5900}
    street.engine.reconsider()
    assert street.go() == []


def test_rules_without_redirection_let_a_truck_finish_its_way() -> None:
    for rule in ("closest-idle", "finish-then-go", "batch-30"):
        assert driving_away_from_a_better_one(rule).truck_of("O-1") == "T"


def test_a_pin_rules_over_the_search_and_is_planned_round() -> None:
    street = Street(near=1000, far=2500)
    street.report("O", 1500)
    street.tell(ev.Pinned("O-1", "far"))
    street.go()
    assert street.truck_of("O-1") == "far"


def test_person_waiting_goes_first_when_one_truck_is_left() -> None:
    street = Street(only=1000)
    street.report("near", 1100)
    street.report("hurt", 2000, person_waiting=True)
    street.go()
    assert street.truck_of("hurt-1") == "only"
    assert street.engine.book.job("near-1").status is JobStatus.PLANNED


def test_a_full_shop_is_no_destination() -> None:
    street = Street(a=1000, b=1200, c=1400)
    for k, order in enumerate(("O", "P", "Q")):
        street.report(order, 1500 + 100 * k)
    street.go()
    with_truck = [job for job in ("O-1", "P-1", "Q-1") if street.truck_of(job)]
    assert len(with_truck) == 2
    for job in with_truck:
        street.accept(job)
        street.tell(ev.Arrived(job))
    snapshot = street.engine.problem(street.now_ms, street.fixes())
    assert [job.id for job in snapshot.problem.jobs] == []
    (left,) = {"O-1", "P-1", "Q-1"} - set(with_truck)
    assert street.engine.book.job(left).waits_for is Reason.PLACES
    assert street.go() == []
    street.tell(ev.HookedUp(with_truck[0]))
    street.tell(ev.ReachedShop(with_truck[0]))
    street.tell(ev.Delivered(with_truck[0]))
    street.tell(ev.PlaceFreed("S"))
    assert len(street.engine.problem(street.now_ms, street.fixes()).problem.jobs) == 1


def test_who_chose_a_shop_that_is_full_is_fetched_all_the_same_and_another_shop_is_proposed() -> None:
    street = Street(a=1000)
    lon, lat = degrees(0, 0)
    street.tell(ev.ShopRegistered(Shop("yard", "yard", lon, lat, frozenset(), None, 300)))
    street.engine.book.taken_places["S"] = 2
    lon, lat = degrees(1500, 0)
    street.tell(ev.OrderReported(Order("O", street.now_ms, lon, lat, 1200, (Job("O-1", LIFT, 600),), shop="S")))
    (offer,) = street.go()
    assert isinstance(offer, ev.Offered)
    assert offer.shop == "yard"
    assert street.engine.book.orders["O"].order.shop == "S"


def test_a_truck_on_its_way_is_not_called_off_because_the_chosen_shop_has_filled_up() -> None:
    street = Street(a=1000)
    lon, lat = degrees(1500, 0)
    chosen = Order("O", street.now_ms, lon, lat, 1200, (Job("O-1", LIFT, 600),), shop="S")
    street.tell(ev.OrderReported(chosen))
    street.go()
    street.accept("O-1")
    lon, lat = degrees(0, 0)
    street.tell(ev.ShopRegistered(Shop("yard", "yard", lon, lat, frozenset(), None, 300)))
    street.engine.book.taken_places["S"] = 2
    street.report("R", 1100)
    street.go()
    assert street.engine.book.job("O-1").status is JobStatus.EN_ROUTE
    assert street.truck_of("R-1") is None


def test_a_job_that_nobody_can_do_stays_reported_and_the_reason_is_said_once() -> None:
    street = Street(only=1000)
    street.report("O", 1500, needs=frozenset({"heavy"}))
    assert street.go() == [ev.LeftOpen("O-1", Reason.NO_CAPABILITY)]
    assert street.go() == []
    assert street.engine.book.job("O-1").status is JobStatus.REPORTED


def test_cancelling_frees_the_truck() -> None:
    street = Street(only=1000)
    street.report("O", 1500)
    street.go()
    street.accept("O-1")
    street.tell(ev.JobCancelled("O-1", "owner", "drives on"))
    assert street.engine.book.truck("only").status is TruckStatus.STANDBY
    assert "O-1" not in street.engine.book.open_jobs


@pytest.mark.parametrize(
    "event",
    [
        ev.SetOff("O-1"),
        ev.Arrived("O-1"),
        ev.HookedUp("O-1"),
        ev.Delivered("O-1"),
        ev.OfferAccepted("O-1.1"),
        ev.OfferAccepted("none"),
        ev.OnDuty("only", None),
        ev.TruckRegistered(Truck("only", LIFT, "A")),
        ev.Pinned("O-1", "nobody"),
        ev.Recalled("O-1", "only"),
        ev.PlaceFreed("S"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_impossible_steps_are_refused_and_change_nothing(event: ev.Event) -> None:
    street = Street(only=1000)
    street.report("O", 1500)
    book = street.engine.book
    before = dict(book.jobs), dict(book.trucks), dict(book.open_jobs), dict(book.taken_places)
    with pytest.raises(ImpossibleStep):
        street.tell(event)
    assert (dict(book.jobs), dict(book.trucks), dict(book.open_jobs), dict(book.taken_places)) == before
