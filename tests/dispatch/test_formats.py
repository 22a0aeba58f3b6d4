"""PROBLEM.json is refused for each of its faults, all at once and each with its pointer; texts that are no JSON too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.formats import read_plan, read_problem
from dispatch.problem import NO_WAY_S
from geo.faults import BadInput

Document = dict[str, Any]

_TRUCK = {
    "id": "T1", "place": 0, "free_at_s": 0, "can": ["wheel_lift"], "shift_end_s": 28800, "company": "A",
    "driving_to": None, "driven_s": 0, "price": 0,
}  # fmt: skip
_JOB = {
    "id": "J1", "order": "O1", "scene": 1, "can": ["wheel_lift"], "reported_s": -60, "release_s": 0,
    "promise_s": 1200, "weight": 1, "lanes_blocked": 0, "on_scene_s": 600,
    "shops": [{"id": "S1", "place": 0, "unload_s": 300, "price": 0}],
    "unserved_cost": 1000000, "must_serve": False, "locked_to": None, "refused_by": [],
}  # fmt: skip


def _document(jobs: int = 2, trucks: int = 2) -> Document:
    text = json.dumps(
        {
            "version": 1,
            "durations_s": [[0, 300, 5], [310, 0, None], [4, NO_WAY_S, 0]],
            "trucks": [{**_TRUCK, "id": f"T{at}"} for at in range(trucks)],
            "jobs": [{**_JOB, "id": f"J{at}"} for at in range(jobs)],
            "shop_places": {"S1": 3, "unlisted": 0},
            "weights": {
                "wait": 1, "late": 3, "blocked": 1, "empty_drive": 0, "overtime": 1, "tow_detour": 0,
                "theta": 0, "kappa": 0,
            },
        }
    )  # fmt: skip
    document: Document = json.loads(text)
    return document


def _faults(document: object) -> dict[str, str]:
    with pytest.raises(BadInput) as caught:
        read_problem(json.dumps(document), "problem.json")
    assert str(caught.value).startswith("problem.json: ")
    return dict(fault.split(": ", 1) for fault in caught.value.faults)


def _target(document: Document, path: tuple[str | int, ...]) -> Any:
    found: Any = document
    for step in path[:-1]:
        found = found[step]
    return found


def test_a_good_problem_is_read() -> None:
    document = _document()
    for row in document["trucks"]:
        del row["price"]
    for row in document["jobs"]:
        del row["release_s"], row["locked_to"], row["shops"][0]["price"]
    del document["shop_places"]
    problem = read_problem(json.dumps(document).encode(), "problem.json")
    assert problem.durations_s.tolist() == [[0, 300, 5], [310, 0, NO_WAY_S], [4, NO_WAY_S, 0]]
    assert (problem.trucks[0].price, problem.jobs[0].release_s, problem.jobs[0].locked_to) == (0, 0, None)
    assert problem.shop_places == {}


def test_nothing_at_all_is_a_problem_too() -> None:
    empty = {**_document(), "trucks": [], "jobs": [], "durations_s": []}
    assert read_problem(json.dumps(empty), "empty").durations_s.shape == (0, 0)


RANGES: list[tuple[tuple[str | int, ...], int, int]] = [
    *[(("trucks", 0, name), -(10**7), 10**7) for name in ("free_at_s", "shift_end_s")],
    (("trucks", 0, "driven_s"), 0, 10**7),
    (("trucks", 0, "price"), 0, 10**9),
    (("jobs", 0, "promise_s"), -(10**7), 10**7),
    (("jobs", 0, "weight"), 1, 1000),
    (("jobs", 0, "lanes_blocked"), 0, 20),
    (("jobs", 0, "on_scene_s"), 0, 10**7),
    (("jobs", 0, "unserved_cost"), 0, 10**12),
    (("jobs", 0, "shops", 0, "unload_s"), 0, 10**7),
    (("jobs", 0, "shops", 0, "price"), 0, 10**9),
    (("durations_s", 0, 1), 0, 10**7),
    *[(("weights", name), 0, 10**4) for name in ("wait", "late", "blocked", "empty_drive", "theta", "kappa")],
]


@pytest.mark.parametrize(
    ("path", "least", "most"), RANGES, ids=lambda value: "/".join(map(str, value)) if isinstance(value, tuple) else ""
)
def test_ranges_hold_at_both_ends_and_not_beyond(path: tuple[str | int, ...], least: int, most: int) -> None:
    for value in (least, most):
        document = _document()
        _target(document, path)[path[-1]] = value
        read_problem(json.dumps(document), "problem.json")
    for value in (least - 1, most + 1):
        document = _document()
        _target(document, path)[path[-1]] = value
        assert list(_faults(document)) == ["/" + "/".join(map(str, path))]


def _numbers(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, int) and not isinstance(value, bool):
        return [path]
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for step, member in members for found in _numbers(member, (*path, step))]


BOUNDED = [path for path in _numbers(_document()) if path[0] != "shop_places"]


@settings(max_examples=120, deadline=None)
@given(
    paths=st.lists(st.sampled_from(BOUNDED), min_size=1, max_size=5, unique=True),
    wrong=st.sampled_from([True, False, 1.0, 0.5, "1", [], {}, float("nan"), float("inf"), 10**30]),
)
def test_every_wrong_number_is_found_with_its_pointer(paths: list[tuple[str | int, ...]], wrong: object) -> None:
    document = _document()
    for path in paths:
        _target(document, path)[path[-1]] = wrong
    pointers = set(_faults(document))
    expected = {"/" + "/".join(map(str, path)) for path in paths}
    assert expected <= pointers
    # Beside its own fault a shop's place can contradict the same shop's place in the other job.
    assert all(extra.endswith("/shops/0/place") for extra in pointers - expected)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_missing_and_unknown_key_is_found(data: st.DataObject) -> None:
    document = _document()
    optional = {"release_s", "price", "locked_to", "shop_places"}
    rows = [(), ("trucks", 1), ("jobs", 0), ("jobs", 1, "shops", 0), ("weights",)]
    expected = set()
    for path in rows:
        row: Any = document
        for step in path:
            row = row[step]
        keys = [None, *sorted(set(row) - optional - {"id", "shops", "trucks", "jobs", "weights"})]
        key = data.draw(st.sampled_from(keys))
        if key is not None:
            del row[key]
            expected.add("/" + "/".join(map(str, (*path, key))))
        if data.draw(st.sampled_from([None, "unknown"])):
            row["a/b~c"] = 1
            expected.add("/" + "/".join(map(str, (*path, "a~1b~0c"))))
    if expected:
        assert set(_faults(document)) == expected


def _with(**changes: Any) -> Document:
    """A document with values put in by paths written `trucks_0__place`-wise: `__` parts the steps."""
    document = _document()
    for name, value in changes.items():
        path = tuple(int(step) if step.isdigit() else step for step in name.split("__"))
        _target(document, path)[path[-1]] = value
    return document


CONTRADICTIONS: dict[str, tuple[Document, list[str]]] = {
    "version 2": (_with(version=2), ["/version"]),
    "a row too short": (_with(durations_s__1=[1, 0]), ["/durations_s/1"]),
    "a diagonal": (_with(durations_s__1__1=7), ["/durations_s/1/1"]),
    "a diagonal of no way": (_with(durations_s__1__1=None), ["/durations_s/1/1"]),
    "nearly no way": (_with(durations_s__0__1=NO_WAY_S - 1), ["/durations_s/0/1"]),
    "beyond no way": (_with(durations_s__0__1=NO_WAY_S + 1), ["/durations_s/0/1"]),
    "a truck nowhere": (_with(trucks__1__place=3), ["/trucks/1/place"]),
    "a scene nowhere": (_with(jobs__1__scene=3), ["/jobs/1/scene"]),
    "a shop nowhere": (_with(jobs__0__shops=[{"id": "X", "place": 3, "unload_s": 1}]), ["/jobs/0/shops/0/place"]),
    "a scene below": (_with(jobs__1__scene=-1), ["/jobs/1/scene"]),
    "two trucks of one id": (_with(trucks__1__id="T0"), ["/trucks/1/id"]),
    "two jobs of one id": (_with(jobs__1__id="J0"), ["/jobs/1/id"]),
    "a shop at two places": (_with(jobs__1__shops__0__place=2), ["/jobs/1/shops/0/place"]),
    "a shop twice in a job": (
        _with(jobs__1__shops=[{"id": "S1", "place": 0, "unload_s": 1}, {"id": "S1", "place": 0, "unload_s": 2}]),
        ["/jobs/1/shops/1/id"],
    ),
    "released before reported": (_with(jobs__0__release_s=-61), ["/jobs/0/reported_s"]),
    "reported after now": (_with(jobs__0__reported_s=1), ["/jobs/0/reported_s"]),
    "driving to nothing listed": (_with(trucks__0__driving_to="J9"), ["/trucks/0/driving_to"]),
    "driving without the means": (
        _with(trucks__0__driving_to="J0", jobs__0__can=["crane"]), ["/trucks/0/driving_to"]
    ),
    "driving though refused": (
        _with(trucks__0__driving_to="J0", jobs__0__refused_by=["T0"]), ["/trucks/0/driving_to"]
    ),
    "two drivers": (_with(trucks__0__driving_to="J0", trucks__1__driving_to="J0"), ["/trucks/1/driving_to"]),
    "locked to nobody": (_with(jobs__0__locked_to="T9"), ["/jobs/0/locked_to"]),
    "two locked to one": (_with(jobs__0__locked_to="T0", jobs__1__locked_to="T0"), ["/jobs/1/locked_to"]),
    "all of it at once": (
        _with(version=3, trucks__1__id="T0", jobs__1__scene=8, jobs__0__weight=0, weights__wait="1"),
        ["/version", "/trucks/1/id", "/jobs/1/scene", "/jobs/0/weight", "/weights/wait"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions_are_refused_where_they_stand(name: str) -> None:
    document, pointers = CONTRADICTIONS[name]
    assert set(_faults(document)) == set(pointers)


LENIENT = {
    "refused by somebody unlisted": _with(jobs__0__refused_by=["T9"]),
    "a place limit of an unlisted shop": _with(shop_places__nowhere=1),
    "locked to a truck that has refused": _with(jobs__0__locked_to="T0", jobs__0__refused_by=["T0"]),
    "locked to a truck without the means": _with(jobs__0__locked_to="T0", jobs__0__can=["crane"]),
    "on its way to a job released later": _with(trucks__0__driving_to="J0", jobs__0__release_s=500),
    "one shop with two unloading times": _with(jobs__0__shops__0__unload_s=1),
    "no shops": _with(jobs__0__shops=[]),
    "a shift that is over": _with(trucks__0__shift_end_s=-5),
}


@pytest.mark.parametrize("name", LENIENT)
def test_what_only_leaves_a_job_unserved_is_no_fault(name: str) -> None:
    read_problem(json.dumps(LENIENT[name]), name)


def test_sums_that_could_overflow_are_refused_and_large_ones_below_are_not() -> None:
    """At the extremes a job costs at most 1000 * 10^4 * (2 * 3 * 10^7) for its lateness alone: 7,700 pass 2^62."""
    extreme = {**_JOB, "reported_s": -(10**7), "promise_s": -(10**7), "weight": 1000, "lanes_blocked": 20}
    document = _document(trucks=1)
    document["durations_s"][0][1] = 10**7
    document["trucks"][0]["shift_end_s"] = 10**7
    document["weights"] = dict.fromkeys(document["weights"], 10**4)
    document["jobs"] = [{**extreme, "id": f"J{at}"} for at in range(7_000)]
    read_problem(json.dumps(document), "large")
    document["jobs"] = [{**extreme, "id": f"J{at}"} for at in range(7_800)]
    assert "2^62" in next(iter(_faults(document).values()))


TEXTS: dict[str, tuple[bytes | str, str]] = {
    "empty": (b"", "empty"),
    "blank": ("  \n", "empty"),
    "not UTF-8": (b'{"version": "\xff"}', "not UTF-8 at byte 13"),
    "cut off": ('{"version": 1,\n "trucks": [', "line 2"),
    "words": ("hello", "line 1, column 1"),
    "two documents": ("{} {}", "line 1, column 4"),
    "deep": ("[" * 200_000, "nested too deeply"),
    "a giant number": ('{"version": ' + "1" * 5000 + "}", "too many digits"),
    "a list": ("[1]", "a JSON object is expected"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_are_no_problem_say_what_they_are(name: str) -> None:
    text, said = TEXTS[name]
    for read in (read_problem, read_plan):
        with pytest.raises(BadInput, match=said):
            read(text, "the file")


def test_names_that_stand_twice_are_refused_with_their_pointers() -> None:
    with pytest.raises(BadInput) as caught:
        read_problem('{"version": 1, "jobs": [{"id": "a", "id": "b"}, {}], "version": 1}', "twice")
    assert set(caught.value.faults) == {"/version: stands twice", "/jobs/0/id: stands twice"}


def test_a_byte_order_mark_is_read_over() -> None:
    read_problem(b"\xef\xbb\xbf" + json.dumps(_document()).encode(), "marked")
