"""What a dispatcher does by hand: a truck assigned once its price is known, breakdowns, shops that take no vehicles."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, Watch
from tests.browser.fake_service import FakeService
from tests.browser.made_up import MadeUp
from tests.browser.made_up_words import instant

JOB = "R3.1"


def priced(truck: str, **more: Any) -> dict[str, Any]:
    before, after = {"truck": "T12", "at": instant(480)}, {"truck": truck, "at": instant(720)}
    affected = {
        "job": "R1.1", "rescue": "R1", "case_ref": "110-2026-0317", "later_min": 7,
        "before": {"truck": truck, "at": instant(200)}, "after": {"truck": "T12", "at": instant(620)},
    }  # fmt: skip
    return {
        "job": JOB, "rescue": "R3", "truck": truck, "at": instant(), "possible": True, "reasons": [],
        "cost": {"with": 1980, "without": 1320, "difference": 660},
        "must_serve": {"unserved": 0, "wait_s": 0},
        "arrival": {"before": before, "after": after, "later_min": 4},
        "others": [affected],
        "text": {
            "zh": f"{truck} 比 T12 晚到 4 分钟。110-2026-0317 多等 7 分钟。",
            "en": f"{truck} comes 4 min later than T12. It costs 7 more minutes for 110-2026-0317.",
        },
        **more,
    }  # fmt: skip


@pytest.fixture
def idle(afternoon: MadeUp) -> list[str]:
    """Trucks that could go, each with a price of its own; the last one cannot."""
    names = sorted(truck["id"] for truck in afternoon.world.board["trucks"] if truck["status"] == "standby")[:3]
    dear, other, never = names
    reason = {"reason": "no_fix", "text": {"zh": "五分钟内没有位置", "en": "it has not been seen for five minutes"}}
    blocked = {"possible": False, "reasons": [reason], "cost": None, "text": None, "arrival": None, "others": []}
    afternoon.world.prices |= {
        (JOB, dear): priced(dear), (JOB, other): priced(other), (JOB, never): priced(never, **blocked),
    }  # fmt: skip
    return names


def test_a_truck_is_assigned_by_keyboard_once_its_price_is_known(
    idle: list[str], control: Page, service: FakeService
) -> None:
    dear, _, never = idle
    control.locator("[data-rescue=R3]").first.focus()
    control.keyboard.press("Enter")
    control.keyboard.press("p")
    dialog = control.get_by_role("dialog")
    choice = dialog.get_by_label("Truck")
    confirm = dialog.get_by_role("button", name="Assign it")
    expect(choice).to_be_focused()
    expect(confirm).to_be_disabled()

    choice.select_option(never)
    expect(dialog).to_contain_text("it has not been seen for five minutes")
    expect(confirm).to_be_disabled()

    choice.select_option(dear)
    expect(dialog.locator(".price-said")).to_have_text(
        f"{dear} comes 4 min later than T12. It costs 7 more minutes for 110-2026-0317."
    )
    expect(dialog.locator(".price-others tbody tr")).to_have_count(1)
    expect(dialog).to_contain_text("Cost +660")
    expect(confirm).to_be_enabled()
    assert service.posts == []
    control.keyboard.press("Tab")
    control.keyboard.press("Enter")  # in the field of the name, which sends the form
    expect(dialog).to_have_count(0)
    assert service.posts == [(f"/v1/jobs/{JOB}/pin", {"truck": dear, "by": "control"})]
    expect(control.locator(".job-card")).to_contain_text(f"{dear} assigned by hand")
    control.get_by_role("button", name="Release").click()
    expect(control.locator(".job-card")).not_to_contain_text("assigned by hand")
    assert service.posts[-1] == (f"/v1/jobs/{JOB}/unpin", {"by": "control"})


def test_the_answer_to_the_last_question_is_shown(idle: list[str], control: Page, service: FakeService) -> None:
    dear, other, _ = idle
    control.locator("[data-rescue=R3]").first.click()
    control.get_by_role("button", name="Assign a truck…").click()
    choice = control.get_by_role("dialog").get_by_label("Truck")
    for name in (dear, other, dear, other):
        choice.select_option(name)
    expect(control.locator(".price-said")).to_contain_text(f"{other} comes 4 min later")
    control.keyboard.press("Escape")
    expect(control.get_by_role("dialog")).to_have_count(0)
    assert service.posts == []


def test_who_serves_a_towed_vehicle_is_not_up_for_choice(control: Page) -> None:
    control.locator("[data-rescue=R2]").first.click()
    expect(control.locator(".job-card")).to_have_count(1)
    expect(control.get_by_role("button", name="Assign a truck…")).to_have_count(0)


def test_a_breakdown_and_a_shop_that_does_not_take_it_are_written_down(control: Page, service: FakeService) -> None:
    control.locator("[data-truck-row=T22]").first.click()
    control.get_by_role("button", name="does not take it…").click()
    control.get_by_label("Reason").fill("no room")
    control.get_by_role("button", name="Find another destination").click()
    expect(control.get_by_role("dialog")).to_have_count(0)
    assert service.posts == [("/v1/trucks/T22/turned-away", {"shop_id": "S03", "reason": "no room"})]
    control.get_by_role("button", name="Out of service…").click()
    control.get_by_label("Reason").fill("engine")
    control.get_by_role("button", name="Take it out of service").click()
    expect(control.get_by_role("dialog")).to_have_count(0)
    assert service.posts[-1] == ("/v1/trucks/T22/status", {"status": "out_of_service", "reason": "engine"})


def test_shops_that_take_no_vehicles_are_listed_until_they_are_opened(
    control: Page, service: FakeService, afternoon: MadeUp
) -> None:
    expect(control.locator(".closed-shops")).to_have_count(0)
    shop = afternoon.world.board["shops"][0]
    shop.update(closed=True, free_places=0, version=shop["version"] + 1)
    service.stream.push("shop", shop)
    expect(control.locator(".closed-shop")).to_contain_text(shop["name"])
    control.locator(".closed-shop").get_by_role("button", name="Open again").click()
    expect(control.locator(".closed-shops")).to_have_count(0)
    assert service.posts == [(f"/v1/shops/{shop['id']}/open", {"by": "control"})]


def test_a_vehicle_on_a_broken_truck_is_shown_where_it_stands(
    control: Page, service: FakeService, afternoon: MadeUp
) -> None:
    rescue = afternoon.world.rescue("R3")
    rescue["jobs"][0]["moved_to"] = {"lon": -71.30, "lat": -29.93}
    rescue["version"] += 1
    service.stream.push("rescue", rescue)
    control.locator("[data-rescue=R3]").first.click()
    expect(control.locator(".job-card")).to_contain_text("on a truck that broke down")


def test_on_a_phone_in_chinese_the_price_fits(
    idle: list[str], browser: Browser, service: FakeService, watch: Watch
) -> None:
    made = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", color_scheme="light")
    made.set_default_timeout(PATIENCE_MS)
    page = made.new_page()
    watch.follow(page, service.address)
    page.goto(f"{service.address}/control")
    page.wait_for_function("window.towline?.connection === 'live'")
    page.locator("[data-rescue=R3]").first.click()
    page.get_by_role("button", name="指定车辆…").click()
    page.get_by_role("dialog").get_by_label("车辆").select_option(idle[0])
    expect(page.locator(".price-said")).to_have_text(f"{idle[0]} 比 T12 晚到 4 分钟。110-2026-0317 多等 7 分钟。")
    wide = page.evaluate("document.querySelector('dialog').scrollWidth > document.querySelector('dialog').clientWidth")
    assert not wide
    made.close()
