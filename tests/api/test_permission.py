"""Who may do what: the identity file, and the one function that every route passes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from starlette.routing import Mount

from api import at_hand
from api.address import Address
from api.clock import wall_clock
from api.permission import OPEN, ROLES, Action, Identity, read_identity
from api.problems import Problem
from api.serve import serve
from api.wiring import Request as Wanted
from geo.faults import BadInput
from tests.api.conftest import OpenTown
from tests.api.service_fixture import Town, played

TOKEN = "a long random token"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
ASSET = "script-1a2b.js"


@pytest.fixture
def pages(tmp_path: Path) -> None:
    """Pages with a script, as they are built, in the town that is opened."""
    assets = tmp_path / "town" / "pages" / "assets"
    assets.mkdir(parents=True)
    (assets / ASSET).write_text("// a script")


def routes(t: Town) -> list[tuple[str, str]]:
    """(method, path) of every route of the application, however deep it was included."""
    found: list[tuple[str, str]] = []

    def walk(rows: Any) -> None:
        for row in rows:
            inner = getattr(getattr(row, "original_router", None), "routes", None)
            if inner is not None:
                walk(inner)
            elif isinstance(row, Mount):
                found.append(("GET", f"{row.path}/{ASSET}"))
            else:
                found.extend((method, row.path) for method in sorted(row.methods - {"HEAD"}))

    walk(t.app.routes)
    return found


@pytest.mark.usefixtures("pages")
@played
async def test_every_route_passes_the_one_function(town: OpenTown, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Action] = []

    def nobody(_identity: Identity, _request: Request, action: Action) -> None:
        seen.append(action)
        raise Problem(403, "nobody may do this")

    monkeypatch.setattr(at_hand, "allow", nobody)
    async with town() as t:
        asked = routes(t)
        assert len(asked) > 30
        assert {path for _, path in asked} >= {"/openapi.json", "/docs", f"/pages/assets/{ASSET}"}
        for method, path in asked:
            answer = await t.http.request(method, re.sub(r"\{\w+\}", "x", path), json={})
            assert (method, path, answer.status_code, answer.json()["detail"]) == (
                method,
                path,
                403,
                "nobody may do this",
            )
        assert len(seen) == len(asked)
        assert set(seen) == set(Action)


@pytest.mark.usefixtures("pages")
@played
async def test_without_a_token_only_what_is_open_answers(town: OpenTown) -> None:
    async with town(identity=Identity(True, {DIGEST: "admin"})) as t:
        unnamed = set()
        for method, path in routes(t):
            answer = await t.http.request(method, re.sub(r"\{\w+\}", "x", path).replace("/stream", "/stream-"), json={})
            if answer.status_code not in (401, 404):
                unnamed.add(path)
        assert unnamed <= {
            "/devices/osmand", "/healthz", "/readyz", "/metrics", "/v1/shops", "/v1/city", "/v1/track/{token}",
            "/t/{token}", "/control", "/", "/tiles/{name}", "/docs", "/openapi.json", f"/pages/assets/{ASSET}",
        }  # fmt: skip


def test_roles_grow_and_what_is_open_is_no_command() -> None:
    assert ROLES["case_system"] < ROLES["dispatcher"] < ROLES["admin"] == frozenset(Action)
    assert not OPEN & {Action.ASK, Action.DRIVE, Action.WATCH, Action.COMMAND, Action.SET_UP}


def test_an_identity_file(tmp_path: Path) -> None:
    file = tmp_path / "who.toml"
    file.write_text(f'[[token]]\nsha256 = "{DIGEST.upper()}"\nrole = "driver"\n', encoding="utf-8")
    assert read_identity(file) == Identity(True, {DIGEST: "driver"})
    assert read_identity(None).configured is False


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no token"),
        ("token = 5", r"\[\[token\]\]"),
        ('token = ["x"]', r"\[\[token\]\]"),
        ("[[token]", "cannot be read"),
        ('[[token]]\nsha256 = "00"\nrole = "admin"', "token 1: needs sha256"),
        (f'[[token]]\nsha256 = "{DIGEST}"\nrole = "king"', "one of case_system"),
        (f'[[token]]\nsha256 = "{"z" * 64}"\nrole = "admin"', "64 hex digits"),
        ('[[token]]\nsha256 = 5\nrole = ["admin"]', "token 1: needs sha256"),
    ],
)  # fmt: skip
def test_an_identity_file_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "who.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        read_identity(file)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_another_host_than_loopback_needs_an_identity(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadInput, match=r"--identity FILE\.toml"):
        serve(Wanted(home=tmp_path / "home"), Address(host, 0), wall_clock(), lambda _line: None)
    assert not (tmp_path / "home").exists()
