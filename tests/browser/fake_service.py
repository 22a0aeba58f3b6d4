"""A service that answers as docs/http.md says and does nothing else: a test writes its world and pushes its events."""

from __future__ import annotations

import contextlib
import json
import queue
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css"}


@dataclass(slots=True)
class Channel:
    """The events of one stream, kept from `kept_from` on, and who listens. Ids are opaque to the pages."""

    events: list[tuple[str, str]] = field(default_factory=list)
    kept_from: int = 0
    readers: list[queue.SimpleQueue[str | None]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    resumed: list[str] = field(default_factory=list)
    """The ids after which readers asked to go on, each marked with where it came from."""

    @property
    def stream_id(self) -> str:
        return f"fake-{len(self.events)}"

    def push(self, kind: str, data: object) -> None:
        with self.lock:
            self.events.append((kind, json.dumps(data, ensure_ascii=False)))
            frame = self._frame(len(self.events))
            for reader in self.readers:
                reader.put(frame)

    def listen(self, after: str) -> queue.SimpleQueue[str | None]:
        reader: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with self.lock:
            first = int(after.removeprefix("fake-") or 0)
            if first < self.kept_from:
                reader.put(f"id: {self.stream_id}\nevent: reset\ndata: {{}}\n\n")
            else:
                for number in range(first + 1, len(self.events) + 1):
                    reader.put(self._frame(number))
            self.readers.append(reader)
        return reader

    def forget(self) -> None:
        """What was pushed so far is no longer kept."""
        self.kept_from = len(self.events)

    def drop(self) -> None:
        """Every connection breaks."""
        with self.lock:
            readers, self.readers = self.readers, []
        for reader in readers:
            reader.put(None)

    def _frame(self, number: int) -> str:
        kind, data = self.events[number - 1]
        return f"id: fake-{number}\nevent: {kind}\ndata: {data}\n\n"


@dataclass(slots=True)
class World:
    """What the service would answer. `track_links` are the tokens that open something."""

    city: Json
    board: Json
    tracks: dict[str, Json] = field(default_factory=dict)
    timelines: dict[str, list[Json]] = field(default_factory=dict)
    rounds: dict[str, list[Json]] = field(default_factory=dict)
    legs: dict[str, Json] = field(default_factory=dict)
    prices: dict[tuple[str, str], Json] = field(default_factory=dict)
    """What it costs to assign (job, truck)."""

    def rescue(self, name: str) -> Json:
        return next(one for one in self.board["rescues"] if one["id"] == name)

    def truck(self, name: str) -> Json:
        return next(one for one in self.board["trucks"] if one["id"] == name)


class FakeService:
    """Serves the built pages, the tiles and `world` on a free port of the loopback."""

    def __init__(self, pages: Path, tiles: Path, world: World) -> None:
        self.pages = pages
        self.tiles = tiles
        self.world = world
        self.stream = Channel()
        self.track_streams: dict[str, Channel] = {token: Channel() for token in world.tracks}
        self.posts: list[tuple[str, Json]] = []
        self.boards_served = 0
        self.away = False
        """Every request is answered with 503, as by a proxy whose service is gone."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        for channel in (self.stream, *self.track_streams.values()):
            channel.drop()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def get(self, path: str, query: dict[str, list[str]]) -> Json | None:
        """The JSON of a GET, None where there is nothing."""
        world = self.world
        if found := re.fullmatch(r"/v1/jobs/([^/]+)/assignment-price", path):
            return world.prices.get((unquote(found[1]), query["truck"][0]))
        if path == "/v1/city":
            return world.city
        if path == "/v1/board":
            self.boards_served += 1
            return {**world.board, "stream_id": self.stream.stream_id}
        if found := re.fullmatch(r"/v1/track/([^/]+)", path):
            token = unquote(found[1])
            track = world.tracks.get(token)
            return track and {**track, "stream_id": self.track_streams[token].stream_id}
        if found := re.fullmatch(r"/v1/rescues/([^/]+)/(timeline|decisions|track)", path):
            rescue = unquote(found[1])
            if found[2] == "track":
                return world.legs.get(rescue, {"type": "FeatureCollection", "features": []})
            kept = world.timelines if found[2] == "timeline" else world.rounds
            return {"items": kept.get(rescue, []), "next": None}
        return None

    def post(self, path: str, body: Json) -> Json | None:
        self.posts.append((path, body))
        if found := re.fullmatch(r"/v1/jobs/([^/]+)/(pin|unpin)", path):
            return self._pin(unquote(found[1]), body.get("truck"))
        if found := re.fullmatch(r"/v1/trucks/([^/]+)/(status|turned-away)", path):
            return self._tap(unquote(found[1]), body.get("status", "loaded"))
        if found := re.fullmatch(r"/v1/shops/([^/]+)/open", path):
            return self._open(unquote(found[1]))
        found = re.fullmatch(r"/v1/rescues/([^/]+)/(release|merge|cancel|link|link/revoke)", path)
        if not found:
            return None
        rescue = self.world.rescue(unquote(found[1]))
        rescue["version"] += 1
        if found[2] == "release":
            rescue.update(held=False, linked=[])
        elif found[2].startswith("link"):
            fresh = f"{self.address}/t/{rescue['version']:022d}"
            rescue.update(tracking_url=fresh if found[2] == "link" else None)
        else:
            rescue.update(held=False, status="cancelled", ended_at=self.world.board["now_at"])
            if found[2] == "merge":
                rescue["merged_into"] = body["into"]
        self.stream.push("rescue", rescue)
        return rescue

    def _pin(self, job: str, truck: str | None) -> Json:
        rescue: Json = next(
            one for one in self.world.board["rescues"] if any(each["id"] == job for each in one["jobs"])
        )
        rescue["version"] += 1
        for each in rescue["jobs"]:
            each.update({"pinned_to": truck} if each["id"] == job else {})
        self.stream.push("rescue", rescue)
        return rescue

    def _tap(self, name: str, status: str) -> Json:
        truck = self.world.truck(name)
        truck.update(status=status, version=truck["version"] + 1)
        self.stream.push("truck", truck)
        return truck

    def _open(self, name: str) -> Json:
        shop: Json = next(one for one in self.world.board["shops"] if one["id"] == name)
        shop.update(closed=False, version=shop["version"] + 1)
        self.stream.push("shop", shop)
        return shop


def _handler(service: FakeService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            self._guarded(self._get)

        def do_POST(self) -> None:
            self._guarded(self._post)

        def handle(self) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a page that was closed
                super().handle()

        def _guarded(self, act: Callable[[], None]) -> None:
            if service.away:
                self._problem(HTTPStatus.SERVICE_UNAVAILABLE)
            else:
                act()

        def _get(self) -> None:
            url = urlsplit(self.path)
            path = url.path
            if channel := self._channel(path):
                self._stream(channel, parse_qs(url.query))
            elif path == "/control":
                self._file(service.pages / "control.html")
            elif path.startswith("/t/"):
                self._file(service.pages / "track.html")
            elif path.startswith("/pages/"):
                self._file(service.pages / path.removeprefix("/pages/"))
            elif path == f"/tiles/{service.tiles.name}":
                self._tiles()
            elif (answer := service.get(path, parse_qs(url.query))) is not None:
                self._json(answer)
            else:
                self._problem(HTTPStatus.NOT_FOUND)

        def _post(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            answer = service.post(self.path, body)
            self._problem(HTTPStatus.NOT_FOUND) if answer is None else self._json(answer)

        def _channel(self, path: str) -> Channel | None:
            if path == "/v1/stream":
                return service.stream
            found = re.fullmatch(r"/v1/track/([^/]+)/stream", path)
            return service.track_streams.get(unquote(found[1])) if found else None

        def _stream(self, channel: Channel, query: dict[str, list[str]]) -> None:
            header = self.headers.get("Last-Event-ID")
            after = header or query.get("after", [""])[0]
            channel.resumed.append(f"{'header' if header else 'query'} {after}")
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            reader = channel.listen(after)
            self.wfile.write(b"retry: 100\n\n")
            while (frame := reader.get()) is not None:
                self.wfile.write(frame.encode())
                self.wfile.flush()

        def _file(self, path: Path) -> None:
            if not path.is_file() or not path.resolve().is_relative_to(service.pages.resolve()):
                self._problem(HTTPStatus.NOT_FOUND)
                return
            self._send(HTTPStatus.OK, path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream"))

        def _tiles(self) -> None:
            content = service.tiles.read_bytes()
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
            if not asked:
                self._send(HTTPStatus.OK, content, "application/octet-stream")
                return
            first, last = int(asked[1]), min(int(asked[2]), len(content) - 1)
            span = {"Content-Range": f"bytes {first}-{last}/{len(content)}", "ETag": f'"{service.tiles.stem}"'}
            self._send(HTTPStatus.PARTIAL_CONTENT, content[first : last + 1], "application/octet-stream", span)

        def _json(self, answer: Json) -> None:
            self._send(HTTPStatus.OK, json.dumps(answer, ensure_ascii=False).encode(), "application/json")

        def _problem(self, status: HTTPStatus) -> None:
            body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": status.description}
            self._send(status, json.dumps(body).encode(), "application/problem+json")

        def _send(self, status: HTTPStatus, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler
