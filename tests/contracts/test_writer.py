"""The one writer on both databases: what the database refuses of one command harms no other of its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import Executable

from api.driver import Driver
from api.position_board import PositionBoard
from api.turns import Command, Done, Entry, Told
from data.answers import Answer, insert_statement
from data.database import AnotherWriter, CannotWrite, Database, Refused
from data.journal import Journal
from data.parties import Party
from data.parties import insert_statement as keep_party
from data.recovery import fold_journal
from data.state import State
from dispatch import events as ev
from dispatch.fleet import Truck
from dispatch.policy import get_policy
from tests.api.service_fixture import ROUTER, HandClock, played
from tests.contracts.sql_stores import Store

POLICY = get_policy("production")


def register(truck: str, *beside: Executable) -> Command:
    event = ev.TruckRegistered(Truck(truck, frozenset({"crane"}), ""))
    return lambda _state, _now_ms: Told([event], beside, truck)


def answer(key: str) -> Executable:
    return insert_statement(Answer("route", key, "", 201, "{}", 0))


@asynccontextmanager
async def writing(database: Database, heard: list[Entry]) -> AsyncIterator[Driver]:
    state, journal = State.empty(ROUTER, POLICY), Journal(database)
    driver = Driver(state, journal, database, PositionBoard(), HandClock(), "town", heard.extend)
    work = asyncio.create_task(driver.run())
    try:
        yield driver
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError, AnotherWriter):
            await work


async def at_once(driver: Driver, commands: Sequence[Command]) -> list[Done | BaseException]:
    """All of them in one turn: nothing runs between the first and the last."""
    return await asyncio.gather(*(driver.do(each) for each in commands), return_exceptions=True)


@pytest.mark.parametrize("guilty", [0, 2, 4])
@played
async def test_only_the_command_that_the_database_refuses_fails(database: Database, guilty: int) -> None:
    heard: list[Entry] = []
    async with writing(database, heard) as driver:
        commands = [register(f"T{k}", answer(f"k{k}")) for k in range(5)]
        commands[guilty] = register("bad", answer("twice"), answer("twice"))
        told = await at_once(driver, commands)
        good = [each for k, each in enumerate(told) if k != guilty]
        assert isinstance(told[guilty], Refused)
        names = [f"T{k}" for k in range(5) if k != guilty]
        assert [each.answer for each in good if isinstance(each, Done)] == names
        assert driver.journal_fault is None
        assert list(driver.state.engine.book.trucks) == names
        folded = State.empty(ROUTER, POLICY)
        fold_journal(driver.journal, folded)
        assert driver.state.sha256() == folded.sha256()
        assert [entry.record for entry in heard] == list(driver.journal.read())
        assert [each.entries[0].record.seq for each in good if isinstance(each, Done)] == [1, 2, 3, 4]


@played
async def test_a_text_with_a_nul_fails_its_own_command_alone(store: Store, database: Database) -> None:
    """SQLite takes it; the edge lets none come so far."""
    async with writing(database, []) as driver:
        party = keep_party(Party("R1", "110\0", {}, (), 0))
        told = await at_once(driver, [register("A"), register("B", party), register("C")])
        assert [isinstance(each, Done) for each in told] == [True, store.is_sqlite, True]
        assert set(driver.state.engine.book.trucks) == ({"A", "B", "C"} if store.is_sqlite else {"A", "C"})


@played
async def test_a_database_that_is_away_fails_the_whole_turn(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with writing(database, []) as driver:

        def gone(*_: object) -> None:
            raise CannotWrite("away", retryable=True)

        with monkeypatch.context() as patched:
            patched.setattr(driver.journal, "append", gone)
            told = await at_once(driver, [register("A"), register("B")])
        assert [type(each) for each in told] == [CannotWrite, CannotWrite]
        again = await at_once(driver, [register("A"), register("B")])
        assert all(isinstance(each, Done) for each in again)
