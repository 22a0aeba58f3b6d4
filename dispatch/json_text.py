"""JSON text to plain values, strictly: what RFC 8259 leaves open (double names, NaN, odd encodings) is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator

from geo.faults import BadInput


class _Doubled(dict[str, object]):
    """An object whose text names a member twice; `names` are those."""

    names: tuple[str, ...] = ()


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def parse(text: bytes | str, source: str) -> object:
    """The document in a text; BadInput names the line, or each member that stands twice, by its pointer."""
    try:
        characters = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeDecodeError as fault:
        raise BadInput(f"{source}: not UTF-8 at byte {fault.start}; save the file as UTF-8") from fault
    if not characters.strip():
        raise BadInput(f"{source}: empty; a JSON object is expected")
    doubled: list[_Doubled] = []

    def gather(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        names = [name for name, _ in pairs]
        marked = _Doubled(members)
        marked.names = tuple(name for name in members if names.count(name) > 1)
        doubled.append(marked)
        return marked

    try:
        document: object = json.loads(characters, object_pairs_hook=gather)
    except json.JSONDecodeError as fault:
        raise BadInput(f"{source}: line {fault.lineno}, column {fault.colno}: not JSON: {fault.msg}") from fault
    except RecursionError as fault:
        raise BadInput(f"{source}: nested too deeply to be meant") from fault
    except ValueError as fault:  # an integer of more digits than Python converts
        raise BadInput(f"{source}: a number has too many digits: {fault}") from fault
    if doubled:
        faults = [
            f"{pointer(*steps, name)}: stands twice" for steps, row in _doubled_rows(document) for name in row.names
        ]
        raise BadInput(f"{source}: the same name stands twice in one object", faults or ["a member stands twice"])
    return document


def _doubled_rows(document: object) -> Iterator[tuple[tuple[str | int, ...], _Doubled]]:
    stack: list[tuple[tuple[str | int, ...], object]] = [((), document)]
    while stack:
        steps, value = stack.pop()
        if isinstance(value, _Doubled):
            yield steps, value
        if isinstance(value, dict):
            stack.extend(((*steps, name), member) for name, member in value.items())
        elif isinstance(value, list):
            stack.extend(((*steps, at), member) for at, member in enumerate(value))
