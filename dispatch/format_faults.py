"""What a PROBLEM document may contradict in itself: everything that one field alone does not show.

Works on the plain JSON values and passes over whatever has the wrong type, so that these faults are found beside those
of type and range, in one go. Each fault is one line that begins with its JSON pointer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dispatch.json_text import pointer
from dispatch.problem import NO_WAY_S

MOST_S = 10**7


def contradictions(document: Mapping[str, object]) -> list[str]:
    """All faults between the fields of a PROBLEM, in the order of the interface's paragraphs."""
    trucks, jobs = list(_rows(document, "trucks")), list(_rows(document, "jobs"))
    faults = [*_version(document), *_durations(document)]
    faults += _doubled_ids("trucks", trucks) + _doubled_ids("jobs", jobs)
    faults += _places(document, trucks, jobs)
    faults += _shops(jobs)
    for at, job in jobs:
        reported_s, release_s = _int(job, "reported_s"), _int(job, "release_s", 0)
        if reported_s is not None and release_s is not None and reported_s > release_s:
            faults.append(f"{pointer('jobs', at, 'reported_s')}: {reported_s} is after release_s, which is {release_s}")
    faults += _driving(trucks, jobs) + _locked(trucks, jobs)
    return faults


def _rows(document: Mapping[str, object], name: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    rows = document.get(name)
    if isinstance(rows, list):
        yield from ((at, row) for at, row in enumerate(rows) if isinstance(row, dict))


def _int(row: Mapping[str, object], name: str, default: int | None = None) -> int | None:
    value = row.get(name, default)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(row: Mapping[str, object], name: str) -> str | None:
    value = row.get(name)
    return value if isinstance(value, str) else None


def _texts(row: Mapping[str, object], name: str) -> set[str]:
    value = row.get(name)
    return {item for item in value if isinstance(item, str)} if isinstance(value, list) else set()


def _version(document: Mapping[str, object]) -> Iterator[str]:
    version = _int(document, "version")
    if version is not None and version != 1:
        yield f"{pointer('version')}: {version} is not known; this reads version 1"


def _durations(document: Mapping[str, object]) -> Iterator[str]:
    table = document.get("durations_s")
    if not isinstance(table, list):
        return
    for origin, row in enumerate(table):
        if not isinstance(row, list):
            continue
        if len(row) != len(table):
            yield f"{pointer('durations_s', origin)}: {len(row)} entries in a table of {len(table)} rows"
        if origin < len(row) and row[origin] != 0 and (row[origin] is None or isinstance(row[origin], int)):
            yield f"{pointer('durations_s', origin, origin)}: the way from a place to itself is 0, not {row[origin]}"
        for target, drive_s in enumerate(row):
            if isinstance(drive_s, int) and MOST_S < drive_s < NO_WAY_S:
                yield f"{pointer('durations_s', origin, target)}: {drive_s} is above {MOST_S} (no way is null)"


def _doubled_ids(name: str, rows: list[tuple[int, Mapping[str, object]]]) -> list[str]:
    first: dict[str, int] = {}
    faults = []
    for at, row in rows:
        identity = _text(row, "id")
        if identity is not None and first.setdefault(identity, at) != at:
            faults.append(f"{pointer(name, at, 'id')}: {identity!r} is also the id of {pointer(name, first[identity])}")
    return faults


def _places(
    document: Mapping[str, object],
    trucks: list[tuple[int, Mapping[str, object]]],
    jobs: list[tuple[int, Mapping[str, object]]],
) -> list[str]:
    table = document.get("durations_s")
    if not isinstance(table, list):
        return []
    named = [(pointer("trucks", at, "place"), _int(truck, "place")) for at, truck in trucks]
    for at, job in jobs:
        named.append((pointer("jobs", at, "scene"), _int(job, "scene")))
        named += [
            (pointer("jobs", at, "shops", which, "place"), _int(shop, "place")) for which, shop in _rows(job, "shops")
        ]
    return [
        f"{where}: {place} is no row of durations_s, which has {len(table)}"
        for where, place in named
        if place is not None and place >= len(table)
    ]


def _shops(jobs: list[tuple[int, Mapping[str, object]]]) -> list[str]:
    faults = []
    place_of: dict[str, tuple[int, str]] = {}
    for at, job in jobs:
        seen: set[str] = set()
        for which, shop in _rows(job, "shops"):
            identity, place = _text(shop, "id"), _int(shop, "place")
            if identity is None:
                continue
            here = pointer("jobs", at, "shops", which)
            if identity in seen:
                faults.append(f"{here}/id: shop {identity!r} stands twice in this job")
            seen.add(identity)
            if place is not None:
                known, where = place_of.setdefault(identity, (place, here))
                if known != place:
                    faults.append(f"{here}/place: shop {identity!r} is at {place} here and at {known} in {where}")
    return faults


def _driving(trucks: list[tuple[int, Mapping[str, object]]], jobs: list[tuple[int, Mapping[str, object]]]) -> list[str]:
    by_id = {_text(job, "id"): job for _, job in reversed(jobs)}
    driver: dict[str, int] = {}
    faults = []
    for at, truck in trucks:
        wanted = _text(truck, "driving_to")
        if wanted is None:
            continue
        here = pointer("trucks", at, "driving_to")
        job = by_id.get(wanted)
        if job is None:
            faults.append(f"{here}: no job {wanted!r} is listed")
            continue
        missing = _texts(job, "can") - _texts(truck, "can")
        if missing:
            faults.append(f"{here}: the truck cannot serve {wanted!r}, which needs {', '.join(sorted(missing))}")
        if _text(truck, "id") in _texts(job, "refused_by"):
            faults.append(f"{here}: the truck has refused {wanted!r}")
        if driver.setdefault(wanted, at) != at:
            faults.append(f"{here}: {pointer('trucks', driver[wanted])} is driving to {wanted!r} already")
    return faults


def _locked(trucks: list[tuple[int, Mapping[str, object]]], jobs: list[tuple[int, Mapping[str, object]]]) -> list[str]:
    listed = {_text(truck, "id") for _, truck in trucks}
    holder: dict[str, int] = {}
    faults = []
    for at, job in jobs:
        truck = _text(job, "locked_to")
        if truck is None:
            continue
        here = pointer("jobs", at, "locked_to")
        if truck not in listed:
            faults.append(f"{here}: no truck {truck!r} is listed")
        if holder.setdefault(truck, at) != at:
            faults.append(f"{here}: {pointer('jobs', holder[truck])} is locked to {truck!r} already; one at most")
    return faults
