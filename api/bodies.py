"""Request bodies. What is not named in them is refused, so that a misspelt field is not lost."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    model_validator,
)
from pydantic_core import PydanticCustomError

from cases.rescues import Severity
from dispatch.fleet import TruckStatus
from geo.datums import Datum

ID = r"^[^\s/:{}\x00-\x1f\x7f]+$"
UNKEPT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters but for tabs and ends of lines, and halves of characters: no text means them, and not every
database takes them."""


def _plain(text: str) -> str:
    found = UNKEPT.search(text)
    if found is not None:
        raise PydanticCustomError(
            "unkept_character",
            "has a character that is no text (U+{code}, number {place}); leave it out",
            {"code": f"{ord(found[0]):04X}", "place": found.start() + 1},
        )
    return text


def _said(value: object) -> object:
    if not isinstance(value, bool):
        raise PydanticCustomError("true_or_false", "send true or false, without quotes")
    return value


Text = Annotated[str, AfterValidator(_plain)]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=ID)]
Words = Annotated[Text, Field(max_length=500)]
Whole = Annotated[int, Strict()]
"""JSON's true is no 1 here, nor is "1"."""

Flag = Annotated[bool, BeforeValidator(_said)]
"""Neither 1 nor "yes" is taken for consent."""

Degrees = Annotated[float, Strict()]
Capability = Literal["wheel_lift", "flatbed", "heavy", "crane", "ev_dolly"]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Location(Body):
    """A place; `datum` says in what it is measured and it is converted to WGS-84."""

    lon: Degrees
    lat: Degrees
    datum: Datum = Datum.WGS84


class Contact(Body):
    name: Annotated[Text, Field(max_length=100)] = ""
    phone: Annotated[Text, Field(max_length=40)] = ""


class VehicleBody(Body):
    plate: Annotated[Text, Field(max_length=20)] = ""
    kind: Annotated[Text, Field(alias="class", max_length=40)] = ""
    damage: Annotated[Text, Field(max_length=200)] = ""
    needs: list[Capability] = []


class RescueDetails(Body):
    """A rescue but for whose it is and where: what `POST /v1/cases` takes along."""

    vehicles: Annotated[list[VehicleBody], Field(max_length=20)] = []
    severity: Severity | None = None
    lanes_blocked: Annotated[Whole, Field(ge=0, le=20)] = 0
    person_waiting: Flag = False
    shop_id: Id | None = None
    promise_after_s: Annotated[Whole, Field(ge=60, le=86_400)] | None = None
    contact: Contact | None = None
    consent: Flag = False


class RescueBody(RescueDetails):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "case_ref": "110-2026-0001",
                    "location": {"lon": -71.2519, "lat": -29.9045, "datum": "wgs84"},
                    "vehicles": [{"plate": "苏J12345", "class": "car", "damage": "front", "needs": ["flatbed"]}],
                    "severity": "damage",
                    "lanes_blocked": 1,
                    "person_waiting": False,
                    "contact": {"name": "王", "phone": "13800000000"},
                    "consent": True,
                }
            ]
        }
    )

    case_ref: Name
    location: Location


class CaseBody(Body):
    case_ref: Name
    location: Location
    contact: Contact | None = None
    rescue: RescueDetails | None = None


class ByBody(Body):
    by: Name


class MergeBody(ByBody):
    into: Id


class CancelBody(ByBody):
    reason: Words = ""


class ShopChoiceBody(ByBody):
    shop_id: Id


class TruckBody(Body):
    can: Annotated[list[Capability], Field(min_length=1)]
    company: Annotated[Text, Field(max_length=100)] = ""
    plate: Annotated[Text, Field(max_length=20)] = ""
    driver: Annotated[Text, Field(max_length=40)] = ""
    device_id: Annotated[Text, Field(min_length=1, max_length=256)] | None = None


class StatusBody(Body):
    """`location` and `lanes_blocked` are of a truck that goes out of service with a vehicle on it."""

    status: TruckStatus
    job: Id | None = None
    shift_end_at: AwareDatetime | None = None
    reason: Words = ""
    location: Location | None = None
    lanes_blocked: Annotated[Whole, Field(ge=0, le=20)] = 0


class ReasonBody(Body):
    reason: Words = ""


class TurnedAwayBody(ReasonBody):
    shop_id: Id


class ShopClosedBody(ByBody):
    reason: Words = ""


class PinBody(ByBody):
    truck: Id


class ShopBody(Body):
    name: Name
    lon: Degrees
    lat: Degrees
    datum: Datum = Datum.WGS84
    can: list[Capability] = []
    places: Annotated[Whole, Field(ge=0, le=100_000)] | None = None
    unload_s: Annotated[Whole, Field(ge=0, le=86_400)] = 300
    yard: Flag = False


class ClosureBody(Body):
    geometry: dict[str, Any]
    from_at: AwareDatetime | None = None
    until_at: AwareDatetime | None = None
    reason: Words = ""
    buffer_m: Annotated[Whole, Field(ge=0, le=200)] = 15


class SpeedBody(Body):
    """The speed on one link (a row of the city's links), or on all links of one way (the source's own number)."""

    link: Annotated[Whole, Field(ge=0, lt=2**31)] | None = None
    way_id: Annotated[Whole, Field(ge=-(2**62), le=2**62)] | None = None
    speed_kmh: Annotated[Whole, Field(ge=1, le=200)]

    @model_validator(mode="after")
    def _names_one(self) -> SpeedBody:
        if (self.link is None) == (self.way_id is None):
            raise PydanticCustomError("names_one", "name either link or way_id")
        return self


class TrafficBody(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"at": "2026-03-02T08:15:30Z", "valid_s": 300, "links": [{"way_id": 40, "speed_kmh": 12}]}]
        }
    )

    at: AwareDatetime | None = None
    valid_s: Annotated[Whole, Field(ge=1, le=3600)]
    links: Annotated[list[SpeedBody], Field(min_length=1, max_length=5_000)]
