"""A real `towline demo` whose processes are killed at random moments: nothing promised is lost, nothing done twice."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from api.clock import elapsed_s
from api.demo import pids
from api.demo_folder import is_alive
from data.catalogue import shipped_fleet
from data.database import url_of_file
from data.home import towline_home

ROOT = Path(__file__).resolve().parents[2]
KILLS = 30 if os.environ.get("TOWLINE_FULL") == "1" else 2
APART_S = 16.0 if KILLS > 4 else 0.0
"""Between two kills: five deaths within a minute would end the demo, as they should."""

AT_WORK = ("offered", "accepted", "en_route", "on_scene", "towing")
pytestmark = pytest.mark.xdist_group("demo")


def wait_until(true: Callable[[], Any], seconds: float = 90.0, every_s: float = 0.05) -> Any:
    begun_s = elapsed_s()
    while elapsed_s() - begun_s < seconds:
        if found := true():
            return found
        threading.Event().wait(every_s)
    raise AssertionError("it has not come about in time")


class Demo:
    """`towline demo` on a home of its own, as a person starts it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environ = {**os.environ, "TOWLINE_HOME": str(home)}
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=10.0)
        self.terminal = home / "terminal.log"
        with self.terminal.open("ab") as log:
            command = [sys.executable, str(ROOT / "towline.py"), "demo", "--port", str(self.port)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environ, start_new_session=True)

    def towline(self, *words: str) -> dict[str, Any]:
        """The report of a command, however it exits."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "towline.py"), *words, "--json"],
            capture_output=True, text=True, check=False, env=self.environ,
        )  # fmt: skip
        assert done.stdout, done.stderr
        report = json.loads(done.stdout)
        assert isinstance(report, dict)
        return report

    def pid(self, role: str) -> int | None:
        found = pids(self.home)[role]
        assert isinstance(found, dict)
        pid = found["pid"]
        assert pid is None or isinstance(pid, int)
        return pid

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        answer.raise_for_status()
        return answer.json()

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Status and Health; (0, {}) where nobody answers."""
        try:
            answer = self.http.get("/readyz")
        except httpx.HTTPError:
            return 0, {}
        return answer.status_code, answer.json()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.terminal.read_text(encoding="utf-8")
        return self.readiness()[0] == 200

    def ask(self, number: int) -> httpx.Response | None:
        """Asks for rescue `number`, always with the same key and body; None where no answer comes."""
        rng = np.random.default_rng((7, number))
        truck = shipped_fleet()[number % 49]
        east, north = rng.uniform(-0.01, 0.01, 2)
        body = {
            "case_ref": f"TEST-{number}",
            "location": {"lon": truck.lon_deg + float(east), "lat": truck.lat_deg + float(north)},
        }
        try:
            return self.http.post("/v1/rescues", json=body, headers={"Idempotency-Key": f'"test-{number}"'})
        except httpx.HTTPError:
            return None

    def rescues(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.get(f"/v1/rescues?status=all&limit=500{cursor}")
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def end(self) -> None:
        self.http.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


class Caller:
    """Asks for one rescue after the other, each until it is answered, in a thread."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.created: dict[int, str] = {}
        self.refused: list[str] = []
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._call)
        self._thread.start()

    def stop(self) -> None:
        self._enough.set()
        self._thread.join()

    def _call(self) -> None:
        number = 0
        while not self._enough.wait(0.2):
            answer = self.demo.ask(number)
            if answer is None or answer.status_code in (409, 503):
                continue
            if answer.status_code == 201:
                self.created[number] = answer.json()["id"]
            else:
                self.refused.append(answer.text)
            number += 1


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    home = tmp_path / "家 demo"
    home.mkdir()
    for folder in ("cities", "tiles"):  # only so that a test does not build them once more
        if (known := towline_home(os.environ) / folder).is_dir():
            shutil.copytree(known, home / folder)
    started = Demo(home)
    yield started
    started.end()


def check_sound(demo: Demo, caller: Caller) -> None:
    assert caller.refused == []
    rescues = demo.rescues()
    known = {rescue["id"]: rescue["case_ref"] for rescue in rescues}
    assert {number: known.get(rescue) for number, rescue in caller.created.items()} == {
        number: f"TEST-{number}" for number in caller.created
    }
    twice = {case for case, times in Counter(known.values()).items() if times > 1}
    assert twice == set()
    for number in list(caller.created)[:5]:
        again = demo.ask(number)
        assert again is not None
        assert again.json()["id"] == caller.created[number]
    board = demo.get("/v1/board")
    working = Counter(
        job["assignment"]["truck"]
        for rescue in board["rescues"]
        for job in rescue["jobs"]
        if job["status"] in AT_WORK
    )  # fmt: skip
    assert max(working.values(), default=0) <= 1
    jobs = Counter(truck["job"] for truck in board["trucks"] if truck["job"] is not None)
    assert max(jobs.values(), default=0) <= 1


def check_journal(demo: Demo) -> None:
    database = url_of_file(demo.home / "towline.db")
    state = demo.get("/v1/state")
    replayed = demo.towline("journal", "replay", "--database", database, "--to", str(state["seq"]))
    assert replayed["state_sha256"] == state["state_sha256"]
    verified = demo.towline("journal", "verify", "--database", database)
    assert verified["ok"] is True, verified


def test_a_service_killed_at_any_moment_loses_and_doubles_nothing(demo: Demo) -> None:
    wait_until(demo.is_ready)
    rng = np.random.default_rng(7)
    caller = Caller(demo)
    try:
        for _ in range(KILLS):
            begun_s = elapsed_s()
            threading.Event().wait(float(rng.uniform(0.2, 4.0)))
            pid = demo.pid("service")
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: demo.pid("service") not in (None, pid))  # noqa: B023
            wait_until(demo.is_ready)
            wait_until(lambda: elapsed_s() - begun_s > APART_S)  # noqa: B023
        made = len(caller.created)
        wait_until(lambda: len(caller.created) > made)
    finally:
        caller.stop()
    check_sound(demo, caller)
    check_journal(demo)
    assert "(SIGKILL); it is started again" in demo.terminal.read_text(encoding="utf-8")


def test_rescues_are_accepted_while_the_position_store_is_away(demo: Demo) -> None:
    wait_until(demo.is_ready)
    wait_until(lambda: any(truck["position"] for truck in demo.get("/v1/trucks?limit=100")["items"]))
    pid = demo.pid("valkey")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    status, health = wait_until(lambda: (told := demo.readiness())[0] == 503 and told, every_s=0.005)
    answer = demo.ask(0)
    assert status == 503
    assert health["positions"]["ok"] is False
    assert health["positions"]["detail"]
    assert answer is not None
    assert answer.status_code == 201
    wait_until(demo.is_ready)
    assert demo.pid("valkey") not in (None, pid)
    seen = {truck["id"]: truck["position"]["at"] for truck in demo.get("/v1/board")["trucks"] if truck["position"]}
    wait_until(
        lambda: any(
            truck["position"] and truck["position"]["at"] > seen.get(truck["id"], "")
            for truck in demo.get("/v1/board")["trucks"]
        )
    )


def test_a_world_that_is_killed_carries_on_and_an_ended_demo_leaves_nothing(demo: Demo) -> None:
    wait_until(demo.is_ready)

    def towing() -> list[str]:
        return [truck["id"] for truck in demo.get("/v1/board")["trucks"] if truck["status"] == "loaded"]

    underway = wait_until(towing, 180)
    world = demo.pid("world")
    assert world is not None
    os.kill(world, signal.SIGKILL)
    wait_until(lambda: not set(underway) & set(towing()), 180)
    cases = Counter(rescue["case_ref"] for rescue in demo.rescues())
    assert max(cases.values()) == 1
    report = demo.towline("demo", "--pids")
    processes = [report[role]["pid"] for role in ("supervisor", "service", "world", "valkey")]
    assert all(report[role]["alive"] for role in ("supervisor", "service", "world", "valkey")), report
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert not any(map(is_alive, processes))
    assert demo.towline("demo", "--pids")["running"] is False
