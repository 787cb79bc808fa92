"""Notices about faults of the server itself: sent once, whichever process and whatever part of the server is away."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from gunicorn.workers.base import Worker
from sqlalchemy import event

from bench.chaos.mail_sink import MailServer, mail_server
from cms import bootstrap
from cms.exchange.service.http_client import Fetcher
from cms.health.repository.faults import FaultRecords
from cms.health.server_watch import ServerWatch
from cms.health.service.notice_sender import sender_of
from cms.notifications.channels.webhook import WebhookChannel
from cms.platform import web
from cms.platform.process import program_reports
from cms.platform.process.disk import SyncWatch
from cms.platform.process.program_reports import ProgramReports
from cms.platform.readiness import SILENT_AFTER_S
from cms.platform.server_readiness import ServerReadiness
from cms.platform.web import gunicorn_hooks
from devices.health.notices import Duty
from tests.builders.heartbeats import beat
from tests.console import COMMUNE, PROVINCE, Console, open_console
from tests.integration.exchange.web_server import Answer, web_server
from tests.unit.health.device_states import ids


@pytest.fixture
def inbox() -> Iterator[MailServer]:
    with mail_server() as served:
        yield served


@pytest.fixture
def console(tmp_path: Path, inbox: MailServer) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        console.set(smtp_url=f"smtp+plain://127.0.0.1:{inbox.port}", notice_secret="s", notices_are_local=True)
        program_reports.path_of(console.context.settings).parent.mkdir(parents=True, exist_ok=True)
        beat(console.context)
        put_on_call(console, "truc@x.vn")
        yield console


def put_on_call(console: Console, address: str, *, line: int = 1) -> None:
    with console.context.uow() as unit:
        unit[FaultRecords].add_duty(Duty(ids(), PROVINCE, "Trực", address, line))
        unit.commit()


@pytest.fixture
def watches(console: Console) -> Iterator[Sequence[ServerWatch]]:
    """Watches of two web processes of one server."""
    fetcher = Fetcher(lambda *_: ["127.0.0.1"])
    sender = replace(sender_of(console.context), webhook=WebhookChannel(fetcher, "s", is_local=True, now=console.clock))
    made = [ServerWatch(console.context, sender, ServerReadiness(console.context)) for _ in range(2)]
    yield made
    for each in made:
        each.close()


def see(console: Console, *watches: ServerWatch, seconds: int, silent: tuple[str, ...] = ()) -> None:
    """Have the watches look for so long, every five seconds, with the processes alive but those that are silent."""
    for _ in range(0, seconds, 5):
        console.clock.pass_by(seconds=5)
        beat(console.context, [each for each in SILENT_AFTER_S if each not in silent])
        for each in watches:
            each.step()


def subjects(inbox: MailServer) -> list[str]:
    return [str(each["Subject"]) for each in inbox.letters]


def test_people_on_call_get_the_fault_its_remedy_and_its_end(
    console: Console, inbox: MailServer, watches: Sequence[ServerWatch]
) -> None:
    put_on_call(console, "hai@x.vn", line=2)
    see(console, *watches, seconds=60)
    assert inbox.letters == []
    see(console, *watches, seconds=60, silent=("gateway",))
    (opened,) = inbox.letters
    assert (opened["To"], opened["Subject"].startswith("[Loa] Sự cố mới: Cổng gửi lệnh tới loa")) == ("truc@x.vn", True)
    assert "Hệ thống đang tự khởi động lại phần này" in opened.get_content()
    assert f"{console.context.settings.effective_public_url}/server" in opened.get_content()
    see(console, *watches, seconds=120)
    assert [each.partition(":")[0] for each in subjects(inbox)] == ["[Loa] Sự cố mới", "[Loa] Sự cố đã hết"]
    assert "tự khởi động lại" not in inbox.letters[1].get_content()


def test_a_second_process_sends_while_the_first_is_away_and_repeats_nothing(
    console: Console, inbox: MailServer, watches: Sequence[ServerWatch]
) -> None:
    first, second = watches
    see(console, *watches, seconds=60, silent=("gateway",))
    assert len(inbox.letters) == 1
    first.close()
    see(console, second, seconds=60, silent=("gateway",))
    assert len(inbox.letters) == 1
    see(console, second, seconds=120)
    assert [each.partition(": ")[2] for each in subjects(inbox)] == [
        "Cổng gửi lệnh tới loa không hoạt động: cảnh báo chưa đi được."
    ] * 2
    console.clock.pass_by(minutes=30)
    see(console, second, seconds=60, silent=("scheduler",))
    assert len(inbox.letters) == 3


def test_a_database_that_is_away_keeps_no_notice(
    console: Console, inbox: MailServer, watches: Sequence[ServerWatch]
) -> None:
    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    see(console, *watches, seconds=5)
    engine = console.context.engine
    engine.dispose()
    event.listen(engine, "do_connect", refuse)
    try:
        for _ in range(15):
            console.clock.pass_by(seconds=5)
            watches[0].step()
    finally:
        event.remove(engine, "do_connect", refuse)
    assert [each.partition(".")[0] for each in subjects(inbox)] == ["[Loa] Sự cố mới: Không kết nối được cơ sở dữ liệu"]


def test_a_program_that_is_away_is_notified_until_the_mail_is_accepted(
    console: Console, inbox: MailServer, watches: Sequence[ServerWatch]
) -> None:
    reports = ProgramReports(program_reports.path_of(console.context.settings))
    reports.away("broker", has_ended=True)
    inbox.refuses = "451 later"
    see(console, *watches, seconds=15)
    assert inbox.letters == []
    inbox.refuses = ""
    see(console, *watches, seconds=15)
    (letter,) = inbox.letters
    assert "broker" in letter["Subject"]


def test_a_notice_that_nobody_accepts_is_dropped_when_it_is_of_yesterday(
    console: Console, inbox: MailServer, watches: Sequence[ServerWatch]
) -> None:
    inbox.refuses = "451 later"
    see(console, *watches, seconds=60, silent=("gateway",))
    console.clock.pass_by(hours=13)
    see(console, *watches, seconds=5, silent=("gateway",))
    inbox.refuses = ""
    console.clock.pass_by(hours=13)
    see(console, *watches, seconds=5, silent=("gateway",))
    assert inbox.letters == []


def test_a_webhook_names_the_server(console: Console, watches: Sequence[ServerWatch]) -> None:
    with web_server() as server:
        server.pages["/in"] = Answer(204)
        put_on_call(console, server.url("/in"))
        see(console, *watches, seconds=60, silent=("gateway",))
        told = json.loads(server.asked[0].body)
    assert (told["server"], told["stage"]) == ("readiness", "opened")


def test_people_on_call_for_a_part_get_it_where_there_is_nobody_for_the_whole(
    console: Console, inbox: MailServer, watches: Sequence[ServerWatch]
) -> None:
    with console.context.uow() as unit:
        for each in unit[FaultRecords].duties():
            unit[FaultRecords].remove_duty(each.id)
        unit[FaultRecords].add_duty(Duty(ids(), COMMUNE, "Trực", "xa@x.vn"))
        unit.commit()
    see(console, *watches, seconds=60, silent=("gateway",))
    assert [each["To"] for each in inbox.letters] == ["xa@x.vn"]


def test_each_web_process_watches_the_server(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = threading.Event()
    monkeypatch.setattr(ServerWatch, "step", lambda _: ran.set())
    monkeypatch.setattr(SyncWatch, "step", lambda _: None)
    app = bootstrap.make_web(console.context)
    assert set(app.extensions[web.LOOPS]) == {"server-watch", "sync-watch"}
    gunicorn_hooks.post_worker_init(cast("Worker", SimpleNamespace(wsgi=app)))
    assert ran.wait(60)
