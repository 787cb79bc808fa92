"""nginx in front of the web processes: client addresses, access log, files, limits, and the page when they are away."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import urllib3

from broadcast.alerts.model import Audience
from broadcast.bulletins.model import Targets
from cms.accounts.repository import People
from cms.alerts.repository.alerts import Alerts
from cms.bulletins.repository.sharing import SentRecordings
from cms.platform import relay_address
from cms.platform.cli import embedded
from cms.platform.cli.front import configuration
from cms.platform.settings import Settings
from tests.fakes.warnings import alert
from tests.integration.front.webs import DEADLINE_S, Browser, Webs, open_webs
from tests.integration.process import until

WEBS = ("web", "urgent_web", "background_web")


def sources(webs: Webs) -> list[str]:
    with webs.context.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT detail FROM events WHERE name = 'user.signed_in' ORDER BY seq").all()
    return [json.loads(row[0])["source"] for row in rows]


def asked_from(webs: Webs, source: str) -> bytes:
    with webs.connect(source) as link:
        link.sendall(b"GET /health HTTP/1.1\r\nHost: loa\r\nConnection: close\r\n\r\n")
        return link.recv(100)


@contextmanager
def stopped(webs: Webs, name: str) -> Iterator[None]:
    """Stop that program for the time of the block; its successor goes on."""
    pid = webs.supervisor.pid(name)
    assert pid is not None
    os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGCONT)
        # What was stopped for long is killed, and its successor starts.
        until(lambda: sockets_answer(webs))


def test_the_record_of_a_sign_in_names_the_clients_address_and_nothing_it_claims(webs: Webs) -> None:
    browser = Browser(webs)
    browser.headers["X-Forwarded-For"] = "203.0.113.9"
    browser.sign_in(webs, "bien-tap", "/bulletins")
    assert sources(webs) == ["127.0.0.1"]


def test_no_query_and_no_secret_of_an_address_is_written_down(webs: Webs) -> None:
    for path in ("/devices/claim?code=AAAA-SECRET", "/api/v1/calendar/feeds/SECRET.ics", "/sign-in?x=SECRET"):
        webs.get(path)
    webs.get("/api/v1/stations/feeds/SECRET/01hq.mp3")
    for name in WEBS:
        pid = webs.supervisor.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        webs.get("/devices/claim?code=SECRET")
        until(lambda name=name, pid=pid: webs.supervisor.pid(name) not in {None, pid})  # type: ignore[misc]
        until(lambda: sockets_answer(webs))
    logs = {path.name: path.read_text() for path in webs.context.settings.log_dir.iterdir()}
    assert {"access.log", "front.log", *(f"{name}.log" for name in WEBS)} <= set(logs)
    assert [name for name, text in logs.items() if "SECRET" in text] == []
    assert "GET /devices/claim 302" in webs.log
    assert "GET /api/v1/calendar/feeds/*** 404" in webs.log
    assert "GET /api/v1/stations/feeds/***/01hq.mp3 404" in webs.log


def test_a_file_is_sent_by_the_front_whole_and_in_ranges(webs: Webs) -> None:
    data = b"OggS" + os.urandom(199_996)
    sha256 = webs.context.content.put_bytes(data)
    whole = webs.get(f"/content/{sha256}?as=mp3")
    assert (whole.status, whole.data, whole.headers["Content-Type"]) == (200, data, "audio/mpeg")
    assert "X-Accel-Redirect" not in whole.headers
    part = webs.get(f"/content/{sha256}", Range="bytes=100-199")
    assert (part.status, part.data, part.headers["Content-Range"]) == (206, data[100:200], "bytes 100-199/200000")
    assert webs.get(f"/content/{sha256}", Range="bytes=200000-").status == 416
    assert webs.get(f"/_stored/{sha256[:2]}/{sha256[2:4]}/{sha256}").status == 404


def test_devices_fetch_a_blob_that_the_web_permitted_while_it_is_stopped(webs: Webs) -> None:
    data = os.urandom(50_000)
    sha256 = webs.context.content.put_bytes(data)
    permitted = webs.get(f"/content/{sha256}")
    with stopped(webs, "background_web"):
        answers = [permitted, *(webs.get(f"/content/{sha256}") for _ in range(20))]
    assert {(answer.status, answer.data == data) for answer in answers} == {(200, True)}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, max-age=31536000, immutable"}
    assert webs.get(f"/content/{sha256}", If_None_Match=permitted.headers["ETag"]).status == 304
    refused = ("/_permit", f"/content/{'f' * 64}", f"/content/{sha256}/..", "/content/x")
    assert {path: webs.get(path).status for path in refused} == dict.fromkeys(refused, 404)


def test_a_page_is_shown_while_the_process_that_programs_and_polls_keep_busy_does_not_answer(webs: Webs) -> None:
    browser = Browser(webs)
    with stopped(webs, "background_web"):
        assert "Hôm nay" in browser.sign_in(webs, "bien-tap", "/")
        assert "Bản tin" in browser.open("/bulletins")


def test_what_the_server_does_not_have_is_asked_of_the_web_once_for_all_devices(webs: Webs) -> None:
    path = f"/content/{'e' * 64}"
    assert webs.get(path).status == 404
    with stopped(webs, "background_web"):
        assert {webs.get(path).status for _ in range(20)} == {404}
    lines = [line for line in webs.log.splitlines() if path in line]
    assert len(lines) == 21
    assert {line.rpartition(" ")[2] for line in lines} == {"-"}


def test_a_permit_of_one_person_is_nobody_elses(webs: Webs) -> None:
    sha256 = webs.context.content.put_bytes(b"a draft's recording")
    with webs.context.uow() as unit:
        editor = unit[People].by_login("bien-tap")
        assert editor is not None
        unit[SentRecordings].add(editor.id, sha256, 19, webs.context.now(), is_new=True)
        unit.commit()
    browser = Browser(webs)
    browser.sign_in(webs, "bien-tap", "/bulletins")
    path = f"/content/{sha256}"
    assert webs.get(path).status == 404
    assert browser.open(path) == "a draft's recording"
    assert webs.get(path).status == 404


def test_assets_come_compressed_with_the_headers_of_trust(webs: Webs) -> None:
    asset = webs.get("/assets/console.css?v=1", Accept_Encoding="gzip")
    assert (asset.status, asset.headers["Content-Type"]) == (200, "text/css")
    assert asset.headers["Content-Encoding"] == "gzip"
    assert asset.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in asset.headers["Cache-Control"]
    assert webs.get("/assets/console.css").headers["Cache-Control"] == "no-cache"
    for outside in ("/assets/../application.py", "/assets/%2e%2e/application.py", "/assets../application.py"):
        assert webs.get(outside).status in {302, 400, 404}


def test_public_pages_come_compressed_and_pages_that_hold_a_secret_of_their_reader_do_not(webs: Webs) -> None:
    public = webs.get("/cong-khai/du-lieu/", Accept_Encoding="gzip")
    assert (public.status, public.headers["Content-Encoding"]) == (200, "gzip")
    assert "Accept-Encoding" in public.headers["Vary"]
    assert b"</html>" in public.data
    plain = webs.get("/cong-khai/du-lieu/", Accept_Encoding="identity")
    assert ("Content-Encoding" in plain.headers, plain.data) == (False, public.data)
    # A page that shows a secret of its reader is sent as it is: the length of what was compressed would tell of it.
    page = webs.get("/sign-in", Accept_Encoding="gzip")
    assert (page.status, page.headers.get("Content-Encoding")) == (200, None)


def sockets_answer(webs: Webs) -> bool:
    return all(embedded.answers_health(webs.context.settings.run_dir / f"{name}.sock") for name in WEBS)


def all_are_away(webs: Webs) -> bool:
    """Ask each process for a page; an answer that ends in the middle is of one that was just killed."""
    with suppress(urllib3.exceptions.ProtocolError):
        return {webs.get(path).status for path in ("/", "/sign-in", "/api/v1/bulletins")} == {502}
    return False


def test_while_a_web_process_starts_again_the_other_one_answers(webs: Webs) -> None:
    """One that failed a moment ago is asked again: all had been away."""
    for name in WEBS:
        pid = webs.supervisor.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    until(lambda: all_are_away(webs))
    until(lambda: sockets_answer(webs))
    for name, path in (("web", "/"), ("urgent_web", "/sign-in"), ("background_web", "/cong-khai/du-lieu/")):
        pid = webs.supervisor.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGTERM)
        statuses = set()
        until(lambda name=name, pid=pid: webs.supervisor.pid(name) != pid)  # type: ignore[misc]
        while not embedded.answers_health(webs.context.settings.run_dir / f"{name}.sock"):
            statuses.add(webs.get(path).status)
        assert statuses <= {200, 302}
        assert statuses


def test_too_large_a_body_is_refused_in_words(webs: Webs) -> None:
    for path, kind in (("/sign-in", "text/html"), ("/api/v1/alerts", "application/problem+json")):
        link = http.client.HTTPConnection(webs.context.settings.web_host, webs.context.settings.web_port)
        link.putrequest("POST", path)
        link.putheader("Content-Length", str(500 * 1024 * 1024))
        link.endheaders()
        answer = link.getresponse()
        assert (answer.status, answer.headers.get_content_type()) == (413, kind)
        assert ("Tệp quá lớn" if kind == "text/html" else "too large") in answer.read().decode()
        link.close()


def test_one_address_cannot_take_every_connection(webs: Webs) -> None:
    """Loopback's usual address is not limited; another loopback address counts as another machine."""
    # A machine that takes ten seconds to open them all opens them again: the front has let go of the first ones.
    until(lambda: taken_by_another(webs) == (b"HTTP/1.1 429", b"HTTP/1.1 200"))


def taken_by_another(webs: Webs) -> tuple[bytes, bytes]:
    """Take every connection of another address; return the answers to it and to ours."""
    beginning = b"POST /sign-in HTTP/1.1\r\nHost: loa\r\nContent-Length: 9\r\n\r\n"
    with ExitStack() as opened:
        for _ in range(configuration.CONNECTIONS_OF_ONE_MAX):
            link = opened.enter_context(webs.connect("127.0.0.9"))
            with suppress(OSError):  # refused already
                link.sendall(beginning)
        other, own = asked_from(webs, "127.0.0.9"), asked_from(webs, "127.0.0.1")
    return other[:12], own[:12]


def test_a_relayed_stream_passes_the_front_as_it_comes(webs: Webs) -> None:
    with socket.socket(socket.AF_UNIX) as repeater, webs.connect() as device:
        path = relay_address.socket_of(webs.context.settings)
        path.unlink(missing_ok=True)
        repeater.bind(str(path))
        repeater.settimeout(DEADLINE_S)
        repeater.listen()
        device.sendall(f"GET {relay_address.PATH}s1 HTTP/1.1\r\nHost: loa\r\nCookie: a=b\r\n\r\n".encode())
        link, _ = repeater.accept()
        with link:
            asked = link.recv(4096)
            assert asked.startswith(b"GET /relay/s1 ")
            assert b"Cookie" not in asked
            link.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nConnection: close\r\n\r\nfirst")
            came = b""
            for piece in (b"first", b"second"):
                while piece not in came:
                    came += device.recv(4096)
                if piece == b"first":
                    link.sendall(b"second")
        assert came.startswith(b"HTTP/1.1 200")
    path.unlink()
    with webs.connect() as device:
        device.sendall(f"GET {relay_address.PATH}s1 HTTP/1.1\r\nHost: loa\r\nConnection: close\r\n\r\n".encode())
        assert device.recv(4096).startswith(b"HTTP/1.1 502")


def test_behind_further_proxies_of_ours_the_outermost_of_them_is_believed(tmp_path: Path) -> None:
    with open_webs(tmp_path / "loa", proxy_hops=2) as webs:
        browser = Browser(webs)
        browser.headers["X-Forwarded-For"] = "198.51.100.1, 203.0.113.9, 192.0.2.1"
        browser.sign_in(webs, "bien-tap", "/bulletins")
        assert sources(webs) == ["203.0.113.9"]
        assert "203.0.113.9 POST /sign-in" in webs.log


def test_a_setting_adds_no_directive_of_its_own(tmp_path: Path) -> None:
    for more in ({"home": tmp_path / 'a";b'}, {"tls_certificate": "a\nb", "tls_key": "k"}, {"web_host": "x; y"}):
        with pytest.raises(ValueError, match="nginx would take"):
            configuration.write_config(Settings.model_validate({"home": tmp_path, **more}))


def test_without_nginx_nothing_starts_and_what_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "find_program", lambda *names: embedded.refuse_missing(names))
    with pytest.raises(embedded.MissingProgramError, match=r"nginx is not installed: run `make setup`"):
        embedded.front_programs(Settings(home=tmp_path), tmp_path, {})


def test_what_an_open_page_asks_each_second_is_asked_of_the_web_once_for_all(webs: Webs) -> None:
    watched = alert("watched", audience=Audience(Targets(())))
    with webs.context.uow() as unit:
        unit[Alerts].add(watched)
        unit.commit()
    browser = Browser(webs)
    browser.sign_in(webs, "bien-tap", "/bulletins")
    path, polls = f"/alerts/{watched.id}/state", 50
    for _ in range(polls):
        assert browser.open(path) == ""
    lines = [line for line in webs.log.splitlines() if f"GET {path} 204" in line]
    assert len(lines) == polls
    assert [line for line in lines if line.endswith(" -")], "none was answered by the front itself"
    stranger = webs.get(path)
    assert (stranger.status, "/sign-in" in stranger.headers["Location"]) == (302, True)
    assert webs.get(path, HX_Request="true").status == 401
