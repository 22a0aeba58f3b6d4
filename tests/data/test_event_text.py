"""Events and their text: every event reads back as it was, the same event has the same text, and nothing is guessed."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import types
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.event_text import Event, decode, encode
from dispatch.events import Arrived, OnDuty, OrderReported, TruckRegistered
from dispatch.fleet import Truck
from dispatch.orders import Job, Order
from geo.faults import BadInput

ROOT = Path(__file__).resolve().parents[2]
ORDER = Order("R1", 5, 120.15, 33.35, 1200, (Job("R1-1", frozenset({"wheel_lift", "crane", "heavy"}), 600),))


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, as events are made of them; finite numbers only."""
    if dataclasses.is_dataclass(kind):
        assert isinstance(kind, type)
        hints = get_type_hints(kind)
        return st.builds(kind, **{field.name: values(hints[field.name]) for field in dataclasses.fields(kind)})
    if kind is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.one_of([values(each) for each in inner])
    if origin is frozenset:
        return st.frozensets(values(inner[0]), max_size=4)
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return st.lists(values(inner[0]), max_size=3).map(tuple)
        return st.tuples(*(values(each) for each in inner))
    assert kind in (int, str, bool, type(None)), f"teach this test to make a {kind}"
    return st.from_type(kind)


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: str(kind.__name__))
def test_every_event_reads_back_as_it_was(kind: type) -> None:
    @settings(max_examples=40, deadline=None, database=None)
    @given(values(kind))
    def check(event: Any) -> None:
        name, payload = encode(event)
        back = decode(name, payload)
        assert type(back) is kind
        assert back == event
        assert encode(back) == (name, payload)
        assert name == kind.__name__
        assert payload == json.dumps(json.loads(payload), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    check()


def test_the_text_of_an_event() -> None:
    assert encode(OrderReported(ORDER)) == (
        "OrderReported",
        '{"order":{"id":"R1","jobs":[{"id":"R1-1","needs":["crane","heavy","wheel_lift"],"on_scene_s":600}],'
        '"lanes_blocked":0,"lat_deg":33.35,"lon_deg":120.15,"person_waiting":false,"promise_after_s":1200,'
        '"reported_at_ms":5,"shop":null,"weight":1}}',
    )
    assert encode(TruckRegistered(Truck("苏J1", frozenset(), '"\n\x00')))[1] == (
        '{"truck":{"can":[],"company":"\\"\\n\\u0000","device":"","driver":"","id":"苏J1","plate":""}}'
    )


def test_equal_events_have_equal_texts() -> None:
    whole, fraction = OrderReported(replace(ORDER, lon_deg=120)), OrderReported(replace(ORDER, lon_deg=120.0))
    assert whole == fraction
    assert encode(whole) == encode(fraction)
    assert encode(OnDuty("T1", True)) == encode(OnDuty("T1", 1)) == ("OnDuty", '{"shift_end_at_ms":1,"truck":"T1"}')


def test_the_text_does_not_depend_on_the_seed_of_hashes() -> None:
    script = (
        "from data.event_text import encode; from dispatch.events import TruckRegistered;"
        "from dispatch.fleet import Truck;"
        "print(encode(TruckRegistered(Truck('T', frozenset(map(str, range(50))), 'A'))))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(texts) == 1
    assert "TruckRegistered" in texts.pop()


@pytest.mark.parametrize(
    "event",
    [
        OnDuty("T1", "soon"),  # type: ignore[arg-type]
        Arrived("\ud800"),
        OrderReported(replace(ORDER, lon_deg=float("nan"))),
        OrderReported(replace(ORDER, lat_deg=float("inf"))),
        TruckRegistered(Truck("T", ["crane"], "A")),  # type: ignore[arg-type]
        ORDER,
    ],
    ids=["word", "half a character", "not a number", "endless", "list", "no event"],
)
def test_what_would_not_read_back_is_not_written(event: Any) -> None:
    with pytest.raises(ValueError, match=r"cannot be written|no event"):
        encode(event)


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        ("Teleported", "{}", "unknown kind of event 'Teleported'"),
        ("Arrived", '{"job":"J","by":"x"}', "Arrived cannot be read: /by"),
        ("Arrived", "{}", "/job"),
        ("Arrived", '{"job":1}', "/job"),
        ("Arrived", "[", "Arrived cannot be read"),
        ("OnDuty", '{"truck":"T","shift_end_at_ms":1.0}', "/shift_end_at_ms"),
        ("LeftOpen", '{"job":"J","reason":"mood"}', "/reason"),
        (
            "OrderReported",
            encode(OrderReported(ORDER))[1].replace('"needs"', '"wants"'),
            "/order/jobs/0/needs Field required",
        ),
    ],
)
def test_a_record_that_cannot_be_read_says_where(kind: str, payload: str, said: str) -> None:
    with pytest.raises(BadInput) as fault:
        decode(kind, payload)
    assert said in str(fault.value)


def test_a_record_from_before_a_field_was_added_has_its_default() -> None:
    payload = json.loads(encode(OrderReported(ORDER))[1])
    del payload["order"]["weight"], payload["order"]["shop"]
    assert decode("OrderReported", json.dumps(payload)) == OrderReported(ORDER)
