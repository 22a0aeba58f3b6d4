"""A demo (of TOWLINE_DEMO_URL, or one of its own): pages move, count down, complain of nothing, ask no other host."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Watch
from tests.faults.test_demo_kill import Demo, wait_until

DEMO_MS = 120_000
"""A demo may need that long for its first rescue that is being driven to."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    address = os.environ.get("TOWLINE_DEMO_URL")
    if address:
        yield address.rstrip("/")
        return
    if os.environ.get("TOWLINE_FULL") != "1":
        pytest.skip("TOWLINE_DEMO_URL names no running demo; make verify starts one")
    started = Demo(tmp_path_factory.mktemp("demo"))
    try:
        wait_until(started.is_ready)
        yield f"http://127.0.0.1:{started.port}"
    finally:
        started.end()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Playwright waits by evaluating text, which the pages' own policy forbids."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", bypass_csp=True)
    yield made
    made.close()


def opened(context: BrowserContext, watch: Watch, home: str, path: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(DEMO_MS)
    watch.follow(page, home)
    page.goto(home + path)
    page.wait_for_function("window.towline?.connection === 'live' && window.towline.mapReady")
    return page


def must_move(page: Page) -> None:
    page.wait_for_function(
        """() => { const now = Object.fromEntries(window.towline.trucks().map(id => [id, window.towline.truck(id)]));
        window.before ??= now;
        return Object.keys(now).some(id => now[id] && window.before[id] &&
            Math.hypot(now[id].lon - window.before[id].lon, now[id].lat - window.before[id].lat) > 1e-4); }"""
    )


def must_count_down(page: Page, within: str) -> None:
    """The first arrival seen that still lies ahead has come nearer a little later, for the same rescue or job."""
    page.wait_for_function(
        """within => { const key = one => one.closest('[data-rescue], [data-job]')?.dataset;
        const name = one => key(one)?.rescue ?? key(one)?.job;
        const all = [...document.querySelectorAll(`${within} [data-eta]`)];
        window.etas ??= new Map();
        for (const one of all) {
            const left = Number(one.dataset.eta), first = window.etas.get(name(one));
            if (first !== undefined && left < first && left > -600) return true;
            if (left > 0 && first === undefined) window.etas.set(name(one), left);
        }
        return false; }""",
        arg=within,
    )


def test_the_control_room_of_a_demo(demo: str, context: BrowserContext, watch: Watch) -> None:
    page = opened(context, watch, demo, "/control")
    must_move(page)
    must_count_down(page, ".rescues")
    assert page.locator("[data-strip=demo]").is_visible()
    assert page.locator(".decision").count() > 0


def test_the_pages_keep_to_their_own_policy(demo: str, browser: Browser, watch: Watch) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    watch.follow(page, demo)
    page.goto(demo + "/control")
    expect(page.locator(".decision").first).to_be_visible(timeout=DEMO_MS)
    expect(page.locator("canvas").first).to_be_visible()
    context.close()


def test_the_page_of_a_party_of_a_demo(demo: str, context: BrowserContext, watch: Watch) -> None:
    page = opened(context, watch, demo, "/control")
    found = page.evaluate(
        """async patience => { const until = Date.now() + patience;
        while (Date.now() < until) {
            const board = await (await fetch('/v1/board')).json();
            const early = job => job.status === 'en_route' && job.eta
                && Date.parse(job.eta.p50_at) - Date.parse(board.now_at) > 4000 * board.speed;
            const one = board.rescues.find(each => each.tracking_url && each.jobs.some(early));
            if (one) return one.tracking_url;
            await new Promise(done => setTimeout(done, 500));
        } }""",
        DEMO_MS,
    )
    assert found, "no rescue has been driven to"
    page.close()
    party = opened(context, watch, demo, "/t/" + found.rsplit("/t/")[-1])
    must_move(party)
    must_count_down(party, ".track-job")
