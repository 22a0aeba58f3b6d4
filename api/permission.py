"""Who may do what: the one function that every route passes.

Without identity configured the service is bound to loopback and every route is open. With it, a request names itself by
a bearer token whose SHA-256 stands in the identity file with a role; a role may do the actions that are listed for it.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fastapi import Request

from api.problems import Problem
from geo.faults import BadInput


class Action(StrEnum):
    ASK = "ask for rescues and cases, and follow them"
    DRIVE = "answer offers and tap statuses"
    LOCATE = "report positions"
    WATCH = "watch the control room"
    COMMAND = "decide what a dispatcher decides"
    SET_UP = "register trucks and shops, close roads"
    FOLLOW = "follow a rescue by its link"
    LOOK = "read what is open to all"
    ROUTE = "ask for ways and travel times"


OPEN = frozenset({Action.FOLLOW, Action.LOOK, Action.LOCATE})
"""A link, or a device's id, is a secret of its own."""

ROLES: Mapping[str, frozenset[Action]] = {
    "case_system": frozenset({Action.ASK, Action.ROUTE}),
    "driver": frozenset({Action.DRIVE, Action.ROUTE}),
    "dispatcher": frozenset({Action.ASK, Action.DRIVE, Action.WATCH, Action.COMMAND, Action.ROUTE}),
    "admin": frozenset(Action),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Roles by the SHA-256 of a token; empty and not `configured` on a loopback of one's own."""

    configured: bool
    role_of: Mapping[str, str]


_DIGEST = re.compile(r"[0-9a-fA-F]{64}")

NOBODY_ELSE = Identity(configured=False, role_of={})


def read_identity(path: Path | None) -> Identity:
    """From a TOML file with `[[token]]` tables of `sha256` and `role`. Raises BadInput that names what is wrong."""
    if path is None:
        return NOBODY_ELSE
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("token", [])
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadInput(f"--identity {path}: cannot be read: {fault}") from fault
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise BadInput(f"{path.name}: token is to be a list of tables; write [[token]] with sha256 and role")
    role_of: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        digest, role = row.get("sha256", ""), row.get("role", "")
        if not (isinstance(digest, str) and _DIGEST.fullmatch(digest) and isinstance(role, str) and role in ROLES):
            raise BadInput(
                f"{path.name}: token {number}: needs sha256 (64 hex digits) and role, one of {', '.join(ROLES)}"
            )
        role_of[digest.lower()] = role
    if not role_of:
        raise BadInput(f"{path.name}: names no token; add [[token]] with sha256 and role")
    return Identity(configured=True, role_of=role_of)


def allow(identity: Identity, request: Request, action: Action) -> None:
    """Raises Problem 401 or 403 where the request may not do this."""
    if not identity.configured or action in OPEN:
        return
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "name yourself: Authorization: Bearer <token>, with a token from the identity file")
    role = identity.role_of.get(hashlib.sha256(token.strip().encode()).hexdigest())
    if role is None:
        raise Problem(401, "this token is not known; ask the administrator for one")
    if action not in ROLES[role]:
        raise Problem(403, f"a token of the role {role} may not {action.value}")
