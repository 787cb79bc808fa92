"""Alerts in every state, brought there through the real use cases, for tests of API, rights and command line."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertId, AlertKind, Audience, Ring
from broadcast.alerts.orders import DeclarationRight
from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.alert_reports.model import AlertReport, AlertReportId, AlertReportState
from cms.alert_reports.repository import ReportVersions
from cms.alerts.repository.alerts import AlertPolicies, Alerts, Declarations
from cms.alerts.service import approval, drafts
from cms.alerts.service import sound as alert_sound
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from province.areas import AreaId
from province.people import Actor, Grant, Role, UserId
from tests.builders import bulletins
from tests.console import COMMUNE, PROVINCE, START, Console
from tests.fakes.warnings import FACTS

SECOND = UserId("u-desk")
LENGTH_MS = 12_000
_BEND = [(10.95 + 0.05 * math.sin(turn / 20), 108.25 + 0.05 * math.cos(turn / 20)) for turn in range(126)]
LARGE: dict[str, Any] = {
    "wordings": (
        WordingDraft("vi", "Nước lên nhanh. " * 170),
        WordingDraft("en", "The water rises. " * 170, "ab" * 32),
    ),
    "audience": Audience(Targets((COMMUNE,)), (Ring((*_BEND, _BEND[0])),)),
}
"""Fields of an alert whose CAP document does not fit one MQTT message."""


def draft(console: Console, *, by: str = "officer", areas: tuple[AreaId, ...] = (COMMUNE,), **more: Any) -> Alert:
    """Create a complete live alert whose sound is being made."""
    context = console.context
    fields: dict[str, Any] = {
        "kind": AlertKind.LIVE,
        "hazard": Hazard.FLOOD,
        "level": AlertLevel.TWO,
        "headline": "Cảnh báo lũ trên sông Lũy",
        "audience": Audience(Targets(areas)),
        "facts": FACTS,
        "wordings": (WordingDraft("vi", "Nước lên nhanh. Bà con lên nơi cao."),),
        "expires_at": context.now() + timedelta(hours=6),
    }
    return drafts.draft_alert(
        context.uow(),
        draft=AlertDraft(**{**fields, **more}),
        call=context.call(console.actor(by)),
        voices=context.voices,
    )


def make_sound(console: Console, alert: Alert) -> Alert:
    """Finish the alert's sounds as the worker would."""
    context = console.context
    sha256 = context.content.put_bytes(bulletins.wav())
    for wording in stored(console, alert.id).wordings:
        for is_again, sound in ((False, wording.sound), (True, wording.again)):
            if sound.state is SoundState.MAKING:
                alert_sound.finish(
                    context.uow(),
                    alert.id,
                    Sound(
                        SoundState.READY,
                        made_from=sound.made_from,
                        job_id=sound.job_id,
                        renditions=(Rendition("alert-opus", sha256, 30_000, LENGTH_MS, "audio/ogg"),),
                        loudness_lufs=-16.0,
                        true_peak_dbtp=-1.5,
                    ),
                    language=wording.language,
                    is_again=is_again,
                    now=context.now(),
                )
    return stored(console, alert.id)


def submit(console: Console, alert: Alert, *, by: str = "officer") -> Alert:
    context = console.context
    return drafts.submit(
        context.uow(),
        alert.id,
        expected_version=alert.version,
        call=context.call(_may_end(console, by) if alert.updates_id else console.actor(by)),
        voices=context.voices,
    )


def _may_end(console: Console, by: str) -> Actor:
    """Give the submitter the declaration right for the level of the replaced alert, so that they may end it."""
    actor = console.actor(by)
    with console.context.uow() as uow:
        uow[Declarations].give(DeclarationRight(actor.user_id, PROVINCE, AlertLevel.THREE))
        uow.commit()
    return actor


def approve(console: Console, alert: Alert) -> Alert:
    """Approve the alert as the second officer, with a fresh code."""
    context = console.context
    return approval.approve(
        context.uow(),
        alert.id,
        expected_version=alert.version,
        call=context.call(replace(second_officer(console), second_factor_at=context.now())),
        voices=context.voices,
    )


def active(console: Console, **more: Any) -> Alert:
    return approve(console, submit(console, make_sound(console, draft(console, **more))))


def second_officer(console: Console) -> Actor:
    """Return the second officer, made if missing; they may declare any level everywhere."""
    grants = (Grant(Role.EMERGENCY_OFFICER, PROVINCE),)
    with console.context.uow() as uow:
        if uow[People].by_login("desk") is None:
            uow[People].add(User(SECOND, "desk", "Trần Văn Bình", "", START, grants=grants))
            uow[Declarations].give(DeclarationRight(SECOND, PROVINCE, AlertLevel.THREE))
            uow.commit()
    return Actor(SECOND, "Trần Văn Bình", grants)


def stored(console: Console, alert_id: AlertId) -> Alert:
    with console.context.uow() as uow:
        return uow[Alerts].get(alert_id)


def reported(console: Console) -> AlertId:
    """Store a public report, with small files, of a new alert; return the alert's id."""
    context, alert = console.context, draft(console)
    report = AlertReport(
        AlertReportId(context.new_id()),
        alert.id,
        version=1,
        mark="",
        asked_at=console.clock(),
        state=AlertReportState.READY,
        json_sha256=context.content.put_bytes(b"{}"),
        pdf_sha256=context.content.put_bytes(b"%PDF-1.7"),
        public_sha256=context.content.put_bytes(b"[]"),
        signature="a.b.c",
    )
    with context.uow() as unit:
        policies = unit[AlertPolicies]
        policies.set(replace(policies.get(), publishes_reports=True))
        unit[ReportVersions].add_once(report)
        unit.commit()
    return alert.id
