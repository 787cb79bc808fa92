"""Digital signature of an approver, from the document to the bulletin's page."""

from __future__ import annotations

import hashlib
import io
import json
import re
from typing import Any

from pypdf import PdfReader, PdfWriter

from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.audit.queries import events_of
from cms.bulletins.repository.approvals import Approvals
from tests.builders import approval_signing, bulletins
from tests.builders.signers import Issuer, painted_over
from tests.console import COMMUNE, DISTRICT, Console, post


def test_the_approver_downloads_the_document_signs_it_and_hands_the_signature_in(console: Console) -> None:
    once = bulletins.on_the_way(console)
    client = console.client("approver")
    page = client.get(f"/bulletins/{once.id}").text
    assert "Chưa đính chữ ký số." in page
    (path,) = re.findall(r'href="(/bulletins/[^"]+/document)"', page)
    document = client.get(path).data
    body = json.loads(document)
    assert (body["text"], body["approved_by"]["id"]) == (once.text, "u-approver")
    assert body["sounds"] == {each.kind: each.sha256 for each in once.sound.renditions}
    assert body["board"]["text"]
    transmission_id = path.split("/")[4]
    data = approval_signing.signature_for(console, once.id, transmission_id)
    target = f"/bulletins/{once.id}/approvals/{transmission_id}/signatures"
    answer = post(client, target, {"signature": (io.BytesIO(data), "x.p7s")}, follow_redirects=True)
    assert "Đã kiểm và lưu chữ ký số của Common Name: Trần Văn Duyệt." in answer.text
    (kept,) = re.findall(r'href="(/bulletins/[^"]+/signatures/[0-9a-f]{64})"', answer.text)
    assert client.get(kept).data == data
    assert client.get(kept[:-1] + ("0" if kept[-1] != "0" else "1")).status_code == 404
    api = console.app.test_client().get(f"/api/v1/bulletins/{once.id}/approvals", headers=console.bearer("editor"))
    (item,) = api.get_json()["items"]
    assert item["sha256"] == hashlib.sha256(document).hexdigest() == hashlib.sha256(item["text"].encode()).hexdigest()
    assert [each["signer"]["subject"] for each in item["signatures"]] == ["Common Name: Trần Văn Duyệt"]


def test_the_approval_is_a_paper_to_sign_with_the_document_attached(console: Console) -> None:
    once, other = bulletins.on_the_way(console), bulletins.on_the_way(console, "Tin khác", starts="2026-11-24T20:00")
    client = console.client("approver")
    (path,) = re.findall(r'href="(/bulletins/[^"]+/document.pdf)"', client.get(f"/bulletins/{once.id}").text)
    paper = client.get(path).data
    assert client.get(path).data == paper
    pages = PdfReader(io.BytesIO(paper))
    said = " ".join(pages.pages[0].extract_text().split())
    for shown in ("PHIẾU PHÊ DUYỆT", once.title, "Nơi phát: Mũi Né", "17:00", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"):
        assert shown in said
    assert pages.attachments["phe-duyet.json"] == [client.get(path.removesuffix(".pdf")).data]

    target, issuer = path.replace("/document.pdf", "/signatures"), Issuer()
    issuer.trusted_in(console.context.settings.root / "anchors")

    def attached(data: bytes) -> str:
        return post(client, target, {"signature": (io.BytesIO(data), "x.pdf")}, follow_redirects=True).text

    signer, now = issuer.person(), console.clock.at
    with console.context.uow.reading() as uow:
        (document,) = uow[Approvals].documents(other.id)
    foreign = client.get(f"/bulletins/{other.id}/approvals/{document.transmission_id}/document.pdf").data
    signed = signer.sign_paper(paper, now)
    assert "của văn bản khác" in attached(signer.sign_paper(foreign, now))
    assert "không phải chữ ký số" in attached(b"%PDF-1.7\nnothing")
    assert "đúng một người ký" in attached(paper)
    assert "của văn bản khác" in attached(signed + b"\n% more\n")
    rewritten = io.BytesIO()
    PdfWriter(clone_from=io.BytesIO(paper)).write(rewritten)
    assert "không phải tệp PDF đã tải từ đây" in attached(signer.sign_paper(rewritten.getvalue(), now))
    assert "có chỗ khác trong tệp PDF bị sửa" in attached(signer.sign_paper(painted_over(paper), now))
    assert "có chỗ khác trong tệp PDF bị sửa" in attached(painted_over(signed))
    pictured = signer.sign_paper(paper, now, is_shown=True)
    page = ""
    for made in (signed, signer.prove_paper(signed), pictured):
        page = attached(made)
        assert "Đã kiểm và lưu chữ ký số của Common Name: Trần Văn Duyệt." in page
    kept = re.findall(r'href="(/bulletins/[^"]+/signatures/[0-9a-f]{64})"', page)
    assert {signed, pictured} < {client.get(each).data for each in kept}
    assert {client.get(each).mimetype for each in kept} == {"application/pdf"}


def test_a_signature_that_does_not_hold_is_refused_with_what_to_do(console: Console) -> None:
    once = bulletins.on_the_way(console)
    client = console.client("approver")
    with console.context.uow() as uow:
        (document,) = uow[Approvals].documents(once.id)
    target = f"/bulletins/{once.id}/approvals/{document.transmission_id}/signatures"

    def refusal(data: bytes) -> str:
        return post(client, target, {"signature": (io.BytesIO(data), "x.p7s")}, follow_redirects=True).text

    assert "Máy chủ chưa tin" in refusal(b"x")
    approval_signing.signature_for(console, once.id, document.transmission_id)
    assert "không phải chữ ký số dạng CMS" in refusal(b"x")
    assert "quá lớn" in refusal(b"x" * 70_000)
    assert "Cần điền mục này." in post(client, target, {}, follow_redirects=True).text
    assert "Chưa đính chữ ký số." in client.get(f"/bulletins/{once.id}").text
    assert post(client, f"/bulletins/{once.id}/approvals/unknown/signatures", {}).status_code == 404


def test_the_same_signature_again_changes_nothing_and_is_logged_once(console: Console) -> None:
    once = bulletins.on_the_way(console)
    with console.context.uow() as uow:
        (document,) = uow[Approvals].documents(once.id)
    data = approval_signing.signature_for(console, once.id, document.transmission_id)
    target = f"/bulletins/{once.id}/approvals/{document.transmission_id}/signatures"
    client = console.client("approver")
    for _ in range(2):
        post(client, target, {"signature": (io.BytesIO(data), "x.p7s")})
    page = client.get(f"/bulletins/{once.id}").text
    assert page.count("Tải chữ ký</a>") == 1
    with console.context.uow() as uow:
        assert [e.name for e in events_of(uow.session, once.id)].count("bulletin.signed") == 1


def test_where_the_rules_ask_for_a_signature_every_screen_says_what_waits_for_one(console: Console) -> None:
    approver = console.client("approver")
    form: dict[str, object] = {
        "volume_pct": "80",
        "freeze_min": "15",
        "weekdays": [*"0123456"],
        "needs_signature": "yes",
    }
    post(approver, f"/rules/{DISTRICT}", form)
    assert "chưa ký thì chưa phát" in approver.get(f"/rules/{COMMUNE}").text
    assert "checked" not in _box(approver.get(f"/rules/{COMMUNE}").text)
    assert "checked" in _box(approver.get(f"/rules/{DISTRICT}").text)
    body = console.app.test_client().get(f"/api/v1/areas/{COMMUNE}/rules", headers=console.bearer("editor")).get_json()
    assert (body["effective"]["needs_signature"], body["own"]) == (True, None)

    written = bulletins.write(console, starts="2026-11-24T10:00")
    submitted = bulletins.submit(console, bulletins.make_sound(console, written))
    page = approver.get(f"/bulletins/{submitted.id}/approval").text
    assert "bạn phải đính chữ ký số thì tin mới phát ở: Mũi Né" in page
    approved = bulletins.approve(console, submitted)
    bulletins.plan(console)
    assert "Chưa đính chữ ký số nên chưa phát ở: Mũi Né." in approver.get(f"/bulletins/{approved.id}").text
    board = approver.get("/").text
    assert "Chưa ký số, sẽ lỡ" in board
    assert "1 nơi chờ chữ ký số" in board
    assert "không xếp được" not in board
    assert "1 nơi chờ chữ ký số" in approver.get(f"/bulletins/{approved.id}/not-ready").text
    at = approved.schedules[0].starts.isoformat()
    why = approver.get(f"/why?device=bt-mui-ne-l01&at={at}").text
    assert "Phê duyệt chưa có chữ ký số mà địa bàn này đòi hỏi." in why
    (approval,) = _approvals(console, approved.id)
    assert approval["waiting_in"] == [COMMUNE]

    approval_signing.sign(console, approved.id, approval["transmission_id"])
    bulletins.plan(console)
    assert "Chưa ký số" not in approver.get("/").text
    assert [airing.placed_areas for airing in bulletins.airings(console, approved)] == [1]
    (approval,) = _approvals(console, approved.id)
    assert approval["waiting_in"] == []


def test_beyond_the_horizon_why_tells_the_same(console: Console) -> None:
    with console.context.uow() as uow:
        uow[Places].set_rules(COMMUNE, AreaRules(needs_signature=True))
        uow.commit()
    approved = bulletins.on_the_way(console, starts="2027-06-01T17:00")
    page = console.client("approver").get("/why?device=bt-mui-ne-l01&at=2027-06-01T17:00").text
    assert "Phê duyệt chưa có chữ ký số mà địa bàn này đòi hỏi." in page
    assert approved.title in page


def _box(page: str) -> str:
    found = re.search(r'<input type="checkbox" name="needs_signature"[^>]*>', page)
    assert found is not None
    return found.group()


def _approvals(console: Console, bulletin_id: str) -> list[dict[str, Any]]:
    client = console.app.test_client()
    items: list[dict[str, Any]] = client.get(
        f"/api/v1/bulletins/{bulletin_id}/approvals", headers=console.bearer("editor")
    ).get_json()["items"]
    return items
