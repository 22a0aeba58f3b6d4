"""The party's page on a phone: what happens, when the truck comes, where it is; and what a wrong link says."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE_MS, Watch
from tests.browser.fake_service import Channel, FakeService, Json
from tests.browser.made_up import TOKEN, MadeUp
from tests.browser.made_up_words import eta, instant


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", color_scheme="light", has_touch=True, is_mobile=True
    )
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def party(phone: BrowserContext, service: FakeService, watch: Watch) -> Page:
    page = phone.new_page()
    watch.follow(page, service.address)
    page.goto(f"{service.address}/t/{TOKEN}")
    page.wait_for_function("window.towline?.connection === 'live'")
    return page


@pytest.fixture
def stream(service: FakeService) -> Channel:
    return service.track_streams[TOKEN]


def position(afternoon: MadeUp, seconds: float, **more: object) -> Json:
    """A `position` event of R1, its truck so many seconds further on."""
    _, lon, lat, heading, _, _ = afternoon.drive("T17", seconds)
    kept = afternoon.world.tracks[TOKEN]["jobs"][0]["position"]
    at = {**kept, "lon": lon, "lat": lat, "heading_deg": heading, "at": instant(seconds), "age_s": 0, "stale": False}
    return {"job": "R1.1", "position": {**at, **more}, "eta": eta(200), "delivery_eta": eta(1900)}


def test_it_says_who_comes_and_when(party: Page) -> None:
    expect(party.get_by_role("heading", name="救援车正在赶来")).to_be_visible()
    job = party.locator(".track-job")
    expect(job).to_contain_text("苏J178K1")
    expect(job).to_contain_text("王师傅")
    expect(job).to_contain_text("Auxilio Ficticio")
    expect(job.locator(".range")).to_contain_text("6–8 分钟")
    expect(job.locator(".range")).to_contain_text("未校准")
    expect(job).to_contain_text("系统建议")
    expect(job.locator(".age")).to_contain_text("秒前")
    assert party.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_arrival_counts_down(party: Page) -> None:
    first = int(party.locator("[data-eta]").get_attribute("data-eta") or 0)
    party.wait_for_function("was => Number(document.querySelector('[data-eta]').dataset.eta) < was", arg=first)


def test_the_truck_moves_and_the_arrival_with_it(party: Page, stream: Channel, afternoon: MadeUp) -> None:
    told = position(afternoon, 30)
    stream.push("position", told)
    party.wait_for_function(
        "lon => Math.abs(window.towline.truck('R1.1').lon - lon) < 1e-6", arg=told["position"]["lon"]
    )
    expect(party.locator(".big b")).to_have_text("3")


def test_a_state_comes_with_its_own_words(party: Page, stream: Channel, service: FakeService) -> None:
    track = copy.deepcopy(service.world.tracks[TOKEN])
    track["rescue"]["status"] = "towing"
    track["jobs"][0] |= {"status": "towing", "eta": None, "route": track["jobs"][0]["tow_route"], "tow_route": None}
    stream.push("track", {**track, "stream_id": "x"})
    expect(party.get_by_role("heading", name="正在拖往修理厂")).to_be_visible()
    expect(party.locator(".arrival-title")).to_have_text("预计送达")


def test_past_its_time_it_promises_nothing(party: Page, stream: Channel, afternoon: MadeUp) -> None:
    stream.push("position", {**position(afternoon, 30), "eta": eta(-90)})
    expect(party.locator(".big")).to_have_text("即将到达")
    expect(party.locator(".range")).to_contain_text("比预计稍晚")


def test_an_old_position_says_so(party: Page, stream: Channel, afternoon: MadeUp) -> None:
    stream.push("position", position(afternoon, 0, at=instant(-240), stale=True))
    expect(party.locator(".age")).to_have_attribute("data-stale", "true")
    expect(party.locator(".age")).to_contain_text("位置已过时：4 分钟前")


def test_a_broken_stream_goes_on_where_it_was(party: Page, stream: Channel, afternoon: MadeUp) -> None:
    stream.push("position", position(afternoon, 10))
    party.wait_for_function("window.towline.streamId === 'fake-1'")
    stream.drop()
    stream.push("position", position(afternoon, 20))
    party.wait_for_function("window.towline.streamId === 'fake-2'")
    assert stream.resumed[-1] == "header fake-1"


def test_positions_that_do_not_come_in_are_said(party: Page, stream: Channel, service: FakeService) -> None:
    stream.push("track", {**service.world.tracks[TOKEN], "positions_ok": False, "stream_id": "x"})
    expect(party.locator("[data-strip=positions]")).to_be_visible()


def test_it_says_why_this_truck_in_the_language_of_the_page(party: Page) -> None:
    told = party.locator(".why-told")
    expect(told.get_by_role("heading")).to_have_text("为什么派这辆车 14:35 决定时")
    expect(told.locator("p")).to_have_text(
        "最近的拖车要忙到 15:20；苏J178K1 比下一辆早 6 分钟到您这里。拖到 Taller Ficticio Norte 用时最短。"
    )
    expect(told.locator("b")).to_have_text("苏J178K1")
    party.locator("[data-switch=language]").tap()
    expect(told).to_contain_text("The nearest tow truck is at work until 15:20; 苏J178K1 reaches you 6 minutes earlier")
    assert party.evaluate("document.documentElement.scrollWidth") <= 390


def test_why_nobody_comes_yet_is_said_and_goes_when_somebody_does(
    party: Page, stream: Channel, service: FakeService
) -> None:
    track = copy.deepcopy(service.world.tracks[TOKEN])
    job = track["jobs"][0]
    nobody = {"zh": "能来的平板车都在忙；最早的一辆 14:10 忙完。", "en": "Every flatbed that could come is busy."}
    job |= {"status": "reported", "truck": None, "position": None, "eta": None, "delivery_eta": None}
    stream.push("track", {**track, "jobs": [{**job, "why": {"at": instant(0), "text": nobody}}], "stream_id": "x"})
    expect(party.locator(".why-told")).to_contain_text("为什么还没有车")
    expect(party.locator(".why-told")).to_contain_text(nobody["zh"])
    stream.push("track", {**track, "jobs": [{**job, "status": "offered", "why": None}], "stream_id": "x"})
    expect(party.locator(".why-told")).to_have_count(0)


def test_language_and_theme_are_chosen_by_the_phone_and_then_by_hand(party: Page) -> None:
    expect(party.locator("html")).to_have_attribute("data-theme", "light")
    party.locator("[data-switch=language]").tap()
    expect(party.get_by_role("heading", name="Your truck is on its way")).to_be_visible()
    party.locator("[data-switch=theme]").tap()
    party.reload()
    expect(party.get_by_role("heading", name="Your truck is on its way")).to_be_visible()
    expect(party.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_wrong_link_says_what_to_do(phone: BrowserContext, service: FakeService, watch: Watch) -> None:
    watch.expected = ("404",)
    page = phone.new_page()
    watch.follow(page, service.address)
    page.goto(f"{service.address}/t/nobody-has-this")
    expect(page.get_by_role("heading", name="此链接无效或已过期")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(2)


def test_a_link_that_expires_meanwhile_says_so(
    party: Page, stream: Channel, service: FakeService, watch: Watch
) -> None:
    watch.expected = ("404",)
    service.world.tracks.clear()
    del service.track_streams[TOKEN]
    stream.drop()
    expect(party.get_by_role("heading", name="此链接无效或已过期")).to_be_visible()
