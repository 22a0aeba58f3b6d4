"""The control room: what a dispatcher sees and does, against a service that answers as the contract says."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Watch, drawn
from tests.browser.fake_service import FakeService
from tests.browser.made_up import MadeUp
from tests.browser.made_up_words import decision, instant

DRIVING = "T17"


def place_of(page: Page, truck: str) -> tuple[float, float]:
    found = page.evaluate("id => window.towline.truck(id)", truck)
    return found["lon"], found["lat"]


def live(page: Page) -> None:
    page.wait_for_function("window.towline?.connection === 'live'")


def test_a_truck_glides_to_where_it_was_heard_of_and_its_mark_with_it(
    control: Page, service: FakeService, afternoon: MadeUp
) -> None:
    row = afternoon.drive(DRIVING, 40)
    control.evaluate(
        """id => { window.seen = new Set(); const look = () => { window.seen.add(window.towline.truck(id).lon);
        requestAnimationFrame(look); }; look(); }""",
        DRIVING,
    )
    mark = control.locator(f".mark[data-truck={DRIVING}]")
    before = mark.evaluate("one => one.style.transform")
    service.stream.push("positions", {"at": instant(40), "items": [row]})
    control.wait_for_function(
        "([id, lon]) => Math.abs(window.towline.truck(id).lon - lon) < 1e-6", arg=[DRIVING, row[1]]
    )
    assert control.evaluate("window.seen.size") > 3, "it jumped"
    assert mark.evaluate("one => one.style.transform") != before


def test_who_wants_no_motion_sees_none(browser: Browser, service: FakeService, afternoon: MadeUp, watch: Watch) -> None:
    context = browser.new_context(locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    watch.follow(page, service.address)
    page.goto(f"{service.address}/control")
    live(page)
    row = afternoon.drive(DRIVING, 40)
    page.evaluate(
        """id => { window.seen = new Set(); const look = () => { window.seen.add(window.towline.truck(id).lon);
        requestAnimationFrame(look); }; look(); }""",
        DRIVING,
    )
    service.stream.push("positions", {"at": instant(40), "items": [row]})
    page.wait_for_function("([id, lon]) => window.towline.truck(id).lon === lon", arg=[DRIVING, row[1]])
    assert page.evaluate("window.seen.size") <= 2
    context.close()


def test_the_promise_and_the_arrival_count_down(control: Page) -> None:
    row = control.locator("[data-rescue=R1]")
    first = int(row.locator("[data-eta]").get_attribute("data-eta") or 0)
    control.wait_for_function(
        "was => Number(document.querySelector('[data-rescue=R1] [data-eta]').dataset.eta) < was", arg=first
    )
    assert int(row.locator("[data-promise]").get_attribute("data-promise") or 0) < 780


def test_a_dropped_stream_is_resumed_without_a_gap(control: Page, service: FakeService) -> None:
    service.stream.push("truck", {**service.world.truck("T01"), "version": 9, "status": "repositioning"})
    expect(control.locator("[data-group=repositioning] [data-truck-row=T01]")).to_be_visible()
    last = control.evaluate("window.towline.streamId")
    service.stream.drop()
    service.stream.push("truck", {**service.world.truck("T02"), "version": 9, "status": "repositioning"})
    expect(control.locator("[data-group=repositioning] [data-truck-row=T02]")).to_be_visible()
    assert service.stream.resumed[-1] == f"header {last}"
    assert service.boards_served == 1


def test_a_truck_off_duty_leaves_the_map_and_one_out_of_service_says_how_old_its_place_is(
    control: Page, service: FakeService
) -> None:
    drawn(control)
    mark = control.locator(".mark-truck[data-truck=T02]")
    expect(mark).to_have_count(1)
    truck = service.world.truck("T02")
    service.stream.push("truck", {**truck, "version": 8, "status": "out_of_service", "job": None, "rescue": None})
    expect(mark).to_have_attribute("aria-label", re.compile(r"out of service, .*\d+ (s|min|h)", re.IGNORECASE))
    expect(mark.locator(".mark-label em")).to_have_text(re.compile(r"\d+ (s|min|h)"))
    gone = {**truck, "version": 9, "status": "off_duty", "job": None, "rescue": None, "position": None}
    service.stream.push("truck", gone)
    expect(mark).to_have_count(0)


def test_a_reset_fetches_the_board_again(control: Page, service: FakeService) -> None:
    service.world.truck("T03")["status"] = "out_of_service"
    service.stream.push("health", service.world.board["health"])
    service.stream.forget()
    service.stream.push("reset", {})
    expect(control.locator("[data-group=out_of_service] .count")).to_have_text("2")
    live(control)
    assert service.boards_served == 2


def test_a_service_that_goes_away_is_said_and_taken_up_again(control: Page, service: FakeService, watch: Watch) -> None:
    drawn(control)  # a tile that fails would be a complaint of the map's
    watch.expected = ("503", "Failed to load resource")
    service.away = True
    service.stream.drop()
    expect(control.locator("[data-strip=reconnecting], [data-strip=lost]")).to_be_visible()
    told = service.world.rescue("R1")
    told["case_ref"] = "after the break"
    service.stream.push("rescue", told)  # heard by a page that resumes; one that begins anew reads it off the board
    service.away = False
    expect(control.get_by_role("button", name="after the break").first).to_be_visible()
    live(control)
    expect(control.locator("[data-strip]")).to_have_count(1)  # the demo's own


def test_what_is_wrong_with_the_service_stands_across_the_page(control: Page, service: FakeService) -> None:
    health = service.world.board["health"]
    service.stream.push("health", {
        **health, "ready": False, "journal": {"ok": False, "seq": 412, "detail": "no space"},
        "positions": {"ok": False, "detail": "refused", "since_at": "2026-03-02T17:40:00Z"},
    })  # fmt: skip
    expect(control.locator("[data-strip=positions]")).to_contain_text("since 14:40")
    expect(control.locator("[data-strip=journal]")).to_be_visible()
    service.stream.push("health", health)
    expect(control.locator("[data-strip=positions], [data-strip=journal]")).to_have_count(0)


def test_an_old_position_is_marked_with_its_age(control: Page, service: FakeService, afternoon: MadeUp) -> None:
    mark = control.locator(".mark[data-truck=T40]")
    expect(mark).to_have_attribute("data-stale", "true")
    expect(mark).to_contain_text("3 min")
    expect(control.locator("[data-truck-row=T40] .stale")).to_contain_text("stale 3 min")
    service.stream.push("positions", {"at": instant(5), "items": [afternoon.drive("T40", 5)]})
    expect(mark).to_have_attribute("data-stale", "false")


def test_a_held_report_is_the_same_accident(control: Page, service: FakeService) -> None:
    held = control.locator("[data-held=R8]")
    expect(held).to_contain_text("110-2026-0319")
    held.get_by_role("button", name="Same accident").click()
    expect(held).to_have_count(0)
    assert service.posts == [("/v1/rescues/R8/merge", {"into": "R4", "by": "control"})]


def test_or_another_truck_is_sent(control: Page, service: FakeService) -> None:
    control.locator("[data-held=R8]").get_by_role("button", name="Send another").click()
    expect(control.locator(".rescues .row[data-rescue=R8]")).to_be_visible()
    assert service.posts == [("/v1/rescues/R8/release", {"by": "control"})]


def test_alarms_come_first_and_are_read_aloud(control: Page) -> None:
    rows = control.locator(".rows[data-list=rescues] [data-rescue]")
    assert [rows.nth(k).get_attribute("data-rescue") for k in (0, 1)] == ["R3", "R6"]
    expect(control.locator("[data-rescue=R3]")).to_contain_text("Every capable truck has refused")
    expect(control.locator("[aria-live=assertive]")).to_contain_text("110-2026-0316 is past its promise")


def test_a_choice_anywhere_is_a_choice_everywhere(control: Page) -> None:
    drawn(control)
    control.locator("[data-truck-row=T17]").click()
    expect(control.locator("#dock-title")).to_have_text("T17")
    expect(control.locator(".mark[data-truck=T17]")).to_have_class("mark mark-truck on-en_route selected")
    expect(control.locator(".rows [data-rescue=R1]")).to_have_class("row rescue is-coming selected")
    control.wait_for_function(
        """() => { const box = document.querySelector('.map').getBoundingClientRect();
        const at = window.towline.truck('T17');
        return Math.hypot(at.x - box.width / 2, at.y - box.height / 2) < 20; }"""
    )
    control.locator(".dock").get_by_role("button", name="110-2026-0317").click()
    expect(control.locator("#dock-title")).to_have_text("110-2026-0317")
    expect(control.locator(".dock .timeline")).to_contain_text("The truck set out")


def test_who_was_considered_is_shown_when_asked(control: Page) -> None:
    control.locator(".decision").first.get_by_role("button", name="Why").click()
    expect(control.locator(".decisions .why tr.chosen")).to_contain_text("T09")
    expect(control.locator(".decisions .why")).to_contain_text("arrives later")
    expect(control.locator(".decisions .why")).to_contain_text("positions v8123 · roads v1")
    expect(control.locator(".decisions .why .party")).to_contain_text("The nearest tow truck is at work until 15:20")
    control.locator("[data-rescue=R1]").first.click()
    expect(control.locator(".dock-body .why .sentence")).to_contain_text("T17 reaches the scene 1 minute earlier")


def test_a_decision_arrives_in_the_language_of_the_page(control: Page, service: FakeService) -> None:
    service.stream.push("decision", decision(500, 1, "offered", "R3", "派 T01。", "T01 is offered it.", truck="T01"))
    expect(control.locator(".decision").first).to_contain_text("T01 is offered it.")
    control.locator("[data-switch=language]").click()
    expect(control.locator(".decision").first).to_contain_text("派 T01。")
    expect(control.locator("#rescues-title")).to_contain_text("救援")
    control.reload()
    expect(control.locator("#rescues-title")).to_contain_text("救援")


def test_day_and_night_are_chosen_and_remembered(control: Page) -> None:
    root = control.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    control.keyboard.press("t")
    expect(root).to_have_attribute("data-theme", "light")
    control.reload()
    expect(root).to_have_attribute("data-theme", "light")


def test_everything_can_be_reached_by_keyboard(control: Page) -> None:
    control.keyboard.press("r")
    expect(control.locator(".rows [data-rescue=R3]")).to_be_focused()
    control.keyboard.press("ArrowDown")
    expect(control.locator(".rows [data-rescue=R6]")).to_be_focused()
    control.keyboard.press("Enter")
    expect(control.locator("#dock-title")).to_have_text("110-2026-0316")
    control.keyboard.press("Escape")
    expect(control.locator(".dock")).to_have_count(0)
    control.keyboard.press("a")
    expect(control.locator("#dock-title")).to_have_text("110-2026-0318")
    control.keyboard.press("?")
    expect(control.get_by_role("dialog")).to_be_visible()
    control.keyboard.press("Escape")
    expect(control.get_by_role("dialog")).to_have_count(0)
    expect(control.locator("#dock-title")).to_have_text("110-2026-0318")


def test_cancelling_asks_for_a_reason_and_a_name(control: Page, service: FakeService) -> None:
    control.locator("[data-rescue=R4]").first.click()
    control.get_by_role("button", name="Cancel rescue…").click()
    control.get_by_label("Reason").fill("drove on")
    control.get_by_label("Your name").fill("Li")
    control.get_by_role("button", name="Cancel the rescue").click()
    expect(control.get_by_role("dialog")).to_have_count(0)
    assert service.posts == [("/v1/rescues/R4/cancel", {"by": "Li", "reason": "drove on"})]
    expect(control.locator("[data-list=ended] [data-rescue=R4]")).to_have_count(1)


def test_a_link_is_revoked_by_two_clicks_and_issued_anew(control: Page, service: FakeService) -> None:
    control.locator("[data-rescue=R1]").first.click()
    page = control.get_by_role("link", name="The party's page")
    before = page.get_attribute("href")
    control.get_by_role("button", name="Revoke link…").click()
    assert service.posts == []
    control.get_by_role("button", name="Really revoke").click()
    expect(page).to_have_count(0)
    control.get_by_role("button", name="Issue a new link").click()
    expect(page).to_have_count(1)
    assert page.get_attribute("href") != before
    paths = [path for path, _ in service.posts]
    assert paths == ["/v1/rescues/R1/link/revoke", "/v1/rescues/R1/link"]


def test_where_things_come_from_is_always_said(control: Page) -> None:
    notes = control.locator(".notes")
    expect(notes).to_be_in_viewport()
    expect(notes).to_contain_text("© OpenStreetMap contributors")
    expect(notes).to_contain_text("invented")
    expect(control.locator("[data-strip=demo]")).to_contain_text("every time on this page is the demo's")


def test_the_city_is_drawn_from_its_own_tiles(control: Page) -> None:
    drawn(control)
    assert control.evaluate("window.towline.drawn('road')") > 100
    assert control.evaluate("performance.getEntriesByType('resource').some(one => one.name.includes('/tiles/'))")


def test_closures_and_ways_are_drawn_and_go(control: Page, service: FakeService) -> None:
    drawn(control)
    control.wait_for_function("window.towline.drawn('closure-line') > 0")
    control.wait_for_function("window.towline.drawn('leg-ahead') > 0 && window.towline.drawn('leg-tow') > 0")
    service.stream.push("closure", {"id": "C1", "gone": True})
    control.wait_for_function("window.towline.drawn('closure-line') === 0")


def test_a_phone_shows_the_same_in_one_column(browser: Browser, service: FakeService, watch: Watch) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True)
    page = context.new_page()
    watch.follow(page, service.address)
    page.goto(f"{service.address}/control")
    page.wait_for_function("window.towline?.connection === 'live' && window.towline.mapReady")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".rows [data-rescue=R1]").tap()
    expect(page.locator(".dock")).to_be_in_viewport()
    expect(page.locator(".map")).to_be_in_viewport()
    page.locator(".dock .close").tap()
    expect(page.locator(".dock")).to_have_count(0)
    context.close()


def test_without_webgl_everything_but_the_map_works(browser: Browser, service: FakeService) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.add_init_script(
        "const kept = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext ="
        " function (kind, ...more) { return kind.startsWith('webgl') ? null : kept.call(this, kind, ...more); }"
    )
    page.goto(f"{service.address}/control")
    expect(page.locator(".map-note")).to_contain_text("WebGL")
    page.locator(".rows [data-rescue=R1]").click()
    expect(page.locator("#dock-title")).to_have_text("110-2026-0317")
    context.close()


def luminance(colour: str) -> float:
    parts = [float(one) / 255 for one in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_words_stand_out_from_their_ground(control: Page, theme: str) -> None:
    control.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    pairs = [(fore, back) for back in ("panel", "raised", "selected", "ground") for fore in ("text", "muted", "accent")]
    pairs += [("bad", "panel"), ("warn", "panel"), ("warn", "warn-ground"), ("on-bad-ground", "bad-ground")]
    pairs += [
        (name, "panel") for name in ("standby", "repositioning", "offered", "en_route", "on_scene", "loaded", "at_shop")
    ]
    for fore, back in pairs:
        colours = control.evaluate(
            """names => names.map(name => { const probe = document.createElement('i');
            probe.style.color = `var(--${name})`; document.body.append(probe);
            const found = getComputedStyle(probe).color; probe.remove(); return found; })""",
            [fore, back],
        )
        low, high = sorted(luminance(colour) for colour in colours)
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{fore} on {back} in {theme}"
