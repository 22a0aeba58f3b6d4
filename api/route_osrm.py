"""Ways and travel times in the form of OSRM's HTTP API, so that its clients can ask this service.

Answers, also those without a result, have OSRM's form and codes; a request that may not be made has the service's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.at_hand import Routing
from api.osrm_places import Json
from api.osrm_query import OsrmFault, read_route, read_table
from api.osrm_route import route_answer
from api.osrm_table import rows_as_json, table_answer
from api.service import Service
from routing.roads import CityFacts
from routing.router import Router

router = APIRouter(tags=["roads in OSRM's form"])

Options = Sequence[tuple[str, str]]
Work = Callable[[Router, CityFacts, str, str, Options], Json]


@router.get("/route/{version}/{profile}/{coordinates}")
async def route(request: Request, service: Routing, version: str, profile: str, coordinates: str) -> Response:
    """The quickest way through two or more places: `/route/v1/driving/lon,lat;lon,lat?overview=full&steps=true`."""
    return await _answered(request, service, "route", version, profile, coordinates, _route)


@router.get("/table/{version}/{profile}/{coordinates}")
async def table(request: Request, service: Routing, version: str, profile: str, coordinates: str) -> Response:
    """Seconds (and metres) from each source to each destination: `/table/v1/driving/lon,lat;lon,lat?sources=0`."""
    return await _answered(request, service, "table", version, profile, coordinates, _table)


def _route(roads: Router, facts: CityFacts, profile: str, coordinates: str, options: Options) -> Json:
    return route_answer(roads, facts, read_route(profile, coordinates, options))


def _table(roads: Router, facts: CityFacts, profile: str, coordinates: str, options: Options) -> Json:
    return table_answer(roads, facts, read_table(profile, coordinates, options))


async def _answered(
    request: Request, service: Service, name: str, version: str, profile: str, coordinates: str, work: Work
) -> Response:
    roads, facts = service.published.router, service.settings.city.facts
    options = request.query_params.multi_items()

    def solved() -> tuple[str, str]:
        try:
            if version != "v1":
                raise OsrmFault("InvalidVersion", f"version {version[:20]!r}: there is only v1")
            answer = work(roads, facts, profile, coordinates, options)
        except OsrmFault as fault:
            return fault.code, _text({"code": fault.code, "message": str(fault)})
        return "Ok", _text(answer)

    code, text = await service.road_work.run(name, solved)
    service.road_work.counts[name, code] += 1
    return Response(text, 200 if code == "Ok" else 400, media_type="application/json")


def _text(answer: Json) -> str:
    """JSON of an answer; its matrices are arrays and are written row by row."""
    parts = []
    for name, value in answer.items():
        if isinstance(value, np.ndarray):
            text = f"[{''.join(rows_as_json(value))}]"
        else:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        parts.append(f"{json.dumps(name)}:{text}")
    return "{" + ",".join(parts) + "}"
