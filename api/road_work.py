"""What is worked out on the roads for who asks: in threads of its own, few at a time, and counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from api.clock import elapsed_s

AT_A_TIME = 2
"""More would only take the processors from the dispatcher; who comes later waits."""

T = TypeVar("T")


class RoadWork:
    """`counts` by (service, code of its answer), `seconds` by service: what `/metrics` shows."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.seconds: dict[str, float] = {}
        self._threads = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="roads")

    async def run(self, service: str, work: Callable[[], T]) -> T:
        """What `work` returns or raises; the event loop goes on meanwhile."""

        took_s: list[float] = []

        def timed() -> T:
            begun_s = elapsed_s()
            try:
                return work()
            finally:
                took_s.append(elapsed_s() - begun_s)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, timed)
        finally:
            self.seconds[service] = self.seconds.get(service, 0.0) + sum(took_s)

    def close(self) -> None:
        """What has begun is finished, what waits is not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)
