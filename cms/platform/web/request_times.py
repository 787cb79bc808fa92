"""Histograms of the time to an answer, by kind of page and of status, shared by the web processes of this machine.

Each process counts in a small file of its own that it maps into memory: an observation is one addition, and whichever
process is asked for ``/metrics`` reads the files of all. A restart begins at zero again, as Prometheus expects.
"""

from __future__ import annotations

import mmap
import re
import struct
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cms.platform.process.precedence import PRECEDENCE, Precedence
from province.machine_clock import unix_s

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BOUNDS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
PAGES: Final = ("urgent", "polled", "console", "api", "public", "content", "machine")
STATUSES: Final = ("2xx", "3xx", "4xx", "5xx")
_KINDS: Final = (
    (re.compile(r"/health(?:/|$)|/metrics$|/assets/|/session$"), "machine"),
    (re.compile(r"/content/"), "content"),
    (re.compile(r"/cong-khai(?:/|$)"), "public"),
    (re.compile(r"/api/"), "api"),
    (re.compile(r"/(?:alerts|stop|stops|approvals|sign-in|second-factor)(?:/|$)|/bulletins/[^/]+/approval$"), "urgent"),
)
_OF_PEOPLE: Final = frozenset({"console", "urgent"})
_WAITED_MAX_S: Final = 600.0
"""The front's stamp is of the machine's clock, which may be set while a request is under way."""
_CELLS: Final = len(BOUNDS_S) + 2
"""Buckets, the last without a bound, and the sum of seconds."""
_SIZE: Final = len(PAGES) * len(STATUSES) * _CELLS * 8


@dataclass(frozen=True, slots=True)
class RequestHistogram:
    """Times of one process's answers of one kind. ``counts`` are not cumulative; the last has no upper bound."""

    process: str
    pages: str
    status: str
    counts: tuple[int, ...]
    sum_s: float


def folder_of(run_dir: Path) -> Path:
    """Return the folder of the files that web processes count in."""
    return run_dir / "request-times"


def read(folder: Path) -> Iterator[RequestHistogram]:
    """Yield the histograms of all processes in which there is something."""
    for path in sorted(folder.glob("*")):
        data = path.read_bytes()
        if len(data) != _SIZE:
            continue
        cells = struct.unpack(f"<{_SIZE // 8}d", data)
        for number in range(len(PAGES) * len(STATUSES)):
            *counts, sum_s = cells[number * _CELLS : (number + 1) * _CELLS]
            if any(counts):
                pages, status = divmod(number, len(STATUSES))
                yield RequestHistogram(path.name, PAGES[pages], STATUSES[status], tuple(map(int, counts)), sum_s)


def kind_of(path: str, *, is_fragment: bool) -> str:
    """Return the kind of page; what an open page asks for by itself is apart, whatever it belongs to."""
    found = next((kind for pattern, kind in _KINDS if pattern.match(path)), "console")
    return "polled" if is_fragment and found in {"console", "urgent"} else found


class RequestTimes:
    """WSGI middleware that counts answers of requests that came by the front's socket, which names the process.

    Timed is from the front's stamp, so with the wait for a thread, to the answer. Those of people go before heavy work.
    """

    def __init__(self, app: WSGIApplication, folder: Path, precedence: Precedence = PRECEDENCE) -> None:
        self._app = app
        self._precedence = precedence
        self._folder = folder
        self._lock = threading.Lock()
        self._cells: mmap.mmap | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        socket = environ.get("gunicorn.socket")
        if socket is None:
            return self._app(environ, start_response)
        began_s, waited_s, told = time.monotonic(), _waited_s(environ), ["500"]

        def started(status: str, *more: Any) -> Any:
            told[0] = status
            return start_response(status, *more)

        is_fragment = environ.get("REQUEST_METHOD") == "GET" and "HTTP_HX_REQUEST" in environ
        kind = kind_of(environ.get("PATH_INFO", ""), is_fragment=is_fragment)
        try:
            with self._precedence.request() if kind in _OF_PEOPLE else nullcontext():
                return self._app(environ, started)
        finally:
            self._count(str(socket.getsockname()), kind, told[0], waited_s + time.monotonic() - began_s)

    def _count(self, listener: str, kind: str, status: str, taken_s: float) -> None:
        row = PAGES.index(kind) * len(STATUSES) + min(max(int(status[0]), 2), 5) - 2
        # A full disk must not cost an answer.
        with self._lock, suppress(OSError):
            if self._cells is None:
                self._cells = self._opened(Path(listener).stem)
            self._add(row * _CELLS + bisect_left(BOUNDS_S, taken_s), 1)
            self._add((row + 1) * _CELLS - 1, taken_s)

    def _opened(self, name: str) -> mmap.mmap:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / name).open("w+b") as file:
            file.write(bytes(_SIZE))
            file.flush()
            return mmap.mmap(file.fileno(), _SIZE)

    def _add(self, cell: int, value: float) -> None:
        assert self._cells is not None
        (before,) = struct.unpack_from("<d", self._cells, cell * 8)
        struct.pack_into("<d", self._cells, cell * 8, before + value)


def _waited_s(environ: WSGIEnvironment) -> float:
    """Return how long the request waited between the front and a thread."""
    try:
        waited_s = unix_s() - float(environ.get("HTTP_X_REQUEST_START", ""))
    except ValueError:
        return 0.0
    return waited_s if 0 <= waited_s < _WAITED_MAX_S else 0.0
