"""Commands to a Redis or Valkey, and one exception for whatever keeps it from answering them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, OutOfMemoryError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from geo.faults import BadInput

CONNECTIONS = 8

Command = tuple[str | bytes | int | float, ...]


class StoreAway(Exception):
    """The position store cannot be reached, is not ready or refuses; the message says which. Nothing was promised."""


class Link:
    """A few connections to one server. Every method raises StoreAway; the next call connects again by itself.

    `connect_s` and `answer_s` bound each wait. A broken connection is tried once more at once (the server may just be
    back), a time-out is not. BadInput where the URL is none.
    """

    def __init__(self, url: str, connect_s: float, answer_s: float) -> None:
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=answer_s,
                socket_connect_timeout=connect_s,
                socket_timeout=answer_s,
                retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
                protocol=2,
            )
        except ValueError as fault:
            raise BadInput("position store: a URL like redis://host:6379/0 is expected") from fault
        self._client: Any = Redis(connection_pool=pool)

    async def ask(self, *command: str | bytes | int | float) -> Any:
        """The server's answer to one command."""
        with _heeding_cancellation(), _speaking():
            return await self._client.execute_command(*command)

    async def ask_all(self, commands: Iterable[Command], *, atomic: bool) -> list[Any]:
        """The answers to many commands in one round trip; `atomic`: all of them at once or none.

        A fault of a single command stands in its place, to be raised by `good`.
        """
        with _heeding_cancellation(), _speaking():
            pipe = self._client.pipeline(transaction=atomic)
            for command in commands:
                pipe.execute_command(*command)
            answers: list[Any] = await pipe.execute(raise_on_error=False)
            return answers

    async def close(self) -> None:
        await self._client.aclose()
        await self._client.connection_pool.disconnect()


def good(answers: Iterable[Any]) -> list[Any]:
    """The answers of `ask_all`, or the first fault among them as StoreAway."""
    with _speaking():
        return [_raised(answer) for answer in answers]


def _raised(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


@contextmanager
def _heeding_cancellation() -> Iterator[None]:
    """A task that was cancelled in here ends, whatever became of the command.

    redis-py writes under `asyncio.wait_for`, which until Python 3.12 forgets a cancellation that comes just when the
    write is done (cpython issue 86296): a follower would then go on for ever.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        yield
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


@contextmanager
def _speaking() -> Iterator[None]:
    try:
        yield
    except AuthenticationError as fault:
        raise StoreAway("the position store refuses the password: check the one in its URL") from fault
    except BusyLoadingError as fault:
        raise StoreAway("the position store is still reading its data") from fault
    except (RedisTimeoutError, TimeoutError) as fault:
        raise StoreAway("the position store does not answer in time") from fault
    except (RedisConnectionError, OSError) as fault:
        raise StoreAway("the position store cannot be reached") from fault
    except OutOfMemoryError as fault:
        raise StoreAway("the position store is full: raise its maxmemory") from fault
    except RedisError as fault:
        raise StoreAway(f"the position store refuses: {str(fault)[:200]}") from fault
