"""What the stream keeps is bounded, by number and by weight, whatever is told and whoever does not read."""

from __future__ import annotations

import sys

import pytest

from api.feed import BEHIND, BEHIND_BYTES, Feed
from tests.api.service_fixture import played

TEXT = "x" * 10_000
HEAVY = sys.getsizeof(TEXT)


async def texts(feed: Feed, after: str) -> list[str]:
    """What a reader gets that comes back after an id, up to now."""
    got = []
    async for line in feed.follow("control", after):
        got.append(line)
        if line.startswith(f"id: {feed.last_id}\n"):
            break
    return got[1:]


@pytest.mark.parametrize(("most", "most_bytes", "stay"), [(5, 10**9, 5), (10**9, 7 * HEAVY, 7), (3, 7 * HEAVY, 3)])
@played
async def test_the_oldest_go_by_number_or_by_weight(most: int, most_bytes: int, stay: int) -> None:
    feed = Feed("L", most, most_bytes)
    for _ in range(20):
        feed.tell("control", "truck", TEXT)
        assert feed.kept_bytes <= most_bytes
    assert feed.kept_bytes == stay * HEAVY
    assert len(await texts(feed, f"L.{20 - stay}")) == stay
    assert "event: reset" in (await texts(feed, f"L.{19 - stay}"))[0]


@played
async def test_what_waits_for_a_reader_is_bounded_by_its_weight() -> None:
    feed = Feed("L")
    stream = feed.follow("control", None)
    await anext(stream)
    told = 0
    while feed.readers and told <= BEHIND:
        feed.tell("control", "positions", TEXT)
        told += 1
    assert feed.dropped == 1
    assert told == BEHIND_BYTES // HEAVY + 1 < BEHIND, "dropped for the weight, long before the number"
    for _ in range(5):
        feed.tell("control", "positions", TEXT)
    got = [line async for line in stream]
    assert len(got) == told
    last = got[-1].partition("\n")[0].removeprefix("id: ")
    assert len(await texts(feed, last)) == 5, "it comes back and misses nothing"
