"""Repeater of relay sources: one connection for all listeners; a source that is dead, slow, endless, or Ogg."""

from __future__ import annotations

import asyncio
import io
import resource
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from bench.demo.run import await_true
from broadcast.relays.model import RelaySource, RelaySourceId, SourceKind
from cms.exchange.service.errors import FetchFailedError
from cms.exchange.service.http_client import Fetcher
from cms.platform import relay_address
from cms.relays.jobs import RelayRepeater
from cms.relays.service import upstream as upstreams
from cms.relays.service.repeater import BEHIND_BYTES, RECENT_BYTES, RepeaterLimits, StreamRepeater
from tests.builders import relays
from tests.console import Console
from tests.integration.exchange.web_server import Answer, web_server

PATIENCE_S = 20.0
QUICK = RepeaterLimits(50, first_s=0.2, linger_s=0.0, check_s=0.05, give_up_s=0.1)
CALM = RepeaterLimits(50, first_s=PATIENCE_S, linger_s=0.0, check_s=PATIENCE_S, give_up_s=PATIENCE_S)
HEAD = b"\r\n\r\n"


class Programme(io.RawIOBase):
    """Stream that gives what is put into it, and waits for more."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._there = threading.Condition()

    def put(self, piece: bytes) -> None:
        with self._there:
            self._pieces.append(piece)
            self._there.notify()

    def read(self, size: int = -1) -> bytes:
        with self._there:
            assert self._there.wait_for(lambda: self._pieces, PATIENCE_S)
            return self._pieces.pop(0)


class EndlessStream(io.RawIOBase):
    """Stream that gives the same piece for ever, at once."""

    def __init__(self, piece: bytes) -> None:
        super().__init__()
        self.piece = piece

    def read(self, size: int = -1) -> bytes:
        return self.piece


@dataclass
class StationServer:
    """Source's server: ``opened`` are the URLs of its connections. ``programme`` None: it is dead."""

    programme: Programme | EndlessStream | None = field(default_factory=Programme)
    opened: list[str] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def open(self, url: str) -> Iterator[BinaryIO]:
        self.opened.append(url)
        if self.programme is None:
            raise FetchFailedError("ANSWER", url)
        try:
            yield cast("BinaryIO", self.programme)
        finally:
            self.closed.set()


@dataclass
class Repeated:
    """Running repeater of one source."""

    path: Path
    repeater: StreamRepeater
    links: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(self.path)
        self.links.append(writer)
        return reader, writer

    async def close(self) -> None:
        for writer in self.links:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def listen(self, source_id: str = "s1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self.connect()
        writer.write(f"GET {relay_address.PATH}{source_id} HTTP/1.1\r\nHost: loa\r\n\r\n".encode())
        return reader, writer

    async def status(self, source_id: str = "s1") -> int:
        reader, _ = await self.listen(source_id)
        line = await asyncio.wait_for(reader.readline(), PATIENCE_S)
        return int(line.split(b" ")[1])


@pytest.fixture
def source(console: Console) -> RelaySource:
    found = relays.approved(console, kind=SourceKind.STATION, urls=("https://one.example/a", "https://two.example/b"))
    return replace(found, id=RelaySourceId("s1"))


@asynccontextmanager
async def repeated(
    folder: Path, find: Callable[[RelaySourceId], RelaySource | None], server: StationServer, limits: RepeaterLimits
) -> AsyncIterator[Repeated]:
    ends, path = asyncio.Event(), folder / "relay.sock"
    repeater = StreamRepeater(find, server.open, limits)
    serving = asyncio.create_task(repeater.serve(path, ends))
    await asyncio.to_thread(await_true, path.exists, PATIENCE_S, "the socket")
    on = Repeated(path, repeater)
    try:
        yield on
    finally:
        await on.close()
        ends.set()
        await serving
        if isinstance(server.programme, Programme):
            server.programme.put(b"")  # what reads it sees that nobody listens


def played(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(cast("asyncio.Future[None]", test()), 3 * PATIENCE_S))


def test_any_number_of_listeners_of_a_source_are_one_connection_to_it(tmp_path: Path, source: RelaySource) -> None:
    server = StationServer()

    async def listening() -> None:
        async with repeated(tmp_path, {source.id: source}.get, server, CALM) as on:
            assert isinstance(server.programme, Programme)
            server.programme.put(b"beginning ")
            links = [await on.listen() for _ in range(40)]
            for reader, _ in links:
                assert b" 200 OK" in await reader.readuntil(HEAD)
                assert await reader.readexactly(10) == b"beginning "
            server.programme.put(b"more")
            assert {await reader.readexactly(4) for reader, _ in links} == {b"more"}
            late, _ = await on.listen()
            await late.readuntil(HEAD)
            assert await late.readexactly(14) == b"beginning more"
            assert len(server.opened) == 1

    played(listening)


def test_the_connection_to_the_source_ends_with_the_last_listener(tmp_path: Path, source: RelaySource) -> None:
    server = StationServer()

    async def leaving() -> None:
        async with repeated(tmp_path, {source.id: source}.get, server, CALM) as on:
            assert isinstance(server.programme, Programme)
            server.programme.put(b"sound")
            reader, _ = await on.listen()
            await reader.readuntil(HEAD)
            await on.close()
            await asyncio.to_thread(await_true, lambda: not on.repeater._streams, PATIENCE_S, "the end of the stream")
            server.programme.put(b"nobody hears it")
            assert await asyncio.to_thread(server.closed.wait, PATIENCE_S)

    played(leaving)
    assert len(server.opened) == 1


def test_a_dead_source_lets_its_listeners_go_after_a_bounded_number_of_attempts(
    tmp_path: Path, source: RelaySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstreams, "RETRY_S", 0.06)
    server = StationServer(programme=None)

    async def waiting() -> None:
        async with repeated(tmp_path, {source.id: source}.get, server, replace(QUICK, first_s=PATIENCE_S)) as on:
            assert set(await asyncio.gather(*(on.status() for _ in range(10)))) == {502}
            assert not on.repeater._streams

    played(waiting)
    assert server.opened[:2] == list(source.urls)
    assert len(server.opened) <= 4


def test_listeners_stay_while_the_source_is_gone_for_a_moment_and_hear_it_again(
    tmp_path: Path, source: RelaySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstreams, "RETRY_S", 0.01)
    server = StationServer()

    async def listening() -> None:
        async with repeated(tmp_path, {source.id: source}.get, server, CALM) as on:
            assert isinstance(server.programme, Programme)
            server.programme.put(b"before")
            readers = [(await on.listen())[0] for _ in range(5)]
            for reader in readers:
                await reader.readuntil(HEAD)
                assert await reader.readexactly(6) == b"before"
            server.programme.put(b"")  # its server ends the connection
            server.programme.put(b"after")
            assert {await reader.readexactly(5) for reader in readers} == {b"after"}
            assert server.opened == list(source.urls)

    played(listening)


def test_a_source_that_cannot_be_looked_up_refuses_and_ends_nothing(tmp_path: Path, source: RelaySource) -> None:
    server, is_away = StationServer(), threading.Event()

    def find(source_id: RelaySourceId) -> RelaySource | None:
        if is_away.is_set():
            looked.set()
            raise OSError
        return source

    looked = threading.Event()

    async def listening() -> None:
        async with repeated(tmp_path, find, server, replace(CALM, check_s=0.01)) as on:
            assert isinstance(server.programme, Programme)
            server.programme.put(b"sound")
            reader, _ = await on.listen()
            await reader.readuntil(HEAD)
            is_away.set()
            assert await asyncio.to_thread(looked.wait, PATIENCE_S)
            server.programme.put(b" goes on")
            assert await reader.readexactly(13) == b"sound goes on"
            other, _ = await on.listen("another")
            assert await other.read() == b""

    played(listening)


def test_a_source_that_answers_and_says_nothing_keeps_no_listener_waiting(tmp_path: Path, source: RelaySource) -> None:
    async def waiting() -> None:
        async with repeated(tmp_path, {source.id: source}.get, StationServer(), QUICK) as on:
            assert await on.status() == 502

    played(waiting)


def test_a_source_that_becomes_too_slow_is_left_for_its_next_address(source: RelaySource) -> None:
    server, taken, lost = StationServer(EndlessStream(b".")), list[bytes](), threading.Event()
    upstream = upstreams.Upstream(
        source.urls, server.open, taken.append, lost.set, give_up_s=0.001, rate_least=1_000_000_000
    )
    upstream.start()
    assert lost.wait(PATIENCE_S)
    assert set(taken) == {b"."}
    assert server.opened == [source.urls[0]]


def test_an_endless_fast_source_is_read_at_the_pace_of_a_programme(
    source: RelaySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstreams, "RATE_MOST", 1)
    server, taken = StationServer(EndlessStream(b"x" * upstreams.CHUNK)), list[bytes]()
    upstream = upstreams.Upstream(source.urls, server.open, taken.append, lambda: None, give_up_s=PATIENCE_S)
    waits = threading.Event()

    def stop(_seconds: float) -> None:
        upstream._stopping.set()
        waits.set()

    monkeypatch.setattr(upstream._stopping, "wait", stop)
    upstream.start()
    assert waits.wait(PATIENCE_S)
    assert sum(map(len, taken)) <= upstreams.AHEAD_BYTES + upstreams.CHUNK


def test_a_listener_that_falls_behind_is_cut_and_the_others_hear_on(tmp_path: Path, source: RelaySource) -> None:
    server = StationServer()

    async def listening() -> None:
        async with repeated(tmp_path, {source.id: source}.get, server, CALM) as on:
            assert isinstance(server.programme, Programme)
            server.programme.put(b"sound")
            deaf, _ = await on.listen()
            well, _ = await on.listen()
            for reader in (deaf, well):
                await reader.readuntil(HEAD)
                await reader.readexactly(5)
            deaf._transport.pause_reading()  # type: ignore[attr-defined]
            piece = b"s" * upstreams.CHUNK
            (stream,) = on.repeater._streams.values()
            pieces = 0
            while len(stream.listeners) > 1:
                stream.feed(piece)
                pieces += 1
                assert await well.readexactly(len(piece)) == piece
            assert pieces * len(piece) > BEHIND_BYTES
            assert sum(map(len, stream.recent)) <= RECENT_BYTES

    played(listening)


@pytest.mark.parametrize(
    ("asked", "beginning", "limits", "status"),
    [
        ("unknown", b"sound", CALM, 404),
        ("s1", b"OggS head", CALM, 502),
        ("s1", b"sound", replace(CALM, listeners=0), 503),
    ],
)
def test_who_cannot_be_served_is_refused_and_asks_the_source(
    tmp_path: Path, source: RelaySource, *, asked: str, beginning: bytes, limits: RepeaterLimits, status: int
) -> None:
    server = StationServer()
    assert isinstance(server.programme, Programme)
    server.programme.put(beginning)

    async def asking() -> None:
        async with repeated(tmp_path, {source.id: source}.get, server, limits) as on:
            assert await on.status(asked) == status

    played(asking)


def test_a_suspended_source_is_closed_for_all_who_listen(tmp_path: Path, source: RelaySource) -> None:
    server, known = StationServer(), {source.id: source}

    async def listening() -> None:
        async with repeated(tmp_path, known.get, server, replace(CALM, check_s=0.01)) as on:
            assert isinstance(server.programme, Programme)
            server.programme.put(b"sound")
            reader, _ = await on.listen()
            await reader.readuntil(HEAD)
            known.clear()
            assert await reader.read() == b"sound"
            assert await on.status() == 404

    played(listening)


def test_what_is_no_request_for_a_stream_is_not_answered(tmp_path: Path, source: RelaySource) -> None:
    async def asking() -> None:
        async with repeated(tmp_path, {source.id: source}.get, StationServer(), QUICK) as on:
            for said in (b"POST /relay/s1 HTTP/1.1\r\n\r\n", b"\xff\r\n\r\n", b"x" * 20_000):
                reader, writer = await on.connect()
                writer.write(said)
                with suppress(ConnectionError):
                    assert await reader.read() == b""

    played(asking)


def test_the_scheduler_repeats_an_approved_source_of_a_station(console: Console) -> None:
    console.set(relay_sources_are_local=True)
    console.context.settings.run_dir.mkdir(exist_ok=True)
    with web_server() as server:
        server.pages["/live"] = Answer(body=b"sound" * 100)
        known = relays.approved(console, kind=SourceKind.STATION, urls=(server.url("/live"),))
        here = Fetcher(lambda *_: ["127.0.0.1"])
        repeater, stopping = RelayRepeater(console.context, here), threading.Event()
        running = threading.Thread(target=repeater.run, args=(stopping,))
        running.start()
        try:
            path = relay_address.socket_of(console.context.settings)
            await_true(path.exists, PATIENCE_S, "the socket")
            with socket.socket(socket.AF_UNIX) as link, link.makefile("rb") as answer:
                link.settimeout(PATIENCE_S)
                link.connect(str(path))
                link.sendall(f"GET {relay_address.PATH}{known.id} HTTP/1.1\r\n\r\n".encode())
                assert b" 200 " in answer.readline()
                while answer.readline().strip():
                    pass
                assert answer.read(500) == b"sound" * 100
        finally:
            stopping.set()
            running.join()


def test_listeners_leave_the_scheduler_half_of_its_files(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, wanted in ((1024, 512), (resource.RLIM_INFINITY, 1000), (65_536, 1000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert RelayRepeater(console.context)._repeater._limits.listeners == wanted


def test_a_server_without_listeners_repeats_nothing(console: Console) -> None:
    console.set(relay_listeners=0)
    stopping = threading.Event()
    stopping.set()
    RelayRepeater(console.context).run(stopping)
    assert relay_address.url_of(console.context.settings) == ""
    assert not relay_address.socket_of(console.context.settings).exists()
