from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from broadcast.alerts.cap.audience import Proposer
from broadcast.alerts.cap.message import CapMessage, MsgType, ResponseType, Status
from broadcast.alerts.cap.parser import build
from broadcast.alerts.cap.verdict import CapVerdict, Circumstances, Judgement, MessageKind
from broadcast.alerts.hazard_rules import RiskLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertKind, Audience, Disc, Ring
from broadcast.bulletins.model import Targets
from cms.alerts.service import ends, hazard_tables
from cms.areas.repository import Places
from cms.audit.queries import events_of
from cms.exchange.cap.check import check
from cms.exchange.cap.reader import SignerFaultError, read
from cms.exchange.jobs import CapPublisher
from cms.exchange.model import CapDocument, ExchangeOutcome
from cms.exchange.repository.outbound import CapDocuments
from cms.exchange.service.cap_publisher import areas_of
from cms.exchange.service.inbox import Inbox
from cms.exchange.service.proposals import draft_of
from cms.exchange.service.signer import MessageSigner
from cms.platform.store.engine import reading
from province.areas import Area, AreaId, AreaTree
from tests.builders import alert_states
from tests.console import AREAS, COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, PROVINCE, START, Console

RING = Ring(((10.90, 108.20), (10.90, 108.30), (11.00, 108.30), (11.00, 108.20), (10.90, 108.20)))
ATOM = "{http://www.w3.org/2005/Atom}"


def published(console: Console) -> list[CapDocument]:
    """Publish the CAP documents that are due, and return all, oldest first."""
    CapPublisher(console.context).step()
    with reading(console.context.engine) as session:
        return sorted(
            CapDocuments(session).latest(START - timedelta(days=30), 100), key=lambda each: (each.sent, each.id)
        )


def document_of(console: Console, document: CapDocument) -> bytes:
    return console.context.content.read_bytes(document.sha256)


def judged(console: Console, document: bytes) -> Judgement:
    """Judge the document as a receiver that has pinned our certificate."""
    settings = console.context.settings
    signer = MessageSigner.at(settings.keys_dir, settings.effective_cap_sender, START)
    return check(document, {signer.sender: signer.pin}, Circumstances(console.clock()))


def message_of(document: bytes) -> CapMessage:
    message, found = build(read(document).root)
    assert message is not None
    assert list(found) == []
    return message


def ended(console: Console, alert: Alert, *, is_cancel: bool) -> Alert:
    context = console.context
    given: dict[str, Any] = {"call": context.call(console.actor("officer")), "voices": context.voices}
    if is_cancel:
        return ends.cancel(context.uow(), alert.id, reason="Phát nhầm", **given)
    return ends.all_clear(context.uow(), alert.id, **given)


def test_an_approved_alert_is_published_once_signed_and_valid(console: Console) -> None:
    alert = alert_states.active(console)
    (document,) = published(console)
    assert published(console) == [document]
    signed = document_of(console, document)
    judgement = judged(console, signed)
    assert (judgement.verdict, judgement.kind, judgement.code) == (CapVerdict.ACCEPT, MessageKind.ALERT, "VERIFIED")
    message = message_of(signed)
    assert (message.sender, message.status) == ("loa@127.0.0.1", Status.ACTUAL)
    (info,) = message.infos
    assert (info.language, info.headline, info.severity) == ("vi-VN", "Cảnh báo lũ trên sông Lũy", "Severe")
    assert info.expires == alert.expires_at
    assert [area.desc for area in info.areas] == ["Mũi Né"]
    with reading(console.context.engine) as session:
        assert "cap.published" in [event.name for event in events_of(session, alert.id)]


def test_a_draft_is_told_to_nobody(console: Console) -> None:
    alert_states.submit(console, alert_states.make_sound(console, alert_states.draft(console)))
    assert published(console) == []


def test_a_drill_is_an_exercise_and_says_so(console: Console) -> None:
    alert_states.active(console, kind=AlertKind.DRILL)
    (document,) = published(console)
    judgement = judged(console, document_of(console, document))
    assert (judgement.verdict, judgement.kind) == (CapVerdict.ACCEPT, MessageKind.EXERCISE)
    message = message_of(document_of(console, document))
    assert message.note.startswith("Diễn tập")


def test_a_cancel_calls_off_what_was_told_and_the_correction_refers_to_both(console: Console) -> None:
    alert = alert_states.active(console)
    first = published(console)[0]
    console.clock.pass_by(minutes=1)
    cancelled = ended(console, alert, is_cancel=True)
    _, cancel = published(console)
    judgement = judged(console, document_of(console, cancel))
    assert (judgement.verdict, judgement.kind) == (CapVerdict.ACCEPT, MessageKind.CANCEL)
    assert message_of(document_of(console, cancel)).references == (first.key,)
    console.clock.pass_by(minutes=1)
    ended(console, cancelled, is_cancel=False)
    correction = published(console)[-1]
    message = message_of(document_of(console, correction))
    assert message.references == (first.key, cancel.key)
    assert judged(console, document_of(console, correction)).kind is MessageKind.ALL_CLEAR
    assert len(published(console)) == 3


def test_an_all_clear_is_an_update_that_says_it_is_over_and_nothing_is_cancelled(console: Console) -> None:
    alert = alert_states.active(console)
    first = published(console)[0]
    console.clock.pass_by(minutes=1)
    ended(console, alert, is_cancel=False)
    _, clear = published(console)
    message = message_of(document_of(console, clear))
    assert (message.msg_type, message.references) == (MsgType.UPDATE, (first.key,))
    assert judged(console, document_of(console, clear)).kind is MessageKind.ALL_CLEAR


def test_a_shape_goes_out_as_it_was_drawn_and_means_the_same_to_us(console: Console) -> None:
    audience = Audience(Targets((COMMUNE,)), (RING,), (Disc(10.94, 108.28, 1500),))
    alert_states.active(console, audience=audience)
    (document,) = published(console)
    message = message_of(document_of(console, document))
    proposal = Proposer(AreaTree(AREAS), START.date()).propose(message)
    assert proposal.audience.rings == (RING,)
    assert proposal.audience.discs == (Disc(10.94, 108.28, 1500),)
    assert COMMUNE in proposal.audience.targets.areas


def test_hazard_levels_colour_outline_contact_and_response_go_out_and_come_back(console: Console) -> None:
    context = console.context
    text = 'name = "A"\nsource = "B"\ncontact = "Văn phòng, 0252 3822 000"\n'
    hazard_tables.load(context.uow(), text=text, call=context.call(console.actor("admin")))
    outline = [[(10.9, 108.2), (10.9, 108.3), (11.0, 108.3)]]
    with context.uow() as unit:
        unit[Places].set_outlines({COMMUNE: outline})
        unit.commit()
    alert = alert_states.active(console, hazard=Hazard.FLASH_FLOOD, risk=RiskLevel.THREE)
    (document,) = published(console)
    message = message_of(document_of(console, document))
    (info,) = message.infos
    assert {each.name: each.value for each in info.parameters} == {
        "Loa:level": "2",
        "VN:capDoRuiRoThienTai": "3",
        "VN:mauRuiRoThienTai": "da cam",
    }
    assert (info.event, info.urgency, info.response_types) == ("Lũ quét", "Immediate", (ResponseType.EVACUATE,))
    assert (info.contact, info.web) == ("Văn phòng, 0252 3822 000", "http://127.0.0.1:8600/cong-khai")
    ring = ((10.9, 108.2), (10.9, 108.3), (11.0, 108.3), (10.9, 108.2))
    assert [polygon.points for polygon in info.areas[0].polygons] == [ring]

    drafted = draft_of(message, Audience(), context.voices, authority="", updates_id=None, now=START, hours_max=168)
    back = drafted.draft
    assert (back.hazard, back.level, back.risk) == (alert.hazard, alert.level, alert.risk)
    assert "Liên hệ: Văn phòng, 0252 3822 000." in back.wordings[0].text
    assert drafted.notes == ("RESPONSE:Evacuate",)


def test_outlines_that_are_too_fine_are_left_to_the_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = AreaTree([replace(area, codes={"gso": area.id}) for area in AREAS])
    outlines = {COMMUNE: [[(10.9, 108.2), (10.9, 108.3), (11.0, 108.3)]]}
    (whole,) = areas_of(Audience(Targets((COMMUNE,))), tree, outlines)
    assert (len(whole.polygons), len(whole.geocodes)) == (1, 1)
    monkeypatch.setattr("cms.exchange.service.cap_publisher.CORNERS_MAX", 2)
    (coded,) = areas_of(Audience(Targets((COMMUNE,))), tree, outlines)
    assert (len(coded.polygons), len(coded.geocodes)) == (0, 1)


def test_a_shape_our_own_check_refuses_is_left_out(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    audience = Audience(Targets((COMMUNE,)), (RING,))
    monkeypatch.setattr("cms.exchange.service.cap_publisher.Polygon", lambda _: broken())
    alert_states.active(console, audience=audience)
    (document,) = published(console)
    (area,) = message_of(document_of(console, document)).infos[0].areas
    assert (area.polygons, area.desc) == ((), "Mũi Né")


def broken() -> object:
    from broadcast.alerts.cap.message import Polygon  # noqa: PLC0415

    return Polygon(((10.0, 108.0), (11.0, 108.0)))


def test_what_our_own_check_refuses_is_told_to_nobody_and_to_us_once(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.exchange.service.cap_publisher.identifier_of", lambda _: "not, a name")
    alert = alert_states.active(console)
    assert published(console) == []
    CapPublisher(console.context).step()
    with reading(console.context.engine) as session:
        (event,) = [each for each in events_of(session, alert.id) if each.name.startswith("cap.")]
    assert (event.name, event.detail["error"]) == ("cap.refused", "BAD_IDENTIFIER")
    assert console.app.test_client().get(f"/api/v1/cap/{alert.order_id}.xml").status_code == 404


def test_what_is_over_before_it_was_told_is_history(console: Console) -> None:
    alert_states.active(console)
    console.clock.pass_by(hours=7)
    assert published(console) == []


def test_places_are_named_by_code_and_one_with_an_exclusion_by_its_parts() -> None:
    coded = [replace(area, codes={"gso": area.id.upper()}) if area.id == COMMUNE_2 else area for area in AREAS]
    tree = AreaTree([*coded, Area(AreaId("bt-x"), "Ấp\x0b 1", "hamlet", COMMUNE, START.date())])
    whole = list(areas_of(Audience(Targets((PROVINCE,))), tree))
    assert [area.desc for area in whole] == ["Bình Thuận"]
    parts = list(areas_of(Audience(Targets((DISTRICT, AreaId("gone")), (COMMUNE, AreaId("gone")))), tree))
    assert [(area.desc, [code.value for code in area.geocodes]) for area in parts] == [("Hàm Tiến", ["BT-HAM-TIEN"])]
    assert [area.desc for area in areas_of(Audience(Targets((AreaId("bt-x"), FAR_COMMUNE))), tree)] == [
        "Ấp 1",
        "Liên Hương",
    ]
    (drawn,) = areas_of(Audience(rings=(RING,)), tree)
    assert drawn.desc == "Vùng được vẽ"


def test_the_feed_leads_to_the_documents_and_says_when_nothing_changed(console: Console) -> None:
    client = console.app.test_client()
    assert client.get("/api/v1/cap/feed.atom").status_code == 200
    alert = alert_states.active(console)
    published(console)
    answer = client.get("/api/v1/cap/feed.atom")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/atom+xml", "public, max-age=30")
    root = etree.fromstring(answer.data)
    (link,) = root.iterfind(f"{ATOM}entry/{ATOM}link")
    path = str(link.get("href")).removeprefix("http://127.0.0.1:8600")
    assert path == f"/api/v1/cap/{alert.order_id}.xml"
    document = client.get(path)
    assert document.mimetype == "application/cap+xml"
    assert judged(console, document.data).verdict is CapVerdict.ACCEPT
    etag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/api/v1/cap/feed.atom", headers=etag).status_code == 304
    assert client.get("/api/v1/cap/nothing.xml").status_code == 404


def test_the_certificate_to_pin_is_public_and_the_key_is_not(console: Console, tmp_path: Path) -> None:
    pem = console.app.test_client().get("/api/v1/cap/signer.pem").data
    assert pem.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in pem
    path = console.context.settings.keys_dir / "cap-signer.pem"
    assert path.stat().st_mode & 0o077 == 0
    assert MessageSigner.at(path.parent, "x", START).certificate_pem == pem
    for content in (b"nothing", pem):
        (tmp_path / "cap-signer.pem").write_bytes(content)
        with pytest.raises(SignerFaultError):
            MessageSigner.at(tmp_path, "x", START)


def test_what_we_published_is_known_when_it_comes_back(console: Console, inbox: Inbox) -> None:
    alert_states.active(console)
    (document,) = published(console)
    records = [inbox.receive(document_of(console, document), "feed of the ministry") for _ in range(2)]
    assert [(each.verdict, each.code, each.outcome) for each in records] == [
        (CapVerdict.IGNORE, "DUPLICATE", ExchangeOutcome.NOTHING)
    ] * 2
    assert records[1].times_heard == 2
