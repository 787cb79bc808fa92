"""Probe of relay sources: an unbroken stream and HLS, silent, unreadable, away; some addresses are not connected to."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.relays.model import Health, RelaySource, StreamForm
from cms.exchange.service.http_client import Fetcher
from cms.relays.jobs import RelayWatch
from cms.relays.repository import RelaySources
from cms.relays.service.source_check import SourceListener
from media.ffmpeg.stream_level import loudest_db
from tests.builders import relays
from tests.console import Console
from tests.integration.exchange.web_server import Answer, WebServer, web_server
from tests.integration.shoutcast import shoutcast


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as served:
        yield served


def sound(kind: str, form: str, *, seconds: int = 2) -> bytes:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", kind, "-t", str(seconds), "-f", form, "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


TONE, SILENCE = "sine=frequency=440", "anullsrc=r=48000:cl=mono"


def listener(*, is_local: bool = True) -> SourceListener:
    return SourceListener(loudest_db, Fetcher(lambda *_: ["127.0.0.1"]), is_local=is_local)


def source(console: Console, *urls: str, form: StreamForm = StreamForm.STREAM) -> RelaySource:
    return relays.approved(console, urls=urls, form=form)


def test_a_stream_is_heard_silent_unreadable_or_away(console: Console, server: WebServer) -> None:
    server.pages["/tone"] = Answer(body=sound(TONE, "mp3"))
    server.pages["/silence"] = Answer(body=sound(SILENCE, "mp3"))
    server.pages["/page"] = Answer(body=b"<html>not found</html>")
    server.pages["/moved"] = Answer(302, headers={"Location": server.url("/tone")})
    known = source(console, server.url("/tone"))

    def heard(*paths: str) -> tuple[Health, str]:
        return listener().listen(replace(known, urls=tuple(map(server.url, paths))))

    assert heard("/tone")[0] is Health.HEARD
    assert heard("/moved")[0] is Health.HEARD
    assert heard("/silence")[0] is Health.SILENT
    assert heard("/page") == (Health.UNREADABLE, "FORMAT")
    assert heard("/nothing") == (Health.UNREACHABLE, "HTTP_404")
    assert heard("/nothing", "/tone")[0] is Health.HEARD
    assert heard("/silence", "/nothing")[0] is Health.SILENT


def test_the_newest_piece_of_a_playlist_is_listened_to(console: Console, server: WebServer) -> None:
    tone = sound(TONE, "mpegts")
    server.pages["/live.m3u8"] = Answer(body=b"#EXTM3U\n#EXTINF:2,\nold.ts\n#EXTINF:2,\nnew.ts\n")
    server.pages["/master.m3u8"] = Answer(body=b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=64000\nlive.m3u8\n")
    server.pages["/locked.m3u8"] = Answer(body=b"#EXTM3U\n#EXT-X-KEY:METHOD=AES-128\nnew.ts\n")
    server.pages["/empty.m3u8"] = Answer(body=b"#EXTM3U\n")
    server.pages["/page"] = Answer(body=b"<html></html>")
    server.pages["/mapped.m3u8"] = Answer(body=b'#EXTM3U\n#EXT-X-MAP:URI="head.ts"\nnew.ts\n')
    server.pages["/head.ts"] = Answer(body=b"")
    server.pages["/new.ts"] = Answer(body=tone)
    known = source(console, server.url("/live.m3u8"), form=StreamForm.HLS)

    def heard(path: str) -> Health:
        return listener().listen(replace(known, urls=(server.url(path),)))[0]

    assert [heard(path) for path in ("/live.m3u8", "/master.m3u8", "/mapped.m3u8")] == [Health.HEARD] * 3
    assert [heard(path) for path in ("/locked.m3u8", "/empty.m3u8", "/page")] == [Health.UNREADABLE] * 3


def test_the_server_does_not_connect_to_its_own_network(console: Console, server: WebServer) -> None:
    server.pages["/tone"] = Answer(body=sound(TONE, "mp3"))
    known = source(console, server.url("/tone"))
    assert listener(is_local=False).listen(known) == (Health.REFUSED, "ADDRESS")
    assert server.asked == []


def test_approved_sources_are_listened_to_and_others_are_not(console: Console, server: WebServer) -> None:
    watch = RelayWatch(console.context, listener())
    assert watch.step() == 0
    server.pages["/tone"] = Answer(body=sound(TONE, "mp3"))
    known = source(console, server.url("/tone"))
    relays.written(console, name="Nháp")
    assert watch.step() == 1
    console.clock.pass_by(minutes=1)
    server.pages["/tone"] = Answer(404)
    assert watch.step() == 1
    with console.context.uow() as uow:
        (found,) = uow[RelaySources].health()
    assert (found.source_id, found.health, found.detail) == (known.id, Health.UNREACHABLE, "HTTP_404")
    assert found.checked_at == found.since_at == console.clock() + timedelta(0)


def test_an_old_shoutcast_server_is_heard(console: Console) -> None:
    with shoutcast(sound(TONE, "mp3")) as url:
        assert listener().listen(source(console, url))[0] is Health.HEARD


@pytest.mark.parametrize(
    ("begins", "why"),
    [(b"ICY 404 Not Found\r\n\r\n", "HTTP_404"), (b"ICY sorry\r\n\r\n", "ANSWER"), (b"OK\r\n", "ANSWER")],
)
def test_what_it_refuses_in_its_own_way_is_away(console: Console, begins: bytes, why: str) -> None:
    with shoutcast(b"", begins=begins) as url:
        assert listener().listen(source(console, url)) == (Health.UNREACHABLE, why)
