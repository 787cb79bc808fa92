"""Crowd at the front: slow readers, open live pages, uploads, preflights and reports without end, over plain sockets.

``crowd.json`` in its folder says how many of each and as whom (``CrowdPlan``). It prints ``connected``, begins at the
line ``go``, and at the end of its input prints its counters as one JSON object. One process without threads, so that
it takes little from the server that it is to starve.

An open page asks as a browser does: every part of the page that says ``hx-trigger="every Ns"`` by itself, at the
address that its last answer named, on a connection that is kept.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import json
import math
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
import uvloop

from firmware_sim.host.fleet import allow_open_files

ANSWER_S: Final = 30.0
"""Deadline of one answer."""
OPENING_S: Final = 8
"""Pages are opened over this time."""
PART_BYTES: Final = 512 * 1024
"""Part of an upload, as the console's script sends it."""
_AGAIN_S: Final = 0.2
_AWAY_S: Final = 1.0
_READ_BYTES: Final = 4096
_POLLED: Final = re.compile(rb'hx-get="([^"]+)"[^>]*? hx-trigger="(?:load, )?every (\d+)s"')
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: (\d+)")
_CHUNKED: Final = re.compile(rb"(?i)\r\ntransfer-encoding: chunked")
_NO_BODY: Final = frozenset({204, 304})
_OK: Final = range(200, 300)
_UNAVAILABLE: Final = 503


class CrowdPlan(msgspec.Struct):
    """Numbers and identities. ``pages``: session cookies, one a page. ``uploaders``: tokens, one an upload.

    ``recording`` is a file that may be aired; uploads send it with other last bytes, at ``upload_bps`` bytes a second.
    """

    host: str
    port: int
    readers: int = 0
    content: str = ""
    read_bps: int = 10_000
    page: str = ""
    pages: Sequence[str] = ()
    uploaders: Sequence[str] = ()
    recording: str = ""
    upload_bps: int = 250_000
    preflights: int = 0
    preflight: str = ""
    token: str = ""
    report: Mapping[str, str] = {}
    """Body of the order for the report that is made again and again; empty: none is."""


class KeptConnection:
    """Connection that is kept from one request to the next, and made again when it was closed."""

    def __init__(self, plan: CrowdPlan, headers: str) -> None:
        self._plan = plan
        self._headers = headers
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", more: str = "") -> tuple[int, bytes]:
        """Send a request and return status and body. Raises OSError or TimeoutError: there was no whole answer."""
        # As browsers do: a GET names no length.
        length = "" if method == "GET" else f"Content-Length: {len(body)}\r\n"
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{self._headers}{more}{length}\r\n"
        is_kept = self._streams is not None
        try:
            return await self._once(head.encode() + body)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            if not is_kept:
                raise OSError(str(error)) from error
        # The server closed what had been idle: asked once more, as browsers do.
        return await self.ask(method, path, body, more)

    async def _once(self, request: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._plan.host, self._plan.port)
        reader, writer = self._streams
        try:
            async with asyncio.timeout(ANSWER_S):
                writer.write(request)
                await writer.drain()
                head = await reader.readuntil(b"\r\n\r\n")
                status = int(head[9:12])
                if status in _NO_BODY:
                    return status, b""
                if _CHUNKED.search(head):
                    return status, await _chunks(reader)
                length = _LENGTH.search(head)
                return status, await reader.readexactly(int(length[1]) if length else 0)
        except TimeoutError:
            self.close()
            raise

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    found = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        found.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(found)


class CrowdClients:
    """The clients, each a task that ends only with the crowd, and their counters."""

    def __init__(self, plan: CrowdPlan) -> None:
        self._plan = plan
        self._dice = Random(20260302)  # noqa: S311 - figures that repeat, no secret
        self._turns = itertools.count()
        self.counts: Counter[str] = Counter()
        self.polls_ms: list[float] = []

    async def run(self) -> None:
        plan = self._plan
        polled = await self._polled() if plan.pages else []
        async with asyncio.TaskGroup() as tasks:
            for _ in range(plan.readers):
                tasks.create_task(self._without_end(self._read_slowly))
            for cookie in plan.pages:
                for path, period_s in polled:
                    tasks.create_task(self._watch(cookie, path, period_s))
            for token in plan.uploaders:
                tasks.create_task(self._without_end(lambda token=token: self._upload(token)))  # type: ignore[misc]
            for _ in range(plan.preflights):
                link = KeptConnection(plan, f"Authorization: Bearer {plan.token}\r\n")
                tasks.create_task(self._without_end(lambda link=link: self._look_ahead(link)))  # type: ignore[misc]
            if plan.report:
                tasks.create_task(self._without_end(self._report))

    async def _without_end(self, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            # A server that is being starved refuses and closes: that is counted, and tried again.
            try:
                await act()
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                self.counts["broken"] += 1
            await asyncio.sleep(_AGAIN_S * self._dice.random())

    async def _read_slowly(self) -> None:
        """Read an answer at a slow line's pace, with a small window, until the server ends it."""
        reader, writer = await asyncio.open_connection(self._plan.host, self._plan.port, limit=_READ_BYTES)
        self.counts["readers_open"] += 1
        try:
            writer.write(f"GET {self._plan.content} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            while data := await reader.read(_READ_BYTES):
                self.counts["read_bytes"] += len(data)
                await asyncio.sleep(len(data) / self._plan.read_bps)
        finally:
            self.counts["readers_open"] -= 1
            writer.close()

    async def _polled(self) -> list[tuple[str, int]]:
        """Open the page once, and return the parts of it that ask by themselves, each with its period in seconds."""
        link = KeptConnection(self._plan, f"Cookie: {self._plan.pages[0]}\r\n")
        status, page = await link.ask("GET", self._plan.page)
        link.close()
        if status not in _OK:
            raise OSError(f"{self._plan.page} was answered with {status}")
        return [(html.unescape(path.decode()), int(period)) for path, period in _POLLED.findall(page)]

    async def _watch(self, cookie: str, path: str, period_s: int) -> None:
        link = KeptConnection(self._plan, f"Cookie: {cookie}\r\nHX-Request: true\r\n")
        await asyncio.sleep(max(period_s, OPENING_S) * self._dice.random())
        while True:
            began_s = time.monotonic()
            try:
                status, part = await link.ask("GET", path)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                status, part = 0, b""
            self.counts["polls" if status in _OK else "polls_failed"] += 1
            self.polls_ms.append((time.monotonic() - began_s) * 1000)
            # A part that takes its own place names the address of its next question.
            renewed = _POLLED.search(part)
            if renewed is not None and renewed[1].startswith(path.partition("?")[0].encode()):
                path, period_s = html.unescape(renewed[1].decode()), int(renewed[2])
            # As the console's script: at the next turn of its clock after a rest.
            took_s = time.monotonic() - began_s if status in _OK else _AWAY_S
            rest_s = took_s * (3 + 2 * self._dice.random())
            spent_s = time.monotonic() - began_s
            await asyncio.sleep(math.ceil((spent_s + rest_s) / period_s) * period_s - spent_s)

    async def _upload(self, token: str) -> None:
        """Send one recording in parts and finish it."""
        plan = self._plan
        link = KeptConnection(plan, f"Authorization: Bearer {token}\r\n")
        number = next(self._turns)
        data = await asyncio.to_thread(Path(plan.recording).read_bytes)
        size = len(data)
        asked = json.dumps({"name": f"{number}.wav", "bytes": size, "mark": str(number)}).encode()
        try:
            status, answer = await link.ask("POST", "/api/v1/audio/uploads", asked, _JSON)
            if status not in _OK:
                self.counts["uploads_refused"] += 1
                await asyncio.sleep(_AWAY_S * (0.5 + self._dice.random()))
                return
            path, offset = f"/api/v1/audio/uploads/{json.loads(answer)['id']}", 0
            while offset < size:
                part = data[offset : offset + PART_BYTES]
                if offset + len(part) == size:
                    part = part[:-8] + number.to_bytes(8)
                began_s = time.monotonic()
                where = f"Content-Range: bytes {offset}-{offset + len(part) - 1}/{size}\r\n{_BINARY}"
                status, _ = await link.ask("PUT", path, part, where)
                self.counts["parts" if status in _OK else "parts_refused"] += 1
                offset += len(part) if status in _OK else 0
                await asyncio.sleep(max(0.0, len(part) / plan.upload_bps - (time.monotonic() - began_s)))
            status, _ = await link.ask("POST", f"{path}/finish", b"{}", _JSON)
            self.counts["uploads" if status in _OK else "uploads_refused"] += 1
        finally:
            link.close()

    async def _look_ahead(self, link: KeptConnection) -> None:
        status, _ = await link.ask("GET", self._plan.preflight)
        self.counts["preflights" if status in _OK else f"preflights_{status}"] += 1

    async def _report(self) -> None:
        """Have a report made and wait until it is there."""
        link = KeptConnection(self._plan, f"Authorization: Bearer {self._plan.token}\r\n")
        number = next(self._turns)
        key = f"Idempotency-Key: bench-report-{number:08}\r\n{_JSON}"
        status, answer = await link.ask("POST", "/api/v1/reports", json.dumps(self._plan.report).encode(), key)
        if status not in _OK:
            self.counts["reports_refused"] += 1
            return
        path, state = f"/api/v1/reports/{json.loads(answer)['id']}", ""
        while state not in {"ready", "failed"}:
            await asyncio.sleep(1)
            status, answer = await link.ask("GET", path)
            state = json.loads(answer)["state"] if status in _OK else ""
        self.counts[f"reports_{state}"] += 1
        link.close()


_JSON: Final = "Content-Type: application/json\r\n"
_BINARY: Final = "Content-Type: application/octet-stream\r\n"


def run_from(folder: Path) -> int:
    """Run the crowd of the plan in this folder."""
    plan = msgspec.json.decode((folder / "crowd.json").read_bytes(), type=CrowdPlan)
    allow_open_files(4 * (plan.readers + 3 * len(plan.pages) + len(plan.uploaders)) + 200)
    uvloop.run(_run(plan))
    return 0


async def _run(plan: CrowdPlan) -> None:
    loop, orders = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    print("connected", flush=True)
    await orders.readline()
    clients = CrowdClients(plan)
    crowd = asyncio.create_task(clients.run())
    end = asyncio.create_task(orders.read())
    await asyncio.wait({crowd, end}, return_when=asyncio.FIRST_COMPLETED)
    told: dict[str, Any] = dict(clients.counts)
    if len(clients.polls_ms) > 1:
        told["poll_ms_p95"] = round(statistics.quantiles(clients.polls_ms, n=20)[-1], 1)
    crowd.cancel()
    with suppress(asyncio.CancelledError):
        await crowd
    print(json.dumps(told), flush=True)
