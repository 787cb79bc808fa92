"""Stalled connections delay no other: the front waits for them, and no thread of a web process does."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flask import Flask

from broadcast.alerts.model import Alert, AlertStatus
from cms.alerts.repository.alerts import Alerts
from tests.builders import alert_states
from tests.console import Clock, Console
from tests.integration.front.webs import Browser, Webs

EACH = 100
DRIP_S = 2.0
LARGE_BYTES = 8 * 1024 * 1024
_FORM = "Host: loa\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"


def beginnings(webs: Webs) -> dict[str, str]:
    """Return the first bytes of each kind of stalled connection. Bodies then come a byte at a time, and never end."""
    sha256 = webs.context.content.put_bytes(b"OggS" + os.urandom(LARGE_BYTES))
    return {
        "headers": "POST /sign-in HTTP/1.1\r\nHost: loa\r\nX-A: ",
        "download": f"GET /content/{sha256} HTTP/1.1\r\nHost: loa\r\n\r\n",
        "sign-in body": f"POST /sign-in HTTP/1.1\r\n{_FORM}login=",
        "feedback body": f"POST /cong-khai/phan-anh HTTP/1.1\r\n{_FORM}code=",
        "upload body": f"PUT /uploads/parts/x HTTP/1.1\r\n{_FORM}part",
    }


@contextmanager
def stalled(webs: Webs) -> Iterator[list[socket.socket]]:
    """Hold ``EACH`` connections of every kind, and yield those whose bodies come byte by byte."""
    over = threading.Event()
    with ExitStack() as opened:
        slow: list[socket.socket] = []
        for kind, beginning in beginnings(webs).items():
            for _ in range(EACH):
                link = opened.enter_context(webs.connect())
                # Nothing is read: a download's window is full after a moment.
                link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                link.sendall(beginning.encode())
                slow += [link] if "body" in kind else []

        def drip() -> None:
            while not over.wait(DRIP_S):
                for link in slow:
                    link.send(b"a")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            yield slow
        finally:
            over.set()
            dripping.join()


def is_readable(link: socket.socket) -> bool:
    """Return whether the other end has answered or hung up."""
    return bool(select.select([link], [], [], 0)[0])


def waiting_alert(webs: Webs) -> Alert:
    """Return an alert with its sound, submitted by one officer."""
    console = Console(Flask("none"), webs.context, Clock(webs.context.now()), {})
    drafted = alert_states.draft(console, by="truc-ban", areas=(webs.world.areas[0],))
    return alert_states.submit(console, alert_states.make_sound(console, drafted), by="truc-ban")


def test_an_alert_is_approved_while_every_kind_of_connection_stalls(webs: Webs) -> None:
    alert = waiting_alert(webs)
    with stalled(webs) as slow:
        assert webs.get("/health").status == 200
        officer, path = Browser(webs), f"/alerts/{alert.id}"
        officer.sign_in(webs, "chi-huy", path)
        form = {"act": "approve", "version": str(alert.version), "word": "THẬT", "code": webs.code("chi-huy")}
        officer.open(f"{path}/decision", form)
        assert webs.get("/cong-khai/").status == 200
        assert webs.get("/content/" + "0" * 64).status == 404
        assert not any(is_readable(link) for link in slow)
    with webs.context.uow() as unit:
        assert unit[Alerts].get(alert.id).status is AlertStatus.ACTIVE
