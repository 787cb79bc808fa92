"""Gauges as the source of a standing order: what sounds, what is held, and what a changed rule does to the order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertStatus
from broadcast.notifications.model import NotificationKind
from broadcast.standing_orders.cap_warnings import sender_source
from broadcast.standing_orders.model import AlertStandingOrderStatus, Firing, HoldReason, SourceId
from cms.audit.queries import events_of
from cms.exchange.model import ExchangeOutcome
from cms.exchange.service.inbox import Inbox
from cms.platform.store.engine import reading
from cms.standing_orders.jobs import LapseJob
from cms.standing_orders.repository import AlertStandingOrders, Firings
from cms.standing_orders.service import orders
from cms.standing_orders.service.orders import bounds_sha256
from province.errors import InvalidError, NotPossibleError
from tests.builders.alerts import OFFICER, SECOND, stored
from tests.builders.gauge_orders import GaugePair
from tests.builders.standing_orders import agreed, call_of, proposed, ready_draft, switched_on
from tests.console import COMMUNE_2, Console, post
from tests.integration.exchange.conftest import pinned
from tests.integration.notifications.world import job, notifications
from tests.unit.exchange.messages import SENDER, info, message, signer

LOW = (4.3, 4.4, 4.5)
S = AlertStandingOrderStatus


def firings(console: Console) -> list[Firing]:
    with console.context.uow.reading() as uow:
        return [each for order in uow[AlertStandingOrders].all() for each in uow[Firings].of(order.id)]


def held(console: Console, order_id: str) -> list[object]:
    with reading(console.context.engine) as session:
        events = events_of(session, order_id)
        return [each.detail["reasons"] for each in events if each.name == "alert_order.held"]


def order_of(console: Console, order_id: Any) -> Any:
    with console.context.uow.reading() as uow:
        return uow[AlertStandingOrders].get(order_id)


def test_two_gauges_that_agree_sound_the_order_once_and_everybody_who_may_stop_it_is_told(
    console: Console, officer: FlaskClient
) -> None:
    pair = GaugePair.registered(console)
    order = pair.ordered()
    job(console).step()
    assert pair.follow(*LOW, 4.7, 4.9) != []
    assert firings(console) == []
    assert pair.follow(5.2, 5.3, only=0) == []
    (rise,) = pair.follow(5.4, only=1)
    (firing,) = firings(console)
    alert = stored(console, str(rise.alert_id))
    assert (alert.status, alert.headline, alert.id) == (AlertStatus.ACTIVE, order.pattern.headline, firing.alert_id)
    assert (firing.source, "Sông Lũy 5,3 m" in firing.identifier) == (pair.source, True)
    job(console).step()
    told = [each for each in notifications(console, SECOND) if each.kind is NotificationKind.ORDER_FIRED]
    assert "theo tin từ trạm đo, theo quy tắc “Lũ sông Lũy”" in told[0].text
    page = officer.get(f"/alerts/{alert.id}").text
    assert "quy tắc trạm đo “Lũ sông Lũy”" in page
    assert "Mực nước tại Sông Lũy 5,3 m" in page
    assert f'action="/alerts/{alert.id}/cancel"' in page
    assert "phát theo lệnh đã thỏa thuận trước" in officer.get("/alerts/news?known=").text
    assert f'href="/alerts/{alert.id}"' in officer.get(f"/gauges/{pair.gauges[1].id}").text
    # The higher level of the same rise is left to people, as an update of what sounds.
    (higher,) = pair.follow(5.7, 6.0, 6.2)
    update = stored(console, str(higher.alert_id))
    assert (update.status, update.updates_id) == (AlertStatus.DRAFT, alert.id)
    assert held(console, order.id) == [[HoldReason.ESCALATES]]
    assert len(firings(console)) == 1


def test_the_same_flood_by_gauges_and_by_a_message_sounds_once(console: Console) -> None:
    pinned(console)
    pair = GaugePair.registered(console)
    pair.ordered()
    by_message = agreed(console)
    pair.follow(*LOW, 4.8, 5.2)
    told = signer().signed(message(sent=console.clock(), infos=(info(expires=console.clock() + timedelta(hours=3)),)))
    record = Inbox.of(console.context).receive(told, "feed a")
    (firing,) = firings(console)
    assert (record.outcome, record.alert_id) == (ExchangeOutcome.REPEATED, firing.alert_id)
    assert firing.order_id != by_message.id


def test_a_changed_rule_sounds_nothing_until_two_people_have_agreed_again(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    pair = GaugePair.registered(console)
    order = pair.ordered()
    job(console).step()
    assert "1 lệnh phát tự động dùng quy tắc này" in officer.get(f"/gauges/rules/{pair.rule_id}").text
    edited = console.client("technician").get(f"/gauges/{pair.gauges[0].id}/edit").text
    assert "1 lệnh phát tự động phụ thuộc trạm này" in edited
    pair.changed(hysteresis=0.2)
    (rise,) = [each for each in pair.follow(*LOW, 4.8, 5.2) if each.level > 1]
    assert (firings(console), held(console, order.id)) == ([], [[HoldReason.RULE_CHANGED]])
    assert stored(console, str(rise.alert_id)).status is AlertStatus.DRAFT
    assert LapseJob(console.context).step() == 1
    assert LapseJob(console.context).step() == 0
    assert order_of(console, order.id).status is S.SUSPENDED
    job(console).step()
    for login in (OFFICER, SECOND):
        (told,) = (each for each in notifications(console, login) if each.kind is NotificationKind.ORDER_ENDED)
        assert "Cần hai người đồng ý lại" in told.text
    page = officer.get(f"/alert-orders/{order.id}").text
    assert "đã thay đổi từ khi được đề nghị" in page
    pair.changed(agree_least=1)
    refused = post(
        second, f"/alert-orders/{order.id}", {"act": "again", "version": order_of(console, order.id).version}
    )
    assert (refused.status_code, 'id="sources-error-1"' in refused.text) == (422, True)
    pair.changed(agree_least=2)
    context = console.context
    version = order_of(console, order.id).version
    again = orders.propose_again(context.uow(), order.id, expected_version=version, call=call_of(console, OFFICER))
    assert again.bounds.sources == (pair.source,)
    # It changes once more before the second person has read it.
    pair.changed(hysteresis=0.1)
    assert "đề nghị lại" in second.get(f"/alert-orders/{order.id}").text
    with pytest.raises(InvalidError):
        orders.agree(
            context.uow(),
            order.id,
            seen_sha256=bounds_sha256(again),
            expected_version=again.version,
            call=call_of(console, SECOND),
        )
    anew = orders.propose_again(context.uow(), order.id, expected_version=again.version, call=call_of(console, OFFICER))
    with pytest.raises(NotPossibleError):
        orders.propose_again(context.uow(), order.id, expected_version=anew.version, call=call_of(console, OFFICER))
    orders.agree(
        context.uow(),
        order.id,
        seen_sha256=bounds_sha256(anew),
        expected_version=anew.version,
        call=call_of(console, SECOND),
    )
    assert LapseJob(context).step() == 0
    pair.follow(4.7, 4.2, 3.8, 4.2, 4.7, 5.2)
    assert [each.source for each in firings(console)] == [pair.source]


def test_a_proposal_shows_the_limits_and_what_can_never_sound_is_told_at_once(
    console: Console, second: FlaskClient
) -> None:
    pinned(console)
    switched_on(console)
    pair = GaugePair.registered(console)
    draft, drill = ready_draft(console), ready_draft(console, kind="drill")
    elsewhere = ready_draft(console, areas=(COMMUNE_2,))
    for alert, changes, code in (
        (drill, {}, "GAUGES_ARE_REAL"),
        (draft, {"sources": (pair.source, sender_source(SENDER))}, "GAUGES_APART"),
        (draft, {"hazards": (Hazard.TSUNAMI,)}, "RULE_NEVER_FIRES"),
        (elsewhere, {}, "RULE_NEVER_FIRES"),
        (draft, {"sources": (SourceId(f"{pair.source} cũ"),)}, "SOURCE_UNKNOWN"),
    ):
        with pytest.raises(InvalidError) as refused:
            proposed(console, alert, **{"sources": (pair.source,), **changes})
        assert [each.code for each in refused.value.problems] == [code]
    order = proposed(console, draft, sources=(pair.source,))
    page = second.get(f"/alert-orders/{order.id}").text
    assert "2 trong 2 trạm trong vòng 60 phút" in page
    assert "Cầu Sông Lũy từ 5,00 m (Cấp 2), 6,00 m (Cấp 3)" in page
    assert f"quy tắc trạm đo “{pair.rule.name}”" in console.client(OFFICER).get(f"/alerts/{draft.id}/alert-order").text
    pair.changed(is_on=False)
    page = second.get(f"/alert-orders/{order.id}").text
    assert "đang tắt, hoặc chỉ cần một trạm" in page
    assert 'value="agree"' not in page
