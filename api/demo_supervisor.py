"""Keeps the parts of a demo running, and ends every one of them before it ends itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field

from api.demo_parts import LOG_BYTES, Part, how_it_ended, last_lines, put_aside, start, sweep

LOOK_S = 0.05
TRIM_S = 10.0
A_MINUTE_S = 60.0
TOO_MANY = 5
"""So many deaths of one part within A_MINUTE_S are no accident any more."""

FIRST_PAUSE_S = 0.25
LAST_LINES = 20

OK, GAVE_UP = 0, 1


class _GaveUp(Exception):
    """A part dies again and again."""


@dataclass(slots=True)
class Supervisor:
    """`say` tells the terminal; `changed` hears of every process that is started, as {role: pid}.

    `life_fd` is a lock that the parts hold on to, so that it is free when none of them is left.
    """

    environ: Mapping[str, str]
    life_fd: int
    say: Callable[[str], None]
    changed: Callable[[Mapping[str, int]], None]
    elapsed_s: Callable[[], float]
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _asked: int = 0

    async def run(self, parts: Sequence[Part], beside: Callable[[], Coroutine[None, None, None]]) -> int:
        """Starts the parts in their order, with `beside` next to them, until SIGINT, SIGTERM or SIGHUP; an exit code.

        Ends them in the opposite order; a second signal ends them at once.
        """
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._ask, asked)
        read_fd, write_fd = os.pipe()
        tasks = [asyncio.create_task(self._keep(part, read_fd)) for part in parts]
        tasks += [asyncio.create_task(self._trim(parts)), asyncio.create_task(beside())]
        waiting = asyncio.create_task(self._until(asked))
        try:
            await self._first(waiting, tasks)
            return OK
        except _GaveUp:
            return GAVE_UP
        finally:
            for task in (waiting, *tasks):
                task.cancel()
            await asyncio.gather(waiting, *tasks, return_exceptions=True)
            for part in reversed(parts):
                await self._end(part)
            os.close(read_fd)
            os.close(write_fd)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)

    async def _first(self, waiting: asyncio.Task[None], tasks: Sequence[asyncio.Task[None]]) -> None:
        """Returns when the end is asked for; raises what goes wrong before."""
        pending = {waiting, *tasks}
        while waiting in pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def _until(self, asked: asyncio.Event) -> None:
        await asked.wait()

    def _ask(self, asked: asyncio.Event) -> None:
        self._asked += 1
        if self._asked == 1:
            self.say("ending the demo")
        asked.set()

    async def _keep(self, part: Part, parent_fd: int) -> None:
        deaths: list[float] = []
        while True:
            process = start(part, self.environ, parent_fd, self.life_fd)
            self._running[part.role] = process
            self.changed({role: each.pid for role, each in self._running.items()})
            while process.poll() is None:
                await asyncio.sleep(LOOK_S)
            sweep(process)
            now_s = self.elapsed_s()
            deaths = [*(each for each in deaths if now_s - each < A_MINUTE_S), now_s]
            how = how_it_ended(process.returncode)
            if len(deaths) >= TOO_MANY:
                self._tell_the_end_of(part, how)
                raise _GaveUp
            pause_s = FIRST_PAUSE_S * 2 ** (len(deaths) - 1)
            self.say(f"the {part.role} has ended ({how}); it is started again in {pause_s:g} s")
            await asyncio.sleep(pause_s)

    def _tell_the_end_of(self, part: Part, how: str) -> None:
        self.say(f"the {part.role} has ended {TOO_MANY} times within a minute ({how}); its last words, of {part.log}:")
        for line in last_lines(part.log, LAST_LINES):
            self.say(f"  {line}")

    async def _trim(self, parts: Sequence[Part]) -> None:
        while True:
            await asyncio.sleep(TRIM_S)
            for part in parts:
                with contextlib.suppress(OSError):  # a full disk must not end the demo
                    put_aside(part.log, LOG_BYTES)

    async def _end(self, part: Part) -> None:
        process = self._running.pop(part.role, None)
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        left = round(part.end_s / LOOK_S)
        while process.poll() is None and left > 0 and self._asked < 2:
            left -= 1
            await asyncio.sleep(LOOK_S)
        if process.poll() is None:
            self.say(f"the {part.role} does not end by itself; it is killed")
        sweep(process)
        process.wait()
