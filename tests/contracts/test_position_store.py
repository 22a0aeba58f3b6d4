"""What any position store promises, asked of the bundled Valkey and of Debian's Redis by the same tests."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
import redis
from redis.crc import key_slot

from data.fix_rules import Standing
from data.fixes import Fix, encode
from data.position_store import PIPELINED, Batch, Keep, Landing, PositionStore, StoreAway
from data.valkey import BundledValkey
from geo.faults import BadInput

NOW_MS = 1_772_439_300_000
TIMEOUT_S = 1.0


class Server(Protocol):
    """A server with its data in a folder, always at the same URL."""

    url: str

    @property
    def pid(self) -> int: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Bundled:
    def __init__(self, folder: Path) -> None:
        self._valkey = BundledValkey(folder / "valkey")
        self.url = self._valkey.start()

    @property
    def pid(self) -> int:
        assert self._valkey.pid is not None
        return self._valkey.pid

    def start(self) -> None:
        assert self._valkey.ensure() == self.url

    def stop(self) -> None:
        self._valkey.stop()


class Debian:
    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"redis://:secret@127.0.0.1:{self._port}/0"
        self._folder = folder
        self._process = self._spawn()

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        self._process.wait()
        self._process = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = {"port": self._port, "dir": self._folder, "bind": "127.0.0.1", "requirepass": "secret", "save": ""}
        options |= {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        with redis.Redis.from_url(self.url) as client:
            wait_until(lambda: answers(client))
        return process

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if holds():
            return
        threading.Event().wait(0.02)
    pytest.fail("it did not come to hold within 3,000 looks")


@pytest.fixture(scope="module", params=["bundled valkey", "debian redis"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    debian = request.param == "debian redis"
    if debian and shutil.which("redis-server") is None:
        message = "redis-server is not installed (apt-get install redis-server)"
        if os.environ.get("CI") == "true":
            pytest.fail(message + ", and with CI=true no test may do without it")
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("store")
    running: Server = Debian(folder) if debian else Bundled(folder)
    yield running
    running.stop()


@pytest.fixture
def run(server: Server) -> Callable[..., None]:
    """Runs a test's coroutine with a store that is empty and closed afterwards."""

    def running(test: Callable[[PositionStore], Coroutine[Any, Any, None]], keep: Keep | None = None) -> None:
        async def whole() -> None:
            await asyncio.to_thread(flush, server.url)
            async with store_of(server, keep) as store:
                await test(store)

        asyncio.run(whole())

    return running


@asynccontextmanager
async def store_of(server: Server, keep: Keep | None = None) -> AsyncIterator[PositionStore]:
    store = PositionStore(server.url, "盐城", keep, TIMEOUT_S)
    try:
        yield store
    finally:
        await store.close()


def flush(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushall()
        client.script_flush()


def command(server: Server, *words: str | int) -> Any:
    with redis.Redis.from_url(server.url, protocol=2) as client:
        ask: Any = client.execute_command
        return ask(*words)


def fix(truck: str = "T1", at_s: float = 0, lon_deg: float = 120.0, lat_deg: float = 33.0) -> Fix:
    at_ms = NOW_MS + round(1000 * at_s)
    return Fix(truck, at_ms, lon_deg, lat_deg, 36.5, 271.25, None, "osmand", at_ms + 40)


Run = Callable[..., None]


def test_what_was_put_is_there(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        assert await store.latest() == {}
        assert await store.put([]) == ()
        fixes = [fix("T1"), fix("苏J 王"), fix("T1", 1, 120.1)]
        assert await store.put(fixes) == (Landing.MOVED,) * 3
        assert await store.latest() == {"T1": fixes[2], "苏J 王": fixes[1]}
        assert await store.track("T1", NOW_MS, NOW_MS + 1000) == (fixes[0], fixes[2])
        assert await store.track("T1", NOW_MS + 1, NOW_MS + 999) == ()
        assert await store.track("T2", 0, 2 * NOW_MS) == ()
        await store.ping()

    run(test)


def test_a_late_fix_fills_the_track_and_never_moves_the_truck_back(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        new, late = fix(at_s=60, lon_deg=121.0), fix(at_s=30)
        assert await store.put([new, late]) == (Landing.MOVED, Landing.LATE)
        assert await store.latest() == {"T1": new}
        assert await store.track("T1", 0, 2 * NOW_MS) == (late, new)
        assert [each.truck for each, _ in await store.near(121.0, 33.0, 100, 9)] == ["T1"]
        assert await store.near(120.0, 33.0, 100, 9) == ()

    run(test)


def test_duplicates_are_dropped(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix(at_s=0), fix(at_s=60)])
        end = await store.newest_id()
        again = [fix(at_s=60), fix(at_s=0), fix(at_s=0, lon_deg=121.0)]
        assert await store.put(again) == (Landing.DUPLICATE,) * 3
        assert await store.newest_id() == end
        assert len(await store.track("T1", 0, 2 * NOW_MS)) == 2

    run(test)


def test_five_writers_race_for_one_truck(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        fixes = [fix(at_s=k, lon_deg=120 + k / 1000) for k in range(500)]

        async def write(first: int) -> None:
            async with store_of(server) as own:
                mine = fixes[first::5]
                order = mine[::-1] if first % 2 else mine
                for k in range(0, len(order), 7):
                    await own.put(order[k : k + 7])

        await asyncio.gather(*(write(first) for first in range(5)))
        assert await store.latest() == {"T1": fixes[-1]}
        assert await store.track("T1", 0, 2 * NOW_MS) == tuple(fixes)
        ((nearest, metres),) = await store.near(fixes[-1].lon_deg, 33.0, 10, 1)
        assert nearest == fixes[-1]
        assert metres < 1

    run(test)


def test_near_is_by_distance_and_limited(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix(f"T{k}", k, 120 + k / 100) for k in range(10)])
        found = await store.near(120.0, 33.0, 4000, 3)
        assert [each.truck for each, _ in found] == ["T0", "T1", "T2"]
        assert found[1][1] == pytest.approx(932.6, abs=3)
        assert len(await store.near(120.0, 33.0, 2000, 100)) == 3
        await store.put([replace(fix("T0", 99), lat_deg=89.0)])  # beyond what a geo index holds
        assert [each.truck for each, _ in await store.near(120.0, 33.0, 1000, 9)] == ["T1"]
        assert (await store.latest())["T0"].lat_deg == 89.0

    run(test)


def test_off_duty_nothing_is_known(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix("T1"), fix("T2")])
        await store.forget("T1")
        await store.forget("T9")
        assert list(await store.latest()) == ["T2"]
        assert [each.truck for each, _ in await store.near(120.0, 33.0, 100, 9)] == ["T2"]
        assert await store.track("T1", 0, 2 * NOW_MS) == (fix("T1"),)

    run(test)


def test_fixes_kept_apart_are_counted_and_used_by_nobody(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        assert await store.apart_counts() == {}
        await store.set_apart([(fix("T1", k), Standing.JUMP) for k in range(250)])
        await store.set_apart([(fix("T2"), Standing.INVALID)])
        await store.set_apart([])
        assert await store.apart_counts() == {Standing.JUMP: 250, Standing.INVALID: 1}
        assert await store.list_apart(2) == ((fix("T2"), Standing.INVALID), (fix("T1", 249), Standing.JUMP))
        assert len(await store.list_apart(1000)) < 200
        assert (await store.latest(), await store.newest_id()) == ({}, "0-0")
        with pytest.raises(ValueError, match="not kept apart"):
            await store.set_apart([(fix(), Standing.USED)])

    run(test, Keep(apart=50))


async def gathered(store: PositionStore, after_id: str, count: int) -> list[Fix]:
    """The next `count` fixes that a follower hears."""
    heard: list[Fix] = []
    quiet = 0
    async for batch in store.follow(after_id, block_ms=100):
        heard += batch.fixes
        quiet += not batch.fixes
        if len(heard) >= count:
            break
        assert quiet < 100, f"{len(heard)} of {count} fixes were heard"
    return heard


def test_followers_hear_every_fix_in_order(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix(at_s=-1)])
        start = await store.newest_id()
        fixes = [fix(f"T{k % 7}", k) for k in range(2 * PIPELINED + 3)]
        listening = [asyncio.create_task(gathered(store, start, len(fixes))) for _ in range(3)]
        await store.put(fixes)
        assert await asyncio.gather(*listening) == [fixes] * 3
        assert await gathered(store, start, len(fixes)) == fixes
        assert await gathered(store, "0-0", 1) == [fix(at_s=-1), *fixes][:1000]

    run(test)


def test_a_follower_goes_on_where_it_stopped(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix(at_s=k) for k in range(5)])
        batches: list[Batch] = []
        async for batch in store.follow("0-0", block_ms=100, count=2):
            batches.append(batch)
            if len(batches) == 2:
                break
        assert [each.at_ms for batch in batches for each in batch.fixes] == [NOW_MS + 1000 * k for k in range(4)]
        assert await gathered(store, batches[-1].last_id, 1) == [fix(at_s=4)]

    run(test)


def test_a_follower_that_is_cancelled_leaves_nothing_behind(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        for k in range(20):  # more often than there are connections
            listening = asyncio.create_task(gathered(store, await store.newest_id(), 1))
            await asyncio.sleep(0)
            await store.ping()
            listening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await listening
            await store.put([fix(at_s=k)])
        assert len(await gathered(store, "0-0", 20)) == 20

    run(test)


def test_a_quiet_stream_gives_empty_batches(run: Run) -> None:
    async def test(store: PositionStore) -> None:
        async for batch in store.follow("0-0", block_ms=1):
            assert batch == Batch("0-0", ())
            break
        with pytest.raises(ValueError, match="block_ms"):
            await anext(store.follow("0-0", block_ms=10_000))

    run(test)


def test_memory_is_bounded(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix(at_s=k) for k in range(1000)])
        assert await store.track("T1", 0, 2 * NOW_MS) == tuple(fix(at_s=k) for k in range(980, 1000))
        assert 50 <= command(server, "XLEN", "towline:{盐城}:stream") < 200
        await store.put([fix(at_s=1100)])
        assert await store.track("T1", 0, 2 * NOW_MS) == (fix(at_s=1100),)  # the others are older than 100 s by now
        assert 0 < command(server, "PTTL", "towline:{盐城}:track:T1") <= 100_000

    run(test, Keep(stream=50, track=20, track_ms=100_000))


def test_the_stream_forgets_what_is_old(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        stream = "towline:{盐城}:stream"
        for k in range(300):
            command(server, "XADD", stream, f"{1000 + k}-0", "fix", encode(fix(at_s=k)))
        await store.put([fix(at_s=1000)])
        assert command(server, "XLEN", stream) <= 101

    run(test)


def test_every_key_is_in_one_slot_of_a_cluster(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix("T1"), fix("a}b{c")])
        await store.set_apart([(fix(), Standing.COARSE)])
        keys = command(server, "KEYS", "*")
        assert len(keys) == 7
        assert all(key.startswith("towline:{盐城}:".encode()) for key in keys)
        assert len({key_slot(key) for key in keys}) == 1

    run(test)


def test_two_cities_are_apart(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        other = PositionStore(server.url, "苏州", timeout_s=TIMEOUT_S)
        await store.put([fix()])
        assert await other.latest() == {}
        await other.close()

    run(test)


def test_values_that_are_no_fixes_are_passed_over_and_counted(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        command(server, "HSET", "towline:{盐城}:latest", "T1", "[1", "T2", '{"at": 3}', "T3", '["T3","soon"]')
        command(server, "XADD", "towline:{盐城}:stream", "*", "fix", "nonsense")
        command(server, "XADD", "towline:{盐城}:stream", "*", "other", "nonsense")
        assert await store.latest() == {}
        assert await store.put([fix("T1"), fix("T2"), fix("T3")]) == (Landing.MOVED,) * 3
        assert await gathered(store, "0-0", 3) == [fix("T1"), fix("T2"), fix("T3")]
        assert store.unreadable == 5

    run(test)


# What befalls a server


def test_wiped_it_goes_on(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix(at_s=k) for k in range(3)])
        before = await store.newest_id()
        await asyncio.to_thread(flush, server.url)  # keys and scripts
        assert await store.latest() == {}
        assert await store.newest_id() == "0-0"
        following = asyncio.create_task(gathered(store, before, 2))
        assert await store.put([fix(at_s=3), fix(at_s=2)]) == (Landing.MOVED, Landing.LATE)
        assert await following == [fix(at_s=3), fix(at_s=2)]

    run(test)


def test_killed_and_started_again_it_goes_on(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix(at_s=k) for k in range(10)])
        await asyncio.to_thread(settle, server)
        following = asyncio.create_task(gathered(store, await store.newest_id(), 1))
        await asyncio.to_thread(kill, server)
        with pytest.raises(StoreAway, match="cannot be reached"):
            await store.put([fix(at_s=10)])
        with pytest.raises(StoreAway, match="cannot be reached"):
            await store.latest()
        with pytest.raises(StoreAway):
            await following
        await asyncio.to_thread(server.start)
        assert await store.latest() == {"T1": fix(at_s=9)}
        assert await store.put([fix(at_s=9), fix(at_s=10)]) == (Landing.DUPLICATE, Landing.MOVED)
        assert len(await store.track("T1", 0, 2 * NOW_MS)) == 11

    run(test)


def test_killed_while_it_is_written_to_it_has_all_but_the_last_second(run: Run, server: Server) -> None:
    """Whoever writes goes on by itself; what was acknowledged longer than a second before is all there."""

    async def test(store: PositionStore) -> None:
        await store.put([fix(at_s=k) for k in range(300)])
        await asyncio.to_thread(settle, server)
        failed = 0

        async def write() -> None:
            nonlocal failed
            for k in range(300, 600):
                while True:
                    try:
                        await store.put([fix(at_s=k)])
                        break
                    except StoreAway:
                        failed += 1
                        await asyncio.sleep(0.02)

        writing = asyncio.create_task(write())
        await gathered(store, await store.newest_id(), 20)
        await asyncio.to_thread(kill, server)
        await asyncio.to_thread(server.start)
        await writing
        kept = {each.at_ms for each in await store.track("T1", 0, 2 * NOW_MS)}
        assert {NOW_MS + 1000 * k for k in range(300)} <= kept
        assert await store.latest() == {"T1": fix(at_s=599)}

    run(test)


def kill(server: Server) -> None:
    os.kill(server.pid, signal.SIGKILL)
    with redis.Redis.from_url(server.url) as client:
        wait_until(lambda: not answers(client))


def settle(server: Server) -> None:
    """Waits until everything so far is on the disk: the first fsync that starts after it."""
    with redis.Redis.from_url(server.url, protocol=2) as client:

        def pending() -> int:
            told: Any = client.info("persistence")
            return int(told["aof_pending_bio_fsync"]) + int(told["aof_buffer_length"])

        wait_until(lambda: pending() == 0)


def test_a_server_that_hangs_is_away_in_time(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix()])
        following = asyncio.create_task(gathered(store, await store.newest_id(), 1))
        os.kill(server.pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(60):
                for asked in (store.put([fix(at_s=1)]), store.latest(), store.near(120, 33, 9, 9), store.forget("T1")):
                    with pytest.raises(StoreAway, match="does not answer in time"):
                        await asked
                with pytest.raises(StoreAway, match="does not answer in time"):
                    await following
        finally:
            os.kill(server.pid, signal.SIGCONT)
        # What was asked before may still be done now, so that T1 may have moved and be forgotten.
        assert await store.put([fix(at_s=2)]) == (Landing.MOVED,)
        assert await store.latest() == {"T1": fix(at_s=2)}

    run(test)


def test_a_paused_server_is_away_in_time(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix()])
        command(server, "CLIENT", "PAUSE", 60_000, "WRITE")
        with pytest.raises(StoreAway, match="does not answer in time"):
            await store.put([fix(at_s=1)])
        assert await store.latest() == {"T1": fix()}
        command(server, "CLIENT", "UNPAUSE")
        await store.put([fix(at_s=2)])
        assert await store.latest() == {"T1": fix(at_s=2)}

    run(test)


def test_a_full_server_refuses_and_says_so(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix()])
        end = await store.newest_id()
        before = command(server, "CONFIG", "GET", "maxmemory")[1]
        command(server, "CONFIG", "SET", "maxmemory", 1)
        try:
            with pytest.raises(StoreAway, match="is full"):
                await store.put([fix(at_s=1)])
            with pytest.raises(StoreAway, match="is full"):
                await store.set_apart([(fix(), Standing.JUMP)])
            assert (await store.newest_id(), await store.latest()) == (end, {"T1": fix()})
        finally:
            command(server, "CONFIG", "SET", "maxmemory", before.decode())
        assert await store.put([fix(at_s=1)]) == (Landing.MOVED,)

    run(test)


def test_a_server_that_is_none_of_ours(run: Run, server: Server) -> None:
    async def test(store: PositionStore) -> None:
        await store.put([fix()])
        port = server.url.rpartition(":")[2].partition("/")[0]
        wrong = PositionStore(f"redis://:wrong@127.0.0.1:{port}/0", "盐城", timeout_s=TIMEOUT_S)
        with pytest.raises(StoreAway, match="refuses the password") as caught:
            await wrong.latest()
        assert "wrong" not in str(caught.value)
        await wrong.close()
        command(server, "DEL", "towline:{盐城}:stream")
        command(server, "SET", "towline:{盐城}:stream", "another's")
        with pytest.raises(StoreAway, match="refuses: WRONGTYPE"):
            await store.put([fix(at_s=1)])

    run(test)


@pytest.mark.parametrize(("trucks", "track"), [(0, 8640), (49, 8640), (231, 8640), (5000, 400), (10**6, 60)])
def test_a_larger_fleet_has_shorter_tracks(trucks: int, track: int) -> None:
    assert Keep.of_fleet(trucks) == Keep(track=track)


@pytest.mark.parametrize(
    ("url", "city"), [("nonsense", "a"), ("http://x", "a"), ("redis://x", "{a}"), ("redis://x", "")]
)
def test_what_cannot_be_a_store(url: str, city: str) -> None:
    with pytest.raises(BadInput, match="expected"):
        PositionStore(url, city)


@pytest.mark.parametrize("ends", ["answered", "failed"])
def test_a_cancellation_that_the_client_forgets_is_heeded(ends: str) -> None:
    class Forgetful:
        async def execute_command(self, *_: object) -> None:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                if ends == "failed":
                    raise redis.ConnectionError from None

    async def test() -> None:
        store = PositionStore("redis://127.0.0.1:1/0", "a")
        store._following._client = Forgetful()
        following = asyncio.create_task(gathered(store, "0-0", 1))
        await asyncio.sleep(0)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following

    asyncio.run(test())


def test_nobody_listens() -> None:
    async def test() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            store = PositionStore(f"redis://127.0.0.1:{taken.getsockname()[1]}/0", "a", timeout_s=TIMEOUT_S)
            for asked in (store.ping(), store.put([fix()]), store.newest_id(), store.apart_counts()):
                with pytest.raises(StoreAway, match="cannot be reached"):
                    await asked
            with pytest.raises(StoreAway, match="cannot be reached"):
                await gathered(store, "0-0", 1)
            await store.close()

    asyncio.run(test())
