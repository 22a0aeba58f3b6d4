"""The supervisor of a demo with parts that only wait: whatever ends it, no process is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.demo_folder import is_alive, processes, read_state
from api.demo_parts import put_aside

PART = """
import os, signal, subprocess, sys, threading
sys.path.insert(0, {root!r})
from api.demo_parent import end_with_parent
manner = sys.argv[1]
if manner == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
end_with_parent(int(sys.argv[sys.argv.index("--die-with-parent") + 1]), grace_s=0.2)
print("at work", flush=True)
if manner == "hapless":
    print("cannot go on", flush=True)
    sys.exit(3)
helper = subprocess.Popen(["sleep", "100"])
open(sys.argv[2], "a").write(f"{{os.getpid()}} {{helper.pid}}\\n")
threading.Event().wait(60)
"""
SUPERVISOR = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from api.clock import elapsed_s
from api.demo_folder import held, write_state
from api.demo_parts import Part
from api.demo_supervisor import Supervisor
from geo.faults import BadInput
home, manners = Path(sys.argv[1]), sys.argv[2:]
parts = [
    Part(role, (sys.executable, str(home / "part.py"), how, str(home / f"{{role}}.pids")), home / f"{{role}}.log", 0.5)
    for role, how in zip(("service", "world"), manners)
]
async def beside():
    pass
try:
    with held(home) as life:
        supervisor = Supervisor(
            dict(os.environ), life, lambda line: print(line, flush=True),
            lambda pids: write_state(home, {{"supervisor": os.getpid(), "url": "http://here", **pids}}), elapsed_s,
        )
        code = asyncio.run(supervisor.run(parts, beside))
except BadInput as fault:
    print(fault, flush=True)
    code = 2
sys.exit(code)
"""
ROOT = str(Path(__file__).resolve().parents[2])


class Demo:
    """A supervisor in a process of its own, as a terminal would start it."""

    def __init__(self, home: Path, *manners: str) -> None:
        self.home = home
        for name, text in (("part.py", PART), ("supervisor.py", SUPERVISOR)):
            (home / name).write_text(text.format(root=ROOT), encoding="utf-8")
        self.log = home / "terminal.log"
        with self.log.open("ab") as log:
            command = [sys.executable, str(home / "supervisor.py"), str(home), *manners]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def pids(self, role: str) -> list[int]:
        """Every process that a part has been so far, and their helpers."""
        path = self.home / f"{role}.pids"
        return [int(pid) for pid in path.read_text(encoding="ascii").split()] if path.exists() else []

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def all_gone(self) -> bool:
        return not any(map(lives, [*self.pids("service"), *self.pids("world")]))


def lives(pid: int) -> bool:
    """Not ended; one that has ended and is not yet waited for counts as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return Path("/proc/self").exists() is False and is_alive(pid)
    return state != "Z"


def wait_until(true: Callable[[], Any], attempts: int = 400) -> None:
    for _ in range(attempts):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it has not come about in time")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "家 home"
    path.mkdir()
    return path


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., Demo]]:
    started: list[Demo] = []

    def start(*manners: str) -> Demo:
        started.append(Demo(home, *manners))
        return started[-1]

    yield start
    for demo in started:
        if demo.process.poll() is None:
            demo.process.kill()
        demo.process.wait()
    for demo in started:
        wait_until(demo.all_gone)


@pytest.mark.parametrize("ends_by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_process_is_left_behind(start: Callable[..., Demo], ends_by: signal.Signals) -> None:
    demo = start("calm", "calm")
    wait_until(lambda: len(demo.pids("service")) == 2 and len(demo.pids("world")) == 2)
    demo.process.send_signal(ends_by)
    code = demo.process.wait(20)
    wait_until(demo.all_gone)
    assert code == (-signal.SIGKILL if ends_by is signal.SIGKILL else 0)


@pytest.mark.parametrize("ends_by", [signal.SIGTERM, signal.SIGKILL])
def test_parts_that_do_not_listen_are_killed(start: Callable[..., Demo], ends_by: signal.Signals) -> None:
    demo = start("stubborn", "calm")
    wait_until(lambda: len(demo.pids("service")) == 2 and len(demo.pids("world")) == 2)
    demo.process.send_signal(ends_by)
    demo.process.wait(20)
    wait_until(demo.all_gone)
    if ends_by is signal.SIGTERM:
        assert "the service does not end by itself; it is killed" in demo.said()


def test_the_world_ends_before_the_service(start: Callable[..., Demo]) -> None:
    demo = start("calm", "stubborn")
    wait_until(lambda: len(demo.pids("service")) == 2 and len(demo.pids("world")) == 2)
    demo.process.send_signal(signal.SIGTERM)
    wait_until(lambda: "ending the demo" in demo.said())
    while lives(demo.pids("world")[0]):
        assert lives(demo.pids("service")[0]) or not lives(demo.pids("world")[0])
    assert demo.process.wait(20) == 0


@pytest.mark.parametrize("role", ["service", "world"])
def test_a_part_that_dies_is_started_again_without_its_helpers(start: Callable[..., Demo], role: str) -> None:
    demo = start("calm", "calm")
    wait_until(lambda: len(demo.pids("service")) == 2 and len(demo.pids("world")) == 2)
    first, helper = demo.pids(role)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(demo.pids(role)) == 4)
    assert not lives(helper)
    assert f"the {role} has ended (SIGKILL); it is started again in 0.25 s" in demo.said()
    assert read_state(demo.home)[role] == demo.pids(role)[2]


def test_a_part_that_dies_again_and_again_ends_the_demo_with_its_last_words(start: Callable[..., Demo]) -> None:
    demo = start("calm", "hapless")
    assert demo.process.wait(30) == 1
    assert "the world has ended 5 times within a minute (exit code 3)" in demo.said()
    assert "  cannot go on" in demo.said()
    wait_until(demo.all_gone)


def test_a_second_signal_waits_for_nobody(start: Callable[..., Demo]) -> None:
    demo = start("calm", "stubborn")
    wait_until(lambda: len(demo.pids("service")) == 2 and len(demo.pids("world")) == 2)
    demo.process.send_signal(signal.SIGINT)
    wait_until(lambda: "ending the demo" in demo.said())
    demo.process.send_signal(signal.SIGINT)
    demo.process.wait(20)
    wait_until(demo.all_gone)


def test_one_demo_a_home_and_who_it_is(start: Callable[..., Demo]) -> None:
    demo = start("calm", "calm")
    wait_until(lambda: len(demo.pids("world")) == 2 and len(demo.pids("service")) == 2)
    report = processes(demo.home)
    assert report["supervisor"] == {"role": "supervisor", "pid": demo.process.pid, "alive": True}
    assert report["world"] == {"role": "world", "pid": demo.pids("world")[0], "alive": True}
    assert report["valkey"] == {"role": "valkey", "pid": None, "alive": False}
    second = start("calm", "calm")
    assert second.process.wait(20) == 2
    assert f"a demo runs on {demo.home} already (process {demo.process.pid}, http://here)" in second.said()


def test_a_new_demo_waits_for_the_parts_of_one_that_was_killed(start: Callable[..., Demo]) -> None:
    demo = start("stubborn", "calm")
    wait_until(lambda: len(demo.pids("world")) == 2 and len(demo.pids("service")) == 2)
    demo.process.kill()
    demo.process.wait()
    again = start("calm", "calm")
    wait_until(lambda: len(again.pids("service")) == 4)
    assert not lives(demo.pids("service")[0])


def test_a_log_stays_bounded_while_it_is_written(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    with log.open("ab", buffering=0) as written:
        written.write(b"old\n" * 100)
        put_aside(log, 1000)
        assert log.stat().st_size == 400
        put_aside(log, 100)
        written.write(b"new\n")
    assert log.read_bytes() == b"new\n"
    assert (tmp_path / "part.log.1").read_bytes() == b"old\n" * 100


def test_a_state_that_is_damaged_is_no_state(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "state.json").write_text("{", encoding="utf-8")
    assert read_state(tmp_path) == {}
    (tmp_path / "demo" / "state.json").write_text(json.dumps([1]), encoding="utf-8")
    assert read_state(tmp_path) == {}
