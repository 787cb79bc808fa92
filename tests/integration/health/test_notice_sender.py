from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from bench.chaos.mail_sink import MailServer, mail_server
from cms.exchange.service.http_client import Fetcher
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notice, Notices
from cms.health.service.notice_sender import WORTH_FOR, NoticeSender
from cms.health.tables import NoticeRow
from cms.notifications.channels.mail import Mail
from cms.notifications.channels.port import ChannelMessage, NotPostedError
from cms.notifications.channels.webhook import WebhookChannel
from cms.platform.store.engine import reading
from devices.health.notices import IncidentStage
from tests.integration.exchange.web_server import Answer, WebServer, web_server
from tests.integration.health.fleet import Fleet
from tests.unit.health.device_states import ids

SECRET = "loahook_of-a-test"


@pytest.fixture
def inbox() -> Iterator[MailServer]:
    with mail_server() as served:
        yield served


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as served:
        yield served


def post_of(fleet: Fleet, inbox: MailServer, *, secret: str = SECRET) -> NoticeSender:
    mail = Mail(f"smtp+plain://loa:m%40t@127.0.0.1:{inbox.port}", "loa@binhthuan.example")
    webhook = WebhookChannel(Fetcher(lambda *_: ["127.0.0.1"]), secret, is_local=True, now=lambda: fleet.now)
    return NoticeSender(fleet.units, mail, webhook, now=lambda: fleet.now)


def write(fleet: Fleet, address: str, *, subject_id: str = "", stage: IncidentStage = IncidentStage.OPENED) -> Notice:
    notice = Notice(ids(), address, subject_id, stage, "[Loa] Mất điện: Mũi Né", "Từ 09:00.", fleet.now, fleet.now)
    with fleet.units() as unit:
        unit[Notices].write(notice)
        unit.commit()
    return notice


def stored(fleet: Fleet, notice: Notice) -> NoticeRow:
    with reading(fleet.units.engine) as session:
        found = session.get(NoticeRow, notice.id)
        assert found is not None
        return found


def test_a_letter_is_sent_once_and_says_what_was_written(fleet: Fleet, inbox: MailServer) -> None:
    fleet.put_on_call("truc@x.vn")
    notice = write(fleet, "truc@x.vn")
    post = post_of(fleet, inbox)
    assert post.step() == 1
    assert post.step() == 0
    (letter,) = inbox.letters
    assert (letter["To"], letter["Subject"]) == ("truc@x.vn", "[Loa] Mất điện: Mũi Né")
    assert letter["Message-ID"] == f"<{notice.id}@binhthuan.example>"
    assert letter.get_content().strip() == "Từ 09:00."
    assert inbox.logins == ["loa m@t"]
    assert stored(fleet, notice).sent_at == fleet.now


def test_what_is_refused_is_tried_again_later_until_it_is_too_late(fleet: Fleet, inbox: MailServer) -> None:
    fleet.put_on_call("truc@x.vn")
    notice = write(fleet, "truc@x.vn")
    post = post_of(fleet, inbox)
    inbox.refuses = "451 later"
    assert post.step() == 1
    assert post.step() == 0
    assert "SMTPDataError" in stored(fleet, notice).error
    fleet.now += timedelta(seconds=10)
    inbox.refuses = ""
    assert post.step() == 1
    assert len(inbox.letters) == 1
    late = write(fleet, "truc@x.vn")
    fleet.now += WORTH_FOR + timedelta(seconds=1)
    post.step()
    assert (stored(fleet, late).error, stored(fleet, late).dead_at) == ("TOO_LATE", fleet.now)
    assert len(inbox.letters) == 1


def test_whoever_is_on_call_no_more_is_written_to_no_more(fleet: Fleet, inbox: MailServer) -> None:
    fleet.put_on_call("truc@x.vn")
    notice = write(fleet, "cu@x.vn")
    post_of(fleet, inbox).step()
    assert (inbox.letters, stored(fleet, notice).error) == ([], "NOT_ON_CALL")


def test_what_turned_out_to_be_a_part_of_something_larger_is_not_told(fleet: Fleet, inbox: MailServer) -> None:
    fleet.put_on_call("truc@x.vn")
    fleet.say(fleet.devices(1), online=False)
    fleet.pass_by(2)
    (incident,) = fleet.incidents()
    notice = write(fleet, "truc@x.vn", subject_id=incident.id)
    with fleet.units() as unit:
        unit[FaultRecords].save([], [replace(incident, merged_into="another")])
        unit.commit()
    post_of(fleet, inbox).step()
    assert (inbox.letters, stored(fleet, notice).error) == ([], "MERGED")


def test_a_webhook_is_told_and_can_prove_who_told_it(fleet: Fleet, inbox: MailServer, server: WebServer) -> None:
    server.pages["/in"] = Answer(204)
    fleet.put_on_call(server.url("/in"))
    notice = write(fleet, server.url("/in"))
    post_of(fleet, inbox).step()
    (asked,) = server.asked
    signed = f"{asked.headers['Loa-Timestamp']}.{notice.id}.".encode() + asked.body
    assert asked.headers["Loa-Signature"] == f"v1={hmac.new(SECRET.encode(), signed, sha256).hexdigest()}"
    assert json.loads(asked.body)["title"] == notice.title
    assert stored(fleet, notice).sent_at == fleet.now


def test_a_webhook_without_a_secret_or_an_answer_is_not_told(
    fleet: Fleet, inbox: MailServer, server: WebServer
) -> None:
    fleet.put_on_call(server.url("/none"))
    notice = write(fleet, server.url("/none"))
    post_of(fleet, inbox, secret="").step()
    assert stored(fleet, notice).error == "NO_SECRET"
    assert server.asked == []
    fleet.now += timedelta(minutes=1)
    post_of(fleet, inbox).step()
    assert "HTTP_404" in stored(fleet, notice).error
    assert stored(fleet, notice).attempts == 2


@pytest.mark.parametrize("url", ["", "http://x", "smtp://"])
def test_without_a_mail_server_nothing_is_sent_and_it_is_said_why(url: str, fleet: Fleet) -> None:
    with pytest.raises(NotPostedError, match="NO_MAIL_SERVER"):
        Mail(url, "loa@x.vn").send(ChannelMessage("1", "a@x.vn", "s", "t", fleet.now))


def test_what_no_mail_can_carry_is_a_refusal_like_any_other(fleet: Fleet, inbox: MailServer) -> None:
    for url, to in (("loa:m%C3%A2t@", "a@x.vn"), ("", "a@x.vn\nBcc: b@x.vn")):
        mail = Mail(f"smtp+plain://{url}127.0.0.1:{inbox.port}", "loa@x.vn")
        with pytest.raises(NotPostedError):
            mail.send(ChannelMessage("1", to, "s", "t", fleet.now))
    assert inbox.letters == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_without_the_asked_encryption_gets_no_letter(scheme: str, fleet: Fleet, inbox: MailServer) -> None:
    with pytest.raises(NotPostedError):
        Mail(f"{scheme}://127.0.0.1:{inbox.port}", "loa@x.vn").send(ChannelMessage("1", "a@x.vn", "s", "t", fleet.now))
    assert inbox.letters == []
