"""A process that does not outlive the one that started it, however that one ends.

The parent alone keeps the writing end of a pipe. The kernel closes it with the parent, and whoever waits at the reading
end hears of it: alike on Linux and macOS, and whatever process is given the parent's number next.
"""

from __future__ import annotations

import os
import signal
import threading

FLAG = "--die-with-parent"
GRACE_S = 15.0


def end_with_parent(read_fd: int, grace_s: float = GRACE_S) -> None:
    """When the pipe of `read_fd` has no writer left: SIGTERM to this process, and SIGKILL if it stays for `grace_s`.

    Returns at once; OSError where the descriptor is not open. The leader of a process group takes the group along: once
    it is gone, nobody is left who would end those that it started.
    """
    os.fstat(read_fd)
    threading.Thread(target=_watch, args=(read_fd, grace_s), name="end-with-parent", daemon=True).start()


def _watch(read_fd: int, grace_s: float) -> None:
    while os.read(read_fd, 64):
        pass
    send = os.killpg if os.getpgrp() == os.getpid() else os.kill
    send(os.getpid(), signal.SIGTERM)
    threading.Event().wait(grace_s)
    send(os.getpid(), signal.SIGKILL)
