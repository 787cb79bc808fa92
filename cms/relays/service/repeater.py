"""Repeater: hands the stream of a source to any number of listeners, from one connection to the source.

A station's own server has places for a hundred listeners, a province has thousands of loudspeakers. Whoever cannot be
served here is refused, and asks the source itself: its address stands behind ours in the plan.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from broadcast.relays.model import LENGTH_MAX_MS, RelaySource, RelaySourceId
from cms.platform import relay_address
from cms.relays.service.upstream import OpenStream, Upstream

log = logging.getLogger(__name__)

REQUEST_MAX: Final = 8 * 1024
ASKED_WITHIN_S: Final = 5.0
LASTS_S: Final = LENGTH_MAX_MS / 1000 + 600
"""No relay is longer; whoever listens on does so without a plan."""
RECENT_BYTES: Final = 32 * 1024
"""Data for a new listener at once: some seconds, so that a device need not fill its buffer in real time."""
BEHIND_BYTES: Final = 64 * 1024
"""A listener whose line takes less than the stream is cut here, four seconds of a usual stream behind."""
SOURCES_MOST: Final = 50
_OGG: Final = b"OggS"


@dataclass(frozen=True, slots=True)
class RepeaterLimits:
    """Limits. ``listeners``: of all sources together; ``first_s``: longest wait for the first data of a source.

    ``linger_s``: how long a source is read on without a listener; ``check_s``: interval at which it is checked whether
    it may still be relayed.
    """

    listeners: int
    first_s: float = 3.0
    linger_s: float = 5.0
    check_s: float = 10.0
    give_up_s: float = 10.0


@dataclass
class RepeatedStream:
    """Stream of one source. ``users``: listeners, and those who wait for its first data."""

    source: RelaySource
    upstream: Upstream | None = None
    users: int = 0
    listeners: set[asyncio.StreamWriter] = field(default_factory=set)
    recent: deque[bytes] = field(default_factory=deque)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    is_usable: bool = True

    def feed(self, chunk: bytes) -> None:
        """Hand a piece to every listener; one that is too far behind is cut."""
        if not self.begun.is_set():
            # A listener cannot begin in the middle of Ogg, whose head came first.
            self.is_usable = not chunk.startswith(_OGG)
            self.begun.set()
        self.recent.append(chunk)
        while sum(map(len, self.recent)) > RECENT_BYTES:
            self.recent.popleft()
        for writer in tuple(self.listeners):
            if writer.transport.get_write_buffer_size() > BEHIND_BYTES:
                self.listeners.discard(writer)
                writer.transport.abort()
            else:
                writer.write(chunk)

    def end(self) -> None:
        """Close it for all: each asks the next address of its plan."""
        self.is_usable = False
        self.begun.set()
        if self.upstream is not None:
            self.upstream.stop()
        for writer in self.listeners:
            writer.close()
        self.listeners.clear()


class StreamRepeater:
    """Repeater. ``find`` returns a source that may be relayed through it now; it may wait for the database."""

    def __init__(
        self, find: Callable[[RelaySourceId], RelaySource | None], open_stream: OpenStream, limits: RepeaterLimits
    ) -> None:
        self._find = find
        self._open = open_stream
        self._limits = limits
        self._streams: dict[RelaySourceId, RepeatedStream] = {}
        self._opening: dict[RelaySourceId, asyncio.Task[RepeatedStream | HTTPStatus]] = {}
        self._users = 0
        self._is_full = False

    async def serve(self, socket: Path, stopping: asyncio.Event) -> None:
        """Answer on this socket until stopped."""
        server = await asyncio.start_unix_server(self._answer, socket, limit=REQUEST_MAX)
        checking = asyncio.create_task(self._check())
        try:
            await stopping.wait()
        finally:
            checking.cancel()
            server.close()
            for stream in self._streams.values():
                stream.end()
            self._streams.clear()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            source_id = await asyncio.wait_for(_asked(reader), ASKED_WITHIN_S)
            status = await self._repeat(source_id, reader, writer)
            if status is not HTTPStatus.OK:
                writer.write(f"HTTP/1.1 {status} {status.phrase}\r\nConnection: close\r\n\r\n".encode())
        except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            log.debug("relay.listener_gone")
        except Exception:  # the outermost frame of a listener: the others hear on
            log.exception("relay.listener_failed")
        finally:
            writer.close()

    async def _repeat(
        self, source_id: RelaySourceId, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> HTTPStatus:
        """Repeat the stream until the listener leaves; return why nothing was repeated, else OK."""
        if self._users >= self._limits.listeners:
            self._note_full()
            return HTTPStatus.SERVICE_UNAVAILABLE
        self._users += 1
        try:
            stream = self._streams.get(source_id) or await self._found(source_id)
            return stream if isinstance(stream, HTTPStatus) else await self._listen(stream, reader, writer)
        finally:
            self._users -= 1
            self._is_full = self._is_full and self._users > 0

    async def _listen(
        self, stream: RepeatedStream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> HTTPStatus:
        stream.users += 1
        try:
            await asyncio.wait_for(stream.begun.wait(), self._limits.first_s)
            if not stream.is_usable:
                return HTTPStatus.BAD_GATEWAY
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nCache-Control: no-store\r\n")
            writer.write(b"Connection: close\r\n\r\n" + b"".join(stream.recent))
            stream.listeners.add(writer)
            await asyncio.wait_for(reader.read(1), LASTS_S)
        except TimeoutError:
            return HTTPStatus.OK if writer in stream.listeners else HTTPStatus.BAD_GATEWAY
        finally:
            stream.listeners.discard(writer)
            stream.users -= 1
            if not stream.users:
                asyncio.get_running_loop().call_later(self._limits.linger_s, self._end_unused, stream)
        return HTTPStatus.OK

    async def _found(self, source_id: RelaySourceId) -> RepeatedStream | HTTPStatus:
        """Return the stream, opened once for all who ask at that moment, or why there is none."""
        opening = self._opening.get(source_id)
        if opening is None:
            opening = self._opening[source_id] = asyncio.create_task(self._open_found(source_id))
            opening.add_done_callback(lambda _: self._opening.pop(source_id))
        return await asyncio.shield(opening)

    async def _open_found(self, source_id: RelaySourceId) -> RepeatedStream | HTTPStatus:
        source = await asyncio.to_thread(self._find, source_id)
        if source is None:
            return HTTPStatus.NOT_FOUND
        return self._opened(source) if len(self._streams) < SOURCES_MOST else HTTPStatus.SERVICE_UNAVAILABLE

    def _note_full(self) -> None:
        if not self._is_full:
            log.warning("relay.repeater_full: %d listeners, see LOA_RELAY_LISTENERS", self._users)
        self._is_full = True

    def _opened(self, source: RelaySource) -> RepeatedStream:
        stream, loop = RepeatedStream(source), asyncio.get_running_loop()

        def in_loop(act: Callable[[], object]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(act)

        stream.upstream = Upstream(
            source.urls,
            self._open,
            take=lambda chunk: in_loop(partial(stream.feed, chunk)),
            lose=lambda: in_loop(partial(self._end, stream)),
            give_up_s=self._limits.give_up_s,
        )
        self._streams[source.id] = stream
        stream.upstream.start()
        return stream

    def _end_unused(self, stream: RepeatedStream) -> None:
        if not stream.users:
            self._end(stream)

    def _end(self, stream: RepeatedStream) -> None:
        if self._streams.get(stream.source.id) is stream:
            del self._streams[stream.source.id]
        stream.end()

    async def _check(self) -> None:
        """End what was suspended or changed meanwhile."""
        while True:
            await asyncio.sleep(self._limits.check_s)
            for stream in tuple(self._streams.values()):
                try:
                    is_same = await asyncio.to_thread(self._find, stream.source.id) == stream.source
                except Exception:  # what is heard goes on while the database is away
                    log.exception("relay.source_not_checked: %s", stream.source.id)
                    continue
                if not is_same:
                    self._end(stream)


async def _asked(reader: asyncio.StreamReader) -> RelaySourceId:
    """Read a request; return the source that it asks for. Raises ValueError."""
    head = await reader.readuntil(b"\r\n\r\n")
    method, target, _version = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    if method != "GET" or not target.startswith(relay_address.PATH):
        raise ValueError(target)
    return RelaySourceId(target.removeprefix(relay_address.PATH).partition("?")[0])
