"""`towline serve` and `towline demo`: their arguments, and what is called with them."""

from __future__ import annotations

import argparse
from pathlib import Path

from data.journal_verbs import add_database
from dispatch.arguments import Answered, Surroundings, Verbs, add_verb, natural, positive


def add_parsers(verbs: Verbs) -> None:
    serve = add_verb(verbs, "serve", _serve, "serve rescues, the control room and tracking pages over HTTP")
    serve.add_argument("--city", default="coquimbo", metavar="NAME")
    serve.add_argument("--host", default="127.0.0.1", help="another than loopback needs --identity")
    serve.add_argument("--port", type=natural, default=8000)
    serve.add_argument("--policy", default="production", metavar="FILE.toml|NAME")
    add_database(serve)
    serve.add_argument("--positions", metavar="URL", help="redis://… of your own; a bundled Valkey otherwise")
    serve.add_argument("--identity", type=Path, metavar="FILE.toml", help="tokens and their roles")
    serve.add_argument("--public-url", metavar="URL", help="how people reach this service, for tracking links")
    for hidden in ("--clock", "--die-with-parent"):
        serve.add_argument(hidden, type=str if hidden == "--clock" else int, help=argparse.SUPPRESS)
    serve.add_argument("--demo", action="store_true", help=argparse.SUPPRESS)
    demo = add_verb(verbs, "demo", _demo, "the service with an invented fleet and generated accidents")
    demo.add_argument("--city", default="coquimbo", metavar="NAME")
    demo.add_argument("--speed", type=positive, default=60, help="times real time")
    demo.add_argument("--port", type=natural, default=8000)
    demo.add_argument("--pids", action="store_true", help="print the processes of the demo that runs on this home")


def _serve(a: argparse.Namespace, around: Surroundings) -> Answered:
    from api.address import Address
    from api.clock import clock_of, wall_clock
    from api.serve import serve
    from api.wiring import Request

    request = Request(
        home=around.home,
        city=a.city,
        policy=a.policy,
        database=a.database,
        positions=a.positions,
        identity=a.identity,
        base_url=a.public_url or "",
        demo=a.demo,
    )
    clock = wall_clock() if a.clock is None else clock_of(a.clock)
    code = serve(request, Address(a.host, a.port), clock, around.say, a.die_with_parent)
    return {"ok": code == 0}, lambda _report: "the service has ended"


def _demo(a: argparse.Namespace, around: Surroundings) -> Answered:
    from api import demo

    if a.pids:
        return demo.pids(around.home), demo.pids_text
    code = demo.run(home=around.home, city=a.city, speed=a.speed, port=a.port, host="127.0.0.1", say=around.say)
    return {"ok": code == 0}, lambda _report: "the demo has ended"
