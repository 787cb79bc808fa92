"""Emergencies of the central system: a draft with an alarm, or a standing order by the province's switch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertStatus, Purpose
from broadcast.notifications.model import NotificationKind, NotificationUrgency
from broadcast.standing_orders.cap_warnings import CENTRAL
from broadcast.standing_orders.model import AlertStandingOrder, WarningSeverity
from cms.alerts.repository.alerts import Alerts
from cms.audit.queries import events_of
from cms.exchange.jobs import CentralLinkJob
from cms.exchange.model import CentralOutcome
from cms.exchange.service.central_client import HttpCentralSystem
from cms.platform.store.engine import reading
from tests.builders.alerts import OFFICER
from tests.builders.central_system import CODED, CentralHarness, linked, sent
from tests.builders.standing_orders import agreed
from tests.console import Console
from tests.integration.notifications.world import job, notifications

O = CentralOutcome  # noqa: E741 - as in the tests of the link
FLOOD: dict[str, Any] = {
    "MucDoUuTien": "KhanCap",
    "TieuDe": "Lũ quét trên suối Cát",
    "NoiDung": "Rời khỏi bờ suối ngay.",
}


@pytest.fixture
def harness(console: Console) -> Iterator[CentralHarness]:
    with linked(console) as harness:
        harness.step()
        job(console).step()
        yield harness


def encrypted(harness: CentralHarness) -> CentralHarness:
    """Return the harness with a link that counts as encrypted; its server speaks plain HTTP."""
    system = HttpCentralSystem.of(harness.context.settings)
    settings = harness.context.settings.model_copy(update={"central_url": "https://trung-uong.example"})
    return replace(harness, job=CentralLinkJob(replace(harness.context, settings=settings), system))


def alert_of(harness: CentralHarness) -> Alert:
    alert_id = harness.records()[-1].alert_id
    assert alert_id is not None
    with harness.console.context.uow.reading() as uow:
        return uow[Alerts].get(alert_id)


def ordered(harness: CentralHarness) -> AlertStandingOrder:
    return agreed(harness.console, areas=(CODED,), sources=(CENTRAL,), severity_min=WarningSeverity.EXTREME)


def told(harness: CentralHarness) -> list[tuple[str, NotificationUrgency, str]]:
    job(harness.console).step()
    mine = notifications(harness.console, OFFICER)
    return [(each.title, each.urgency, each.path) for each in mine if each.kind is NotificationKind.ORDER_HELD]


def test_an_emergency_is_a_draft_of_an_alert_that_calls_people(harness: CentralHarness) -> None:
    harness.central.sent.append(sent(**FLOOD))
    harness.step()
    (record,) = harness.records()
    alert = alert_of(harness)
    assert (record.outcome, record.bulletin_id) == (O.ALERT_DRAFTED, None)
    assert (alert.status, alert.author_id, alert.hazard) == (AlertStatus.DRAFT, "central", Hazard.FLASH_FLOOD)
    assert (alert.headline, alert.audience.targets.areas) == ("Lũ quét trên suối Cát", (CODED,))
    assert alert.facts.authority == "Bộ Y tế"
    title = "TIN KHẨN CẤP của trung ương: Lũ quét trên suối Cát"
    assert told(harness) == [(title, NotificationUrgency.URGENT, f"/alerts/{alert.id}")]
    reported = [row for body in harness.central.reports("/trang-thai-ban-tin") for row in body["BanTin"]]
    assert reported[-1]["TrangThai"] == "draft"


def test_an_emergency_for_places_that_are_none_of_ours_calls_the_province(harness: CentralHarness) -> None:
    harness.central.sent.append(sent(**FLOOD, VungPhat=["99999"]))
    harness.step()
    assert harness.records()[-1].reason == "AREA_UNKNOWN 99999"
    assert alert_of(harness).audience.targets.areas == ()
    assert len(told(harness)) == 1


def test_a_withdrawn_emergency_asks_people_about_its_alert(harness: CentralHarness) -> None:
    harness.central.sent.append(sent(**FLOOD))
    harness.step()
    first = alert_of(harness)
    harness.central.sent.append(sent(version=2, TrangThai="ThuHoi"))
    harness.step()
    assert (harness.records()[-1].outcome, alert_of(harness).id) == (O.ASKS_WITHDRAWAL, first.id)
    assert told(harness)[-1][0].startswith("Trung ương thu hồi tin khẩn cấp")


def test_it_sounds_a_standing_order_of_the_central_system_once(harness: CentralHarness) -> None:
    link, order = encrypted(harness), ordered(harness)
    link.central.sent += [sent(**FLOOD), sent("TW-2", **FLOOD)]
    link.step()
    assert [each.outcome for each in harness.records()] == [O.FIRED, O.REPEATED]
    alert = alert_of(harness)
    assert (alert.status, alert.headline) == (AlertStatus.ACTIVE, order.pattern.headline)
    link.central.sent.append(sent(version=2, **FLOOD))
    link.step()
    newer = alert_of(harness)
    assert (harness.records()[-1].outcome, newer.status) == (O.ALERT_DRAFTED, AlertStatus.DRAFT)
    assert (newer.purpose, newer.updates_id) == (Purpose.UPDATE, alert.id)


@pytest.mark.parametrize(
    ("is_encrypted", "after", "more", "reasons"),
    [
        (False, timedelta(minutes=1), {}, ["not_proved"]),
        (True, timedelta(hours=1), {}, ["stale"]),
        (True, timedelta(minutes=1), {"TieuDe": "Hết lũ quét"}, ["unclear"]),
        (True, timedelta(minutes=1), {"VungPhat": ["22918", "99999"]}, ["faulty"]),
    ],
)
def test_a_doubtful_emergency_is_a_draft_that_says_why(
    harness: CentralHarness, is_encrypted: bool, after: timedelta, more: dict[str, Any], reasons: list[str]
) -> None:
    order = ordered(harness)
    link = encrypted(harness) if is_encrypted else harness
    link.central.sent.append(sent(**{**FLOOD, **more}))
    link.step(after_s=after.total_seconds())
    assert (harness.records()[-1].outcome, alert_of(harness).status) == (O.ALERT_DRAFTED, AlertStatus.DRAFT)
    with reading(harness.console.context.engine) as session:
        (held,) = (each for each in events_of(session, order.id) if each.name == "alert_order.held")
    assert held.detail["reasons"] == reasons
