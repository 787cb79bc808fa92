from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.alerts.cap.message import CapArea, CapCircle, CapSeverity, MsgType, Polygon, ResponseType, Status
from broadcast.alerts.cap.verdict import CapVerdict
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertKind, AlertStatus, Purpose
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.audit.queries import events_of
from cms.exchange.cap.writer import write
from cms.exchange.model import ExchangeOutcome
from cms.exchange.repository.exchange import CapMessages, name_hashes
from cms.exchange.service.consequences import EXCHANGE
from cms.exchange.service.inbox import Inbox
from cms.platform.store.engine import reading
from province.errors import InvalidError, Problem
from tests.console import COMMUNE, COMMUNE_2, START, Console
from tests.integration.exchange.conftest import alert_of, made_active, pinned
from tests.unit.exchange.messages import SENDER, cancel, info, message, signer, update


def test_a_message_nobody_vouches_for_becomes_a_draft_that_says_so(console: Console, inbox: Inbox) -> None:
    record = inbox.receive(write(message()), "file")
    assert (record.verdict, record.code, record.outcome) == (CapVerdict.DRAFT, "UNSIGNED", ExchangeOutcome.DRAFTED)
    alert = alert_of(console, record)
    assert (alert.status, alert.kind, alert.hazard) == (AlertStatus.DRAFT, AlertKind.LIVE, Hazard.FLASH_FLOOD)
    assert (alert.level, alert.author_id) == (AlertLevel.TWO, EXCHANGE)
    assert alert.audience.targets.areas == (COMMUNE,)
    assert [disc.radius_m for disc in alert.audience.discs] == [3000]
    assert alert.headline == "Cảnh báo lũ quét"
    assert [(w.language, w.text) for w in alert.wordings] == [
        ("vi", "Mưa rất to trên thượng nguồn.\nRời khỏi bờ suối ngay.")
    ]
    assert alert.expires_at == START + timedelta(hours=6)
    assert alert.cap_ref.startswith(f"{SENDER},m-1,2026-11-24T01:59:00")


def test_the_pinned_signer_s_message_is_accepted_and_still_only_a_draft(console: Console, inbox: Inbox) -> None:
    pinned(console)
    record = inbox.receive(signer().signed(message()), "file")
    assert (record.verdict, record.outcome) == (CapVerdict.ACCEPT, ExchangeOutcome.DRAFTED)
    assert alert_of(console, record).status is AlertStatus.DRAFT
    assert alert_of(console, record).facts.authority == "Đài KTTV"
    with console.context.uow() as uow:
        assert list(uow[Orders].open()) == []


def test_another_signer_in_the_name_of_a_pinned_sender_is_refused(console: Console, inbox: Inbox) -> None:
    pinned(console)
    record = inbox.receive(signer("somebody").signed(message()), "file")
    assert (record.verdict, record.code, record.alert_id) == (CapVerdict.REFUSE, "SIGNATURE_INVALID", None)


def test_every_message_is_written_down_with_its_bytes_and_an_event(console: Console, inbox: Inbox) -> None:
    document = write(message(status=Status.TEST))
    record = inbox.receive(document, "feed kttv")
    assert (record.verdict, record.code) == (CapVerdict.IGNORE, "TEST")
    assert console.context.content.read_bytes(record.sha256) == document
    with reading(console.context.engine) as session:
        assert CapMessages(session).get(record.id) == record
        (event,) = events_of(session, record.id)
    assert event.name == "cap.received"
    assert event.detail["source"] == "feed kttv"


@pytest.mark.parametrize("document", [b"", b"<a", b"\xff\xfe\x00", b"x" * (2 * 1024 * 1024 + 1)])
def test_what_is_no_message_is_refused_and_counted_once(console: Console, inbox: Inbox, document: bytes) -> None:
    first = inbox.receive(document, "push")
    again = inbox.receive(document, "push")
    assert first.verdict is CapVerdict.REFUSE
    assert (again.id, again.times_heard) == (first.id, 2)


def test_the_same_message_again_makes_no_second_draft(console: Console, inbox: Inbox) -> None:
    first = inbox.receive(write(message()), "feed a")
    again = inbox.receive(write(message()), "feed b")
    assert (again.id, again.alert_id, again.times_heard) == (first.id, first.alert_id, 2)


def test_an_exercise_becomes_a_drill(console: Console, inbox: Inbox) -> None:
    record = inbox.receive(write(message(status=Status.EXERCISE, note="Diễn tập")), "file")
    assert alert_of(console, record).kind is AlertKind.DRILL


def test_an_update_of_an_active_alert_is_a_draft_that_would_replace_it(console: Console, inbox: Inbox) -> None:
    active = made_active(console, alert_of(console, inbox.receive(write(message()), "file")))
    drafted = alert_of(console, inbox.receive(write(update("m-2", message())), "file"))
    assert (drafted.purpose, drafted.updates_id) == (Purpose.UPDATE, active.id)


def test_an_update_of_an_untouched_draft_takes_its_place(console: Console, inbox: Inbox) -> None:
    pinned(console)
    first = inbox.receive(signer().signed(message()), "file")
    second = inbox.receive(signer().signed(update("m-2", message())), "file")
    assert alert_of(console, first).status is AlertStatus.DISCARDED
    assert alert_of(console, second).purpose is Purpose.WARNING


def test_updates_of_updates_lead_to_the_alert_that_sounds(console: Console, inbox: Inbox) -> None:
    pinned(console)
    first, second = message(), update("m-2", message())
    active = made_active(console, alert_of(console, inbox.receive(signer().signed(first), "file")))
    waiting = inbox.receive(signer().signed(second), "file")
    third = update("m-3", second)
    latest = inbox.receive(signer().signed(third), "file")
    assert alert_of(console, waiting).status is AlertStatus.DISCARDED
    assert alert_of(console, latest).updates_id == active.id
    end = inbox.receive(signer().signed(cancel("m-4", third, sent=START)), "file")
    assert (end.outcome, end.alert_id) == (ExchangeOutcome.ASKS, active.id)
    assert alert_of(console, latest).status is AlertStatus.DISCARDED


def test_an_update_of_what_was_replaced_leads_to_what_replaced_it(console: Console, inbox: Inbox) -> None:
    first = message()
    old = made_active(console, alert_of(console, inbox.receive(write(first), "file")))
    new = made_active(console, alert_of(console, inbox.receive(write(update("m-2", first)), "file")))
    with console.context.uow() as uow:
        uow[Alerts].save(replace(old, status=AlertStatus.SUPERSEDED, version=old.version + 1))
        uow.commit()
    record = inbox.receive(write(update("m-3", first, sent=START)), "file")
    assert alert_of(console, record).updates_id == new.id


def test_an_exercise_never_touches_what_is_real(console: Console, inbox: Inbox) -> None:
    real = made_active(console, alert_of(console, inbox.receive(write(message()), "file")))
    assert inbox.receive(write(cancel("x-1", message(), status=Status.EXERCISE)), "file").code == "STATUS_CROSSED"
    # A verified exercise does not see an unverified message, and still finds none to end.
    pinned(console)
    drill = inbox.receive(signer().signed(update("x-2", message(), status=Status.EXERCISE)), "file")
    assert (alert_of(console, drill).kind, alert_of(console, drill).updates_id) == (AlertKind.DRILL, None)
    assert alert_of(console, replace(drill, alert_id=real.id)).status is AlertStatus.ACTIVE


def test_nobody_s_mere_word_takes_a_draft_away(console: Console, inbox: Inbox) -> None:
    first = inbox.receive(write(message()), "file")
    second = inbox.receive(write(update("m-2", message())), "file")
    third = inbox.receive(write(cancel("m-3", message())), "file")
    assert alert_of(console, first).status is AlertStatus.DRAFT
    assert f"REPLACES_DRAFT:{first.alert_id}" in second.notes
    assert (third.outcome, third.alert_id) == (ExchangeOutcome.ASKS, first.alert_id)


def test_an_update_that_comes_first_is_a_warning_and_what_it_updates_is_then_late(
    console: Console, inbox: Inbox
) -> None:
    second = inbox.receive(write(update("m-2", message())), "file")
    assert "REFERENCE_UNKNOWN" in {finding.code for finding in second.findings}
    assert alert_of(console, second).purpose is Purpose.WARNING
    first = inbox.receive(write(message()), "file")
    assert (first.verdict, first.code, first.alert_id) == (CapVerdict.IGNORE, "SUPERSEDED", None)


def test_a_cancel_that_comes_first_is_remembered(console: Console, inbox: Inbox) -> None:
    early = inbox.receive(write(cancel("m-2", message())), "file")
    assert (early.code, early.outcome) == ("NOTHING_TO_CANCEL", ExchangeOutcome.NOTHING)
    assert inbox.receive(write(message()), "file").code == "SUPERSEDED"


@pytest.mark.parametrize("is_cancel", [True, False])
def test_an_end_from_outside_asks_people_and_ends_nothing(console: Console, inbox: Inbox, is_cancel: bool) -> None:
    pinned(console)
    active = made_active(console, alert_of(console, inbox.receive(signer().signed(message()), "file")))
    over = info(response_types=(ResponseType.ALL_CLEAR,))
    end = cancel("m-2", message()) if is_cancel else update("m-2", message(), infos=(over,))
    record = inbox.receive(signer().signed(end), "file")
    assert (record.outcome, record.alert_id) == (ExchangeOutcome.ASKS, active.id)
    assert alert_of(console, record).status is AlertStatus.ACTIVE


def test_a_known_sender_takes_its_untouched_draft_back(console: Console, inbox: Inbox) -> None:
    pinned(console)
    first = inbox.receive(signer().signed(message()), "file")
    record = inbox.receive(signer().signed(cancel("m-2", message())), "file")
    assert record.outcome is ExchangeOutcome.DISCARDED
    assert alert_of(console, first).status is AlertStatus.DISCARDED


def test_the_end_of_what_is_over_asks_nobody(console: Console, inbox: Inbox) -> None:
    pinned(console)
    inbox.receive(signer().signed(message()), "file")
    inbox.receive(signer().signed(cancel("m-2", message())), "file")
    late = inbox.receive(signer().signed(cancel("m-3", message(), sent=START)), "file")
    assert (late.outcome, late.notes) == (ExchangeOutcome.NOTHING, ("NOTHING_OF_OURS",))


def test_another_sender_s_update_touches_nothing_of_the_first(console: Console, inbox: Inbox) -> None:
    active = made_active(console, alert_of(console, inbox.receive(write(message()), "file")))
    foreign = update("x-1", message(), sender="other@example.vn")
    drafted = alert_of(console, inbox.receive(write(foreign), "file"))
    assert (drafted.purpose, drafted.updates_id) == (Purpose.WARNING, None)
    assert active.status is AlertStatus.ACTIVE


def test_a_superior_may_update_what_one_below_it_sent(console: Console, inbox: Inbox) -> None:
    pinned(console, "above@example.vn", superior_of=(SENDER,))
    active = made_active(console, alert_of(console, inbox.receive(write(message()), "file")))
    above = update("x-1", message(), sender="above@example.vn")
    drafted = alert_of(console, inbox.receive(signer("above@example.vn").signed(above), "file"))
    assert drafted.updates_id == active.id


def test_an_unproved_message_takes_no_name_from_a_proved_one(console: Console, inbox: Inbox) -> None:
    pinned(console)
    forged = inbox.receive(write(message(sent=START - timedelta(hours=1))), "push")
    early = inbox.receive(write(cancel("m-0", message())), "push")
    genuine = inbox.receive(signer().signed(message()), "feed")
    assert forged.verdict is CapVerdict.DRAFT
    assert early.verdict is CapVerdict.DRAFT
    assert (genuine.verdict, genuine.outcome) == (CapVerdict.ACCEPT, ExchangeOutcome.DRAFTED)
    assert inbox.receive(signer().signed(message()), "feed").id == genuine.id
    with reading(console.context.engine) as session:
        assert len(CapMessages(session).around(name_hashes([message().key]), with_referring=False)) == 2


def test_a_sender_speaks_only_for_its_own_places(console: Console, inbox: Inbox) -> None:
    pinned(console, area_ids=(COMMUNE_2,))
    record = inbox.receive(signer().signed(message()), "file")
    assert "BEYOND_RIGHTS" in record.notes
    assert alert_of(console, record).audience.targets.areas == ()


def test_what_is_meant_for_elsewhere_bothers_nobody_until_it_comes_here(console: Console, inbox: Inbox) -> None:
    far = message(infos=(info(areas=(CapArea("Hà Nội", circles=(CapCircle(21.0, 105.8, 5.0),)),)),))
    away = inbox.receive(write(far), "feed")
    assert (away.verdict, away.outcome, away.alert_id, away.notes) == (
        CapVerdict.DRAFT,
        ExchangeOutcome.NOTHING,
        None,
        ("ELSEWHERE",),
    )
    near = inbox.receive(write(update("m-2", far)), "feed")
    assert alert_of(console, near).audience.targets.areas == (COMMUNE,)
    leaving = inbox.receive(write(update("m-3", message("m-2", sent=update("m-2", far).sent), infos=far.infos)), "feed")
    assert leaving.outcome is ExchangeOutcome.DRAFTED, "people are told that it moves away"


def test_an_end_is_imposed_where_there_is_none(console: Console, inbox: Inbox) -> None:
    record = inbox.receive(write(message(infos=(info(expires=None),))), "file")
    assert alert_of(console, record).expires_at == message().sent + timedelta(hours=6)
    assert "EXPIRES_IMPOSED" in record.notes


def test_no_end_lies_beyond_what_the_province_allows(console: Console, inbox: Inbox) -> None:
    record = inbox.receive(write(message(infos=(info(expires=START + timedelta(days=90)),))), "file")
    assert alert_of(console, record).expires_at == START + timedelta(hours=168)
    assert "EXPIRES_EARLIER" in record.notes


def test_html_is_not_spoken_and_what_cannot_be_spoken_is_left_out(console: Console, inbox: Inbox) -> None:
    infos = (
        info(description="<b>Mưa</b><br/>to &amp; gió"),
        info(language="en", event="Flash flood", headline="Flash flood", description="Leave."),
        info(language="fr", event="Crue"),
        info(language="zh-TW", event="山洪"),
    )
    record = inbox.receive(write(message(infos=infos)), "file")
    texts = {wording.language: wording.text for wording in alert_of(console, record).wordings}
    assert texts["vi"] == "Mưa\nto & gió\nRời khỏi bờ suối ngay."
    assert {note for note in record.notes if note.startswith("LANGUAGE")} == {
        "LANGUAGE_LEFT_OUT:fr",
        "LANGUAGE_LEFT_OUT:zh",
        "LANGUAGE_LEFT_OUT:en",
    }


def test_without_vietnamese_the_template_speaks(console: Console, inbox: Inbox) -> None:
    english = info(language="en-US", event="Tsunami warning", severity=CapSeverity.EXTREME, headline="", description="")
    record = inbox.receive(write(message(infos=(english,))), "file")
    alert = alert_of(console, record)
    assert (alert.hazard, alert.level) == (Hazard.TSUNAMI, AlertLevel.THREE)
    assert alert.headline == "Phường Mũi Né: chạy lên nơi cao ngay. Sóng thần."
    assert alert.wordings[0].language == "vi"
    assert "VIETNAMESE_FROM_TEMPLATE" in record.notes


def test_a_shape_too_fine_for_devices_leaves_its_areas(console: Console, inbox: Inbox) -> None:
    left = [(10.90 + n * 0.0001, 108.25) for n in range(600)]
    right = [(lat, 108.31) for lat, _ in reversed(left)]
    fine = CapArea("Mũi Né", polygons=(Polygon((*left, *right, left[0])),))
    record = inbox.receive(write(message(infos=(info(areas=(fine,)),))), "file")
    audience = alert_of(console, record).audience
    assert "SHAPE_LEFT_OUT" in record.notes
    assert not audience.has_shape
    assert COMMUNE in audience.targets.areas


def test_what_cannot_be_drafted_is_told(console: Console, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise InvalidError([Problem("headline", "TOO_LONG")])

    monkeypatch.setattr("cms.exchange.service.consequences.draft_alert", refuses)
    record = inbox.receive(write(message()), "file")
    assert (record.outcome, record.alert_id, record.notes) == (ExchangeOutcome.FAILED, None, ("TOO_LONG:headline",))
    assert inbox.receive(write(message()), "file").id == record.id


def test_a_sign_of_life_tells_what_was_missed(console: Console, inbox: Inbox) -> None:
    inbox.receive(write(message()), "feed")
    unheard = message("m-9")
    alive = message("h-1", status=Status.SYSTEM, infos=(), references=(message().key, unheard.key))
    record = inbox.receive(write(alive), "feed")
    assert (record.code, record.notes) == ("HEARTBEAT", ("MISSED:m-9",))


def test_a_pin_that_cannot_be_used_proves_nothing(console: Console, inbox: Inbox) -> None:
    pinned(console, certificate_pem="not a certificate")
    record = inbox.receive(signer().signed(message()), "file")
    assert (record.verdict, record.notes[0]) == (CapVerdict.DRAFT, "PIN_UNUSABLE")


def test_a_message_written_down_meanwhile_is_a_repeated_one(
    console: Console, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = inbox.receive(write(message()), "feed a")
    around = CapMessages.around
    blind = [True]

    def blinded(self: CapMessages, names: set[str], **options: bool) -> object:
        return [] if blind and blind.pop() else around(self, names, **options)

    monkeypatch.setattr(CapMessages, "around", blinded)
    assert inbox.receive(write(message()), "feed b").id == first.id
    assert replace(first, times_heard=1) == first
    assert MsgType(first.msg_type) is MsgType.ALERT
