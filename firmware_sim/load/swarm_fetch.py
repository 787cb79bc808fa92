"""Content fetch of a swarm device over HTTP at least cost: one connection each, as thousands of devices open them."""

import asyncio
import random
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlsplit

RETRY_S: Final = (0.1, 2.0)
_JITTER: Final = random.SystemRandom()
_HEAD_END: Final = b"\r\n\r\n"


class SwarmFetch(asyncio.Protocol):
    """GET of one content, retried until ``on_held`` returns that its hash is right."""

    def __init__(self, base_url: str, sha256: str, on_held: Callable[[bytes], bool]) -> None:
        self._loop = asyncio.get_running_loop()
        parts = urlsplit(base_url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._request = (
            f"GET {parts.path.rstrip('/')}/content/{sha256} HTTP/1.1\r\n"
            f"Host: {parts.netloc}\r\nConnection: close\r\n\r\n"
        ).encode()
        self._on_held = on_held
        self._answer = bytearray()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._answer.clear()
        task = self._loop.create_task(self._connect())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)  # uvloop's is no subclass of asyncio's

    def data_received(self, data: bytes) -> None:
        self._answer += data

    def connection_lost(self, exc: Exception | None) -> None:
        head, _, body = bytes(self._answer).partition(_HEAD_END)
        is_there = exc is None and head.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200"))
        if not (is_there and self._on_held(body)):
            self._again()

    async def _connect(self) -> None:
        try:
            await self._loop.create_connection(lambda: self, *self._address)
        except OSError:
            self._again()

    def _again(self) -> None:
        self._loop.call_later(_JITTER.uniform(*RETRY_S), self.start)
