"""An approver's digital signature, from the document to the bulletin's page."""

from __future__ import annotations

import hashlib
import io
import json
import re

from cms.store.queries.log import events_of
from tests import newsroom, signing_desk
from tests.console import Console, post


def test_the_approver_downloads_the_document_signs_it_and_hands_the_signature_in(console: Console) -> None:
    once = newsroom.on_the_way(console)
    client = console.client("approver")
    page = client.get(f"/bulletins/{once.id}").text
    assert "Chưa đính chữ ký số." in page
    (path,) = re.findall(r'href="(/bulletins/[^"]+/document)"', page)
    document = client.get(path).data
    told = json.loads(document)
    assert (told["text"], told["approved_by"]["id"]) == (once.text, "u-approver")
    assert told["sounds"] == {each.kind: each.sha256 for each in once.sound.renditions}
    assert told["board"]["text"]
    transmission_id = path.split("/")[4]
    data = signing_desk.signature_for(console, once.id, transmission_id)
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


def test_a_signature_that_does_not_hold_is_refused_with_what_to_do(console: Console) -> None:
    once = newsroom.on_the_way(console)
    client = console.client("approver")
    with console.context.uow() as uow:
        (document,) = uow.approvals.documents(once.id)
    target = f"/bulletins/{once.id}/approvals/{document.transmission_id}/signatures"

    def refusal(data: bytes) -> str:
        return post(client, target, {"signature": (io.BytesIO(data), "x.p7s")}, follow_redirects=True).text

    assert "LOA_SIGNATURE_ANCHORS" in refusal(b"x")
    signing_desk.signature_for(console, once.id, document.transmission_id)
    assert "không phải chữ ký số dạng CMS" in refusal(b"x")
    assert "quá lớn" in refusal(b"x" * 70_000)
    assert "Cần điền mục này." in post(client, target, {}, follow_redirects=True).text
    assert "Chưa đính chữ ký số." in client.get(f"/bulletins/{once.id}").text
    assert post(client, f"/bulletins/{once.id}/approvals/unknown/signatures", {}).status_code == 404


def test_the_same_signature_again_changes_nothing_and_is_logged_once(console: Console) -> None:
    once = newsroom.on_the_way(console)
    with console.context.uow() as uow:
        (document,) = uow.approvals.documents(once.id)
    data = signing_desk.signature_for(console, once.id, document.transmission_id)
    target = f"/bulletins/{once.id}/approvals/{document.transmission_id}/signatures"
    client = console.client("approver")
    for _ in range(2):
        post(client, target, {"signature": (io.BytesIO(data), "x.p7s")})
    page = client.get(f"/bulletins/{once.id}").text
    assert page.count("Tải chữ ký (.p7s)") == 1
    with console.context.uow() as uow:
        assert [e.name for e in events_of(uow.session, once.id)].count("bulletin.signed") == 1
