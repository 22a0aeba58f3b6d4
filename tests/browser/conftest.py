"""A Chromium that draws without a graphics card, the built pages, and a service that answers as the contract says."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from data.catalogue import SHIPPED, open_city_named
from data.home import towline_home
from data.tiles import prepare_tiles
from routing.roads import City
from routing.router import Router
from tests.browser.fake_service import FakeService
from tests.browser.made_up import MadeUp

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
FLAGS = [
    "--no-sandbox", "--disable-gpu-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE_MS = 20_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))  # one browser, and the pages are built once


def find_chrome() -> str | None:
    if named := os.environ.get("CHROME"):
        return named
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Ended with these tests: while Playwright lives no other test of this process can run an event loop."""
    chrome = find_chrome()
    if chrome is None:
        message = "no Chrome or Chromium is on the PATH (CHROME names one): what people see is not tested"
        if os.environ.get("CI") == "true":
            pytest.fail(message + ", and with CI=true no test may do without it")
        pytest.skip(message)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chrome, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def pages() -> Path:
    """The built pages; building does nothing where they are newer than their sources."""
    done = subprocess.run(["sh", str(ROOT / "tools" / "pages.sh")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ROOT / "web" / "dist"


@pytest.fixture(scope="session")
def coquimbo() -> City:
    return open_city_named(towline_home(os.environ), SHIPPED, progress=lambda _: None)


@pytest.fixture(scope="session")
def tiles(coquimbo: City) -> Path:
    return prepare_tiles(coquimbo, towline_home(os.environ) / "tiles", progress=lambda _: None)


@pytest.fixture(scope="session")
def router(coquimbo: City) -> Router:
    return Router(coquimbo.roads)


@pytest.fixture
def afternoon(coquimbo: City, router: Router, tiles: Path) -> MadeUp:
    return MadeUp(coquimbo, router, f"/tiles/{tiles.name}")


@pytest.fixture
def service(afternoon: MadeUp, pages: Path, tiles: Path) -> Iterator[FakeService]:
    running = FakeService(pages, tiles, afternoon.world)
    yield running
    running.close()


class Watch:
    """What a page must not do: speak to another host, or complain. `expected` are words that a test causes itself."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.expected: tuple[str, ...] = ()

    def follow(self, page: Page, home: str) -> None:
        def heard(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.complaints.append(message.text)

        def asked(request: Request) -> None:
            if not request.url.startswith((home, "data:", "blob:")):
                self.elsewhere.append(request.url)

        page.on("console", heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", asked)

    def check(self) -> None:
        assert self.elsewhere == []
        assert [one for one in self.complaints if not any(word in one for word in self.expected)] == []


@pytest.fixture
def watch() -> Iterator[Watch]:
    watching = Watch()
    yield watching
    watching.check()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A desktop in English."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", color_scheme="dark")
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def control(context: BrowserContext, service: FakeService, watch: Watch) -> Page:
    """The control room, live; its map may still be drawing."""
    page = context.new_page()
    watch.follow(page, service.address)
    page.goto(f"{service.address}/control")
    page.wait_for_function("window.towline?.connection === 'live'")
    return page


def drawn(page: Page) -> Page:
    """The page once its map is drawn."""
    page.wait_for_function("window.towline.mapReady")
    return page
