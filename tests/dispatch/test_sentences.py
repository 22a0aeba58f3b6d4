"""Each kind of reason in a world of its own, and the sentence for the person at the roadside in both languages.

`J` is at minute 10 of the line and is what the sentence is about; the plan's now is 14:00 in Shanghai.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.explain_around import Around, OutOfSight, Unlisted
from dispatch.explain_facts import Basis, Facts, Hindrance, Proof, Proven, ShopBasis
from dispatch.explain_job import facts_of
from dispatch.plan import Reason, Tier
from dispatch.problem import NO_WAY_S, ProblemJob, ProblemTruck, Weights
from dispatch.words import Face, Said
from dispatch.words_facts import BY_ID, Names, full_sentence, party_sentence, same, shop_sentence, switch_sentence
from tests.dispatch.made_plans import FLATBED, LINE, job, plan_of, problem_of, shop, truck

FACE = Face(round(datetime(2026, 3, 2, 6, tzinfo=UTC).timestamp() * 1000), ZoneInfo("Asia/Shanghai"))
PARTY = Names(lambda _truck: same("苏J·1234"), BY_ID.job, BY_ID.shop)
SWITCHES = {"weights": Weights(theta=120, kappa=1)}
SHOPS = (shop("甲厂", 14), shop("乙厂", 20))
LIFT = frozenset({"wheel_lift"})
J, X = job("J", 10), job("X", 11)
NOTHING = Around()
CUT, SHORT_CUT = LINE.copy(), LINE.copy()
CUT[40, 10] = NO_WAY_S
SHORT_CUT[20, 11] = 0


@dataclass(frozen=True)
class Case:
    """`trucks` and the `routes` that a plan gives them; `goes` is the chosen one unless `routes` says else."""

    trucks: list[ProblemTruck]
    zh: str
    en: str
    jobs: tuple[ProblemJob, ...] = (J,)
    routes: dict[str, list[str]] = field(default_factory=lambda: {"goes": ["J"]})
    around: Around = NOTHING
    plan: dict[str, Any] = field(default_factory=dict)
    problem: dict[str, Any] = field(default_factory=dict)

    def facts(self) -> Facts:
        problem = problem_of(self.trucks, self.jobs, **self.problem)
        plan = {"left" if name == "unserved" else name: value for name, value in self.plan.items()}
        routes = {} if "left" in self.plan else self.routes
        found = facts_of(problem, plan_of(problem, routes, **plan), around=self.around)
        return next(each for each in found if each.job == "J")


def left(reason: Reason, trucks: list[ProblemTruck], zh: str, en: str, **more: Any) -> Case:
    return Case(trucks, zh, en, plan={"left": {"J": reason}}, **more)


def taken(zh: str, en: str, jobs: tuple[ProblemJob, ...], **more: Any) -> Case:
    """A case about the shop: one truck, so that nothing else is to be said."""
    only = "苏J·1234 是唯一能来的平板车。", "苏J·1234 is the only flatbed that can come. "
    return Case([truck("goes", 9)], only[0] + zh, only[1] + en, jobs=jobs, **more)


GOES, NEXT = truck("goes", 4), truck("next", 22)
SIX = "苏J·1234 比下一辆早 6 分钟到您这里。", "苏J·1234 reaches you 6 minutes earlier than the next."
NEAR = "最近的平板车可早到 5 分钟，但", "The nearest flatbed could be there 5 minutes earlier, but "
COMES = "；苏J·1234 前往您这里。", "; 苏J·1234 comes to you."
CASES = {
    "at_work": Case(
        [truck("no", 9, free_at_s=1200), GOES, NEXT],
        "最近的平板车要忙到 14:20；" + SIX[0], "The nearest flatbed is at work until 14:20; " + SIX[1],
    ),
    "nearest": Case(
        [truck("goes", 9), NEXT], "苏J·1234 是最近的平板车，比下一辆早 11 分钟到您这里。",
        "苏J·1234 is the nearest flatbed and reaches you 11 minutes earlier than the next.",
    ),
    "less than a minute": Case(
        [truck("goes", 9), truck("next", 11, free_at_s=59)],
        "苏J·1234 是最近的平板车，比下一辆早不到 1 分钟到您这里。",
        "苏J·1234 is the nearest flatbed and reaches you less than a minute earlier than the next.",
    ),
    "as early": Case(
        [truck("goes", 9), truck("next", 11)], "苏J·1234 是最近的平板车，没有别的车能更早到您这里。",
        "苏J·1234 is the nearest flatbed and reaches you as early as any other could.",
    ),
    "only": Case([GOES], "苏J·1234 是唯一能来的平板车。", "苏J·1234 is the only flatbed that can come."),
    "no_capability": Case(
        [truck("lift", 9, can=LIFT), truck("no", 8, free_at_s=841), GOES, NEXT],
        "最近的拖车没有平板；最近的平板车要忙到 14:15；" + SIX[0],
        "The nearest truck has no flatbed; the nearest flatbed is at work until 14:15; " + SIX[1],
    ),
    "refused": Case(
        [truck("no", 9), GOES, NEXT], "最近的平板车已婉拒；" + SIX[0], "The nearest flatbed has declined; " + SIX[1],
        jobs=(job("J", 10, refused_by=frozenset({"no"})),),
    ),
    "unanswered": Case(
        [truck("no", 9), GOES, NEXT], "最近的平板车未应答；" + SIX[0],
        "The nearest flatbed has not answered; " + SIX[1],
        jobs=(job("J", 10, refused_by=frozenset({"no"})),), around=Around(unanswered=frozenset({("J", "no")})),
    ),
    "shift": Case(
        [truck("no", 9, free_at_s=1200, shift_end_s=1200), GOES, NEXT],
        "最近的平板车来不及在 14:20 下班前出发；" + SIX[0],
        "The nearest flatbed ends its shift at 14:20, before it could set off; " + SIX[1],
    ),
    "driving": Case(
        [truck("no", 9, driving_to="X", driven_s=100), GOES], NEAR[0] + "正赶往另一处事故" + COMES[0],
        NEAR[1] + "it is on its way to another accident" + COMES[1],
        jobs=(J, X), routes={"goes": ["J"], "no": ["X"]},
    ),
    "sent": Case(
        [truck("no", 9), GOES], NEAR[0] + "要先去另一处更紧急的事故" + COMES[0],
        NEAR[1] + "it goes to a more urgent accident first" + COMES[1],
        jobs=(J, job("X", 11, must_serve=True)), routes={"goes": ["J"], "no": ["X"]},
    ),
    "sent here": Case(
        [truck("no", 9), GOES], NEAR[0] + "要先去这起事故的另一项作业" + COMES[0],
        NEAR[1] + "it goes to another task of this rescue first" + COMES[1],
        jobs=(J, job("X", 11, order="O-J")), routes={"goes": ["J"], "no": ["X"]},
    ),
    "pinned_elsewhere": Case(
        [truck("no", 9), GOES], NEAR[0] + "已由调度员派往另一处事故" + COMES[0],
        NEAR[1] + "it was assigned to another accident by the dispatcher" + COMES[1],
        jobs=(J, job("X", 11, locked_to="no")), routes={"goes": ["J"], "no": ["X"]},
    ),
    "locked": Case(
        [truck("no", 9), GOES], "最近的平板车可早到 5 分钟；苏J·1234 由调度员指定。",
        "The nearest flatbed could be there 5 minutes earlier; 苏J·1234 was chosen by the dispatcher.",
        jobs=(job("J", 10, locked_to="goes"),),
    ),
    "stays": Case(
        [truck("no", 9), GOES], "最近的平板车可早到 5 分钟；苏J·1234 已经派定，不再更换。",
        "The nearest flatbed could be there 5 minutes earlier; 苏J·1234 is assigned already and stays.",
        jobs=(job("J", 10, locked_to="goes"),), around=Around(pinned=frozenset()),
    ),
    "price": Case(
        [truck("no", 9, price=500), GOES], NEAR[0] + "这次按公平分担派车" + COMES[0],
        NEAR[1] + "the work is shared out fairly this time" + COMES[1],
    ),
    "overtime": Case(
        [truck("no", 9, shift_end_s=600), GOES], NEAR[0] + "会超过 14:10 的下班时间" + COMES[0],
        NEAR[1] + "it would work past the end of its shift at 14:10" + COMES[1],
    ),
    "switch": Case(
        [truck("no", 9), truck("goes", 8, driving_to="J", driven_s=50)],
        "最近的平板车可早到 1 分钟，但早到的时间不足以换车；苏J·1234 已在途中。",
        "The nearest flatbed could be there 1 minute earlier, but that is too little to change trucks for; "
        "苏J·1234 is on its way already.",
        problem=SWITCHES,
    ),
    "weighed": Case(
        [truck("no", 9), GOES], NEAR[0] + "权衡后没有选它" + COMES[0],
        NEAR[1] + "it was weighed and not preferred" + COMES[1],
    ),
    "no_way": Case(
        [truck("no", 40), GOES, NEXT], "最近的平板车没有路能到您这里；" + SIX[0],
        "The nearest flatbed has no open road to you; " + SIX[1],
        problem={"durations_s": CUT}, around=Around(stands={"no": 8}),
    ),
    "later": Case(
        [truck("no", 8), truck("goes", 20)],
        "最近的平板车到得更晚；苏J·1234 先完成前面 1 项任务，约 14:01 到您这里，比下一辆早 1 分钟。",
        "The nearest flatbed would be later; 苏J·1234 has 1 job to do first and reaches you at about 14:01, "
        "1 minute earlier than the next.",
        jobs=(J, job("X", 11, on_scene_s=0)), routes={"goes": ["X", "J"]}, problem={"durations_s": SHORT_CUT},
    ),
    "soonest is another": Case(
        [truck("no", 2), truck("goes", 9, free_at_s=900)],
        "另一辆平板车可早到 8 分钟，但权衡后没有选它；苏J·1234 是最近的平板车，14:15 忙完，约 14:16 到您这里。",
        "Another flatbed could be there 8 minutes earlier, but it was weighed and not preferred; "
        "苏J·1234 is the nearest flatbed, is free at 14:15 and reaches you at about 14:16.",
    ),
    "all busy": Case(
        [truck("goes", 9, free_at_s=1200), truck("next", 4, free_at_s=1300)],
        "能来的平板车都在忙；苏J·1234 是最近的平板车，14:20 忙完，约 14:21 到您这里，比下一辆早 6 分钟。",
        "Every flatbed that can come is busy; 苏J·1234 is the nearest flatbed, is free at 14:20 and reaches you at "
        "about 14:21, 6 minutes earlier than the next.",
    ),
    "after others": Case(
        [truck("goes", 9), truck("next", 4, free_at_s=3300)],
        "能来的平板车都在忙；苏J·1234 先完成前面 1 项任务，约 14:13 到您这里，比下一辆早 48 分钟。",
        "Every flatbed that can come is busy; 苏J·1234 has 1 job to do first and reaches you at about 14:13, "
        "48 minutes earlier than the next.",
        jobs=(J, X), routes={"goes": ["X", "J"]},
    ),
    "switched": Case(
        [truck("was", 2, driving_to="J", driven_s=300), truck("goes", 9)],
        "苏J·1234 是最近的平板车，比下一辆早 7 分钟到您这里。它接替原先安排的车，早到 7 分钟。",
        "苏J·1234 is the nearest flatbed and reaches you 7 minutes earlier than the next. "
        "It takes over from the truck arranged before and is there 7 minutes earlier.",
        problem=SWITCHES,
    ),
    "called away": Case(
        [truck("was", 9, driving_to="J", driven_s=300), GOES],
        "原先安排的车可早到 5 分钟，但要先去另一处事故" + COMES[0],
        "The truck arranged before could be there 5 minutes earlier, but it goes to another accident first" + COMES[1],
        jobs=(J, X), routes={"goes": ["J"], "was": ["X"]}, problem=SWITCHES,
    ),
    "called away from afar": Case(
        [truck("was", 30, driving_to="J", driven_s=300), truck("goes", 9)],
        "苏J·1234 是最近的平板车，比下一辆早 19 分钟到您这里。它接替原先安排的车，早到 19 分钟。",
        "苏J·1234 is the nearest flatbed and reaches you 19 minutes earlier than the next. It takes over from the "
        "truck arranged before and is there 19 minutes earlier.",
        jobs=(J, X), routes={"goes": ["J"], "was": ["X"]}, problem=SWITCHES,
    ),
    "nobody, called away": Case(
        [truck("was", 9, driving_to="J", driven_s=300)],
        "能来的平板车都在忙。原先安排的车改去另一处事故。",
        "Every flatbed that could come is busy. The truck arranged before was called to another accident.",
        jobs=(J, X), routes={"was": ["X"]}, plan={"unserved": {"J": Reason.COST}}, problem=SWITCHES,
    ),
    "nobody, taken off": Case(
        [truck("was", 9, driving_to="J", driven_s=300)], "现在派车不如稍后派车合适。原先安排的车已撤回。",
        "Sending a truck a little later is better than now. The truck arranged before was called off.",
        plan={"left": {"J": Reason.COST}}, problem=SWITCHES,
    ),
    "some out of sight": Case(
        [truck("no", 9, free_at_s=1200), GOES, NEXT], "最近的在线平板车要忙到 14:20；" + SIX[0],
        "The nearest flatbed in sight is at work until 14:20; " + SIX[1],
        around=Around(out_of_sight=(OutOfSight("lost", FLATBED, -480),)),
    ),
    "nobody no_capability": left(
        Reason.NO_CAPABILITY, [truck("a", 9, can=LIFT)], "目前没有值班的平板车。", "No flatbed is on duty now.",
    ),
    "nobody on duty": left(Reason.NO_CAPABILITY, [], "目前没有值班的拖车。", "No truck is on duty now."),
    "nobody seen": left(
        Reason.NO_CAPABILITY, [], "值班的平板车自 13:52 起没有定位。",
        "The flatbed on duty has not been seen since 13:52.",
        around=Around(out_of_sight=(OutOfSight("lost", FLATBED, -480), OutOfSight("lift", LIFT, -60))),
    ),
    "nobody of two seen": left(
        Reason.NO_CAPABILITY, [], "值班的 2 辆平板车自 13:52 起都没有定位。",
        "None of the 2 trucks on duty that could do it has been seen since 13:52.",
        around=Around(out_of_sight=(OutOfSight("a", FLATBED, -480), OutOfSight("b", FLATBED, -900))),
    ),
    "nobody ever seen": left(
        Reason.NO_CAPABILITY, [], "值班的平板车还没有定位。", "No flatbed on duty has been seen yet.",
        around=Around(out_of_sight=(OutOfSight("a", FLATBED, None),)),
    ),
    "nobody refused": left(
        Reason.REFUSED, [truck("a", 9)], "能来的平板车都已婉拒或未应答；已通知指挥中心。",
        "Every flatbed that could come has declined or not answered; the control room has been told.",
        jobs=(job("J", 10, refused_by=frozenset({"a"})),), around=Around(alarms=True),
    ),
    "nobody no_way": left(Reason.NO_WAY, [GOES], "没有道路能到您这里。", "No open road leads to you."),
    "nobody shift": left(
        Reason.SHIFT, [GOES], "能来的平板车都来不及在下班前出发。",
        "Every flatbed that could come ends its shift before it could set off.",
    ),
    "nobody places": left(
        Reason.PLACES, [GOES], "可去的修理厂都已满或已关。", "Every repair shop in question is full or closed.",
    ),
    "nobody locked": left(
        Reason.LOCKED, [GOES], "调度员指定的车现在无法前来。", "The truck that the dispatcher chose cannot come now.",
    ),
    "nobody cost, all busy": left(
        Reason.COST, [truck("a", 9, free_at_s=600), truck("b", 9, free_at_s=900)],
        "能来的平板车都在忙；最早的一辆 14:10 忙完。",
        "Every flatbed that could come is busy; the first is free at 14:10.",
    ),
    "nobody cost": left(
        Reason.COST, [GOES], "现在派车不如稍后派车合适。", "Sending a truck a little later is better than now.",
    ),
    "unlisted, full": Case(
        [], "可去的修理厂都已满或已关。", "Every repair shop in question is full or closed.", jobs=(), routes={},
        around=Around(unlisted=(Unlisted("J", "O", FLATBED, Reason.PLACES),)),
    ),
    "unlisted, no way": Case(
        [], "没有道路能到修理厂。", "No open road leads to a repair shop.", jobs=(), routes={},
        around=Around(unlisted=(Unlisted("J", "O", FLATBED, Reason.NO_WAY),)),
    ),
    "shop nearest": taken("拖到甲厂用时最短。", "甲厂 is the shortest tow.", (job("J", 10, shops=SHOPS),)),
    "shop only": taken(
        "可去的修理厂只有甲厂。", "甲厂 is the only shop in question.", (job("J", 10, shops=SHOPS[:1]),),
    ),
    "shop owner": taken(
        "送往车主选定的甲厂。", "The vehicle goes to 甲厂, as its owner chose.", (job("J", 10, shops=SHOPS[:1]),),
        around=Around(owner_shop={"J": "甲厂"}),
    ),
    "shop instead": taken(
        "车主选定的修理厂已满、已关或无路可达，建议送往甲厂。",
        "The shop that its owner chose is full, closed or out of reach; 甲厂 is proposed instead.",
        (job("J", 10, shops=SHOPS[:1]),), around=Around(owner_shop={"J": "丙厂"}),
    ),
    "shop nearer_full": taken(
        "更近的修理厂已满或已关，送往乙厂。", "Nearer shops are full or closed, so the vehicle goes to 乙厂.",
        (job("J", 10, shops=SHOPS),), plan={"shops": {"J": "乙厂"}}, problem={"shop_places": {"甲厂": 0}},
    ),
    "shop nearer_full, not listed": taken(
        "更近的修理厂已满或已关，送往乙厂。", "Nearer shops are full or closed, so the vehicle goes to 乙厂.",
        (job("J", 10, shops=SHOPS[1:]),), around=Around(full_shops={"J": (("甲厂", 14),)}),
    ),
    "shop price": taken(
        "送往乙厂，最多多拖 6 分钟，以便各修理厂公平分担。",
        "The vehicle goes to 乙厂, at most 6 minutes farther, so that the shops share the work.",
        (job("J", 10, shops=(shop("甲厂", 14, price=900), SHOPS[1])),), plan={"shops": {"J": "乙厂"}},
    ),
    "shop outweighed": taken(
        "按整体安排送往乙厂，最多多拖 6 分钟。",
        "As fits the whole plan the vehicle goes to 乙厂, at most 6 minutes farther.",
        (job("J", 10, shops=SHOPS),), plan={"shops": {"J": "乙厂"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_party_is_told_why(name: str) -> None:
    case = CASES[name]
    assert party_sentence(case.facts(), FACE, PARTY) == Said(case.zh, case.en)


def test_every_kind_of_reason_has_a_case() -> None:
    found = [case.facts() for case in CASES.values()]
    assert {each.chosen.basis for each in found if each.chosen} == set(Basis)
    assert {passed.hindrance for each in found for passed in each.passed} == set(Hindrance) - {
        Hindrance.PLACES,  # then nobody is sent at all
    }
    assert {each.shop.basis for each in found if each.shop} == set(ShopBasis)
    assert {each.nobody.reason for each in found if each.nobody} == set(Reason)


def test_the_documentation_knows_every_kind_of_reason() -> None:
    text = (Path(__file__).parents[2] / "docs" / "explanations.md").read_text(encoding="utf-8")
    for kind in (*Basis, *Hindrance, *ShopBasis, *Reason):
        assert f"`{kind.value}`" in text


def test_a_price_is_named_only_where_it_makes_the_difference() -> None:
    driving = {"weights": Weights(empty_drive=10)}  # the longer drive alone makes `no` the dearer one
    trucks = [truck("no", 5, price=1), truck("goes", 9, free_at_s=300)]
    (passed,) = replace(CASES["price"], trucks=trucks, problem=driving).facts().passed
    assert (passed.hindrance, passed.sooner_s, passed.price) == (Hindrance.WEIGHED, 60, 1)


def full(name: str, **more: Any) -> Said:
    return full_sentence(replace(CASES[name], **more).facts(), FACE, BY_ID)


def test_the_control_room_is_told_names_prices_and_charges() -> None:
    assert full("price") == Said(
        "最近的平板车（no）可早到 5 分钟，但这次按公平分担派车（价差 500 分）；goes 前往现场。此计划已证明最优。",
        "The nearest flatbed (no) could be there 5 minutes earlier, but the work is shared out fairly this time "
        "(dearer by 500 fen); goes comes to the scene. This plan is proven to be the best.",
    )
    assert full("called away") == Said(
        "原先安排的车（was）可早到 5 分钟，但要先去 X；goes 前往现场。"
        "原先安排的车改去 X（was，已行驶 5 分钟，改派代价 420）。此计划已证明最优。",
        "The truck arranged before (was) could be there 5 minutes earlier, but it goes to X first; goes comes to the "
        "scene. The truck arranged before was called to X (was, after 5 minutes of driving, at a charge of 420). "
        "This plan is proven to be the best.",
    )
    turned = replace(CASES["called away"], routes={"was": ["X", "J"]}).facts()
    assert switch_sentence(turned, FACE, BY_ID) == Said(
        "was 先去 X（was，已行驶 5 分钟，改派代价 420）。",
        "was goes to X first (was, after 5 minutes of driving, at a charge of 420).",
    )
    assert switch_sentence(CASES["only"].facts(), FACE, BY_ID) is None
    unanswered = Around(unanswered=frozenset({("J", "b")}), alarms=True)
    refused = (job("J", 10, refused_by=frozenset({"a", "b", "not here"})),)
    assert full("nobody refused", jobs=refused, trucks=[truck("a", 9), truck("b", 9)], around=unanswered) == Said(
        "能来的平板车都已婉拒或未应答；已通知指挥中心；拒单：a；未应答：b。此计划已证明最优。",
        "Every flatbed that could come has declined or not answered; the control room has been told; refused: a; "
        "no answer: b. This plan is proven to be the best.",
    )


def test_the_control_room_is_told_what_was_not_seen_and_what_is_not_proven() -> None:
    around = Around(place_age_s={"goes": 200, "next": 900}, out_of_sight=(OutOfSight("lost", FLATBED, -480),))
    assert full("nearest", around=around, plan={"lower_bound": None}) == Said(
        "goes 是最近的在线平板车，比下一辆早 11 分钟到现场。goes 的位置是 3 分钟前的；没有定位、未计入：lost。"
        "此计划离最优多远未经证明。",
        "goes is the nearest flatbed in sight and reaches the scene 11 minutes earlier than the next. The place of "
        "goes is 3 minutes old; out of sight and not counted: lost. How far this plan is from the best is not proven.",
    )
    lost_ones = tuple(OutOfSight(f"T{n}", FLATBED, -480) for n in range(1, 9))
    told = full("nearest", around=Around(out_of_sight=lost_ones))
    assert "没有定位、未计入：T1、T2、T3、T4、T5等 8 辆。" in told.zh
    assert "ut of sight and not counted: T1, T2, T3, T4, T5 and 3 more." in told.en
    assert full("nearest", plan={"lower_bound": 993}).en.endswith(" This plan is at most 0.7 % from the best.")
    assert full("nearest", plan={"lower_bound": 993}).zh.endswith("。此计划离最优至多 0.7%。")
    assert replace(CASES["nearest"], plan={"tier": Tier(proven=False)}).facts().proof == Proof(Proven.UNKNOWN, None)


def test_only_the_shop_is_told_of_where_only_it_has_changed() -> None:
    assert shop_sentence(CASES["shop owner"].facts(), FACE, BY_ID) == Said(
        "送往车主选定的甲厂。", "The vehicle goes to 甲厂, as its owner chose."
    )
    assert shop_sentence(CASES["only"].facts(), FACE, BY_ID) is None
    latin = replace(CASES["shop nearest"], jobs=(job("J", 10, shops=(shop("S1", 14), shop("S2", 20))),)).facts()
    assert shop_sentence(latin, FACE, BY_ID) == Said("拖到 S1 用时最短。", "S1 is the shortest tow.")
