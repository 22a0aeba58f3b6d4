"""`towline serve`: the service on a port, until it is told to end."""

from __future__ import annotations

import errno
import gc
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

import uvicorn

from api.address import Address
from api.clock import Clock
from api.demo_parent import end_with_parent
from api.loading import answering_meanwhile
from api.logs import log_to_stderr
from api.long_addresses import Addresses
from api.service import Service
from api.wiring import Request, create_app, make_service
from geo.faults import BadInput

GRACE_S = 5


class _Server(uvicorn.Server):
    """Readers of streams never end by themselves: they are let go as soon as the server is told to end."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        # uvicorn would raise it again once all is closed: a Ctrl-C that was heeded would end in a traceback
        self._captured_signals.clear()
        self._service.feed.close()


def serve(
    request: Request, address: Address, clock: Clock, say: Callable[[str], None], parent_fd: int | None = None
) -> int:
    """Serves until SIGINT or SIGTERM; 0, or 1 where the service itself could not go on.

    `parent_fd`: the reading end of a pipe whose writing end the parent keeps; the service ends with it. Raises BadInput
    before anything is served: a host that is not loopback without identity, a busy port, another server's database, a
    home that cannot be written.
    """
    if request.identity is None and not _is_loopback(address.host):
        raise BadInput(
            f"--host {address.host} is not loopback: configure who may do what first (--identity FILE.toml), "
            "or bind to 127.0.0.1"
        )
    if parent_fd is not None:
        end_with_parent(parent_fd)
    listening = _listen(address)
    bound = replace(address, port=listening.getsockname()[1])
    try:
        with answering_meanwhile(listening):
            service, database = make_service(
                request if request.base_url else replace(request, base_url=bound.url), clock, say
            )
        log_to_stderr()
        app = create_app(service)
        config = uvicorn.Config(
            app, http=Addresses, log_config=None, access_log=False, server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )  # fmt: skip
        server = _Server(config, service)
        app.state.stop = lambda: setattr(server, "should_exit", True)
        # What is there by now stays: to look through it for garbage would hold everybody up, time and again.
        gc.collect()
        gc.freeze()
        say(f"serving {request.city} at {bound.url} (control room {bound.url}/control, API {bound.url}/docs)")
        try:
            server.run(sockets=[listening])
        finally:
            database.close()
    finally:
        listening.close()
    return 1 if app.state.failed or not server.started else 0


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(address: Address) -> socket.socket:
    """Binds before anything else is opened, so that a busy port costs nothing."""
    try:
        family, kind, proto, _, at = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, proto)
    except OSError as fault:
        raise BadInput(f"--host {address.host}: no such address ({fault})") from fault
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(at)
        listening.listen(1024)
    except OSError as fault:
        listening.close()
        why = "is busy" if fault.errno == errno.EADDRINUSE else f"cannot be used ({fault.strerror})"
        raise BadInput(f"port {address.port} of {address.host} {why}; choose another one: --port N") from fault
    return listening
