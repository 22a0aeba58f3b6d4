"""Rescues for those who ask for them, wherever they are: in the live state, or in the archive.

A rescue is written into the archive by the transaction of the event by which it leaves the live state, and the live
state is published after that: what is not found there is looked for in the archive, and is missed by nobody.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from api.at_hand import MOST_DIGITS
from api.problems import Problem
from api.service import Service
from api.views import Views
from cases.events import Case
from data.archive import Archived, find, find_case, list_after

Json = dict[str, Any]

_ID = "[0-9A-Za-z]{1,64}"
"""As `api.ids` makes them. Nothing else was ever written down, and not every text may be put to a database."""


def views_now(service: Service, rescue_id: str) -> Views:
    """What shows a rescue; reads the database where it is archived. Raises Problem 404 where there is none."""
    if rescue_id in service.published.rescues:
        return service.views
    found = find(service.database, rescue_id) if re.fullmatch(_ID, rescue_id) else None
    if found is None:
        raise Problem(404, f"there is no rescue {rescue_id!r}; GET /v1/rescues?status=all lists them")
    return _views_of(service, found)


async def views_of(service: Service, rescue_id: str) -> Views:
    """The same without keeping the loop."""
    if rescue_id in service.published.rescues:
        return service.views
    return await asyncio.to_thread(views_now, service, rescue_id)


async def live(service: Service, rescue_id: str) -> str:
    """The id of a rescue that can still be changed. Raises Problem 404 where there is none, 409 where it has left."""
    if rescue_id not in service.published.rescues:
        await views_of(service, rescue_id)
        raise Problem(409, f"rescue {rescue_id} has ended long ago and is archived; nothing of it can be changed")
    return rescue_id


def unknown_offer(service: Service, offer: str) -> Problem:
    """What to say of an offer that is not in the live state: 409 where its rescue has left, 404 where it never was."""
    rescue_id = offer.partition("-")[0]
    found = find(service.database, rescue_id) if re.fullmatch(_ID, rescue_id) else None
    if found is None or not any(offer in job.past_offers for job in found.jobs):
        return Problem(404, f"there is no offer {offer!r}")
    return Problem(409, f"offer {offer}: no longer open (rescue {rescue_id} is over and archived)")


def case_now(service: Service, case_id: str) -> Case:
    """Raises Problem 404 where there is no such case."""
    found = service.published.cases.get(case_id)
    if found is None and re.fullmatch(_ID, case_id):
        found = find_case(service.database, case_id)
    if found is None:
        raise Problem(404, f"there is no case {case_id!r}")
    return found


async def page_of_all(service: Service, limit: int, cursor: str | None) -> Json:
    """The rescues after a cursor, in order of report, archived ones among them: none is left out or listed twice,
    though some are archived between two pages."""
    after, published = _number(cursor), service.published
    archived: list[Archived] = []
    count = -1
    while count != published.archived:  # one that left meanwhile might be found in neither
        count = published.archived
        archived = await asyncio.to_thread(list_after, service.database, after, limit + 1)
    views = {state.number: (service.views, rescue_id) for rescue_id, state in published.rescues.items()}
    views |= {each.rescue.number: (_views_of(service, each), each.rescue.rescue.id) for each in archived}
    return _page(views, after, limit)


def page_of_open(service: Service, limit: int, cursor: str | None) -> Json:
    """The same of the rescues that have not ended."""
    rescues = service.published.rescues
    views = {rescues[each].number: (service.views, each) for each in service.published.open_rescues}
    return _page(views, _number(cursor), limit)


def _page(views: dict[int, tuple[Views, str]], after: int, limit: int) -> Json:
    numbers = sorted(number for number in views if number > after)
    shown = [views[number] for number in numbers[:limit]]
    return {
        "items": [each.rescue(rescue_id) for each, rescue_id in shown],
        "next": str(numbers[limit - 1]) if len(numbers) > limit else None,
    }


def _views_of(service: Service, found: Archived) -> Views:
    return service.views.on(service.published.of_archived(found))


def _number(cursor: str | None) -> int:
    """The number of the last rescue of the page before."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= MOST_DIGITS):
        raise Problem(400, "cursor: give back the `next` of an earlier answer")
    return int(cursor)
