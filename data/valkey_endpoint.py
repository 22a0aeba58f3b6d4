"""Where a bundled Valkey listens, kept in its folder, and what one look at it finds."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

ANSWER_S = 1.0
NAME = "endpoint.json"


class Seen(Enum):
    """What a look found, and what one more look of that kind costs of somebody's PATIENCE.

    Thus, with a fiftieth of a second between looks, a server has 6 s to open its port, 5 s to answer once it is open,
    and a minute to read its data.
    """

    READY = 0
    LOADING = 1
    ABSENT = 10
    SILENT = 600


PATIENCE = 3_000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A port of 127.0.0.1 and the password that the server behind it wants."""

    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def look(self, folder: Path) -> Seen:
        """READY or LOADING only for a server that knows the password and has its data in that very folder."""
        try:
            with contextlib.closing(self._client()) as client:
                ask: Any = client.execute_command
                _, there = ask("CONFIG", "GET", "dir")  # as bytes: the two words keep redis-py from decoding them
                if not Path(os.fsdecode(there)).samefile(folder):
                    return Seen.ABSENT
                state: Any = client.info("persistence")
                return Seen.LOADING if state["loading"] else Seen.READY
        except redis.TimeoutError:
            return Seen.SILENT
        except (redis.RedisError, OSError, ValueError, LookupError, TypeError):
            return Seen.ABSENT

    def shut_down(self) -> None:
        """Asks the server to write what it has and to go; does not wait for it."""
        with contextlib.suppress(redis.RedisError), contextlib.closing(self._client()) as client:
            client.shutdown()

    def is_free(self) -> bool:
        """Whether a new server could have the port."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                return False
        return True

    def _client(self) -> redis.Redis:
        return redis.Redis(
            host="127.0.0.1",
            port=self.port,
            password=self.password,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )


def new_endpoint() -> Endpoint:
    """A port that is free now and a password that nobody knows."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Endpoint(probe.getsockname()[1], secrets.token_hex(24))


def read_endpoint(folder: Path) -> Endpoint | None:
    """The endpoint that was written last, None where that is missing or damaged; it may be stale."""
    try:
        told = json.loads((folder / NAME).read_bytes())
        port, password = told["port"], told["password"]
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return None
    if type(port) is not int or not 0 < port < 65536 or not isinstance(password, str):
        return None
    return Endpoint(port, password)


def write_endpoint(folder: Path, endpoint: Endpoint) -> None:
    """Whole or not at all, for the owner's eyes only."""
    path, fresh = folder / NAME, folder / f"{NAME}.new"
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(json.dumps({"port": endpoint.port, "password": endpoint.password}).encode())
    fresh.replace(path)


def forget_endpoint(folder: Path) -> None:
    (folder / NAME).unlink(missing_ok=True)
