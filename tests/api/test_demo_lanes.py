"""Fixes over kept connections: every answer finds its request, and a connection that breaks is no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from api.demo_client import AWAY
from api.demo_lanes import LANES, Lanes

Serve = Callable[[str], bytes | None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def play(serve: Serve, scene: Callable[[Lanes, list[int]], Awaitable[None]]) -> None:
    """A server that answers each request's target, or hangs up; the list has how many connections there were."""
    connections = [0]

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[0] += 1
        while line := await reader.readline():
            while (await reader.readline()) != b"\r\n":
                pass
            answer = serve(line.decode().split()[1])
            if answer is None:
                break
            for part in (answer[:10], answer[10:]):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        lanes = Lanes(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        try:
            await scene(lanes, connections)
        finally:
            await lanes.close()
            server.close()
            await asyncio.sleep(0.01)

    asyncio.run(run())


def test_statuses_come_back_over_a_few_connections() -> None:
    async def scene(lanes: Lanes, connections: list[int]) -> None:
        for _ in range(3):
            assert await asyncio.gather(*(lanes.get(f"/{k}") for k in range(50))) == [200 + k % 2 for k in range(50)]
        assert connections[0] <= LANES

    play(lambda target: b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nok" % (200 + int(target[1:]) % 2), scene)


def test_a_connection_that_breaks_is_no_answer_and_the_next_one_is_new() -> None:
    async def scene(lanes: Lanes, connections: list[int]) -> None:
        assert [await lanes.get(target) for target in ("/a", "/hang", "/a", "/bad", "/a")] == [
            200,
            AWAY,
            200,
            AWAY,
            200,
        ]
        assert connections[0] == 3

    play(lambda target: {"/hang": None, "/bad": b"no HTTP at all\r\n\r\n"}.get(target, OK), scene)


def test_a_server_that_closes_after_each_answer_is_asked_again() -> None:
    async def scene(lanes: Lanes, _connections: list[int]) -> None:
        assert [await lanes.get("/a") for _ in range(5)] == [503] * 5

    play(lambda _: b"HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", scene)


def test_nobody_there_is_no_answer() -> None:
    assert asyncio.run(Lanes("http://127.0.0.1:1").get("/a")) == AWAY
