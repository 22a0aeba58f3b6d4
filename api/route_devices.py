"""/devices: positions as the trucks' devices send them."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.at_hand import Locating
from api.osmand import BadFix, Reported, device_digest, parse_osmand
from api.places import place_is_far
from api.problems import Problem
from api.service import Service

LOG = logging.getLogger("towline.devices")
router = APIRouter(prefix="/devices", tags=["devices"])


@router.get("/osmand", operation_id="osmand_get")
@router.post("/osmand", operation_id="osmand_post")
async def osmand(request: Request, service: Locating) -> Response:
    """A position in the query form of the OsmAnd protocol; answered once it is in the position store."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = await request.body() if kind == "application/x-www-form-urlencoded" else b""
    try:
        reported = parse_osmand(request.scope["query_string"], form, service.driver.now_ms())
    except BadFix as fault:
        service.positions.counts["malformed"] += 1
        raise Problem(400, str(fault)) from None
    truck_id = _truck_of(service, reported)
    if place_is_far(service.published.router, reported.lon_deg, reported.lat_deg):
        service.positions.counts["far"] += 1
        return Response()
    await service.positions.report(reported, truck_id)
    return Response()


def _truck_of(service: Service, reported: Reported) -> str:
    """By the digest of the device's id; on a loopback of one's own a truck without a device is its own."""
    truck_id = service.published.truck_of_device.get(device_digest(reported.device_id))
    if truck_id is not None:
        return truck_id
    known = service.published.trucks.get(reported.device_id)
    if known is not None and not known.truck.device and not service.settings.identity.configured:
        return known.truck.id
    service.positions.counts["unknown_device"] += 1
    raise Problem(400, "id: no truck has this device; register it: PUT /v1/trucks/{id} with device_id")
