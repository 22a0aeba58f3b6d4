"""Events as they stand in the journal: the name of their class, and canonical JSON of their fields.

Canonical: the same event has the same text, byte for byte. Keys and sets are sorted, nothing is written between the
tokens, numbers are the shortest text that reads back to the same number, and characters stand as themselves.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeAlias, cast, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

import cases.events
import dispatch.events
from dispatch.json_text import pointer
from geo.faults import BadInput

Event: TypeAlias = dispatch.events.Event | cases.events.Event

_CLASSES: dict[str, type] = {kind.__name__: kind for kind in get_args(Event)}
if len(_CLASSES) != len(get_args(Event)):
    raise TypeError("two classes of events have the same name; the journal could not tell them apart")


def encode(event: Event) -> tuple[str, str]:
    """(kind, payload). What cannot be read back as an equal event is not written: ValueError."""
    kind = type(event).__name__
    if _CLASSES.get(kind) is not type(event):
        raise ValueError(f"{kind} is no event of dispatch or cases")
    adapter = _adapter(kind)
    try:
        draft = adapter.dump_json(event, warnings="none")
        back = adapter.validate_json(draft, strict=True, extra="forbid")
    except (ValidationError, PydanticSerializationError) as fault:
        raise ValueError(f"{kind} cannot be written: {_said(fault)}") from fault
    if back != event:
        raise ValueError(f"{kind} cannot be written: it would not read back the same")
    # of what was read back, because a whole number is allowed where a fraction is declared, and 1 is not 1.0 in text
    plain = adapter.dump_python(back)
    return kind, json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=sorted)


def decode(kind: str, payload: str) -> Event:
    """The event of a record. BadInput: a kind or a field that this code does not know, or a value that cannot be.

    A field that a record lacks has its default, so that records outlive a class that gains a field.
    """
    if kind not in _CLASSES:
        raise BadInput(f"unknown kind of event {kind!r}: the journal is of a newer Towline, or damaged")
    try:
        return cast(Event, _adapter(kind).validate_json(payload, strict=True, extra="forbid"))
    except ValidationError as fault:
        raise BadInput(f"{kind} cannot be read: {_said(fault)}") from fault


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_CLASSES[kind])


def _said(fault: ValidationError | PydanticSerializationError) -> str:
    if isinstance(fault, PydanticSerializationError):
        return str(fault)
    return "; ".join(f"{pointer(*error['loc'])} {error['msg']}" for error in fault.errors(include_url=False)[:3])
