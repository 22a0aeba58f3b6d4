"""The archive of rescues, on both databases: what was put in comes out, in order, and with its event or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from alembic import command

from cases import events as cases
from cases.events import RescueArchived
from data import migrations
from data.archive import Archived, archived_of, find, find_case, insert_case_statement, insert_statement, list_after
from data.database import Database, open_database
from data.event_text import Event, encode
from data.journal import Draft, Journal
from data.state import State
from dispatch import events as ev
from dispatch.fleet import Shop, Truck
from dispatch.policy import get_policy
from geo.faults import BadInput
from routing.router import Router
from tests.cases.test_duplicates import rescue
from tests.contracts.sql_stores import Store, drafts
from tests.worlds import degrees, grid_world

ROUTER = Router(grid_world(4, 4))


def state_of(*events: Event) -> State:
    state = State.empty(ROUTER, get_policy("production"))
    for at_ms, event in enumerate(events):
        state.observe(event, at_ms)
    return state


def three() -> list[Archived]:
    """A served rescue of a case, one that was merged into it, and one that was withdrawn."""
    a, b, c = (replace(rescue(name), plates=frozenset({"甲", "b"}), case_ref="救援 \u2028 'x'") for name in "ABC")
    state = state_of(
        ev.TruckRegistered(Truck("T", frozenset({"wheel_lift"}), "A")),
        ev.ShopRegistered(Shop("S", "救援", *degrees(300, 300), frozenset(), 2, 60)),
        ev.OnDuty("T", None),
        cases.CaseOpened(cases.Case("K", "ref", 0.5, -0.25, "A")),
        cases.RescueAsked(a, held=False),
        ev.OrderReported(a.order),
        cases.RescueAsked(replace(b, linked=("A",)), held=True),
        cases.RescueAsked(replace(c, linked=("A", "B")), held=True),
        ev.Offered("A-1.1", "A-1", "T", "S", 90_000, 5_000),
        ev.OfferExpired("A-1.1"),
        ev.Offered("A-1.2", "A-1", "T", "S", 90_000, 5_000),
        ev.OfferAccepted("A-1.2"),
        ev.SetOff("A-1"),
        cases.RescueMerged("B", "A", "x"),
        cases.RescueWithdrawn("C", "x", "y"),
    )
    return [archived_of(state, name) for name in "ABC"]


def archived_event(name: str) -> Draft:
    kind, payload = encode(RescueArchived(name))
    return Draft(2_000, kind, payload, None, name)


def test_what_was_put_in_comes_out(database: Database, journal: Journal) -> None:
    put = three()
    assert [each.rescue.number for each in put] == [1, 2, 3]
    assert put[0].jobs[0].barred
    journal.append([archived_event(name) for name in "ABC"], [insert_statement(each) for each in reversed(put)])
    assert [find(database, name) for name in "ABC"] == put
    assert find(database, "D") is None
    assert find_case(database, "K") == cases.Case("K", "ref", 0.5, -0.25, "A")
    assert find_case(database, "A") is None
    assert [record.kind for record in journal.of_subject("B")] == ["RescueArchived"]


def test_pages_are_in_order_of_report(database: Database, journal: Journal) -> None:
    first = three()[0]
    put = [
        replace(first, rescue=replace(first.rescue, rescue=rescue(f"R{10 - k}"), number=k), case=None)
        for k in range(1, 10)
    ]
    journal.append([], [insert_statement(each) for each in put[4:] + put[:4]])
    assert list_after(database, 0, 100) == put
    assert list_after(database, 3, 2) == put[3:5]
    assert list_after(database, 9, 2) == list_after(database, 2**62, 2) == list_after(database, 0, 0) == []


def test_a_case_without_a_rescue_comes_out_and_goes_in_once(database: Database, journal: Journal) -> None:
    alone = cases.Case("L", "救援 \u2028 'x'", 0.1, -0.25, None)
    kind, payload = encode(cases.CaseArchived("L"))
    draft = Draft(2_000, kind, payload, None, None)
    journal.append([draft], [insert_case_statement(alone), insert_statement(three()[0])])
    assert (find_case(database, "L"), find(database, "L")) == (alone, None)
    assert find_case(database, "K") == three()[0].case
    with pytest.raises(ValueError, match="does not take"):
        journal.append([draft], [insert_case_statement(alone)])
    assert journal.head.seq == 1


@pytest.mark.parametrize("same", ["rescue", "number"])
def test_a_rescue_is_archived_once_and_with_its_event(database: Database, journal: Journal, same: str) -> None:
    first, second, _ = three()
    journal.append([archived_event("A")], [insert_statement(first)])
    twice = replace(second, rescue=replace(second.rescue, number=1))
    if same == "rescue":
        twice = replace(first, rescue=replace(first.rescue, number=2))
    with pytest.raises(ValueError, match="does not take"):
        journal.append([archived_event("B")], [insert_statement(twice)])
    assert (journal.head.seq, list_after(database, 0, 9)) == (1, [first])


def test_a_database_from_before_the_archive_is_brought_up_to_date(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(migrations, "newest", lambda: "0001")
        older.setattr(migrations, "upgrade", _to_the_first)
        with open_database(store.url, exclusive=True) as opened:
            kept = Journal(opened).append(drafts(3))
    with pytest.raises(BadInput, match="towline db upgrade"):
        open_database(store.url, exclusive=False)
    with open_database(store.url, exclusive=True) as opened:
        assert (opened.schema_before, opened.schema) == ("0001", "0003")
        assert list(Journal(opened).read()) == kept
        Journal(opened).append([archived_event("A")], [insert_statement(three()[0])])
        assert find(opened, "A") == three()[0]


def _to_the_first(connection: object) -> None:
    config = migrations._config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
