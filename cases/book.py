"""Cases and rescues as the events so far have left them. It does no I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cases import events as ev
from cases.rescues import Rescue
from dispatch.states import ImpossibleStep, require


class Standing(StrEnum):
    """Where a rescue stands before the dispatcher: `ordered` ones are an order there, the others are not."""

    HELD = "held"
    ORDERED = "ordered"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RescueState:
    """`since_ms` is when the standing came about; `version` grows with every change.

    `number` counts all rescues that were ever asked for, from 1, in their order. `fresh_link` is the digest of the
    tracking link's token where it is not the first one's; `link_number` counts those that came after that.
    """

    rescue: Rescue
    standing: Standing
    since_ms: int
    merged_into: str | None = None
    link_revoked: bool = False
    version: int = 0
    number: int = 0
    link_number: int = 0
    fresh_link: str | None = None

    @property
    def link(self) -> str:
        """By which the tracking link is known, as long as it is not revoked."""
        return self.rescue.link if self.fresh_link is None else self.fresh_link


@dataclass(frozen=True, slots=True)
class BookState:
    """A book as plain values, to be kept and to be compared. `alone`: the cases without a rescue, and their opening."""

    cases: tuple[ev.Case, ...]
    rescues: tuple[RescueState, ...]
    archived: int = 0
    alone: tuple[tuple[str, int], ...] = ()


class CaseBook:
    """Cases and rescues by id, and the rescue that a tracking link belongs to by the digest of its token.

    `archived` counts the rescues that have left. `alone` are the cases without a rescue, with the instant at which each
    was opened: nothing can be added to them, so that was the last that was heard of them.
    """

    def __init__(self) -> None:
        self.cases: dict[str, ev.Case] = {}
        self.alone: dict[str, int] = {}
        self.rescues: dict[str, RescueState] = {}
        self.rescue_of_link: dict[str, str] = {}
        self.case_of_rescue: dict[str, str] = {}
        self.held: dict[str, None] = {}
        self.archived = 0

    def fold(self, event: ev.Event, now_ms: int) -> None:
        """Takes the event in; raises ImpossibleStep, and changes nothing, where it cannot follow the present state."""
        handler = _HANDLERS.get(type(event))
        if handler is None:
            raise ImpossibleStep(f"{type(event).__name__} is no event of a case")
        handler(self, event, now_ms)

    def rescue(self, rescue_id: str) -> RescueState:
        try:
            return self.rescues[rescue_id]
        except KeyError:
            raise ImpossibleStep(f"rescue {rescue_id}: not known") from None

    def held_without(self, is_gone: Callable[[str], bool]) -> list[str]:
        """The held rescues that have nothing to be the same accident as: all that they are linked to is gone."""
        return [held for held in self.held if all(is_gone(each) for each in self.rescues[held].rescue.linked)]

    def awaited(self) -> set[str]:
        """The rescues that decide over the held ones: those they are linked to, and those that these merged into."""
        left = [each for held in self.held for each in self.rescues[held].rescue.linked]
        found: set[str] = set()
        while left:
            if (each := left.pop()) not in found:
                found.add(each)
                into = self.rescues[each].merged_into
                left += [] if into is None else [into]
        return found

    def open_case(self, case: ev.Case, now_ms: int) -> None:
        self.cases[case.id] = case
        if case.rescue is None:
            self.alone[case.id] = now_ms
        else:
            self.case_of_rescue[case.rescue] = case.id

    def forget_case(self, case_id: str) -> None:
        """A case leaves that has no rescue to leave with."""
        del self.alone[case_id]
        del self.cases[case_id]

    def forget(self, state: RescueState) -> None:
        """A rescue leaves, and its case with it."""
        del self.rescues[state.rescue.id]
        del self.rescue_of_link[state.link]
        if (case := self.case_of_rescue.pop(state.rescue.id, None)) is not None:
            del self.cases[case]
        self.archived += 1

    def set(self, state: RescueState) -> None:
        before = self.rescues.get(state.rescue.id, state)
        self.rescue_of_link.pop(before.link, None)
        self.rescues[state.rescue.id] = replace(state, version=state.version + 1)
        self.rescue_of_link[state.link] = state.rescue.id
        if state.standing is Standing.HELD:
            self.held[state.rescue.id] = None
        else:
            self.held.pop(state.rescue.id, None)

    def state(self) -> BookState:
        alone = tuple(self.alone.items())
        return BookState(tuple(self.cases.values()), tuple(self.rescues.values()), self.archived, alone)

    @classmethod
    def restored(cls, state: BookState) -> CaseBook:
        """Raises ValueError on a state from before cases had an end: it does not say since when one is alone."""
        book = cls()
        book.archived = state.archived
        opened_ms = dict(state.alone)
        for case in state.cases:
            if case.rescue is None and case.id not in opened_ms:
                raise ValueError(f"case {case.id} has neither a rescue nor the instant at which it was opened")
            book.open_case(case, opened_ms.get(case.id, 0))
        for place, rescue in enumerate(state.rescues, start=1):  # a state from before rescues had numbers has them all
            book.set(replace(rescue, version=rescue.version - 1, number=rescue.number or place))
        return book


def _case_opened(book: CaseBook, event: ev.CaseOpened, now_ms: int) -> None:
    if event.case.id in book.cases:
        raise ImpossibleStep(f"case {event.case.id}: opened already")
    book.open_case(event.case, now_ms)


def _rescue_asked(book: CaseBook, event: ev.RescueAsked, now_ms: int) -> None:
    if event.rescue.id in book.rescues:
        raise ImpossibleStep(f"rescue {event.rescue.id}: asked for already")
    number = book.archived + len(book.rescues) + 1
    book.set(RescueState(event.rescue, Standing.HELD if event.held else Standing.ORDERED, now_ms, number=number))


def _held(book: CaseBook, rescue_id: str) -> RescueState:
    state = book.rescue(rescue_id)
    require(f"rescue {rescue_id}", state.standing, {Standing.HELD})
    return state


def _rescue_released(book: CaseBook, event: ev.RescueReleased, now_ms: int) -> None:
    book.set(replace(_held(book, event.rescue), standing=Standing.ORDERED, since_ms=now_ms))


def _rescue_merged(book: CaseBook, event: ev.RescueMerged, now_ms: int) -> None:
    state = _held(book, event.rescue)
    if event.into == event.rescue:
        raise ImpossibleStep(f"rescue {event.rescue}: cannot be merged into itself")
    require(f"rescue {event.into}", book.rescue(event.into).standing, {Standing.ORDERED})
    book.set(replace(state, standing=Standing.MERGED, since_ms=now_ms, merged_into=event.into))


def _rescue_withdrawn(book: CaseBook, event: ev.RescueWithdrawn, now_ms: int) -> None:
    book.set(replace(_held(book, event.rescue), standing=Standing.WITHDRAWN, since_ms=now_ms))


def _link_revoked(book: CaseBook, event: ev.LinkRevoked, _now_ms: int) -> None:
    book.set(replace(book.rescue(event.rescue), link_revoked=True))


def _link_issued(book: CaseBook, event: ev.LinkIssued, _now_ms: int) -> None:
    state = book.rescue(event.rescue)
    if event.number != state.link_number + 1 or event.link in book.rescue_of_link:
        raise ImpossibleStep(f"rescue {event.rescue}: its next link is number {state.link_number + 1}, and a new one")
    book.set(replace(state, link_number=event.number, fresh_link=event.link, link_revoked=False))


def _rescue_archived(book: CaseBook, event: ev.RescueArchived, _now_ms: int) -> None:
    state = book.rescue(event.rescue)
    require(f"rescue {event.rescue}", state.standing, {Standing.ORDERED, Standing.MERGED, Standing.WITHDRAWN})
    if event.rescue in book.awaited():
        raise ImpossibleStep(f"rescue {event.rescue}: a held rescue waits for what becomes of it")
    book.forget(state)


def _case_archived(book: CaseBook, event: ev.CaseArchived, _now_ms: int) -> None:
    if event.case not in book.alone:
        raise ImpossibleStep(f"case {event.case}: not known, or it leaves with its rescue")
    book.forget_case(event.case)


_HANDLERS: dict[type, Callable[[CaseBook, Any, int], None]] = {
    ev.CaseOpened: _case_opened,
    ev.RescueAsked: _rescue_asked,
    ev.RescueReleased: _rescue_released,
    ev.RescueMerged: _rescue_merged,
    ev.RescueWithdrawn: _rescue_withdrawn,
    ev.LinkRevoked: _link_revoked,
    ev.LinkIssued: _link_issued,
    ev.RescueArchived: _rescue_archived,
    ev.CaseArchived: _case_archived,
}
