"""Random problems and their plans: every fact of every explanation, worked out anew by code that did not find it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from enum import StrEnum
from math import ceil

import numpy as np

from dispatch.explain_facts import Basis, Chosen, Facts, Hindrance, Nobody, Passed, Proven, Role, ShopBasis, Switched
from dispatch.explain_job import facts_of
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.solver.budget import Budget
from dispatch.solver.ladder import solve
from dispatch.words import Face
from dispatch.words_facts import BY_ID, Names, full_sentence, party_sentence, same
from tests.dispatch.made_plans import random_plan
from tests.dispatch.slow_facts import Never, Slow
from tests.random_problems import random_problem

COUNT = 800
EFFORT = 2_000


def _planned(seed: int, count: int) -> list[tuple[Problem, Plan]]:
    """Every fourth plan is a solver's; the others nobody would want, for what a poor plan does is explained as well."""
    rng = np.random.default_rng(seed)
    found = []
    for at in range(count):
        problem = random_problem(rng, int(rng.integers(0, 12)), int(rng.integers(0, 11)))
        plan = random_plan(rng, problem) if at % 4 else solve(problem, Budget(EFFORT), seed=at)
        found.append((problem, plan))
    return found


def test_every_fact_is_true() -> None:
    seen: Counter[str] = Counter()
    for problem, plan in _planned(31, COUNT):
        found = facts_of(problem, plan)
        assert [facts.job for facts in found] == [job.id for job in problem.jobs]
        for facts in found:
            _check(Slow(problem, plan, facts.job), facts, seen)
    # What the battery never met, it says nothing of. These no problem can tell: they are in test_sentences.
    elsewhere = {Hindrance.UNANSWERED, Hindrance.PLACES, Hindrance.NO_WAY, ShopBasis.OWNER, ShopBasis.INSTEAD}
    elsewhere |= {Basis.STAYS}
    every = [*Hindrance, *ShopBasis, *Basis, *Role, *Proven]
    assert set(seen) == set(map(_kind, every)) - set(map(_kind, elsewhere)), seen


def _kind(found: StrEnum) -> str:
    """Two kinds of reasons may have the same word."""
    return f"{type(found).__name__} {found}"


def test_the_sentence_says_the_minutes_of_the_facts() -> None:
    said = 0
    for problem, plan in _planned(32, 200):
        for facts in facts_of(problem, plan):
            text = party_sentence(facts, Face(), BY_ID)
            assert " 0 minutes" not in text.en
            assert " 0 分钟" not in text.zh
            if (minutes := re.search(r"(\d+) minutes? earlier than the next", text.en)) is not None:
                slow = Slow(problem, plan, facts.job)
                assert slow.stop is not None
                gained_s = min(slow.first_arrival_s(truck) for truck in slow.able()) - slow.stop.arrive_s
                assert int(minutes[1]) == gained_s // 60
                assert f"早 {minutes[1]} 分钟" in text.zh
                said += 1
    assert said > 100


def test_a_party_hears_of_no_other_truck_job_order_or_shop() -> None:
    for problem, plan in _planned(33, 100):
        hidden = _renamed(problem)
        for facts, shown in zip(facts_of(problem, plan), facts_of(hidden, _renamed_plan(plan)), strict=True):
            names = Names(lambda _truck: same("苏J·1234"), same, same)
            text = party_sentence(shown, Face(), names)
            shop = None if shown.shop is None else shown.shop.shop
            told = set(re.findall(r"secret-[A-Z0-9]+", text.zh + text.en))
            assert told <= {shop}, text
            assert facts.chosen is None or facts.chosen.truck in full_sentence(facts, Face(), BY_ID).en


def _renamed(problem: Problem) -> Problem:
    def name(text: str | None) -> str | None:
        return None if text is None else f"secret-{text}"

    trucks = tuple(
        replace(truck, id=f"secret-{truck.id}", company="secret", driving_to=name(truck.driving_to))
        for truck in problem.trucks
    )
    jobs = tuple(
        replace(
            job,
            id=f"secret-{job.id}",
            order=f"secret-{job.order}",
            locked_to=name(job.locked_to),
            refused_by=frozenset(f"secret-{truck}" for truck in job.refused_by),
            shops=tuple(replace(shop, id=f"secret-{shop.id}") for shop in job.shops),
        )
        for job in problem.jobs
    )
    places = {f"secret-{shop}": free for shop, free in problem.shop_places.items()}
    return replace(problem, trucks=trucks, jobs=jobs, shop_places=places)


def _renamed_plan(plan: Plan) -> Plan:
    routes = tuple(
        replace(
            route,
            truck=f"secret-{route.truck}",
            stops=tuple(
                replace(stop, job=f"secret-{stop.job}", shop=None if stop.shop is None else f"secret-{stop.shop}")
                for stop in route.stops
            ),
        )
        for route in plan.routes
    )
    return replace(
        plan, routes=routes, unserved=tuple(replace(left, job=f"secret-{left.job}") for left in plan.unserved)
    )


def _check(slow: Slow, facts: Facts, seen: Counter[str]) -> None:
    assert facts.order == slow.job.order
    assert facts.needs == tuple(sorted(slow.job.can))
    assert facts.unseen is None
    assert facts.proof is not None
    seen[_kind(facts.proof.proven)] += 1
    bound, plan = slow.plan.lower_bound, slow.plan
    if facts.proof.gap_bp is None:
        assert bound is None or not plan.tier.proven
    else:
        assert bound is not None
        assert facts.proof.gap_bp == ceil(10_000 * (plan.cost - bound) / max(1, plan.cost))
        assert (facts.proof.proven is Proven.OPTIMAL) == (plan.cost == bound)
    assert (facts.chosen is None) == (slow.stop is None) == (facts.nobody is not None)
    if facts.chosen is not None:
        _check_chosen(slow, facts, facts.chosen, seen)
    if facts.nobody is not None:
        _check_nobody(slow, facts.nobody)
    _check_shop(slow, facts, seen)
    _check_switched(slow, facts.switched)


def _check_chosen(slow: Slow, facts: Facts, chosen: Chosen, seen: Counter[str]) -> None:
    assert slow.stop is not None
    truck, able = slow.trucks[chosen.truck], slow.able()
    arrivals = [slow.first_arrival_s(each) for each in able]
    assert (chosen.truck, chosen.arrive_s, chosen.before) == (slow.sender, slow.stop.arrive_s, slow.before)
    assert (chosen.free_at_s, chosen.price) == (max(0, truck.free_at_s), truck.price)
    assert chosen.driven_s == (truck.driven_s if truck.driving_to == slow.job.id else 0)
    near = [slow.here_s(each) for each in slow.others() if slow.can(each)]
    here_s = slow.here_s(chosen.truck)
    assert chosen.nearest == (here_s < Never and all(here_s <= each for each in near))
    assert chosen.others_idle == sum(slow.trucks[each].free_at_s <= 0 and not slow.elsewhere(each) for each in able)
    seen[_kind(chosen.basis)] += 1
    assert chosen.basis is (
        Basis.PINNED if slow.job.locked_to
        else Basis.ONLY if not able
        else Basis.SOONEST if min(arrivals) >= slow.stop.arrive_s
        else Basis.OUTWEIGHED
    )  # fmt: skip
    assert (facts.next is None) == (not able)
    if facts.next is not None:
        assert facts.next.arrive_s == min(arrivals) == slow.first_arrival_s(facts.next.truck)
        assert facts.next.later_s == min(arrivals) - slow.stop.arrive_s
    _check_roles(slow, facts, arrivals)
    for passed in facts.passed:
        seen.update(map(_kind, passed.roles))
        seen[_kind(passed.hindrance)] += 1
        _check_passed(slow, passed)


def _check_roles(slow: Slow, facts: Facts, arrivals: list[float]) -> None:
    """A nearer truck is spoken of exactly where there is one, and so is a sooner one."""
    assert slow.sender is not None
    assert slow.stop is not None
    by_role = {role: passed.truck for passed in facts.passed for role in passed.roles}
    near = [slow.here_s(each) for each in slow.others()]
    capable = [slow.here_s(each) for each in slow.others() if slow.can(each)]
    for role, distances in ((Role.NEAREST, near), (Role.NEAREST_CAPABLE, capable)):
        assert (role in by_role) == (min(distances, default=Never) < slow.here_s(slow.sender))
        if role in by_role:
            assert slow.here_s(by_role[role]) == min(distances)
    assert (Role.SOONEST in by_role) == (min(arrivals, default=Never) < slow.stop.arrive_s)
    if Role.SOONEST in by_role:
        assert slow.first_arrival_s(by_role[Role.SOONEST]) == min(arrivals)


def _check_passed(slow: Slow, passed: Passed) -> None:
    assert slow.stop is not None
    truck, first_s, other = slow.trucks[passed.truck], slow.first_arrival_s(passed.truck), slow.elsewhere(passed.truck)
    assert passed.drive_s == slow.here_s(passed.truck)
    assert passed.sooner_s == (None if first_s == Never else slow.stop.arrive_s - first_s)
    assert passed.lacks == tuple(sorted(set(slow.job.can) - set(truck.can)))
    _check_hindrance(slow, passed, first_s)
    sent = passed.hindrance in (Hindrance.PINNED_ELSEWHERE, Hindrance.DRIVING, Hindrance.SENT)
    assert (passed.other_job is not None) == sent
    if sent:
        assert other is not None
        assert passed.other_job == other.id
        assert passed.other_here == (other.order == slow.job.order)
        assert passed.other_urgent == (other.must_serve and not slow.job.must_serve)


def _check_hindrance(slow: Slow, passed: Passed, first_s: float) -> None:
    """The hindrance holds; those that stand before it in the list do not, where that would be another story."""
    assert slow.stop is not None
    assert slow.sender is not None
    why, truck, other = passed.hindrance, slow.trucks[passed.truck], slow.elsewhere(passed.truck)
    later = first_s > slow.stop.arrive_s
    idle_and_free = first_s <= slow.stop.arrive_s and other is None and slow.job.locked_to is None
    dearer = slow.first_cost(truck.id) - slow.planned_cost() if first_s < Never else 0
    extra = truck.price - slow.trucks[slow.sender].price
    assert {
        Hindrance.NO_CAPABILITY: lambda: not slow.can(truck.id),
        Hindrance.REFUSED: lambda: slow.can(truck.id) and slow.refused(truck.id),
        Hindrance.NO_WAY: lambda: slow.here_s(truck.id) == Never,
        Hindrance.SHIFT: lambda: slow.depart_s(truck) >= truck.shift_end_s == passed.until_s,
        Hindrance.AT_WORK: lambda: first_s < Never and later and 0 < truck.free_at_s == passed.until_s,
        Hindrance.LATER: lambda: first_s < Never and later and truck.free_at_s <= max(0, slow.job.release_s),
        Hindrance.PINNED_ELSEWHERE: lambda: not later and other is not None and other.locked_to == truck.id,
        Hindrance.DRIVING: lambda: (
            not later and other is not None and truck.driving_to == other.id and truck.driven_s > 0
        ),
        Hindrance.SENT: lambda: not later and other is not None and other.locked_to != truck.id,
        Hindrance.LOCKED: lambda: not later and other is None and slow.job.locked_to == slow.sender,
        Hindrance.PRICE: lambda: idle_and_free and dearer > 0 and 0 < passed.price == extra >= dearer,
        Hindrance.SWITCH: lambda: (
            idle_and_free and dearer <= 0 and slow.driver() == slow.sender and dearer + slow.charge(slow.sender) > 0
        ),
        Hindrance.OVERTIME: lambda: (
            idle_and_free and dearer <= 0 and slow.earliest_end_s(truck.id) > truck.shift_end_s == passed.until_s
        ),
        Hindrance.WEIGHED: lambda: idle_and_free,
    }[why]()


def _check_nobody(slow: Slow, nobody: Nobody) -> None:
    assert nobody.reason == next(left.reason for left in slow.plan.unserved if left.job == slow.job.id)
    capable = [truck for truck in slow.trucks if slow.can(truck)]
    able = slow.able()
    assert (nobody.trucks, nobody.capable) == (len(slow.trucks), len(capable))
    assert (nobody.refused, nobody.unanswered) == (tuple(sorted(t for t in capable if slow.refused(t))), ())
    assert nobody.idle == sum(slow.trucks[t].free_at_s <= 0 and slow.first_stop(t) is None for t in able)
    free_s = [slow.trucks[truck].free_at_s for truck in able]
    assert nobody.first_free_s == (min(free_s) if free_s and min(free_s) > 0 else None)
    if nobody.first_free is not None:
        assert slow.trucks[nobody.first_free].free_at_s == nobody.first_free_s
    assert nobody.shop_reached == (not slow.job.shops or bool(slow.reachable()))
    assert not nobody.alarmed


def _check_shop(slow: Slow, facts: Facts, seen: Counter[str]) -> None:
    shop = facts.shop
    assert (shop is None) == (slow.stop is None or slow.stop.shop is None)
    if shop is None or slow.stop is None:
        return
    ways = slow.reachable()
    shortest_s = min(slow.tow_s(each) for each in ways)
    nearer = [each for each in ways if slow.tow_s(each) < shop.tow_s]
    open_nearer = [each for each in nearer if slow.has_room(each)]
    assert (shop.shop, shop.tow_s) == (slow.stop.shop, slow.tow_s(shop.shop))
    assert shop.longer_s == shop.tow_s - shortest_s
    seen[_kind(shop.basis)] += 1
    assert shop.basis is (
        ShopBasis.ONLY if len(ways) == 1
        else ShopBasis.NEAREST if not nearer
        else ShopBasis.NEARER_FULL if not open_nearer
        else ShopBasis.PRICE if all(slow.shop_cost(each) > slow.shop_cost(shop.shop) for each in open_nearer)
        else ShopBasis.OUTWEIGHED
    )  # fmt: skip


def _check_switched(slow: Slow, switched: Switched | None) -> None:
    driver = slow.driver()
    first = None if driver is None else slow.first_stop(driver)
    left = driver is not None and (first is None or first.id != slow.job.id)
    assert (switched is not None) == left
    if switched is None or driver is None:
        return
    assert (switched.truck, switched.driven_s) == (driver, slow.trucks[driver].driven_s)
    assert switched.charge == slow.charge(driver)
    assert switched.to_job == (None if first is None else first.id)
    assert switched.to_here == (first is not None and first.order == slow.job.order)
    own_s = slow.first_arrival_s(driver)
    known = slow.stop is not None and own_s < Never
    assert switched.sooner_s == (own_s - slow.stop.arrive_s if known and slow.stop is not None else None)
