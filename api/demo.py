"""`towline demo`: a service, and a world that drives it over HTTP, on one clock that runs faster than the wall's."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from api.address import Address
from api.clock import Clock, elapsed_s, wall_ms
from api.demo_announcer import Announcer
from api.demo_folder import (
    held,
    is_alive,
    processes,
    read_state,
    read_tracking_url,
    tracking_file,
    valkey_folder,
    write_state,
)
from api.demo_parts import Part
from api.demo_supervisor import Supervisor
from data.database import open_database, url_of_file
from data.journal import Journal
from data.valkey import BundledValkey
from geo.faults import BadInput

CITY = "coquimbo"
"""`data.catalogue.SHIPPED`, which a supervisor can do without: half a second of its start, and half of its memory."""

SEED = 7
PER_DAY = 200
"""Accidents of a local day: a lively town, about eight a minute of the wall's at sixty times."""

SERVICE_END_S = 15.0
WORLD_END_S = 5.0
PAGES = Path(__file__).resolve().parents[1] / "web" / "dist" / "control.html"


def run(*, home: Path, city: str, speed: int, port: int, host: str, say: Callable[[str], None]) -> int:
    """Plays until SIGINT, SIGTERM or SIGHUP, and leaves no process behind; 0, or 1 where a part died again and again.

    `say` tells the terminal a line. BadInput, before anything is started: another city than the shipped one, a home
    that cannot be written or is another demo's, a database that a server has open, a busy port.
    """
    if city != CITY:
        raise BadInput(f"the demo has a fleet and shops for {CITY} alone, not for {city!r}")
    address = Address(host, port)
    with held(home) as life_fd:
        _check_port(address)
        clock = _clock(home, speed)
        tracking_file(home).unlink(missing_ok=True)
        if not PAGES.is_file():
            say("the web pages are not built, so there is nothing to see but the API; build them with: make setup")
        parts = _parts(home, city, address, clock)
        announcer = Announcer(home, parts[0].log, address.url, city, speed, _careful(say))
        supervisor = Supervisor(
            environ=_environ(home),
            life_fd=life_fd,
            say=_careful(say),
            changed=lambda pids: write_state(home, {"supervisor": os.getpid(), "url": address.url, **pids}),
            elapsed_s=elapsed_s,
        )
        try:
            return asyncio.run(supervisor.run(parts, announcer.run))
        finally:
            _end_valkey(home)


def pids(home: Path) -> dict[str, object]:
    """{supervisor, service, world, valkey: {role, pid, alive}, running, url, tracking_url}; what is unknown is None."""
    state = read_state(home)
    supervisor = state.get("supervisor")
    return {
        "running": isinstance(supervisor, int) and is_alive(supervisor),
        "url": state.get("url"),
        "tracking_url": read_tracking_url(home),
        **processes(home),
    }


def pids_text(report: Mapping[str, object]) -> str:
    """The report for a person, a line a process."""
    lines = [f"the demo runs at {report['url']}" if report["running"] else "no demo runs on this home"]
    for each in report.values():
        if isinstance(each, dict):
            how = "alive" if each["alive"] else "not alive"
            lines.append(f"{each['role']:<11}{each['pid'] if each['pid'] is not None else '-':>8}  {how}")
    return "\n".join(lines)


def _parts(home: Path, city: str, address: Address, clock: Clock) -> tuple[Part, Part]:
    service = (
        sys.executable, "-m", "towline", "serve", "--city", city, "--host", address.host, "--port", str(address.port),
        "--clock", clock.text, "--demo",
    )  # fmt: skip
    world = (
        sys.executable, "-m", "api.demo_world", "--url", address.url, "--city", city, "--clock", clock.text,
        "--seed", str(SEED), "--per-day", str(PER_DAY), "--tracking-file", str(tracking_file(home)),
    )  # fmt: skip
    logs = home / "logs"
    return (
        Part("service", service, logs / "service.log", SERVICE_END_S),
        Part("world", world, logs / "world.log", WORLD_END_S),
    )


def _environ(home: Path) -> dict[str, str]:
    return {**os.environ, "TOWLINE_HOME": str(home.absolute()), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def _check_port(address: Address) -> None:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                raise BadInput(
                    f"port {address.port} of {address.host} is busy; choose another one: --port N"
                ) from fault
            raise BadInput(
                f"{address.host} port {address.port} cannot be used ({fault.strerror}); choose another one: --port N"
            ) from fault


def _clock(home: Path, speed: int) -> Clock:
    """The time of the demo goes on where its journal ends, so that no instant happens twice; a new one begins now.

    The database is opened as its server would: an older one is brought up to date, one in use is refused.
    """
    now_ms = wall_ms()
    with open_database(url_of_file(home / "towline.db"), exclusive=True) as database:
        head = Journal(database).head
    return Clock(epoch_ms=head.at_ms + 1 if head.seq else now_ms, started_ms=now_ms, speed=speed)


def _end_valkey(home: Path) -> None:
    """A service that had to be killed leaves its Valkey behind; one that ended by itself has ended it."""
    folder = valkey_folder(home)
    valkey = processes(home)["valkey"]
    if isinstance(valkey, dict) and valkey["alive"]:
        left = BundledValkey(folder)
        left.start()
        left.stop()


def _careful(say: Callable[[str], None]) -> Callable[[str], None]:
    """A terminal may go away (SIGHUP) while its demo is still ending its parts."""

    def told(line: str) -> None:
        try:
            say(line)
        except (OSError, ValueError):
            return

    return told
