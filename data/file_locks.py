"""Locks on files that die with whoever holds them, and the process that wrote itself into one.

They are `flock`s: they belong to an open file, so a child that inherits the descriptor holds the lock too, and goes on
holding it when its parent is gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


def open_lock(path: Path) -> int:
    """A descriptor of the lock file, made for its owner only where it is missing; the lock is not taken yet."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


@contextlib.contextmanager
def opened_lock(path: Path) -> Iterator[int]:
    handle = open_lock(path)
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Holds the folder's own lock alone, once those who have it are done; no lock file is left behind."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def take(handle: int) -> bool:
    """Whether the lock is this descriptor's alone now, without waiting; a shared hold is lost where it is not."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share(handle: int) -> None:
    """Holds the lock together with others; waits for one who has it alone."""
    fcntl.flock(handle, fcntl.LOCK_SH)


def write_pid(handle: int, pid: int | None) -> None:
    os.ftruncate(handle, 0)
    if pid is not None:
        os.pwrite(handle, str(pid).encode(), 0)


def read_pid(handle: int) -> int | None:
    text = os.pread(handle, 20, 0).strip()
    return int(text) if text.isdigit() else None


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process has its working directory there; False also where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False
