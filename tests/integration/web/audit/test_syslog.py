"""Event log to a log server: RFC 5424 over TLS, from a cursor on, told when it fails."""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cms.audit.export_job import BATCH, SyslogExportJob
from cms.audit.queries import latest_events
from cms.audit.syslog import MESSAGE_MAX_BYTES, SyslogReceiver, message_of
from cms.platform.store.tables import EventRow
from devices.enrolment import issue_server, make_ca
from province.machine_clock import utc_now
from tests.console import Console
from tests.integration.web.audit.test_chain import grow, last_line

_FRAME = re.compile(rb"(\d+) ")


@dataclass
class LogServer:
    """Log server on loopback. ``is_dumb``: it resets a connection before it has read what was sent."""

    port: int = 0
    is_dumb: bool = False
    messages: list[bytes] = field(default_factory=list)
    ended: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def lines(self) -> list[dict[str, object]]:
        self.ended.acquire(timeout=10)
        return [json.loads(each.partition("\ufeff".encode())[2]) for each in self.messages]


@contextmanager
def log_server(folder: Path) -> Iterator[LogServer]:
    now = utc_now()
    ca = make_ca("test", now)
    leaf = issue_server(ca, ["localhost"], now)
    (folder / "ca.pem").write_bytes(ca.certificate)
    (folder / "leaf.pem").write_bytes(leaf.certificate + leaf.key)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(folder / "leaf.pem")
    server = LogServer()
    with socket.create_server(("localhost", 0)) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(server, listening, secure), daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _serve(server: LogServer, listening: socket.socket, secure: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _where = listening.accept()
        except OSError:
            return
        with plain:
            try:
                link = secure.wrap_socket(plain, server_side=True)
            except OSError:
                continue
            with link:
                if server.is_dumb:
                    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    continue
                data = b"".join(iter(lambda: link.recv(65536), b""))  # noqa: B023 - read out before the next turn
                while data:
                    size = _FRAME.match(data)
                    assert size is not None
                    end = size.end() + int(size[1])
                    server.messages.append(data[size.end() : end])
                    data = data[end:]
                link.unwrap().close()
        server.ended.release()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LogServer]:
    with log_server(tmp_path) as server:
        yield server


def use(console: Console, server: LogServer, folder: Path) -> None:
    console.set(syslog_url=f"syslog+tls://localhost:{server.port}", syslog_ca=str(folder / "ca.pem"))


def test_every_line_arrives_once_and_goes_on_after_a_restart(
    console: Console, server: LogServer, tmp_path: Path
) -> None:
    use(console, server, tmp_path)
    grow(console, BATCH + 20)
    first = SyslogExportJob(console.context)
    assert first.step() == BATCH
    assert [line["seq"] for line in server.lines()] == [*range(1, BATCH + 1)]
    assert "Đã gửi đến dòng 200" in console.client("auditor").get("/audit/chain").text
    assert SyslogExportJob(console.context).step() == last_line(console) - BATCH
    lines = server.lines()
    assert [line["seq"] for line in lines] == [*range(1, last_line(console) + 1)]
    assert [line["previous_hash"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    assert first.step() == 0  # nothing is new


@dataclass
class Refusing:
    """Log server that takes nothing until it is told to."""

    tries: int = 0
    takes: bool = False

    def send(self, messages: list[bytes]) -> None:
        self.tries += 1
        if not self.takes:
            raise ConnectionRefusedError(messages[0])


def test_a_server_that_fails_is_tried_later_each_time_and_told_after_ten_minutes(console: Console) -> None:
    console.set(syslog_url="syslog+tls://localhost:1")
    grow(console, 3)
    at_s, server = [0.0], Refusing()
    job = SyslogExportJob(console.context, server, monotonic=lambda: at_s[0])
    while at_s[0] < 1200:
        assert job.step() == 0
        at_s[0] += 1
    assert 6 <= server.tries <= 14
    assert logged(console) == ["audit.export_stalled"]
    assert "Máy chủ nhật ký không nhận" in console.client("auditor").get("/audit/chain").text
    server.takes = True
    at_s[0] += 600
    assert job.step() == last_line(console) - 1  # the end of the failure is logged after it
    assert logged(console) == ["audit.export_resumed", "audit.export_stalled"]


def logged(console: Console) -> list[str]:
    with console.context.uow.reading() as unit:
        return [each.name for each in latest_events(unit.session, EventRow.name.startswith("audit."))]


def test_lines_that_a_server_may_not_have_read_are_sent_again(
    console: Console, server: LogServer, tmp_path: Path
) -> None:
    use(console, server, tmp_path)
    grow(console, 3)
    server.is_dumb = True
    assert SyslogExportJob(console.context).step() == 0
    server.is_dumb = False
    assert SyslogExportJob(console.context).step() == last_line(console)


def test_a_server_of_another_authority_gets_nothing(console: Console, server: LogServer, tmp_path: Path) -> None:
    use(console, server, tmp_path)
    console.set(syslog_ca="")
    grow(console, 3)
    assert SyslogExportJob(console.context).step() == 0
    assert server.messages == []


def test_nothing_is_sent_where_no_server_is_set(console: Console) -> None:
    grow(console, 3)
    assert SyslogExportJob(console.context).step() == 0


def test_a_message_has_the_form_of_rfc_5424() -> None:
    line: dict[str, object] = {"seq": 7, "at": "2026-11-24T02:00:00.5+00:00", "name": "user.signed_in", "detail": {}}
    said = message_of(line, "loa.example.vn").decode()
    head, _, body = said.partition("\ufeff")
    assert head == '<110>1 2026-11-24T02:00:00.5+00:00 loa.example.vn loa - user.signed_in [meta sequenceId="7"] '
    assert json.loads(body) == line
    refused = message_of({**line, "name": "right.refused", "seq": 2**31}, "h").decode()
    assert refused.startswith("<108>1 ")
    assert 'sequenceId="1"' in refused
    long = message_of({**line, "name": "device." + "x" * 60, "detail": {"text": "đ" * 5000}}, "h")
    assert len(long) < MESSAGE_MAX_BYTES
    assert json.loads(long.decode().partition("\ufeff")[2])["detail"] == {"left_out": True}
    assert long.decode().split()[5] == "device." + "x" * 25


def test_a_certificate_of_ours_is_shown_where_one_is_set(tmp_path: Path, server: LogServer) -> None:
    receiver = SyslogReceiver("localhost", server.port, str(tmp_path / "ca.pem"), str(tmp_path / "leaf.pem"))
    receiver.send([message_of({"seq": 1, "at": "2026-11-24T02:00:00+00:00", "name": "x.y"}, "h")])
    assert [line["seq"] for line in server.lines()] == [1]
