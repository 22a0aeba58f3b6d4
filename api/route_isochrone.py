"""What is reached from a place within some minutes, by the roads as they are now."""

from __future__ import annotations

import json
import re
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.at_hand import Routing
from api.bodies import Location
from api.places import place_of
from geo.datums import Datum
from geo.faults import BadInput
from routing.cli_isochrone import check_minutes, collection
from routing.isochrones import isochrones
from routing.on_road import on_roads

router = APIRouter(tags=["roads"])


@router.get("/v1/isochrone")
async def isochrone(
    service: Routing,
    lon: Annotated[float, Query(examples=[-71.25])],
    lat: Annotated[float, Query(examples=[-29.91])],
    minutes: Annotated[str, Query(max_length=100)] = "5,10,15",
    datum: Datum = Datum.WGS84,
) -> Response:
    """A GeoJSON FeatureCollection of nested areas, the largest first, with `minutes` and `area_m2`."""
    words = minutes.split(",")
    if not all(re.fullmatch(r"[0-9]{1,6}", word) for word in words):
        raise BadInput("minutes: whole numbers with commas, like 5,10,15")
    limits = [int(word) for word in words]
    check_minutes(limits)
    roads, name = service.published.router, service.settings.city.facts.name

    def solved() -> str:
        point = place_of(roads, Location.model_construct(lon=lon, lat=lat, datum=datum), "")
        start = on_roads(roads, np.array([point.lon_deg]), np.array([point.lat_deg]))
        return json.dumps({**collection(isochrones(roads, start, limits)), "city": name}, separators=(",", ":"))

    text = await service.road_work.run("isochrone", solved)
    service.road_work.counts["isochrone", "Ok"] += 1
    return Response(text, media_type="application/geo+json")
