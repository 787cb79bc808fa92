"""Fetcher of content by hash over HTTP: resumes, verifies before it keeps, retries without end, few at once.

An alert's words wait behind nothing else: where a server has fallen silent, all other downloads may hang on it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiohttp

from firmware_sim.core.effects import Fetch
from firmware_sim.network.shaping import NetworkState
from firmware_sim.storage.flash import Flash, FlashStore

AT_ONCE: Final = 8
"""Downloads of a process at once, and as many urgent ones: thousands of devices share one server."""
RETRY_S: Final = (1.0, 120.0)
URGENT_RETRY_S: Final = (0.1, 2.0)
"""For an alert's speech: the alert would have ended before a growing pause does."""
CHUNK_BYTES: Final = 64 * 1024
TOO_LONG_BYTES: Final = 64 * 1024 * 1024
READ_TIMEOUT_S: Final = 30.0
URGENT_READ_TIMEOUT_S: Final = 5.0
_JITTER: Final = random.SystemRandom()
_PARTIAL: Final = 206
_RANGE_REFUSED: Final = 416

OnHeld = Callable[[str, bytes | None], object]
"""Called with the hash, and the bytes of a plan."""

log = logging.getLogger(__name__)


def retry_after_s(failures: int, bounds_s: tuple[float, float], *, is_urgent: bool) -> float:
    """Draw the pause before a download is tried again: at most doubled by each failure, within the bounds."""
    least_s, most_s = URGENT_RETRY_S if is_urgent else bounds_s
    return _JITTER.uniform(0, min(most_s, least_s * 2 ** min(failures, 10)))


def read_timeout_s(failures: int, *, is_urgent: bool) -> float:
    """Return how long a server may be silent before the download is tried again.

    Of an alert's words briefly at first, and twice as long after each failure: a server that is only busy, as all
    devices ask it at once, must not be asked again and again.
    """
    return min(READ_TIMEOUT_S, URGENT_READ_TIMEOUT_S * 2 ** min(failures, 10)) if is_urgent else READ_TIMEOUT_S


class SpoiltError(Exception):
    """The content fetched does not match its hash."""


@dataclass(order=True)
class _Job:
    want_at_ms: int
    order: int
    fetch: Fetch = field(compare=False)
    shelf: Shelf = field(compare=False)
    failures: int = field(default=0, compare=False)


class ContentShelf:
    """Content of one device: what it wants, and does not hold yet. ``spoilt`` counts downloads whose hash was wrong."""

    def __init__(self, flash: FlashStore, on_held: OnHeld) -> None:
        self.spoilt = 0
        self.wanted: dict[str, Fetch] = {}
        self._flash = flash
        self._on_held = on_held

    def want(self, fetch: Fetch) -> None:
        """Get content: at once if flash holds it, else by a fetch."""
        data = self._flash.held(fetch.sha256)
        if data is not None:
            self.wanted.pop(fetch.sha256, None)
            self._on_held(fetch.sha256, data if fetch.is_plan else None)
            return
        waiting = self.wanted.get(fetch.sha256)
        if waiting is None or fetch.wait_ms < waiting.wait_ms:
            self.wanted[fetch.sha256] = fetch
            self._begin(fetch)

    def put(self, sha256: str, data: bytes) -> None:
        """Keep content that came by message, with the right hash."""
        self._flash.store(sha256, data)
        self.wanted.pop(sha256, None)
        self._on_held(sha256, None)

    def keep_only(self, sha256s: frozenset[str]) -> None:
        for sha256 in [sha256 for sha256 in self.wanted if sha256 not in sha256s]:
            del self.wanted[sha256]
        self._flash.keep_only(sha256s)

    def close(self) -> None:
        """Forget what is wanted: power off."""
        self.wanted.clear()

    def _begin(self, fetch: Fetch) -> None:
        """Fetch what is wanted from now on, after its wait; a second time for content that is needed sooner."""
        raise NotImplementedError


class Shelf(ContentShelf):
    """Content of one device, fetched by the pool. ``network``: conditions between it and the server; None: ideal."""

    def __init__(self, flash: Flash, pool: FetchPool, on_held: OnHeld, network: NetworkState | None = None) -> None:
        super().__init__(flash, on_held)
        self.flash = flash
        self.network = network
        self.under_way: set[str] = set()
        self._pool = pool

    def _begin(self, fetch: Fetch) -> None:
        self._pool.put(fetch, self)


class FetchPool:
    """Pool of a few workers, the soonest needed first, and of as many that take urgent content alone.

    ``authority``: certificate of the authority that devices were delivered with; https trusts it and the system's.
    """

    def __init__(
        self, *, at_once: int = AT_ONCE, retry_s: tuple[float, float] = RETRY_S, authority: Path | None = None
    ) -> None:
        self._tls = ssl.create_default_context()
        if authority is not None:
            self._tls.load_verify_locations(authority)
        self._at_once = at_once
        self._retry_s = retry_s
        self._order = itertools.count()
        self._ordinary: asyncio.PriorityQueue[_Job] = asyncio.PriorityQueue()
        self._urgent: asyncio.PriorityQueue[_Job] = asyncio.PriorityQueue()
        self._tasks: list[asyncio.Task[None]] = []
        self._retries: set[asyncio.TimerHandle] = set()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._tls)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        self._tasks = [
            asyncio.create_task(self._run(self._session, queue))
            for queue in (self._ordinary, self._urgent)
            for _ in range(self._at_once)
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for handle in self._retries:
            handle.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def put(self, fetch: Fetch, shelf: Shelf) -> None:
        job = _Job(fetch.want_at_ms, next(self._order), fetch, shelf)
        if fetch.wait_ms:
            self._push_later(job, fetch.wait_ms / 1000)
        else:
            self._push(job)

    async def _run(self, session: aiohttp.ClientSession, queue: asyncio.PriorityQueue[_Job]) -> None:
        while True:
            job = await queue.get()
            fetch = job.shelf.wanted.get(job.fetch.sha256)
            if fetch is None or fetch.sha256 in job.shelf.under_way:
                continue
            job.shelf.under_way.add(fetch.sha256)
            try:
                await _download(session, fetch, job)
            except (aiohttp.ClientError, OSError, SpoiltError, ValueError) as error:
                job.shelf.spoilt += isinstance(error, SpoiltError)
                log.info("%s: not fetched: %s", fetch.sha256[:12], str(error) or type(error).__name__)
                self._retry(job)
            else:
                job.shelf.want(fetch)
            finally:
                job.shelf.under_way.discard(fetch.sha256)

    def _retry(self, job: _Job) -> None:
        job.failures += 1
        self._push_later(job, retry_after_s(job.failures, self._retry_s, is_urgent=job.fetch.is_urgent))

    def _push_later(self, job: _Job, wait_s: float) -> None:
        handle: asyncio.TimerHandle

        def push() -> None:
            self._retries.discard(handle)
            self._push(job)

        handle = asyncio.get_running_loop().call_later(wait_s, push)
        self._retries.add(handle)

    def _push(self, job: _Job) -> None:
        (self._urgent if job.fetch.is_urgent else self._ordinary).put_nowait(job)


async def _download(session: aiohttp.ClientSession, fetch: Fetch, job: _Job) -> None:
    """Fetch the missing rest of the part; keep it if its hash is right.

    Raises:
        OSError: no network, or no room for it.
        SpoiltError: the hash is wrong; the part is deleted and the next try begins at its start.
    """
    flash, network = job.shelf.flash, job.shelf.network
    if network is not None and network.is_cut:
        raise OSError("no network")
    part = flash.part_path(fetch.sha256)
    begun = part.stat().st_size if part.exists() else 0
    if not fetch.size or begun < fetch.size:
        headers = {"Range": f"bytes={begun}-"} if begun else {}
        silence_s = read_timeout_s(job.failures, is_urgent=fetch.is_urgent)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=silence_s, sock_read=silence_s)
        url = f"{fetch.base_url}/content/{fetch.sha256}"
        async with session.get(url, headers=headers, timeout=timeout) as answer:
            if answer.status == _RANGE_REFUSED:
                part.unlink(missing_ok=True)
            answer.raise_for_status()
            mode = "ab" if answer.status == _PARTIAL and begun else "wb"
            limit = fetch.size or TOO_LONG_BYTES
            with part.open(mode) as file:
                async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                    file.write(chunk)
                    if file.tell() > limit:
                        break
    if network is not None and network.is_spoilt:
        part.write_bytes(b"\0" + part.read_bytes())
    if not part.exists() or not flash.accept_part(fetch.sha256):
        raise SpoiltError("wrong hash")
