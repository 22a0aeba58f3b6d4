"""Positions at rest and on their way to everybody who watches, in any Redis (6.2 or newer) or Valkey.

Keys of a city, all in one cluster slot by the hash tag (`{city}` with its braces):

    towline:{city}:latest         hash    truck -> its newest fix
    towline:{city}:geo            geo     truck -> the place of that fix
    towline:{city}:stream         stream  every fix as it was acknowledged; what followers read
    towline:{city}:track:TRUCK    zset    the truck's fixes by the instant they were taken
    towline:{city}:apart          stream  fixes that were kept apart, and why
    towline:{city}:apart_counts   hash    reason -> how many

A track is a sorted set and no stream, because a late fix has to find its place in it and a duplicate has to be seen.
Every structure is bounded, so the memory is; a store that is full refuses (StoreAway) and forgets nothing by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from redis.exceptions import NoScriptError

from data.fix_rules import Standing
from data.fixes import Fix, decode, encode
from data.redis_link import Command, Link, StoreAway, good
from geo.faults import BadInput

__all__ = ["Batch", "Keep", "Landing", "PositionStore", "StoreAway"]

PIPELINED = 500
"""Fixes in one round trip: an answer stays far within the socket's time-out."""

FLEET_FIXES = 2_000_000
"""In all tracks together."""

GEO_LAT_DEG = 85.05112878
"""Beyond it a place is in no geo index (it is Web Mercator's)."""

_PUT = b"""
local truck, at, fix = ARGV[1], tonumber(ARGV[2]), ARGV[5]
local held, held_at = redis.call('HGET', KEYS[1], truck), -1
if held then
  local read, row = pcall(cjson.decode, held)
  held_at = read and type(row) == 'table' and tonumber(row[2]) or -1
end
if held_at == at or redis.call('ZCOUNT', KEYS[4], ARGV[2], ARGV[2]) > 0 then return 'duplicate' end
local id = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], '*', 'fix', fix)
redis.call('XTRIM', KEYS[3], 'MINID', '~', string.format('%.0f', tonumber(string.match(id, '%d+')) - ARGV[7]))
redis.call('ZADD', KEYS[4], ARGV[2], fix)
redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -1 - ARGV[8])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', '(' .. string.format('%.0f', at - ARGV[9]))
redis.call('PEXPIRE', KEYS[4], ARGV[9])
if held_at > at then return 'late' end
redis.call('HSET', KEYS[1], truck, fix)
if ARGV[4] == '' then redis.call('ZREM', KEYS[2], truck)
else redis.call('GEOADD', KEYS[2], ARGV[3], ARGV[4], truck) end
return 'moved'
"""
_PUT_SHA1 = hashlib.sha1(_PUT, usedforsecurity=False).hexdigest()


class Landing(StrEnum):
    """What became of an acknowledged fix: it moved its truck, filled the track, or had been there already."""

    MOVED = "moved"
    LATE = "late"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Keep:
    """Bounds. `stream`, `track` (a truck) and `apart` in fixes (the streams may hold a hundred more), the spans in ms.

    Measured: a fix takes 146 bytes in a track and 88 in a stream, so the defaults hold 49 trucks in 70 MB.
    """

    stream: int = 50_000
    stream_ms: int = 24 * 3_600_000
    track: int = 8_640
    track_ms: int = 30 * 24 * 3_600_000
    apart: int = 2_000

    @classmethod
    def of_fleet(cls, trucks: int) -> Keep:
        """Bounds that keep a fleet of any size within 300 MB: up to 231 trucks have a day at a fix in ten seconds."""
        return cls(track=max(60, min(cls().track, FLEET_FIXES // max(1, trucks))))


@dataclass(frozen=True, slots=True)
class Batch:
    """What followers hear at once; `last_id` is where to go on. Empty: the store answered, and nothing had come."""

    last_id: str
    fixes: tuple[Fix, ...]


class PositionStore:
    """The positions of one city. Every method raises StoreAway where the store does not do its part in time.

    Nothing is remembered between calls but connections, so that the next call after a failure tries again by itself.
    `unreadable` counts stored values that are no fixes (another version's, say) and were passed over.
    """

    def __init__(self, url: str, city: str, keep: Keep | None = None, timeout_s: float = 2.0) -> None:
        if not city or "{" in city or "}" in city:
            raise BadInput(f"city {city!r}: a name without braces is expected")
        self.keep = keep or Keep()
        self.unreadable = 0
        self._prefix = f"towline:{{{city}}}:"
        self._timeout_s = timeout_s
        self._link = Link(url, timeout_s, timeout_s)
        self._following = Link(url, timeout_s, 2 * timeout_s)

    async def close(self) -> None:
        await self._link.close()
        await self._following.close()

    async def ping(self) -> None:
        await self._link.ask("PING")

    async def put(self, fixes: Sequence[Fix]) -> tuple[Landing, ...]:
        """Stores fixes that were judged USED or LATE; those returned are acknowledged: each is in the stream.

        Each fix is one atomic step, in the order given. After StoreAway some may be in all the same; putting them again
        is harmless, they are found to be duplicates.
        """
        landings: list[Landing] = []
        for k in range(0, len(fixes), PIPELINED):
            landings += await self._put(fixes[k : k + PIPELINED])
        return tuple(landings)

    async def set_apart(self, fixes: Iterable[tuple[Fix, Standing]]) -> None:
        """Keeps the last few fixes that were not used, and counts all of them by reason."""
        apart, counts, commands = self._key("apart"), self._key("apart_counts"), list[Command]()
        for fix, why in fixes:
            if not why.kept_apart:
                raise ValueError(f"a fix that is {why} is not kept apart")
            row = ("why", str(why), "fix", encode(fix))
            commands.append(("XADD", apart, "MAXLEN", "~", self.keep.apart, "*", *row))
            commands.append(("HINCRBY", counts, str(why), 1))
        commands.append(("PEXPIRE", apart, self.keep.track_ms))
        good(await self._link.ask_all(commands, atomic=True))

    async def apart_counts(self) -> dict[Standing, int]:
        """How many fixes were kept apart since the store was made, by reason."""
        counts: Mapping[bytes, bytes] = await self._link.ask("HGETALL", self._key("apart_counts"))
        return {Standing(why.decode()): int(count) for why, count in counts.items()}

    async def list_apart(self, limit: int) -> tuple[tuple[Fix, Standing], ...]:
        """The newest fixes that were kept apart, newest first."""
        rows = await self._link.ask("XREVRANGE", self._key("apart"), "+", "-", "COUNT", limit)
        found = [(self._read(row[b"fix"]), Standing(row[b"why"].decode())) for _, row in rows]
        return tuple((fix, why) for fix, why in found if fix is not None)

    async def latest(self) -> dict[str, Fix]:
        """The newest fix of every truck."""
        rows: Mapping[bytes, bytes] = await self._link.ask("HGETALL", self._key("latest"))
        return {fix.truck: fix for fix in map(self._read, rows.values()) if fix is not None}

    async def near(self, lon_deg: float, lat_deg: float, radius_m: float, limit: int) -> tuple[tuple[Fix, float], ...]:
        """The trucks within a radius as the crow flies, nearest first, each with its metres (good to a metre or so)."""
        around = ("FROMLONLAT", lon_deg, lat_deg, "BYRADIUS", radius_m, "m", "ASC", "COUNT", limit, "WITHDIST")
        rows = await self._link.ask("GEOSEARCH", self._key("geo"), *around)
        if not rows:
            return ()
        texts = await self._link.ask("HMGET", self._key("latest"), *(truck for truck, _ in rows))
        found = [(self._read(text), float(metres)) for text, (_, metres) in zip(texts, rows, strict=True) if text]
        return tuple((fix, metres) for fix, metres in found if fix is not None)

    async def track(self, truck: str, from_ms: int, to_ms: int) -> tuple[Fix, ...]:
        """The truck's fixes taken in `from_ms`..`to_ms` (both included), oldest first."""
        rows: list[bytes] = await self._link.ask("ZRANGE", self._track_key(truck), from_ms, to_ms, "BYSCORE")
        return tuple(fix for fix in map(self._read, rows) if fix is not None)

    async def forget(self, truck: str) -> None:
        """Off duty: where the truck is now is known no longer. Its track of the time on duty stays until it expires."""
        gone: list[Command] = [("HDEL", self._key("latest"), truck), ("ZREM", self._key("geo"), truck)]
        good(await self._link.ask_all(gone, atomic=True))

    async def newest_id(self) -> str:
        """Where the stream ends now. Ask for it first, then for `latest`, then follow: nothing is missed between."""
        rows = await self._link.ask("XREVRANGE", self._key("stream"), "+", "-", "COUNT", 1)
        return rows[0][0].decode() if rows else "0-0"

    async def follow(self, after_id: str, block_ms: int = 1000, count: int = 1000) -> AsyncIterator[Batch]:
        """All fixes acknowledged after `after_id`, as they come; an empty batch after `block_ms` without any.

        Ends by StoreAway alone. What the stream no longer holds is not told of, so after StoreAway start again from
        `newest_id` and `latest`. `block_ms` is at most the store's time-out.
        """
        if not 0 < block_ms <= 1000 * self._timeout_s:
            raise ValueError(f"block_ms {block_ms}: 1 to {round(1000 * self._timeout_s)} is expected")
        stream = self._key("stream")
        while True:
            answer = await self._following.ask("XREAD", "COUNT", count, "BLOCK", block_ms, "STREAMS", stream, after_id)
            rows = answer[0][1] if answer else []
            if rows:
                after_id = rows[-1][0].decode()
            found = (self._read(row.get(b"fix", b"")) for _, row in rows)
            yield Batch(after_id, tuple(fix for fix in found if fix is not None))

    async def _put(self, fixes: Sequence[Fix]) -> list[Landing]:
        """One round trip, and two more where the server lost the script (it was started again, or flushed)."""
        answers = await self._link.ask_all(map(self._putting, fixes), atomic=False)
        lost = [k for k, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
        if lost:
            await self._link.ask("SCRIPT LOAD", _PUT)
            again = await self._link.ask_all((self._putting(fixes[k]) for k in lost), atomic=False)
            for k, answer in zip(lost, again, strict=True):
                answers[k] = answer
        return [Landing(answer.decode()) for answer in good(answers)]

    def _putting(self, fix: Fix) -> Command:
        keys = (self._key("latest"), self._key("geo"), self._key("stream"), self._track_key(fix.truck))
        lat = fix.lat_deg if abs(fix.lat_deg) <= GEO_LAT_DEG else ""
        bounds = (self.keep.stream, self.keep.stream_ms, self.keep.track, self.keep.track_ms)
        return ("EVALSHA", _PUT_SHA1, 4, *keys, fix.truck, fix.at_ms, fix.lon_deg, lat, encode(fix), *bounds)

    def _read(self, text: bytes) -> Fix | None:
        try:
            return decode(text)
        except BadInput:
            self.unreadable += 1
            return None

    def _key(self, name: str) -> str:
        return self._prefix + name

    def _track_key(self, truck: str) -> str:
        return f"{self._prefix}track:{truck}"
