"""The composition root: which parts there are, and which is handed which."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from api import (
    route_devices,
    route_docs,
    route_health,
    route_isochrone,
    route_jobs,
    route_osrm,
    route_rescues,
    route_shops,
    route_traffic,
    route_trucks,
    route_watch,
)
from api.assets import assets_of
from api.at_hand import may
from api.clock import Clock
from api.edge import Edge
from api.ids import new_id, read_secret
from api.kernels import compile_apart
from api.permission import Action, read_identity
from api.problems import add_handlers
from api.service import Service, Settings
from data.catalogue import SHIPPED, open_city_named
from data.database import Database, open_database, url_of_file
from data.journal import Journal
from data.recovery import recover
from data.tiles import prepare_tiles
from data.valkey import BundledValkey
from dispatch.policy import get_policy
from geo.faults import BadInput
from routing.bundle import MANIFEST
from routing.cli import city_folder
from routing.router import Router

LOG = logging.getLogger("towline.wiring")

PAGES = Path(__file__).resolve().parents[1] / "web" / "dist"
INVENTED_NOTE = "demo: trucks, shops and accidents are invented; the load is generated"


@dataclass(frozen=True, slots=True)
class Request:
    """What `towline serve` was asked for. None: the usual one, in the home."""

    home: Path
    city: str = SHIPPED
    policy: str = "production"
    database: str | None = None
    positions: str | None = None
    identity: Path | None = None
    base_url: str = "http://127.0.0.1:8000"
    demo: bool = False


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    """Positions are opened, then everything runs until the server ends. What cannot go on ends the server."""
    service: Service = app.state.service
    await service.positions.open()

    async def run() -> None:
        try:
            await service.run()
        except* Exception as faults:
            LOG.critical("the service cannot go on: %s", faults.exceptions[0])
            app.state.failed = True
            app.state.stop()

    work = asyncio.create_task(run(), name="service")
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait([work])
        await service.positions.close()


def create_app(service: Service) -> FastAPI:
    """The application around a service. `app.state.stop` is called when the service itself cannot go on."""
    app = FastAPI(
        title="Towline",
        summary="Rescues, trucks, shops: who goes, where to, and why.",
        version="1",
        lifespan=_running,
        openapi_url=None,  # api.route_docs shows it, so that every route passes the one permission function
    )
    app.state.service = service
    app.state.failed = False
    app.state.stop = lambda: None
    add_handlers(app)
    for each in (
        route_rescues,
        route_jobs,
        route_trucks,
        route_shops,
        route_devices,
        route_health,
        route_docs,
        route_watch,
        route_osrm,
        route_isochrone,
        route_traffic,
    ):
        app.include_router(each.router)
    assets = service.settings.pages / "assets"
    if assets.is_dir():
        app.mount("/pages/assets", assets_of(assets, may(Action.LOOK)), name="assets")
    app.add_middleware(Edge)
    return app


def make_service(request: Request, clock: Clock, say: Callable[[str], None]) -> tuple[Service, Database]:
    """Opens everything that a service needs and recovers its state. Raises BadInput where something cannot be used."""
    policy = get_policy(request.policy)
    identity = read_identity(request.identity)
    try:
        request.home.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise BadInput(
            f"{request.home}: cannot be made ({fault.strerror}); set TOWLINE_HOME to a folder that can be written"
        ) from fault
    compile_apart(request.home, request.city, say)
    city = open_city_named(request.home, request.city, progress=say)
    mark = hashlib.sha256((city_folder(request.home, request.city) / MANIFEST).read_bytes()).hexdigest()
    database = open_database(request.database or url_of_file(request.home / "towline.db"), exclusive=True)
    try:
        journal = Journal(database)
        router = Router.of(city)
        if journal.head.seq:
            say(f"recovering the state from {journal.head.seq} records")
        state = recover(journal, database, router, policy, mark, say)
        try:
            tiles = prepare_tiles(city, request.home / "tiles", progress=say)
        except BadInput as fault:
            say(f"the map has no streets: {fault}")
            tiles = None
        settings = Settings(
            city=city,
            city_sha256=mark,
            policy=policy,
            clock=clock,
            secret=read_secret(request.home / "secret"),
            identity=identity,
            base_url=request.base_url.rstrip("/"),
            life=new_id("L"),
            demo=request.demo,
            tiles=tiles,
            pages=PAGES,
            notes=(*((INVENTED_NOTE,) if request.demo else ()), *city.facts.notes),
            positions_url=request.positions,
            valkey=None if request.positions is not None else BundledValkey(request.home / "valkey"),
        )
        return Service(settings, database, journal, state), database
    except BaseException:
        database.close()
        raise
