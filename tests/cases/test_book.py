"""The book of cases: what can follow what, and what it comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cases import events as ev
from cases.book import CaseBook, Standing
from dispatch.events import OffDuty
from dispatch.states import ImpossibleStep
from tests.cases.test_duplicates import rescue


def book_of(*events: ev.Event) -> CaseBook:
    book = CaseBook()
    for at_ms, event in enumerate(events):
        book.fold(event, at_ms)
    return book


ASKED = ev.RescueAsked(rescue("A"), held=False)
HELD = ev.RescueAsked(replace(rescue("B"), linked=("A",)), held=True)
CASE = ev.CaseOpened(ev.Case("C", "ref", 0.0, 0.0, None))


@pytest.mark.parametrize(
    ("event", "standing"),
    [
        (ev.RescueReleased("B", "x"), Standing.ORDERED),
        (ev.RescueMerged("B", "A", "x"), Standing.MERGED),
        (ev.RescueWithdrawn("B", "x", ""), Standing.WITHDRAWN),
    ],
)
def test_a_held_rescue_gets_one_word(event: ev.Event, standing: Standing) -> None:
    book = book_of(ASKED, HELD)
    assert list(book.held) == ["B"]
    version = book.rescue("B").version
    book.fold(event, 9)
    after = book.rescue("B")
    assert (after.standing, after.since_ms, after.version) == (standing, 9, version + 1)
    assert not book.held
    for word in (ev.RescueReleased("B", "x"), ev.RescueMerged("B", "A", "x"), ev.RescueWithdrawn("B", "x", "")):
        with pytest.raises(ImpossibleStep):
            book.fold(word, 10)


@pytest.mark.parametrize(
    "event",
    [
        ASKED, CASE, ev.RescueReleased("A", "x"), ev.RescueReleased("none", "x"), ev.RescueMerged("B", "B", "x"),
        ev.RescueMerged("B", "none", "x"), ev.RescueMerged("A", "B", "x"), ev.LinkRevoked("none", "x"), OffDuty("T"),
    ],
)  # fmt: skip
def test_what_cannot_be_changes_nothing(event: ev.Event) -> None:
    book = book_of(CASE, ASKED, HELD)
    before = book.state()
    with pytest.raises(ImpossibleStep):
        book.fold(event, 9)
    assert book.state() == before


def test_a_link_is_revoked_and_found_by_its_digest() -> None:
    book = book_of(ASKED, ev.LinkRevoked("A", "x"))
    assert book.rescue_of_link == {"link of A": "A"}
    assert book.rescue("A").link_revoked


def test_a_fresh_link_takes_the_place_of_the_one_before() -> None:
    fresh = ev.LinkIssued("A", 1, "fresh", "x")
    book = book_of(ASKED, HELD, ev.LinkRevoked("A", "x"), fresh)
    assert book.rescue_of_link == {"fresh": "A", "link of B": "B"}
    assert (book.rescue("A").link, book.rescue("A").link_revoked) == ("fresh", False)
    before = book.state()
    for number, link in ((1, "newer"), (3, "newer"), (2, "fresh"), (2, "link of B")):
        with pytest.raises(ImpossibleStep):
            book.fold(ev.LinkIssued("A", number, link, "x"), 9)
    assert book.state() == before == CaseBook.restored(before).state()
    assert CaseBook.restored(before).rescue_of_link == book.rescue_of_link
    book.fold(ev.LinkIssued("A", 2, "newer", "x"), 9)
    book.fold(ev.RescueReleased("B", "x"), 9)
    book.fold(ev.RescueArchived("A"), 9)
    assert book.rescue_of_link == {"link of B": "B"}


def test_held_without_anything_left() -> None:
    third = ev.RescueAsked(replace(rescue("C"), linked=("A", "B")), held=True)
    book = book_of(ASKED, HELD, third)
    assert book.held_without(lambda each: each == "A") == ["B"]
    assert book.held_without(lambda each: each in "AB") == ["B", "C"]


def test_what_a_held_rescue_waits_for_does_not_leave() -> None:
    third = ev.RescueAsked(replace(rescue("C"), linked=("B",)), held=True)
    book = book_of(ASKED, HELD, third, ev.RescueMerged("B", "A", "x"))
    for name in "ABC":
        with pytest.raises(ImpossibleStep):
            book.fold(ev.RescueArchived(name), 9)
    book.fold(ev.RescueReleased("C", "x"), 9)
    for name in "BAC":
        book.fold(ev.RescueArchived(name), 10)
        with pytest.raises(ImpossibleStep, match="not known"):
            book.fold(ev.RescueArchived(name), 10)
    assert book.state() == replace(CaseBook().state(), archived=3)
    book.fold(ev.RescueAsked(rescue("D"), held=False), 11)
    assert book.rescue("D").number == 4


def test_a_case_leaves_with_its_rescue() -> None:
    mine = ev.CaseOpened(ev.Case("K", "ref", 0.0, 0.0, "A"))
    book = book_of(CASE, mine, ASKED, ev.RescueArchived("A"))
    assert list(book.cases) == ["C"]
    assert (book.case_of_rescue, book.rescue_of_link) == ({}, {})


def test_a_case_without_a_rescue_leaves_alone() -> None:
    mine = ev.CaseOpened(ev.Case("K", "ref", 0.0, 0.0, "A"))
    book = book_of(CASE, mine, ASKED)
    assert list(book.alone) == ["C"]
    for name in ("K", "nowhere"):
        with pytest.raises(ImpossibleStep, match=name):
            book.fold(ev.CaseArchived(name), 9)
    book.fold(ev.CaseArchived("C"), 9)
    assert (list(book.cases), book.alone, book.archived) == (["K"], {}, 0)
    with pytest.raises(ImpossibleStep):
        book.fold(ev.CaseArchived("C"), 9)


def test_a_kept_book_knows_since_when_a_case_is_alone() -> None:
    book = CaseBook()
    book.fold(CASE, 7)
    assert book.alone == CaseBook.restored(book.state()).alone == {"C": 7}
    with pytest.raises(ValueError, match="case C"):
        CaseBook.restored(replace(book.state(), alone=()))


def test_a_book_that_was_kept_is_the_same_book() -> None:
    book = book_of(CASE, ASKED, HELD, ev.RescueMerged("B", "A", "x"), ev.LinkRevoked("A", "x"))
    again = CaseBook.restored(book.state())
    assert again.state() == book.state()
    assert (again.rescue_of_link, again.held) == (book.rescue_of_link, book.held)
