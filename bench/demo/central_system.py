"""Simulated central source system: sends bulletins down, takes reports, and misbehaves on demand.

``python -m bench.demo central --port 8650 [--token-file FILE] [--bulletins FILE] [--kept FILE]`` answers
``GET /ban-tin?sau=`` and ``POST`` of devices, states, results and statistics, as in docs/exchange.md; ``GET /da-nhan``
shows the deliveries it has taken.
"""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

REPORTS = ("/thiet-bi", "/trang-thai-ban-tin", "/ket-qua-phat", "/thong-ke")
PAGE = 50
_BODY_MAX = 16 * 1024 * 1024


@dataclass
class Central:
    """State. ``sent``: bulletins in order; ``taken``: each delivery once, saved in the file ``kept``, if any.

    ``files`` are sounds by their path. ``is_away``: it answers 503. ``garbage``: sent in place of a page.
    """

    token: str = ""
    sent: list[dict[str, Any]] = field(default_factory=list)
    taken: dict[str, tuple[str, Any]] = field(default_factory=dict)
    repeats: int = 0
    is_away: bool = False
    forgets_cursor: bool = False
    garbage: bytes | None = None
    answers_lost: int = 0
    refuses: dict[str, int] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    kept: Path | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Read the kept deliveries; a line cut off in writing is dropped: it was not answered, and is sent again."""
        if self.kept is None or not self.kept.exists():
            return
        whole = self.kept.read_bytes()
        whole = whole[: whole.rfind(b"\n") + 1]
        self.kept.write_bytes(whole)
        for delivery, path, body in map(json.loads, whole.splitlines()):
            self.taken[delivery] = (path, body)

    def page(self, after: str) -> bytes:
        """Return a page of bulletins from the cursor on; with ``forgets_cursor`` from the beginning."""
        first = 0 if self.forgets_cursor or not after.isdigit() else min(int(after), len(self.sent))
        items = self.sent[first : first + PAGE]
        return json.dumps({"BanTin": items, "ConTro": str(first + len(items))}, ensure_ascii=False).encode()

    def take(self, path: str, delivery: str, body: bytes) -> int:
        """Take a delivery, once; return the HTTP status: 502 where the answer has to get lost."""
        if path in self.refuses:
            return self.refuses[path]
        with self.lock:
            if delivery in self.taken:
                self.repeats += 1
            else:
                self._keep(delivery, path, json.loads(body))
        if self.answers_lost:
            self.answers_lost -= 1
            return 502
        return 200

    def _keep(self, delivery: str, path: str, body: object) -> None:
        self.taken[delivery] = (path, body)
        if self.kept is not None:
            with self.kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps([delivery, path, body]) + "\n")

    def reports(self, path: str) -> list[Any]:
        return [body for where, body in self.taken.values() if where == path]


class _Handler(BaseHTTPRequestHandler):
    """HTTP handler; the subclass that ``serve`` makes sets ``central``."""

    protocol_version = "HTTP/1.1"
    central: ClassVar[Central]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/da-nhan":
            with self.central.lock:
                taken = list(self.central.taken.values())
            self._answer(200, json.dumps(taken, ensure_ascii=False).encode())
        elif self._is_let_in():
            asked = parse_qs(parts.query).get("sau", [""])[0]
            if parts.path == "/ban-tin":
                self._answer(200, self.central.garbage or self.central.page(asked))
            else:
                file = self.central.files.get(parts.path)
                self._answer(404 if file is None else 200, file or b"{}")

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length", "0")), _BODY_MAX))
        if self._is_let_in():
            delivery = self.headers.get("Loa-Delivery", "")
            self._answer(self.central.take(self.path, delivery, body) if self.path in REPORTS else 404, b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing: the deliveries are its log."""

    def _is_let_in(self) -> bool:
        token = self.central.token
        if self.central.is_away:
            self._answer(503, b"{}")
        elif token and self.headers.get("Authorization") != f"Bearer {token}":
            self._answer(401, b"{}")
        else:
            return True
        return False

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(central: Central, port: int = 0) -> ThreadingHTTPServer:
    """Listen on loopback; ``serve_forever`` and ``shutdown`` are the caller's."""
    handler = type("Handler", (_Handler,), {"central": central})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def run(central: Central, port: int, stopping: threading.Event) -> None:
    """Serve until stopped."""
    server = serve(central, port)
    thread = threading.Thread(target=server.serve_forever, name="central", daemon=True)
    thread.start()
    stopping.wait()
    server.shutdown()
    server.server_close()
