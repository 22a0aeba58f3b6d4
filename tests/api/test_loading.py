"""A service that is still loading answers: that it lives, and to come again."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest

import api.serve
from api.address import Address
from api.clock import wall_clock
from api.loading import answering_meanwhile
from api.serve import serve
from api.wiring import Request
from geo.faults import BadInput


def test_while_it_loads_it_says_so_and_what_stops_it_is_said_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[httpx.Response] = []

    def load(request: Request, *_: Any) -> NoReturn:
        with httpx.Client(base_url=request.base_url, trust_env=False, timeout=60) as http:
            answers.extend(http.get(path) for path in ("/healthz", "/readyz", "/v1/board", "/control"))
            answers.append(http.post("/v1/rescues", json={"case_ref": "1"}))
        raise BadInput("the city is damaged")

    monkeypatch.setattr(api.serve, "make_service", load)
    with pytest.raises(BadInput, match="the city is damaged"):
        serve(Request(tmp_path, base_url=""), Address("127.0.0.1", 0), wall_clock(), lambda _line: None)
    alive, *others = answers
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert {each.status_code for each in others} == {503}
    for answer in others:
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert "try again" in answer.json()["detail"]
        assert answer.json()["instance"] == answer.request.url.path


def test_the_socket_outlives_it_and_keeps_who_comes_between() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(5)
        for _ in range(2):
            with answering_meanwhile(listening):
                url = f"http://127.0.0.1:{listening.getsockname()[1]}/healthz"
                assert httpx.get(url, trust_env=False, timeout=60).status_code == 200
        with socket.create_connection(listening.getsockname()) as late:
            taken, _ = listening.accept()
            with taken:
                assert taken.getpeername() == late.getsockname()
