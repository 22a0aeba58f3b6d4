"""The page of the API, from the application itself: it shows every operation, and all that it is made of is ours."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
import uvicorn
from playwright.sync_api import BrowserContext, expect

from api.wiring import create_app
from tests.api.service_fixture import made_service
from tests.browser.conftest import Watch

NOWHERE = "redis://127.0.0.1:1/0"
METHODS = {"get", "put", "post", "delete", "patch", "head"}


@pytest.fixture
def home(tmp_path: Path, pages: Path) -> Iterator[str]:
    """The address of the application, with the built pages. Its service does not run: these pages ask nothing of it."""
    with made_service(tmp_path / "town", NOWHERE, pages=pages) as service:
        config = uvicorn.Config(create_app(service), port=0, lifespan="off", ws="none", log_config=None)
        server = uvicorn.Server(config)
        listening = config.bind_socket()
        listening.listen()  # whoever asks before the server has started waits
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()
        listening.close()


def referred(home: str, path: str, text: str) -> set[str]:
    """The addresses that a page or a style refers to, without those that carry what they mean in themselves."""
    found = re.findall(r"""(?:src|href|action)\s*=\s*["']([^"']*)""", text) if path.endswith("docs") else []
    found += re.findall(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""", text) if path.endswith(".css") else []
    flat = [part for each in found for part in ([each] if isinstance(each, str) else each) if part]
    return {urljoin(home + path, each) for each in flat if not each.startswith(("data:", "#"))}


def test_it_refers_to_nothing_elsewhere_and_all_that_it_refers_to_is_there(home: str) -> None:
    with httpx.Client(trust_env=False) as http:
        page = http.get(f"{home}/docs")
        assert page.status_code == 200
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert 'rel="icon" href="data:' in page.text, "else the browser asks for /favicon.ico"
        left, seen = [f"{home}/docs"], set[str]()
        while left:
            address = left.pop()
            assert address.startswith(f"{home}/")
            answer = http.get(address)
            assert (address, answer.status_code) == (address, 200)
            seen.add(address)
            left += referred(home, address.removeprefix(home), answer.text) - seen - set(left)
    assert {each.rpartition(".")[2] for each in seen} >= {"js", "css", "json"}


def test_every_operation_is_shown(home: str, context: BrowserContext, watch: Watch) -> None:
    page = context.new_page()
    watch.follow(page, home)
    page.goto(f"{home}/docs")
    told = httpx.get(f"{home}/openapi.json", trust_env=False).json()
    operations = [row[method] for row in told["paths"].values() for method in METHODS & row.keys()]
    assert len(operations) > 30
    expect(page.locator(".opblock")).to_have_count(sum(len(each["tags"]) for each in operations))
    expect(page.get_by_role("heading", name="Towline")).to_be_visible()
    asked = page.locator(".opblock", has_text="/v1/rescues").filter(has_text="POST").first
    asked.locator(".opblock-summary-control").click()
    expect(asked).to_contain_text("person_waiting")
