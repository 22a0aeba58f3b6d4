"""What `towline demo` refuses before it starts anything, and what it tells."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api import demo, demo_announcer
from api.address import Address
from api.clock import Clock
from api.demo_announcer import Announcer
from api.demo_folder import folder_of, held, tracking_file, write_state
from data.catalogue import SHIPPED
from data.database import open_database, url_of_file
from data.journal import Draft, Journal
from geo.faults import BadInput

SERVED_AT_MS = 1_772_463_600_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "家 home"
    path.mkdir()
    return path


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def run(home: Path, port: int, city: str = "coquimbo") -> int:
    return demo.run(home=home, city=city, speed=60, port=port, host="127.0.0.1", say=lambda _: None)


def test_a_busy_port_is_said_before_anything_is_started(home: Path, busy_port: int) -> None:
    with pytest.raises(BadInput, match=f"port {busy_port} of 127.0.0.1 is busy; choose another one: --port N"):
        run(home, busy_port)
    assert not (home / "logs").exists()


def test_a_second_demo_on_a_home_is_refused(home: Path, busy_port: int) -> None:
    with held(home), pytest.raises(BadInput, match=r"a demo runs on .* already"):
        run(home, busy_port)


def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path, busy_port: int) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BadInput, match=r"cannot be written .*set TOWLINE_HOME"):
        run(tmp_path / "file" / "home", busy_port)


def test_another_city_has_no_demo(home: Path, busy_port: int) -> None:
    assert demo.CITY == SHIPPED
    with pytest.raises(BadInput, match="for coquimbo alone, not for 'taipei'"):
        run(home, busy_port, city="taipei")


def test_a_database_in_use_is_refused(home: Path) -> None:
    opened = open_database(url_of_file(home / "towline.db"), exclusive=True)
    with opened, pytest.raises(BadInput, match="another Towline server"):
        demo._clock(home, 60)


def test_the_time_of_a_demo_goes_on_where_its_journal_ends(home: Path) -> None:
    assert demo._clock(home, 60).epoch_ms > SERVED_AT_MS
    with open_database(url_of_file(home / "towline.db"), exclusive=True) as database:
        Journal(database).append([Draft(SERVED_AT_MS, "kind", "{}")])
    clock = demo._clock(home, 60)
    assert (clock.epoch_ms, clock.speed) == (SERVED_AT_MS + 1, 60)


def test_both_parts_are_told_one_clock_and_one_home(home: Path) -> None:
    clock = Clock(1_000, 2_000, 60)
    service, world = demo._parts(home, "coquimbo", Address("::1", 8001), clock)
    assert service.command[1:4] == ("-m", "towline", "serve")
    assert "--demo" in service.command
    assert "http://[::1]:8001" in world.command
    assert all(part.command[part.command.index("--clock") + 1] == "1000,2000,60" for part in (service, world))
    assert demo._environ(home)["TOWLINE_HOME"] == str(home)


def test_the_report_of_processes(home: Path) -> None:
    assert demo.pids(home)["running"] is False
    assert demo.pids_text(demo.pids(home)).startswith("no demo runs on this home\nsupervisor ")
    folder_of(home).mkdir()
    write_state(home, {"supervisor": os.getpid(), "url": "http://here", "service": os.getpid(), "world": 2**22 + 1})
    (home / "valkey").mkdir()
    (home / "valkey" / "server.lock").write_text(str(os.getpid()), encoding="ascii")
    report = demo.pids(home)
    assert report["running"] is True
    assert report["service"] == {"role": "service", "pid": os.getpid(), "alive": True}
    assert report["world"] == {"role": "world", "pid": 2**22 + 1, "alive": False}
    assert report["valkey"] == {"role": "valkey", "pid": os.getpid(), "alive": False}  # it works elsewhere
    assert f"service {os.getpid():>11}  alive" in demo.pids_text(report)


def test_it_tells_where_to_look_and_that_nothing_is_real(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    health = {
        "ready": False,
        "positions": {"ok": False, "detail": "the position store is away"},
        "journal": {"ok": True},
    }
    answers: list[int | httpx.ConnectError] = [httpx.ConnectError("nobody"), 503, 200, 200, 503, 200]
    told: list[str] = []
    log = home / "service.log"

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/readyz"
        found = answers.pop(0) if answers else 200
        if isinstance(found, httpx.ConnectError):
            raise found
        with log.open("a", encoding="utf-8") as written:
            written.write('{"level": "info"}\npreparing the shipped city\n' if len(answers) == 5 else "later\n")
        folder_of(home).mkdir(exist_ok=True)
        tracking_file(home).write_text(json.dumps({"tracking_url": "http://here/t/1"}), encoding="utf-8")
        return httpx.Response(found, json=health)

    client = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **_: client(transport=httpx.MockTransport(answer)))
    monkeypatch.setattr(demo_announcer, "LOOK_S", 0.0)
    monkeypatch.setattr(demo_announcer, "CALM_LOOK_S", 0.0)

    async def announced() -> None:
        announcing = asyncio.create_task(Announcer(home, log, "http://here", "coquimbo", 60, told.append).run())
        while answers or "the service is ready again" not in told:
            await asyncio.sleep(0)
        announcing.cancel()

    asyncio.run(announced())
    text = "\n".join(told)
    assert "http://here/control" in text
    assert "http://here/docs" in text
    assert text.count("http://here/t/1") == 1
    assert "invented" in text
    assert "generated" in text
    assert "Ctrl-C" in text
    assert "not ready: positions: the position store is away" in text
    assert "level" not in text
    assert "  later" in told
