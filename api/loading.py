"""What is answered while the city is loaded and the state recovered: that the process lives, and to come again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from api.long_addresses import Addresses
from api.problems import Problem, answer_of

GRACE_S = 1


@contextmanager
def answering_meanwhile(listening: socket.socket) -> Iterator[None]:
    """A thread of its own answers on the socket until the block is left; who comes after that waits in its queue."""
    config = uvicorn.Config(
        _loading, http=Addresses, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # the server closes what it was given: that must not be the socket itself
    thread = threading.Thread(target=server.run, args=([listening.dup()],), name="loading", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


async def _loading(scope: Scope, receive: Receive, send: Send) -> None:
    """`Connection: close`, for the next request of the same client is to find the service itself."""
    answer = JSONResponse({"status": "alive"})
    if scope["path"] != "/healthz":
        problem = Problem(503, "the service is starting: the city is being loaded; try again soon")
        answer = answer_of(problem, scope["path"])
    answer.headers["Connection"] = "close"
    await answer(scope, receive, send)
