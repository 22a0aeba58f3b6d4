"""Whatever bad input comes in is answered with a problem that says what to do, and nothing is written down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ValidationError

from api.bodies import Body
from api.permission import Identity
from tests.api.conftest import OpenTown
from tests.api.service_fixture import Town, crossing, played

HERE_LON, HERE_LAT = crossing(14, 1)
HERE: dict[str, Any] = {"lon": HERE_LON, "lat": HERE_LAT}
HUGE = 50 * 2**20
JSON = {"Content-Type": "application/json"}


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem of an answer, after everything that each of them must have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert isinstance(problem, dict)
    assert {"type", "title", "status", "detail", "instance"} <= set(problem)
    assert problem["status"] == status
    assert len(problem["detail"]) > 15
    return problem


def rescue(**fields: Any) -> dict[str, Any]:
    return {"case_ref": "110-1", "location": HERE, **fields}


UNMEANT: list[tuple[Any, str, str]] = [
    (rescue(location={"lon": 0.5, "lat": 0.5}), "from the nearest road of the served city", "/location"),
    (rescue(location={"lon": HERE_LAT, "lat": HERE_LON}), "swapped", "/location"),
    (rescue(location={"lon": 31.0, "lat": 121.5}), "swapped", "/location"),
    (rescue(location={"lon": 400, "lat": 0}), "out of range", "/location"),
    (rescue(location={"lon": 0}), "errors", "/location/lat"),
    (rescue(location={**HERE, "datum": "mars"}), "errors", "/location/datum"),
    (rescue(shop_id="nowhere"), "GET /v1/shops", "/shop_id"),
    (rescue(shop_id="no where"), "errors", "/shop_id"),
    (rescue(vehicles=[{"needs": ["wings"]}]), "errors", "/vehicles/0/needs/0"),
    (rescue(vehicles=[{}] * 21), "errors", "/vehicles"),
    (rescue(lanes_blocked=-1), "errors", "/lanes_blocked"),
    (rescue(lanes_blocked=True), "errors", "/lanes_blocked"),
    (rescue(lanes_blocked="1"), "errors", "/lanes_blocked"),
    (rescue(promise_after_s=True), "errors", "/promise_after_s"),
    (rescue(location={"lon": True, "lat": False}), "errors", "/location/lat"),
    (rescue(case_ref="110\0"), "errors", "/case_ref"),
    (rescue(contact={"name": "\0", "phone": "1"}), "errors", "/contact/name"),
    (rescue(vehicles=[{"plate": "苏J\x1b12345"}]), "errors", "/vehicles/0/plate"),
    (rescue(vehicles=[{"class": "\x7f"}]), "errors", "/vehicles/0/class"),
    (rescue(shop_id="S\x01"), "errors", "/shop_id"),
    (rescue(promise_after_s=1.5), "errors", "/promise_after_s"),
    (rescue(severity="bad"), "errors", "/severity"),
    (rescue(severty="damage"), "errors", "/severty"),
    (rescue(case_ref=""), "errors", "/case_ref"),
    (rescue(case_ref="x" * 101), "errors", "/case_ref"),
    ({"location": HERE}, "errors", "/case_ref"),
    ([], "errors", ""),
    (None, "errors", ""),
]


@played
async def test_a_body_that_cannot_be_meant(town: OpenTown) -> None:
    async with town() as t:
        for body, says, pointer in UNMEANT:
            answer = await t.http.post("/v1/rescues", content=json.dumps(body), headers={**t.key(), **JSON})
            problem = is_problem(answer, 422)
            assert says in problem["detail"], body
            assert pointer in [each["pointer"] for each in problem["errors"]], body
        assert t.service.journal.head.seq == 0


UNREADABLE: list[tuple[bytes, int, str]] = [
    (b'{"case_ref": "1", ', 400, "send one JSON object"),
    (b'{"\xff": 1}', 400, "UTF-8"),
    (b"[" * 100_000, 400, "JSON"),
    (b'{"case_ref": "1", "location": {"lon": ' + b"9" * 5_000 + b', "lat": 0}}', 400, "JSON"),
    (b'{"case_ref": "1", "location": {"lon": NaN, "lat": 0}}', 422, "finite"),
    (b'{"case_ref": "1", "location": {"lon": 0, "lat": -Infinity}}', 422, "finite"),
    (b'{"case_ref": "1", "location": {"lon": 1e999, "lat": 0}}', 422, "finite"),
    (b'{"case_ref": "\\ud800", "location": {"lon": 0, "lat": 0}}', 422, "errors"),
]


def models(of: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in of.__subclasses__():
        yield each
        yield from models(each)


FLAGS = [
    (model, name) for model in models(Body) for name, told in model.model_fields.items() if told.annotation is bool
]


@pytest.mark.parametrize("unmeant", [1, 0, 1.0, "true", "yes", "", None, []])
def test_what_is_no_boolean_is_none_anywhere(unmeant: object) -> None:
    assert {(model.__name__, name) for model, name in FLAGS} >= {
        ("RescueBody", "consent"), ("RescueDetails", "consent"), ("RescueBody", "person_waiting"),
    }  # fmt: skip
    for model, name in FLAGS:
        with pytest.raises(ValidationError) as refused:
            model.model_validate({name: unmeant})
        told = [each["msg"] for each in refused.value.errors() if each["loc"] == (name,)]
        assert told == ["send true or false, without quotes"]


@played
async def test_a_flag_that_is_no_boolean_is_told_what_to_send(town: OpenTown) -> None:
    async with town() as t:
        inner = {"case_ref": "1", "location": HERE, "rescue": {"person_waiting": 1}}
        sent = [
            ("/v1/rescues", rescue(consent="yes"), "/consent"),
            ("/v1/cases", inner, "/rescue/person_waiting"),
        ]
        for path, body, pointer in sent:
            problem = is_problem(await t.http.post(path, json=body, headers=t.key()), 422)
            assert problem["errors"] == [{"pointer": pointer, "detail": "send true or false, without quotes"}]
        assert t.service.journal.head.seq == 0
        for x, said in ((2, True), (12, False)):
            made = await t.ask(x, 1, person_waiting=said)
            assert t.service.published.orders[made["id"]].order.person_waiting is said
        shown = (await t.get("/openapi.json"))["components"]["schemas"]["RescueBody"]["properties"]
        assert [shown[name]["type"] for name in ("consent", "person_waiting")] == ["boolean", "boolean"]


@played
async def test_text_that_is_no_json_or_no_number(town: OpenTown) -> None:
    async with town() as t:
        for text, status, says in UNREADABLE:
            answer = await t.http.post("/v1/rescues", content=text, headers={**t.key(), **JSON})
            assert says in is_problem(answer, status)["detail"], text[:80]
        assert t.service.journal.head.seq == 0


@played
async def test_a_form_is_not_taken_for_json(town: OpenTown) -> None:
    async with town() as t:
        answer = await t.http.post("/v1/rescues", data={"case_ref": "1"}, headers=t.key())
        assert "Content-Type: application/json" in is_problem(answer, 415)["detail"]


async def in_pieces(size: int, taken: list[int]) -> AsyncIterator[bytes]:
    for _ in range(size // 65_536):
        taken[0] += 65_536
        yield bytes(65_536)


@pytest.mark.parametrize("path", ["/v1/rescues", "/nowhere"])
@played
async def test_a_body_of_50_mb_is_refused_without_being_read(town: OpenTown, path: str) -> None:
    async with town() as t:
        taken = [0]
        told = await t.http.post(path, content=bytes(HUGE), headers={**t.key(), **JSON})
        chunked = await t.http.post(path, content=in_pieces(HUGE, taken), headers={**t.key(), **JSON})
        for answer in (told, chunked):
            assert "send less" in is_problem(answer, 413)["detail"]
        assert taken[0] <= 2**20 + 65_536


@played
async def test_a_body_in_small_pieces_is_read_whole(town: OpenTown) -> None:
    async with town() as t:
        text = json.dumps(rescue()).encode()

        async def letters() -> AsyncIterator[bytes]:
            for letter in text:
                yield bytes([letter])

        answer = await t.http.post("/v1/rescues", content=letters(), headers={**t.key(), **JSON})
        assert answer.status_code == 201, answer.text


@played
async def test_a_key_that_is_missing_or_none(town: OpenTown) -> None:
    async with town() as t:
        for key in (None, '""', "", "x" * 256, "a\0b"):
            headers = {} if key is None else {"Idempotency-Key": key}
            answer = await t.http.post("/v1/rescues", json=rescue(), headers=headers)
            assert "Idempotency-Key" in is_problem(answer, 400)["detail"]
        assert t.service.journal.head.seq == 0


@played
async def test_a_key_that_was_used_for_something_else(town: OpenTown) -> None:
    async with town() as t:
        key = t.key()
        first = await t.http.post("/v1/rescues", json=rescue(), headers=key)
        again = await t.http.post("/v1/rescues", json=rescue(), headers=key)
        other = await t.http.post("/v1/rescues", json=rescue(case_ref="2"), headers=key)
        assert (again.status_code, again.json()) == (201, first.json())
        assert "new key" in is_problem(other, 422)["detail"]


LINE = {"type": "LineString", "coordinates": [[0.0, 0.0], [0.01, 0.0]]}
SHOP = {"name": "S", "lon": HERE_LON, "lat": HERE_LAT}


WRONG: list[tuple[str, str, dict[str, Any] | None, int]] = [
    ("GET", "/v1/rescues?limit=0", None, 400),
    ("GET", "/v1/rescues?limit=many", None, 400),
    ("GET", "/v1/rescues?status=lost", None, 400),
    ("GET", "/v1/rescues?cursor=next", None, 400),
    ("GET", "/v1/rescues?cursor=" + "9" * 5_000, None, 400),
    ("GET", "/v1/trucks?near=1", None, 400),
    ("GET", "/v1/trucks?near=nan,0", None, 400),
    ("GET", "/v1/shops?near=0,91", None, 400),
    ("GET", "/v1/shops?for=wings", None, 400),
    ("GET", "/v1/trucks/nobody", None, 404),
    ("GET", "/v1/nowhere", None, 404),
    ("GET", "/t", None, 404),
    ("GET", "/v1/track/nothing", None, 404),
    ("GET", "/tiles/other.pmtiles", None, 404),
    ("PATCH", "/v1/rescues", None, 405),
    ("POST", "/v1/trucks/T9/status", {"status": "standby"}, 404),
    ("POST", "/v1/offers/nothing/accept", None, 404),
    ("POST", "/v1/offers/nothing/decline", {}, 404),
    ("POST", "/v1/shops/nowhere/freed", None, 404),
    ("DELETE", "/v1/closures/nothing", None, 404),
    ("PUT", "/v1/trucks/a%20b", {"can": ["flatbed"]}, 422),
    ("PUT", "/v1/trucks/a%00b", {"can": ["flatbed"]}, 422),
    ("PUT", "/v1/trucks/T1", {"can": ["flatbed"], "company": "\0"}, 422),
    ("PUT", "/v1/trucks/T1", {"can": ["flatbed"], "device_id": "\0"}, 422),
    ("PUT", "/v1/trucks/T1", {"can": []}, 422),
    ("PUT", "/v1/trucks/T1", {"can": ["fly"]}, 422),
    ("PUT", "/v1/shops/a%20b", SHOP, 422),
    ("PUT", "/v1/shops/" + "x" * 65, SHOP, 422),
    ("PUT", "/v1/shops/S1", {**SHOP, "lon": 5}, 422),
    ("PUT", "/v1/shops/S1", {**SHOP, "places": -1}, 422),
    ("PUT", "/v1/shops/S1", {**SHOP, "places": True}, 422),
    ("PUT", "/v1/shops/S1", {**SHOP, "unload_s": False}, 422),
    ("POST", "/v1/closures", {"geometry": {"type": "Point", "coordinates": [0, 0]}}, 422),
    ("POST", "/v1/closures", {"geometry": {"type": "LineString", "coordinates": "there"}}, 422),
    ("POST", "/v1/closures", {"geometry": {"type": ["LineString"]}}, 422),
    ("POST", "/v1/closures", {"geometry": {**LINE, "coordinates": [[5.0, 5.0], [5.1, 5.0]]}}, 422),
    ("POST", "/v1/closures", {"geometry": LINE, "buffer_m": 0}, 422),
    ("POST", "/v1/closures", {"geometry": LINE, "buffer_m": True}, 422),
    ("POST", "/v1/closures", {"geometry": LINE, "reason": "\b"}, 422),
    ("POST", "/v1/closures", {"geometry": LINE, "until_at": "2020-01-01T00:00:00Z"}, 422),
    ("POST", "/v1/closures", {"geometry": LINE, "until_at": "2027-01-01T00:00:00"}, 422),
    ("GET", "/devices/osmand?id=T1", None, 400),
    ("GET", "/devices/osmand?id=nobody&lat=0&lon=0", None, 400),
]


@played
async def test_each_route_says_what_is_wrong(town: OpenTown) -> None:
    async with town() as t:
        for method, path, body, status in WRONG:
            is_problem(await t.http.request(method, path, json=body), status)
        assert t.service.journal.head.seq == 0


@played
async def test_a_method_that_is_not_allowed_names_those_that_are(town: OpenTown) -> None:
    async with town() as t:
        answer = await t.http.delete("/v1/board")
        assert "/docs" in is_problem(answer, 405)["detail"]
        assert answer.headers["allow"] == "GET"
        assert (await t.http.delete("/v1/shops/S1")).headers["allow"] == "PUT"
        assert (await t.http.delete("/v1/rescues")).headers["allow"] == "GET, POST"
        assert (await t.http.patch("/devices/osmand")).headers["allow"] == "GET, POST"


@played
async def test_instants_at_the_ends_of_time(town: OpenTown) -> None:
    """A shift until the year 9999, or one that is over, is no reason to stop planning."""
    async with town() as t:
        await t.shop("S1", 15, 1)
        for number, end in enumerate(["9999-12-31T23:59:59Z", "2000-01-01T00:00:00Z"]):
            truck = f"T{number}"
            await t.truck(truck, 0, 0)
            await t.tap(truck, "off_duty")
            await t.passes(1)
            answer = await t.http.post(f"/v1/trucks/{truck}/status", json={"status": "standby", "shift_end_at": end})
            assert answer.status_code in (200, 422), answer.text
            await t.seen(truck, 0, 0)
        made = await t.ask(4, 1)
        assert made["jobs"][0]["assignment"]["truck"] == "T0"
        assert t.service.health()["ready"] is True
        for impossible in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-12:00"):
            await t.tap("T1", "off_duty")
            body = {"status": "standby", "shift_end_at": impossible}
            assert "1970" in is_problem(await t.http.post("/v1/trucks/T1/status", json=body), 422)["detail"]
            closure = {"geometry": LINE, "until_at": impossible}
            assert "1970" in is_problem(await t.http.post("/v1/closures", json=closure), 422)["detail"]
        assert (await t.http.get("/v1/board")).status_code == 200


ADMIN, CASES = "an admin's token", "a case system's token"
ROLE_OF = {ADMIN: "admin", CASES: "case_system"}
IDENTITY = Identity(True, {hashlib.sha256(token.encode()).hexdigest(): role for token, role in ROLE_OF.items()})


@played
async def test_tokens(town: OpenTown) -> None:
    async with town(identity=IDENTITY) as t:
        for header in (
            {},
            {"Authorization": "Basic eA=="},
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Bearer"},
        ):
            answer = await t.http.post("/v1/rescues", json=rescue(), headers={**t.key(), **header})
            is_problem(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
        named = {"Authorization": f"Bearer {CASES}"}
        assert (await t.http.post("/v1/rescues", json=rescue(), headers={**t.key(), **named})).status_code == 201
        problem = is_problem(await t.http.put("/v1/trucks/T1", json={"can": ["flatbed"]}, headers=named), 403)
        assert "case_system" in problem["detail"]
        admin = {"Authorization": f"bearer {ADMIN}"}
        assert (await t.http.put("/v1/trucks/T1", json={"can": ["flatbed"]}, headers=admin)).status_code == 201


@played
async def test_openapi_is_complete(town: OpenTown) -> None:
    async with town() as t:
        api = await t.get("/openapi.json")
        shown = {(method.upper(), path) for path, row in api["paths"].items() for method in row}
        assert shown >= promised()
        for path, row in api["paths"].items():
            for method, told in row.items():
                assert told.get("summary"), (method, path)
        body = api["components"]["schemas"]["RescueBody"]
        made = await t.http.post("/v1/rescues", json=body["examples"][0] | {"location": HERE}, headers=t.key())
        assert made.status_code == 201, made.text


@played
async def test_pages_that_are_not_built_say_how(town: OpenTown) -> None:
    async with town() as t:
        for path in ("/", "/control", "/docs"):
            answer = await t.http.get(path)
            assert (answer.status_code, "make setup" in answer.text) == (503, True)


def promised() -> set[tuple[str, str]]:
    """The routes of docs/http.md and interfaces.md that are there."""
    paths = {
        "GET": "rescues rescues/{rescue_id} rescues/{rescue_id}/timeline rescues/{rescue_id}/decisions "
        "rescues/{rescue_id}/track trucks trucks/{truck_id} trucks/{truck_id}/jobs shops closures cases/{case_id} city "
        "board stream track/{token} track/{token}/stream state",
        "POST": "rescues rescues/{rescue_id}/cancel rescues/{rescue_id}/shop rescues/{rescue_id}/release "
        "rescues/{rescue_id}/merge rescues/{rescue_id}/link rescues/{rescue_id}/link/revoke "
        "trucks/{truck_id}/status offers/{offer}/accept offers/{offer}/decline "
        "shops/{shop_id}/freed closures cases",
        "PUT": "trucks/{truck_id} shops/{shop_id}",
        "DELETE": "closures/{closure_id}",
    }
    plain = {("GET", path) for path in ("/healthz", "/readyz", "/metrics", "/devices/osmand")}
    return plain | {(method, f"/v1/{path}") for method, row in paths.items() for path in row.split()}


@played
async def test_health_and_metrics(town: OpenTown) -> None:
    async with town() as t:
        assert (await t.get("/healthz")) == {"status": "alive"}
        ready = await t.get("/readyz")
        assert ready["ready"] is True
        text = (await t.http.get("/metrics")).text
        assert "towline" in text


async def state_of(t: Town) -> dict[str, Any]:
    shown = await t.get("/v1/state")
    assert isinstance(shown, dict)
    return shown


@played
async def test_the_state_is_that_of_the_journal(town: OpenTown) -> None:
    async with town() as t:
        await t.ask(4, 1)
        shown = await state_of(t)
        assert (shown["seq"], shown["hash"]) == (t.service.journal.head.seq, t.service.journal.head.hash)
        await t.is_its_fold()
