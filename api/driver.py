"""The writer: one task owns the state, takes commands from an inbox, and writes down what they come to.

A turn takes all commands that wait: each is weighed against the state and folded in, the whole is committed at once
(group commit), and only then does anybody hear of it. A planning round takes its snapshot in a turn and is solved in a
worker meanwhile; its plan comes back through the inbox like any other command.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, tzinfo

from api.arrivals import find_late, late_command
from api.clock import Clock, elapsed_s
from api.due import due_events, next_due_ms
from api.latency import Latency
from api.position_board import PositionBoard
from api.rounds import decision_command, live_budget
from api.subjects import subject_of
from api.turns import Asked, Command, Done, Entry, Told, Turn
from data.answers import Answer, insert_statement, prune_statement
from data.checkpoints import Checkpoint, save
from data.database import AnotherWriter, CannotWrite, Database
from data.event_text import Event, decode, encode
from data.journal import Draft, Earlier, Journal, Record
from data.recovery import checkpoint_text, recover
from data.state import State
from dispatch.destinations import redirections
from dispatch.engine import BrokenPlan
from dispatch.fleet import Fixes
from dispatch.rules import first_come_first_served, make_plan
from dispatch.snapshot import Snapshot

LOG = logging.getLogger("towline.driver")

MOST_IN_A_TURN = 256
CHECKPOINT_RECORDS = 5_000
ARRIVALS_EVERY_S = 1.0
"""How often the trucks under way are looked at: about as often as their devices tell where they are."""

RETRY_S = 1.0
"""Pause of the writer's own commands while the journal cannot be written, and how often it is tried meanwhile."""

_TRIAL = Answer(route="", key="", body_sha256="", status=0, body="", at_ms=0)
"""Written and pruned at once, to see whether anything can be written again."""


class Driver:
    """`hear` is called in the loop's thread with the entries of each turn, in order; it must not raise.

    `journal_fault` and `engine_fault` say in words what does not work now, None while it does.
    """

    def __init__(
        self,
        state: State,
        journal: Journal,
        database: Database,
        positions: PositionBoard,
        clock: Clock,
        city_sha256: str,
        hear: Callable[[Sequence[Entry]], None],
        zone: tzinfo = UTC,
    ) -> None:
        self.state = state
        self.journal = journal
        self.journal_fault: str | None = None
        self.engine_fault: str | None = None
        self.solves = 0
        self.solve_s = 0.0
        self.latency = Latency()
        self._database = database
        self._positions = positions
        self._clock = clock
        self._city_sha256 = city_sha256
        self._hear = hear
        self._zone = zone
        self._inbox: asyncio.Queue[Asked] = asyncio.Queue()
        self._solving: asyncio.Task[None] | None = None
        self._planning = False
        self._round_over = asyncio.Event()
        self._writer = ThreadPoolExecutor(1, "towline-journal")
        self._worker = ThreadPoolExecutor(1, "towline-solver")
        self._checkpoint_seq = journal.head.seq
        self._paused_until_s = 0.0
        self._wanted_s: float | None = None
        self._looked_ms = 0
        self._planned_ms = 0
        self._seen_meanwhile = False

    def now_ms(self) -> int:
        """The service clock, never before what is written down: a wall clock may be set back."""
        return max(self._clock.now_ms(), self.journal.head.at_ms)

    async def do(self, command: Command) -> Done:
        """Has a command carried out; returns when it is durable. Raises what the command raised, and CannotWrite."""
        done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(Asked(command, done))
        return await done

    async def look(self, command: Command) -> Done:
        """Has a command without events see the state that is the fold of just what is durable."""
        done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(Asked(command, done, alone=True))
        return await done

    def look_again(self) -> None:
        """Something that is no event may change who goes: a truck has come into sight."""
        if self.state.engine.book.open_jobs:
            self._seen_meanwhile = True
            self.state.engine.reconsider()
            self._inbox.put_nowait(Asked(_nothing))

    async def tell_late(self) -> None:
        """Looks at who is under way, by the newest fixes; returns once those who are late have been told of."""
        engine, now_ms = self.state.engine, self.now_ms()
        bound_s, fixes = engine.policy.late_by_s, self._positions.fixes(tuple(engine.book.trucks))
        late = await find_late(engine.book, fixes, now_ms, bound_s)
        if late:
            await self.do(late_command(late, bound_s))

    async def planned(self, patience_s: float) -> None:
        """Waits until no plan is under way or wanted, but no longer than so many seconds."""
        try:
            async with asyncio.timeout(patience_s):
                while self._planning or self.state.engine.wants_plan:
                    self._round_over.clear()
                    await self._round_over.wait()
        except TimeoutError:
            return

    async def run(self) -> None:
        """Works until cancelled. Raises AnotherWriter where the database is no longer ours."""
        watch = asyncio.create_task(self._watch_arrivals(), name="arrivals")
        try:
            while True:
                await self._turn(await self._waiting())
                if self._solving is None and self.journal_fault is None:
                    await self._plan()
                if self.journal.head.seq - self._checkpoint_seq >= CHECKPOINT_RECORDS:
                    await self._keep_checkpoint()
        finally:
            watch.cancel()
            if self._solving is not None:
                self._solving.cancel()
            self._writer.shutdown(wait=True)
            self._worker.shutdown(wait=False, cancel_futures=True)

    async def _watch_arrivals(self) -> None:
        while True:
            await asyncio.sleep(ARRIVALS_EVERY_S)
            if self.journal_fault is not None:
                continue
            try:
                await self.tell_late()
            except CannotWrite:
                LOG.warning("that trucks are late was not recorded; they are looked at again")
            except Exception:
                LOG.exception("trucks under way could not be looked at")

    async def _waiting(self) -> list[Asked]:
        """The commands to be done now; none where the time has come for something of the writer's own."""
        if self._inbox.empty():
            wait_s = self._clock.real_s_until(next_due_ms(self.state, self._looked_ms, self.now_ms(), self._zone))
            if self.journal_fault is not None:
                wait_s = RETRY_S
            try:
                async with asyncio.timeout(wait_s):
                    batch = [await self._inbox.get()]
            except TimeoutError:
                return []
        else:
            batch = [self._inbox.get_nowait()]
        while not self._inbox.empty() and len(batch) < MOST_IN_A_TURN:
            batch.append(self._inbox.get_nowait())
        return batch

    async def _turn(self, batch: list[Asked]) -> None:
        now_ms = self.now_ms()
        if self.journal_fault is not None and not await self._settle(batch):
            return
        turn = Turn()
        events, looked = due_events(self.state, self._looked_ms, now_ms, self._zone)
        if looked:
            self._looked_ms = now_ms
            self.state.engine.reconsider()
        wanted = self.state.engine.wants_plan
        for asked in batch:
            if asked.alone:
                self._take(turn, asked, now_ms)
        for event in events:
            self._take_due(turn, event, now_ms)
        for asked in batch:
            if not asked.alone and not asked.given_up:
                self._take(turn, asked, now_ms)
        for change in redirections(self.state.engine.book, self._positions.fixes(tuple(self.state.engine.book.trucks))):
            self._take_due(turn, change, now_ms)
        if self._wanted_s is None and self.state.engine.wants_plan and not wanted:
            self._wanted_s = min((asked.at_s for asked in batch), default=elapsed_s())
        if self.journal_fault is not None and not batch and not turn.drafts:
            turn.beside += [insert_statement(_TRIAL), prune_statement(now_ms)]
        if not turn.drafts and not turn.beside:
            self._tell(turn, [], now_ms)
            return
        await self._commit(turn, now_ms)

    def _take_due(self, turn: Turn, event: Event, now_ms: int) -> None:
        try:
            self._fold(turn, [event], now_ms, caused_by_first=False)
        except ValueError:
            LOG.exception("what was due could not be taken in")

    def _take(self, turn: Turn, asked: Asked, now_ms: int) -> None:
        first = len(turn.drafts)
        try:
            told = asked.command(self.state, now_ms)
            self._fold(turn, told.events, now_ms, caused_by_first=told.caused_by_first)
        except Exception as fault:
            if len(turn.drafts) > first:
                self._undo(turn, first)
            asked.fail(fault)
            return
        turn.beside += told.beside
        turn.owners.append((asked, told.answer, first, len(turn.drafts)))

    def _fold(self, turn: Turn, events: Sequence[Event], now_ms: int, *, caused_by_first: bool) -> None:
        first = len(turn.drafts)
        for event in events:
            kind, payload = encode(event)
            subject = subject_of(self.state, event)
            self.state.observe(event, now_ms)
            cause = Earlier(first) if caused_by_first and len(turn.drafts) > first else None
            turn.drafts.append(Draft(now_ms, kind, payload, cause, subject))
            turn.events.append(event)

    def _undo(self, turn: Turn, first: int) -> None:
        """A command failed half way: the state is built anew from what is durable and what this turn had before it."""
        del turn.drafts[first:]
        del turn.events[first:]
        self.state = self._recovered()
        for draft, event in zip(turn.drafts, turn.events, strict=True):
            self.state.observe(event, draft.at_ms)

    async def _commit(self, turn: Turn, now_ms: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            records = await loop.run_in_executor(self._writer, self.journal.append, turn.drafts, turn.beside)
        except AnotherWriter:
            turn.fail(CannotWrite("another server has taken the database over", retryable=False))
            raise
        except Exception as fault:
            LOG.warning("nothing was recorded: %s", fault)
            if isinstance(fault, CannotWrite):
                self.journal_fault = str(fault)
            if turn.drafts:
                self.state = await loop.run_in_executor(self._writer, self._recovered)
            if isinstance(fault, CannotWrite) or len(turn.owners) == 1:
                turn.fail(fault)
            else:
                await self._one_by_one(turn)
            return
        self.journal_fault = None
        self._tell(turn, records, now_ms)

    async def _one_by_one(self, turn: Turn) -> None:
        """What one command of a turn would have written cannot be: the others are not to suffer for it."""
        try:
            for asked, *_ in turn.owners:
                await self._turn([asked])
        except AnotherWriter:
            turn.fail(CannotWrite("another server has taken the database over", retryable=False))
            raise

    async def _settle(self, batch: list[Asked]) -> bool:
        """Whether the journal is whole again after a failure; what was in doubt and is durable is folded in."""
        loop = asyncio.get_running_loop()
        try:
            landed = await loop.run_in_executor(self._writer, self.journal.settle)
        except CannotWrite as fault:
            self.journal_fault = str(fault)
            for asked in batch:
                asked.fail(fault)
            return False
        if landed:
            self.state = await loop.run_in_executor(self._writer, self._recovered)
            self._hear([Entry(record, decode(record.kind, record.payload)) for record in landed])
        return True

    def _tell(self, turn: Turn, records: Sequence[Record], now_ms: int) -> None:
        entries = turn.entries(records)
        if entries:
            self._hear(entries)
        turn.tell(entries, now_ms)

    def _recovered(self) -> State:
        engine = self.state.engine
        return recover(self.journal, self._database, engine.book.router, engine.policy, self._city_sha256, LOG.warning)

    async def _plan(self) -> None:
        """Begins a round where one is wanted. The snapshot is taken by a worker while this task, its owner, waits."""
        engine = self.state.engine
        if not engine.wants_plan or elapsed_s() < self._paused_until_s:
            if not engine.wants_plan:
                self._round_over.set()
            return
        now_ms = self.now_ms()
        interval_ms = engine.policy.interval_ms
        if now_ms - self._planned_ms < interval_ms:
            return
        self._planned_ms = now_ms
        self._planning = True
        wanted_s, self._wanted_s = self._wanted_s, None
        fixes = self._positions.fixes(tuple(engine.book.trucks))
        versions = (self._positions.version, engine.book.traffic_version)
        self._seen_meanwhile = False
        loop = asyncio.get_running_loop()
        try:
            snapshot = await loop.run_in_executor(self._worker, engine.problem, now_ms, fixes)
        except Exception as fault:
            self._stumble("no snapshot could be taken", fault)
            self._planning = False
            return
        if self._seen_meanwhile:  # the snapshot lacks what was seen, and has taken the wish for another round with it
            engine.reconsider()
        self._solving = asyncio.create_task(self._solve(snapshot, fixes, versions, wanted_s), name="solve")

    async def _solve(self, snapshot: Snapshot, fixes: Fixes, versions: tuple[int, int], wanted_s: float | None) -> None:
        """`wanted_s` is when the event came in that asked for this round; None where it was only the time of a look."""
        policy = self.state.engine.policy
        begun_s, budget = elapsed_s(), live_budget(policy)
        loop = asyncio.get_running_loop()
        try:
            plan = await loop.run_in_executor(self._worker, make_plan, policy.rule, snapshot.problem, budget)
            self.solves += 1
            self.solve_s += elapsed_s() - begun_s
            try:
                await self.do(decision_command(snapshot, plan, fixes, versions))
            except BrokenPlan as fault:
                LOG.error("the plan does not hold and is replaced by first come, first served: %s", fault)
                plain = first_come_first_served(snapshot.problem, idle_only=True)
                await self.do(decision_command(snapshot, plain, fixes, versions))
            self.engine_fault = None
            if wanted_s is not None:
                self.latency.take(elapsed_s() - wanted_s)
        except asyncio.CancelledError:
            raise
        except CannotWrite:
            LOG.warning("the decisions of a round were not recorded; it is done again")
            self.state.engine.reconsider()
        except Exception as fault:
            self._stumble("a round of planning failed", fault)
        finally:
            self._solving = None
            self._planning = False
            self._round_over.set()
            self._inbox.put_nowait(Asked(_nothing))

    def _stumble(self, what: str, fault: Exception) -> None:
        LOG.error(what, exc_info=fault)
        self.engine_fault = f"{what}: {type(fault).__name__}"
        self._paused_until_s = elapsed_s() + RETRY_S
        self.state.engine.reconsider()

    async def _keep_checkpoint(self) -> None:
        head = self.journal.head
        self._checkpoint_seq = head.seq
        checkpoint = Checkpoint(head.seq, head.at_ms, self._city_sha256, checkpoint_text(self.state, head))
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, save, self._database, checkpoint)
        except CannotWrite as fault:
            LOG.warning("no checkpoint was kept: %s", fault)


def _nothing(_state: State, _now_ms: int) -> Told:
    return Told()
