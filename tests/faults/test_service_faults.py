"""A real `towline serve` where things are not as they should be: each is said with what to do, and nothing is left."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.catalogue import open_city_named
from data.file_locks import opened_lock, take
from data.home import towline_home

ROOT = Path(__file__).resolve().parents[2]
SCENE = {"lon": -71.2519, "lat": -29.9045}
TRIES = 2_000
pytestmark = pytest.mark.xdist_group("serve")


def until(true: Callable[[], Any], process: subprocess.Popen[bytes] | None = None) -> Any:
    """What came about within a bounded number of looks; not where the process has ended meanwhile."""
    for _ in range(TRIES):
        if found := true():
            return found
        if process is not None and process.poll() is not None:
            break
        threading.Event().wait(0.03)
    raise AssertionError("it has not come about")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the shipped city and its map, to be copied."""
    home, own = tmp_path_factory.mktemp("prepared"), towline_home(os.environ)
    for part in ("cities/coquimbo", "tiles"):
        if (own / part).is_dir():
            shutil.copytree(own / part, home / part)
    open_city_named(home, "coquimbo", progress=lambda _line: None)
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    """A path with a space, Chinese characters and an apostrophe."""
    place = tmp_path / "o'home 救援 家"
    shutil.copytree(prepared, place)
    return place


def command(*words: str | int) -> list[str]:
    return [sys.executable, str(ROOT / "towline.py"), "serve", *map(str, words)]


def environ(home: Path) -> dict[str, str]:
    numba = os.environ.get("NUMBA_CACHE_DIR", str(towline_home(os.environ) / "numba"))
    return {**os.environ, "TOWLINE_HOME": str(home), "NUMBA_CACHE_DIR": numba}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def refused(home: Path, *words: str | int) -> str:
    """What a service says that ends without serving."""
    done = subprocess.run(
        command(*words), capture_output=True, text=True, check=False, env=environ(home), timeout=120
    )  # fmt: skip
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


def no_valkey(home: Path) -> bool:
    """Whether no server holds the folder's life lock."""
    with opened_lock(home / "valkey" / "server.lock") as life:
        return take(life)


@contextmanager
def serving(home: Path, *words: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    port, log = free_port(), home.parent / "serve.log"
    with log.open("ab") as out:
        process = subprocess.Popen(command("--port", port, *words), stdout=out, stderr=out, env=environ(home))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as http:

        def ready() -> bool:
            try:
                return http.get("/readyz").status_code == 200
            except httpx.TransportError:
                return False

        try:
            until(ready, process)
            yield http, process
        except AssertionError as fault:
            fault.add_note(log.read_text(errors="replace")[-3_000:])
            raise
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            finally:
                process.kill()
                process.wait()


def ask(http: httpx.Client, key: str, **fields: Any) -> httpx.Response:
    body = {"case_ref": key, "location": SCENE, **fields}
    return http.post("/v1/rescues", json=body, headers={"Idempotency-Key": f'"{key}"'})


def pieces() -> Iterator[bytes]:
    for _ in range(800):
        yield bytes(65_536)


def test_a_service_from_start_to_ctrl_c(home: Path) -> None:
    """On an odd path; a second one on the same database, port, and home is refused; huge bodies do it no harm."""
    with serving(home) as (http, process):
        assert ask(http, "a").status_code == 201
        assert "stop it or use another --database" in refused(home, "--port", free_port())
        port = http.base_url.port
        assert f"port {port} of 127.0.0.1 is busy; choose another one: --port N" in refused(home, "--port", port or 0)
        headers = {"Idempotency-Key": '"b"', "Content-Type": "application/json"}
        for content in (bytes(50 * 2**20), pieces()):
            answer = http.post("/v1/rescues", content=content, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert not no_valkey(home)
        before = http.get("/v1/state").json()
        with http.stream("GET", "/v1/stream"):  # an open stream does not keep it
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
        assert no_valkey(home)
        assert "Traceback" not in (home.parent / "serve.log").read_text()
    with serving(home) as (http, process):
        assert len(http.get("/v1/rescues").json()["items"]) == 1
        replay = subprocess.run(
            [sys.executable, str(ROOT / "towline.py"), "journal", "replay", "--json", "--to", str(before["seq"])],
            capture_output=True, text=True, check=True, env=environ(home),
        )  # fmt: skip
        folded = json.loads(replay.stdout)
        assert {name: folded[name] for name in ("seq", "hash", "state_sha256")} == before
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert no_valkey(home)


def test_another_host_needs_an_identity(home: Path) -> None:
    assert "--identity FILE.toml" in refused(home, "--host", "0.0.0.0", "--port", free_port())
    assert "cannot be read" in refused(home, "--identity", str(home / "none.toml"), "--port", free_port())


@contextmanager
def disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_home_that_is_for_reading_only(prepared: Path, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    with disk(place, "64m"):
        shutil.copytree(prepared, place / "home")
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        assert "cannot be written" in refused(place / "home", "--port", free_port())
        said = refused(place / "new", "--port", free_port())
        assert "set TOWLINE_HOME to a folder that can be written" in said


def test_a_disk_that_fills_up_while_it_serves(prepared: Path, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    with disk(place, "48m"):
        shutil.copytree(prepared, place / "home")
        with serving(place / "home") as (http, _):
            assert ask(http, "before").status_code == 201
            ballast = place / "ballast"
            with ballast.open("wb", buffering=0) as file:
                try:
                    while file.write(bytes(4_096)):
                        pass
                except OSError:
                    pass
            kept = []
            for number in range(500):
                answer = ask(http, f"k{number}", vehicles=[{"plate": "A", "damage": "x" * 200}] * 20)
                if answer.status_code != 201:
                    break
                kept.append(answer.json()["id"])
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert "nothing was recorded" in answer.json()["detail"]
            assert "retry-after" in answer.headers
            shown = {row["case_ref"] for row in http.get("/v1/rescues?limit=1000").json()["items"]}
            assert shown == {"before", *(f"k{k}" for k in range(len(kept)))}
            assert http.get("/readyz").json()["journal"]["ok"] is False
            ballast.unlink()
            until(lambda: http.get("/readyz").status_code == 200)
            assert ask(http, f"k{len(kept)}", vehicles=[{"plate": "A", "damage": "x" * 200}] * 20).status_code == 201
            before = http.get("/v1/state").json()
            assert before["seq"] > len(kept)
