"""The processes of a demo: started apart from the terminal, written into bounded logs, ended without a rest."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.demo_parent import FLAG

ROTATE_BYTES = 1_000_000
"""A log that is larger is put aside when its part is started."""

LOG_BYTES = 5_000_000
"""A log that grows larger while its part runs is put aside, and the part goes on writing in an empty one."""


@dataclass(frozen=True, slots=True)
class Part:
    """`command` is given FLAG and a descriptor (`api.demo_parent`); SIGTERM has to end it within `end_s`."""

    role: str
    command: tuple[str, ...]
    log: Path
    end_s: float


def start(part: Part, environ: Mapping[str, str], parent_fd: int, life_fd: int) -> subprocess.Popen[bytes]:
    """A process in a session of its own: a terminal's Ctrl-C does not reach it.

    It inherits the reading end `parent_fd`, and `life_fd`, whose lock lasts as long as any part. OSError where the log
    cannot be written.
    """
    part.log.parent.mkdir(parents=True, exist_ok=True)
    put_aside(part.log, ROTATE_BYTES)
    with part.log.open("ab") as log:
        return subprocess.Popen(
            [*part.command, FLAG, str(parent_fd)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=dict(environ),
            start_new_session=True,
            pass_fds=(parent_fd, life_fd),
        )


def put_aside(log: Path, above_bytes: int) -> None:
    """Copies a log that is too large beside itself and empties it; whoever appends to it goes on at its beginning."""
    try:
        if log.stat().st_size <= above_bytes:
            return
    except FileNotFoundError:
        return
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)


def sweep(process: subprocess.Popen[bytes]) -> None:
    """Ends whatever is left of a part: the process itself, and those that it started in its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def last_lines(log: Path, count: int) -> Sequence[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 20_000))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []


def how_it_ended(code: int) -> str:
    """An exit code as `subprocess` gives it, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
