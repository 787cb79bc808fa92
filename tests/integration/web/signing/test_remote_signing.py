"""Remote signing of an approval, from the order on a page to the verified PDF, with a service on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pypdf import PdfReader

from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.transmissions import TransmissionId
from cms.accounts.service import users
from cms.audit.queries import events_of
from cms.bulletins.repository.approvals import Approvals
from cms.exchange.service.http_client import Fetcher
from cms.signing.jobs import RemoteSigningJob
from cms.signing.model import LASTS, RemoteSigning, SigningFailure, SigningState
from cms.signing.repository import RemoteSignings
from cms.signing.service.csc_client import TRIES, CscClient
from tests.builders import bulletins
from tests.builders.signers import Issuer
from tests.console import Console, post
from tests.fakes.csc import CscCredential, CscService, csc_service
from tests.integration.exchange.web_server import Answer


class Signing:
    """Console with an approved bulletin, and a service that its approver has an account at."""

    def __init__(self, console: Console, service: CscService) -> None:
        self.console = console
        self.service = service
        self.holder = service.issuer.person()
        self.key = CscCredential(self.holder)
        service.accounts["079"] = {"key-1": self.key}
        service.issuer.trusted_in(console.context.settings.root / "anchors")
        console.set(csc_url=f"http://127.0.0.1:{service.web.port}", csc_name="Ký số Tỉnh")
        self.bulletin: Bulletin = bulletins.on_the_way(console)
        with console.context.uow.reading() as uow:
            (document,) = uow[Approvals].documents(self.bulletin.id)
        self.approval = TransmissionId(document.transmission_id)
        self.approver = console.client("approver")

    @property
    def path(self) -> str:
        return f"/bulletins/{self.bulletin.id}/approvals/{self.approval}/remote-signing"

    def order(self, **form: str) -> str:
        answer = post(self.approver, self.path, {"account": "079", **form}, follow_redirects=True)
        return answer.text

    def run(self, client: CscClient | None = None) -> str:
        """Do what the scheduler does; return the page."""
        job = RemoteSigningJob(self.console.context, client or self.service.client())
        job.step()
        job.wait(20)
        return self.approver.get(self.path).text

    def stored(self) -> RemoteSigning:
        with self.console.context.uow.reading() as uow:
            return uow[RemoteSignings].get(self.approval)


@pytest.fixture(params=["v1", "v2"])
def signing(console: Console, request: pytest.FixtureRequest) -> Iterator[Signing]:
    with csc_service(request.param, Issuer()) as service:
        yield Signing(console, service)


@pytest.fixture
def first(console: Console) -> Iterator[Signing]:
    with csc_service("v1", Issuer()) as service:
        yield Signing(console, service)


def test_an_approver_signs_with_the_key_that_the_service_keeps(signing: Signing) -> None:
    page = signing.approver.get(f"/bulletins/{signing.bulletin.id}").text
    assert "Ký bằng Ký số Tỉnh" in page
    ordered = signing.order()
    assert "Đã đặt ký" in ordered
    assert 'hx-trigger="every 2s"' in ordered
    done = signing.run()
    assert "Đã ký, đã kiểm và lưu cùng bản tin" in done
    assert "every 2s" not in done
    assert signing.service.calls() == [
        *("/oauth2/token", "credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash")
    ]
    with signing.console.context.uow.reading() as uow:
        (made,) = uow[Approvals].signatures(signing.bulletin.id)
        names = [event.name for event in events_of(uow.session, signing.bulletin.id)]
    assert "Trần Văn Duyệt" in made.signer.subject
    assert made.attached_by == "u-approver"
    assert {"bulletin.remote_signing_ordered", "bulletin.signed"} <= {*names}
    with signing.console.context.content.local_file(made.sha256) as kept:
        assert "phe-duyet.json" in PdfReader(kept).attachments
    stored = signing.stored()
    assert (stored.state, stored.account, stored.sealed) == (SigningState.SIGNED, "", "")
    assert "Trần Văn Duyệt" in signing.approver.get(f"/bulletins/{signing.bulletin.id}").text


def test_a_pin_is_used_once_and_a_wrong_one_is_told(signing: Signing) -> None:
    signing.key.mode, signing.key.pin = "explicit", "246810"
    signing.order(pin="111111")
    assert "246810" not in signing.stored().sealed
    page = signing.run()
    assert "Mã PIN không đúng" in page
    assert signing.service.calls().count("credentials/authorize") == 1
    signing.order(pin="246810")
    assert "Đã ký, đã kiểm" in signing.run()


def test_of_several_certificates_the_person_chooses_one(first: Signing) -> None:
    other = CscCredential(first.service.issuer.person("Con dấu cơ quan"))
    spent = CscCredential(first.holder, status="expired")
    first.service.accounts["079"] |= {"key-2": other, "key-3": spent}
    first.order()
    page = first.run()
    assert "Bạn có nhiều chứng thư số ở đó" in page
    assert "Con dấu cơ quan" in page
    assert "key-3" not in page
    assert "Common Name" not in page
    wrong = post(first.approver, f"{first.path}/certificate", {"credential": "key-3"})
    assert (wrong.status_code, "Chọn một chứng thư số đang hiện" in wrong.text) == (422, True)
    post(first.approver, f"{first.path}/certificate", {"credential": "key-2"})
    assert "Đã ký, đã kiểm" in first.run()
    with first.console.context.uow.reading() as uow:
        (made,) = uow[Approvals].signatures(first.bulletin.id)
    assert "Con dấu cơ quan" in made.signer.subject


@pytest.mark.parametrize(
    ("call", "answer", "failure", "tries"),
    [
        ("oauth2/token", Answer(401, b'{"error":"invalid_client"}'), SigningFailure.OUR_ACCESS, 1),
        ("oauth2/token", Answer(200, b"<html>"), SigningFailure.UNREADABLE, 1),
        ("oauth2/token", Answer(200, b"{}"), SigningFailure.UNREADABLE, 1),
        ("credentials/list", Answer(503, b""), SigningFailure.NO_ANSWER, TRIES),
        ("credentials/list", Answer(200, b'{"credentialIDs":7}'), SigningFailure.UNREADABLE, 1),
        ("credentials/list", Answer(200, b'{"credentialIDs":[]}'), SigningFailure.NO_CERTIFICATE, 1),
        ("credentials/info", Answer(200, b'{"key":{}}'), SigningFailure.UNREADABLE, 1),
        (
            "credentials/info",
            Answer(200, b'{"key":{"algo":[]},"cert":{"certificates":["AAAA"]},"authMode":"implicit"}'),
            SigningFailure.UNREADABLE,
            1,
        ),
        ("credentials/authorize", Answer(503, b""), SigningFailure.NO_ANSWER, 1),
        ("credentials/authorize", Answer(400, b'{"error":"access_denied"}'), SigningFailure.DECLINED, 1),
        (
            "credentials/authorize",
            Answer(400, b'{"error":"invalid_request","error_description":"Invalid OTP"}'),
            SigningFailure.WRONG_CODE,
            1,
        ),
        (
            "credentials/authorize",
            Answer(400, b'{"error":"invalid_request","error_description":"Request expired"}'),
            SigningFailure.NOT_CONFIRMED,
            1,
        ),
        ("credentials/authorize", Answer(400, b'{"error":"mapping"}'), SigningFailure.REFUSED, 1),
        ("signatures/signHash", Answer(200, b'{"signatures":[]}'), SigningFailure.UNREADABLE, 1),
        ("signatures/signHash", Answer(200, b'{"signatures":["AAAA"]}'), "SIGNATURE_BROKEN", 1),
    ],
)
def test_what_goes_wrong_at_the_service_is_told_and_tried_again_only_where_it_is_harmless(
    first: Signing, call: str, answer: Answer, failure: str, tries: int
) -> None:
    first.service.broken[call] = answer
    first.order()
    page = first.run()
    stored = first.stored()
    assert (stored.state, stored.failure) == (SigningState.FAILED, failure)
    assert [asked.lstrip("/") for asked in first.service.calls()].count(call) == tries
    assert len(first.service.pauses) == tries - 1
    assert "Chưa ký được." in page
    assert "SIGNING_" not in page
    assert 'name="account"' in page


def test_a_service_that_cannot_be_reached_or_confirms_too_late_ends_within_its_deadline(first: Signing) -> None:
    first.order()
    nowhere = first.service.client()
    first.run(replace(nowhere, url="http://127.0.0.1:9"))
    assert first.stored().failure == SigningFailure.NO_ANSWER
    over = threading.Event()
    first.service.broken["credentials/authorize"] = Answer(200, b"{", hangs_until=over)
    first.order()
    first.run(replace(nowhere, patient=Fetcher(whole_s=0.2, read_s=5)))
    over.set()
    assert first.stored().failure == SigningFailure.NOT_CONFIRMED


@pytest.mark.parametrize(
    ("key", "failure"),
    [
        ({"mode": "oauth2code"}, SigningFailure.BROWSER_ONLY),
        ({"algorithms": ["1.2.3"]}, SigningFailure.ALGORITHM),
        ({"holder": Issuer("CA lạ").person()}, "SIGNATURE_UNTRUSTED"),
    ],
)
def test_a_key_that_cannot_be_used_or_is_not_trusted_is_refused(
    first: Signing, key: dict[str, object], failure: str
) -> None:
    first.service.accounts["079"]["key-1"] = replace(first.key, **key)  # type: ignore[arg-type]
    first.order()
    first.run()
    assert first.stored().failure == failure


def test_what_a_stopped_process_left_is_ended_and_can_be_ordered_again(first: Signing) -> None:
    first.order()
    with first.console.context.uow() as uow:
        found = uow[RemoteSignings].get(first.approval)
        assert uow[RemoteSignings].move(found, replace(found, state=SigningState.CONFIRMING))
        uow.commit()
    running = first.order(account="080")
    assert "Xác nhận trên điện thoại" in running
    assert first.stored().account == "079"
    first.console.clock.at += LASTS
    assert "Bị gián đoạn" in first.approver.get(first.path).text
    assert RemoteSigningJob(first.console.context, first.service.client()).step() == 1
    assert first.stored().failure == SigningFailure.INTERRUPTED
    first.order()
    assert "Đã ký, đã kiểm" in first.run()


def test_a_locked_account_signs_nothing(first: Signing) -> None:
    first.order()
    with first.console.context.uow() as uow:
        users.lock_user(uow, "approver", now=first.console.clock(), by=first.console.actor("admin"))
        uow.commit()
    job = RemoteSigningJob(first.console.context, first.service.client())
    job.step()
    job.wait(20)
    assert first.stored().failure == SigningFailure.INTERRUPTED


def test_only_ones_own_approval_is_signed_and_only_where_a_service_is_set(first: Signing) -> None:
    assert first.console.client("editor").get(first.path).status_code == 403
    page = first.order(account="")
    assert "Cần điền mục này" in page
    assert "65 ký tự, tối đa 64." in first.order(pin="1" * 65)
    first.console.set(csc_url="")
    assert first.approver.get(first.path).status_code == 404
    assert "Ký bằng" not in first.approver.get(f"/bulletins/{first.bulletin.id}").text
    assert RemoteSigningJob(first.console.context).step() == 0
