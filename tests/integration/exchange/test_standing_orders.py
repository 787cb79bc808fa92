from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.alerts.cap.message import CapArea, CapCircle, CapSeverity, Certainty, Status
from broadcast.alerts.model import AlertKind, AlertPolicy, AlertStatus
from broadcast.alerts.orders import Order
from broadcast.standing_orders.cap_warnings import feed_source, sender_source
from broadcast.standing_orders.model import AlertStandingOrder, AlertStandingOrderStatus, FiringVerdict, OrderEndCause
from cms.accounts.service.people import block
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.repository.orders import Orders
from cms.audit.queries import EventLine, events_of
from cms.exchange.cap.writer import write
from cms.exchange.model import ExchangeOutcome
from cms.exchange.service.consequences import EXCHANGE
from cms.exchange.service.inbox import Inbox
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.tables import OutboxRow
from cms.standing_orders.jobs import LapseJob
from cms.standing_orders.repository import AlertStandingOrders, Firings
from cms.standing_orders.service import orders, reviews
from cms.standing_orders.service.orders import bounds_sha256
from province.errors import ConflictError, ContentChangedError, InvalidError, NotAllowedError, NotPossibleError
from tests.builders.alerts import OFFICER, SECOND
from tests.builders.standing_orders import agreed, bounds, call_of, proposed, ready_draft, switched_on
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, START, Console
from tests.integration.exchange.conftest import alert_of, pinned
from tests.unit.exchange.messages import MUI_NE, SENDER, cancel, info, message, signer, update


def sent_orders(console: Console) -> Sequence[Order]:
    with console.context.uow.reading() as uow:
        return uow[Orders].open()


def found(console: Console, order: AlertStandingOrder) -> AlertStandingOrder:
    with console.context.uow.reading() as uow:
        return uow[AlertStandingOrders].get(order.id)


def told(console: Console, subject_id: str) -> list[EventLine]:
    with reading(console.context.engine) as session:
        return list(events_of(session, subject_id))


def test_a_matching_message_is_sent_without_a_hand_as_the_two_people_s_alert(console: Console, inbox: Inbox) -> None:
    pinned(console)
    order = agreed(console)
    record = inbox.receive(signer().signed(message()), "feed kttv")
    assert record.outcome is ExchangeOutcome.FIRED
    alert = alert_of(console, record)
    assert (alert.status, alert.headline) == (AlertStatus.ACTIVE, order.pattern.headline)
    assert (alert.submitter_id, alert.approver_id) == (order.proposed_by, order.agreed_by)
    assert alert.expires_at == START + timedelta(minutes=60)
    (sent,) = sent_orders(console)
    assert (sent.alert_id, sent.approved_by) == (alert.id, (order.proposed_by, order.agreed_by))
    assert sent.spoken[0].language == "vi"
    with console.context.uow.reading() as uow:
        rows = uow.session.query(OutboxRow).filter_by(kind=OutboxKind.ALERT, subject_id=sent.id).count()
        (firing,) = uow[Firings].of(order.id)
        # The all-clear is ready, as after any alert.
        assert uow[Alerts].prepared_for(alert.id) is not None
    assert rows == 1
    assert (firing.alert_id, firing.source, firing.identifier) == (alert.id, sender_source(SENDER), "m-1")
    (event,) = (each for each in told(console, alert.id) if each.name == "alert.fired")
    assert event.detail["agreed_sha256"] == order.agreed_sha256


def test_the_same_message_and_the_same_event_from_others_sound_once(console: Console, inbox: Inbox) -> None:
    others = [f"centre-{n}@example.vn" for n in range(4)]
    for sender in (SENDER, *others):
        pinned(console, sender)
    order = agreed(console, sources=tuple(map(sender_source, (SENDER, *others))), rest_minutes=10)
    first = inbox.receive(signer().signed(message()), "feed kttv")
    assert inbox.receive(signer().signed(message()), "push a").times_heard == 2
    again = [
        inbox.receive(signer(sender).signed(message(f"x-{n}", sender=sender)), "push b")
        for n, sender in enumerate(others)
    ]
    again.append(inbox.receive(signer().signed(message("m-2")), "feed kttv"))
    assert {(each.outcome, each.alert_id) for each in again} == {(ExchangeOutcome.REPEATED, first.alert_id)}
    assert len(sent_orders(console)) == 1
    with console.context.uow.reading() as uow:
        (firing,) = uow[Firings].of(order.id)
    assert len(firing.heard) == 5


def test_a_drill_s_order_and_a_live_one_are_never_mistaken(console: Console, inbox: Inbox) -> None:
    pinned(console)
    agreed(console, kind="drill")
    live = inbox.receive(signer().signed(message()), "feed a")
    assert (live.outcome, sent_orders(console)) == (ExchangeOutcome.DRAFTED, [])
    drill = inbox.receive(signer().signed(message("x-1", status=Status.EXERCISE, note="Diễn tập")), "feed a")
    assert drill.outcome is ExchangeOutcome.FIRED
    assert [each.kind for each in sent_orders(console)] == [AlertKind.DRILL]
    for status in (Status.TEST, Status.SYSTEM, Status.DRAFT):
        silent = inbox.receive(signer().signed(message(f"s-{status}", status=status)), "feed a")
        assert silent.outcome is ExchangeOutcome.NOTHING


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (write(message()), "not_proved"),
        (signer().signed(update("m-2", message(), sent=START)), "not_first"),
        (signer().signed(message(sent=START - timedelta(hours=1))), "stale"),
        (signer().signed(message(sent=START + timedelta(minutes=5))), "sent_later"),
        (signer().signed(message(infos=(info(certainty=Certainty.POSSIBLE),))), "uncertain"),
    ],
)
def test_what_is_doubtful_is_a_draft_that_says_why_and_calls_people(
    console: Console, inbox: Inbox, document: bytes, reason: str
) -> None:
    pinned(console)
    order = agreed(console)
    record = inbox.receive(document, "feed kttv")
    assert record.outcome is ExchangeOutcome.DRAFTED
    assert sent_orders(console) == []
    alert = alert_of(console, record)
    assert (alert.status, alert.author_id) == (AlertStatus.DRAFT, EXCHANGE)
    (held,) = (each for each in told(console, order.id) if each.name == "alert_order.held")
    assert (held.detail["reasons"], held.detail["alert"]) == ([reason], alert.id)
    assert "alert.held" in {each.name for each in told(console, alert.id)}


def test_a_message_for_more_places_sounds_in_those_of_the_order_alone(console: Console, inbox: Inbox) -> None:
    pinned(console)
    order = agreed(console)
    ham_tien = CapArea("Phường Hàm Tiến", circles=(CapCircle(10.95, 108.22, 1.0),))
    record = inbox.receive(signer().signed(message(infos=(info(areas=(MUI_NE, ham_tien)),))), "feed a")
    assert alert_of(console, record).audience.targets.areas == (COMMUNE,)
    with console.context.uow.reading() as uow:
        (firing,) = uow[Firings].of(order.id)
    assert firing.is_cut


def test_a_feed_may_be_the_source_where_no_signer_is_pinned(console: Console, inbox: Inbox) -> None:
    pinned(console)
    order = agreed(console)
    with console.context.uow() as uow:
        sourced = replace(order, bounds=replace(bounds(), sources=(feed_source("kttv"),)), version=order.version + 1)
        uow[AlertStandingOrders].save(replace(sourced, agreed_sha256=bounds_sha256(sourced)))
        uow.commit()
    pinned(console, certificate_pem="")
    assert inbox.receive(write(message()), "push kttv").outcome is ExchangeOutcome.DRAFTED
    assert inbox.receive(write(message("m-2")), "feed kttv").outcome is ExchangeOutcome.FIRED


def test_an_update_and_a_cancel_of_the_source_are_about_the_alert_that_sounds(console: Console, inbox: Inbox) -> None:
    pinned(console)
    agreed(console)
    fired = inbox.receive(signer().signed(message()), "feed a")
    newer = inbox.receive(signer().signed(update("m-8", message())), "feed a")
    assert (newer.outcome, alert_of(console, newer).updates_id) == (ExchangeOutcome.DRAFTED, fired.alert_id)
    asked = inbox.receive(signer().signed(cancel("m-9", message(), sent=START)), "feed a")
    assert (asked.outcome, asked.alert_id) == (ExchangeOutcome.ASKS, fired.alert_id)


def test_nothing_fires_while_the_province_has_not_switched_it_on(console: Console, inbox: Inbox) -> None:
    pinned(console)
    order = agreed(console)
    with console.context.uow() as uow:
        uow[AlertPolicies].set(AlertPolicy())
        uow.commit()
    record = inbox.receive(signer().signed(message()), "feed a")
    assert (record.outcome, sent_orders(console)) == (ExchangeOutcome.DRAFTED, [])
    draft = ready_draft(console)
    again = proposed(console, draft)
    with pytest.raises(NotAllowedError) as refused:
        orders.agree(
            console.context.uow(),
            again.id,
            seen_sha256=bounds_sha256(again),
            expected_version=1,
            call=call_of(console, SECOND),
        )
    assert refused.value.reason == "POLICY"
    assert found(console, order).status is AlertStandingOrderStatus.AGREED


def test_one_press_suspends_and_only_two_people_bring_it_back(console: Console, inbox: Inbox) -> None:
    pinned(console)
    order = agreed(console)
    context = console.context
    suspended = orders.suspend(context.uow(), order.id, call=call_of(console, OFFICER))
    held = inbox.receive(signer().signed(message()), "feed a")
    assert (held.outcome, sent_orders(console)) == (ExchangeOutcome.DRAFTED, [])
    with pytest.raises(NotPossibleError):
        orders.suspend(context.uow(), order.id, call=call_of(console, OFFICER))
    again = orders.propose_again(
        context.uow(), order.id, expected_version=suspended.version, call=call_of(console, SECOND)
    )
    seen = bounds_sha256(again)
    with pytest.raises(NotAllowedError):
        orders.agree(
            context.uow(), order.id, seen_sha256=seen, expected_version=again.version, call=call_of(console, SECOND)
        )
    # The officer wrote the alert: that is the second person of it, too.
    with pytest.raises(NotAllowedError) as refused:
        orders.agree(
            context.uow(), order.id, seen_sha256=seen, expected_version=again.version, call=call_of(console, OFFICER)
        )
    assert refused.value.reason == "OWN_ALERT"


def test_who_agrees_agrees_to_exactly_what_was_seen(console: Console) -> None:
    pinned(console)
    switched_on(console)
    order = proposed(console, ready_draft(console))
    context, second = console.context, call_of(console, SECOND)
    with pytest.raises(ContentChangedError):
        orders.agree(context.uow(), order.id, seen_sha256="0" * 64, expected_version=1, call=second)
    with pytest.raises(ConflictError):
        orders.agree(context.uow(), order.id, seen_sha256=bounds_sha256(order), expected_version=2, call=second)
    done = orders.agree(context.uow(), order.id, seen_sha256=bounds_sha256(order), expected_version=1, call=second)
    with pytest.raises(NotPossibleError):
        orders.agree(context.uow(), order.id, seen_sha256=bounds_sha256(order), expected_version=2, call=second)
    with pytest.raises(InvalidError):
        orders.end(context.uow(), order.id, reason=" ", expected_version=done.version, call=second)
    ended = orders.end(context.uow(), order.id, reason="Thôi", expected_version=done.version, call=second)
    assert (ended.status, ended.end_cause) == (AlertStandingOrderStatus.ENDED, OrderEndCause.PERSON)


def test_an_order_that_was_changed_behind_the_two_people_does_not_fire(console: Console, inbox: Inbox) -> None:
    pinned(console)
    order = agreed(console)
    with console.context.uow() as uow:
        wider = replace(
            order.pattern,
            audience=replace(
                order.pattern.audience, targets=replace(order.pattern.audience.targets, areas=(DISTRICT,))
            ),
        )
        uow[AlertStandingOrders].save(replace(order, pattern=wider, version=order.version + 1))
        uow.commit()
    assert inbox.receive(signer().signed(message()), "feed a").outcome is ExchangeOutcome.DRAFTED
    (held,) = (each for each in told(console, order.id) if each.name == "alert_order.held")
    assert held.detail["reasons"] == ["changed"]


def test_an_order_ends_with_its_time_or_with_the_right_of_one_of_its_two(console: Console, inbox: Inbox) -> None:
    pinned(console)
    lapsing, context = agreed(console, valid_until_at=START + timedelta(days=1)), console.context
    lasting = agreed(console, areas=(COMMUNE_2,))
    assert LapseJob(context).step() == 0
    console.clock.pass_by(days=1)
    assert LapseJob(context).step() == 1
    assert found(console, lapsing).end_cause is OrderEndCause.EXPIRED
    assert lasting.agreed_by is not None
    block(context.uow(), lasting.agreed_by, call=call_of(console, "admin"))
    record = inbox.receive(
        signer().signed(
            message(
                sent=context.now(),
                infos=(
                    info(
                        expires=context.now() + timedelta(hours=1),
                        areas=(CapArea("Hàm Tiến", circles=(CapCircle(10.95, 108.22, 0.5),)),),
                    ),
                ),
            )
        ),
        "feed a",
    )
    assert (record.outcome, sent_orders(console)) == (ExchangeOutcome.DRAFTED, [])
    assert LapseJob(context).step() == 1
    assert found(console, lasting).end_cause is OrderEndCause.LOST_RIGHT


def test_what_cannot_be_an_order_is_told_at_once(console: Console) -> None:
    pinned(console)
    draft = ready_draft(console)
    with pytest.raises(InvalidError) as refused:
        proposed(
            console,
            draft,
            sources=(sender_source("ai đó"),),
            hazards=(),
            firings_max=0,
            rest_minutes=1,
            lasts_minutes=10_000,
            valid_until_at=START + timedelta(days=400),
        )
    assert {(each.field, each.code) for each in refused.value.problems} == {
        ("sources", "SOURCE_UNKNOWN"),
        ("hazards", "MISSING"),
        ("firings_max", "NOT_WITHIN"),
        ("rest_minutes", "NOT_WITHIN"),
        ("lasts_minutes", "NOT_WITHIN"),
        ("valid_until_at", "OVER_A_YEAR"),
    }
    order = proposed(console, draft)
    assert order.status is AlertStandingOrderStatus.PROPOSED


def test_a_firing_is_reviewed_once_with_a_verdict(console: Console, inbox: Inbox) -> None:
    pinned(console)
    order = agreed(console)
    inbox.receive(signer().signed(message()), "feed a")
    with console.context.uow.reading() as uow:
        (firing,) = uow[Firings].of(order.id)
    context, officer = console.context, call_of(console, OFFICER)
    for verdict, remark in ((None, ""), (FiringVerdict.FALSE, " "), (FiringVerdict.RIGHT, "x" * 2001)):
        with pytest.raises(InvalidError):
            reviews.review(context.uow(), firing.id, verdict=verdict, remark=remark, call=officer)
    done = reviews.review(context.uow(), firing.id, verdict=FiringVerdict.FALSE, remark="Trạm hỏng", call=officer)
    assert (done.reviewed_by_name, done.verdict) == (officer.actor.name, FiringVerdict.FALSE)
    with pytest.raises(NotPossibleError):
        reviews.review(context.uow(), firing.id, verdict=FiringVerdict.RIGHT, remark="", call=officer)


def test_a_warning_graded_too_low_is_an_ordinary_draft_without_an_alarm(console: Console, inbox: Inbox) -> None:
    pinned(console)
    order = agreed(console)
    record = inbox.receive(signer().signed(message(infos=(info(severity=CapSeverity.MODERATE),))), "feed a")
    assert record.outcome is ExchangeOutcome.DRAFTED
    assert "alert_order.held" not in {each.name for each in told(console, order.id)}
