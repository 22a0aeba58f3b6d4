"""Rescues that have been over for long leave the live state, and so do cases without one: which, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from api.turns import Command, Told
from cases import events as cases
from data.answers import prune_statement
from data.archive import archived_of, insert_case_statement, insert_statement
from data.state import State

AT_ONCE = 200
"""Rescues and cases that leave in one turn of the writer's: commands do not wait for all that a first run may find."""


def archive_command(after_s: int, at_once: int) -> Command:
    """The command by which those leave that have been over for so long, the first reported first, and then cases that
    were opened that long ago and have no rescue; its answer is how many they are. Answers to requests with a key that
    are too old to be given again are forgotten with them."""

    def archive(state: State, now_ms: int) -> Told:
        before_ms = now_ms - 1000 * after_s
        rescues = list(islice(_over(state, before_ms), at_once))
        alone = list(islice(_alone(state, before_ms), at_once - len(rescues)))
        rows = [insert_statement(archived_of(state, each)) for each in rescues]
        rows += [insert_case_statement(state.cases.cases[each]) for each in alone]
        events: list[cases.Event] = [*map(cases.RescueArchived, rescues), *map(cases.CaseArchived, alone)]
        return Told(events, [*rows, prune_statement(now_ms)], len(events))

    return archive


def _over(state: State, before_ms: int) -> Iterator[str]:
    awaited = state.cases.awaited()
    for rescue_id in state.cases.rescues:
        since_ms = state.over_since_ms(rescue_id)
        if since_ms is not None and since_ms <= before_ms and rescue_id not in awaited:
            yield rescue_id


def _alone(state: State, before_ms: int) -> Iterator[str]:
    return (case for case, opened_ms in state.cases.alone.items() if opened_ms <= before_ms)
