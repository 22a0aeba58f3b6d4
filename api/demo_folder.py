"""What a demo leaves in its home for others to see: who runs, where it answers, and the locks that prove it."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data.file_locks import opened_lock, take, works_in, write_pid
from geo.faults import BadInput

PAUSE_S = 0.1
PATIENCE = 250
"""Pauses to wait for what is left of an earlier demo: its parts take up to twenty seconds to end by themselves."""

ROLES = ("supervisor", "service", "world")


def folder_of(home: Path) -> Path:
    return home / "demo"


def valkey_folder(home: Path) -> Path:
    return home / "valkey"


@contextlib.contextmanager
def held(home: Path) -> Iterator[int]:
    """The home is this demo's alone; gives a descriptor of the lock that its parts hold on to.

    BadInput where the home cannot be written, another demo runs on it, or parts of an earlier one do not end.
    """
    folder = folder_of(home)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = contextlib.ExitStack()
        lock = opened.enter_context(opened_lock(folder / "demo.lock"))
        life = opened.enter_context(opened_lock(folder / "parts.lock"))
    except OSError as fault:
        raise BadInput(
            f"{home} cannot be written ({fault.strerror or fault}); set TOWLINE_HOME to a folder that can"
        ) from fault
    with opened:
        if not take(lock):
            known = read_state(home)
            raise BadInput(
                f"a demo runs on {home} already (process {known.get('supervisor', 'unknown')}, "
                f"{known.get('url', 'address unknown')}); end that one, or set TOWLINE_HOME to another folder"
            )
        write_pid(lock, os.getpid())
        _wait_for(life, home)
        yield life
        _file(home).unlink(missing_ok=True)


def _wait_for(life: int, home: Path) -> None:
    for _ in range(PATIENCE):
        if take(life):
            return
        threading.Event().wait(PAUSE_S)
    known = read_state(home)
    raise BadInput(
        f"parts of an earlier demo on {home} do not end (service {known.get('service')}, world {known.get('world')}); "
        "end them by hand"
    )


def write_state(home: Path, state: Mapping[str, object]) -> None:
    """Whole or not at all, so that a reader meets no half of it."""
    path = _file(home)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(state), encoding="utf-8")
    fresh.replace(path)


def read_state(home: Path) -> dict[str, Any]:
    """What was written last, {} where nothing was."""
    return _read(_file(home))


def tracking_file(home: Path) -> Path:
    """Where the world names an example of a tracking page."""
    return folder_of(home) / "tracking.json"


def read_tracking_url(home: Path) -> str | None:
    url = _read(tracking_file(home)).get("tracking_url")
    return url if isinstance(url, str) else None


def processes(home: Path) -> dict[str, object]:
    """Of each part its role, its process, and whether that is alive; of Valkey, which the service starts, as well."""
    state = read_state(home)
    named: dict[str, object] = {role: _process(role, state.get(role)) for role in ROLES}
    folder = valkey_folder(home)
    with contextlib.suppress(OSError, ValueError):
        pid = int((folder / "server.lock").read_text(encoding="ascii"))
        named["valkey"] = {"role": "valkey", "pid": pid, "alive": is_alive(pid) and _is_at(pid, folder)}
    named.setdefault("valkey", _process("valkey", None))
    return named


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _process(role: str, pid: object) -> dict[str, object]:
    known = pid if isinstance(pid, int) else None
    return {"role": role, "pid": known, "alive": known is not None and is_alive(known)}


def _is_at(pid: int, folder: Path) -> bool:
    """A number may have been given anew; where the system tells nothing of its processes, the number has to do."""
    return works_in(pid, folder) or not Path("/proc/self").exists()


def _file(home: Path) -> Path:
    return folder_of(home) / "state.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
