"""A live round of planning: how long it may think, and how its plan comes back to the writer."""

from __future__ import annotations

from api.clock import elapsed_s
from api.turns import Command, Told
from data.event_text import Event
from data.state import State
from dispatch.accounts import account_of
from dispatch.fleet import Fixes
from dispatch.plan import Plan
from dispatch.policy import Policy
from dispatch.snapshot import Snapshot
from dispatch.solver.budget import Budget, within

SOLVE_S = 1.0
"""A live round ends after this long with the best plan that it has."""


def live_budget(policy: Policy) -> Budget:
    """From now on."""
    return within(SOLVE_S, elapsed_s, policy.work)


def decision_command(snapshot: Snapshot, plan: Plan, fixes: Fixes, versions: tuple[int, int]) -> Command:
    """What the plan amounts to by the time that it is there, after the account of it; nothing where nothing is."""

    def decide(state: State, now_ms: int) -> Told:
        decisions = state.engine.decide(snapshot, plan, now_ms)
        if not decisions:
            return Told()
        account: Event = account_of(state.engine.book, snapshot, plan, decisions, fixes, versions)
        return Told([account, *decisions], caused_by_first=True)

    return decide
