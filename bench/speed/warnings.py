"""Alerts, drills and a stop of a full province, in each state that a screen shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bench.speed.office import Office
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, Audience, Disc
from broadcast.alerts.orders import OrderReach, ReachState
from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from broadcast.bulletins.schedules import Schedule
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service import approval, drafts, drills, stop_orders
from cms.alerts.service import sound as alert_sound
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.exchange.jobs import CapPublisher
from cms.exchange.repository.outbound import CapDocuments
from cms.exchange.service.inbox import Inbox
from cms.platform.context import Context
from cms.platform.store.engine import reading
from province.areas import AreaId
from province.people import Actor, Role
from province.wall_clock import DEFAULT_ZONE

FACTS: Final = AlertFacts(
    place="Bình Thuận", advice="Lên nơi cao ngay.", authority="Ban Chỉ huy phòng thủ dân sự tỉnh", basis="Bản tin số 7"
)
SECOND: Final = "second-officer"
"""Login of the second approver, another officer than the one who raised the alert."""
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_LENGTH_MS: Final = 20_000
_SILENT_COMMUNES: Final = 12
"""Communes without an answer: the call list of the live page is not empty."""


class Warnings(Office):
    """Alerts and drills, made through the use cases that the screens call, in one province's store."""

    def __init__(self, context: Context, actors: Mapping[str, Actor], province: AreaId) -> None:
        super().__init__(context, actors, province)
        self._whole = Audience(Targets((province,)))
        self._sha256 = context.content.put_bytes(b"\0" * 1000)

    def subjects(self, communes: list[AreaId]) -> dict[str, dict[str, str]]:
        """Map each route argument to its possible values."""
        return {
            "alert_id": self._alerts(communes),
            "message_id": {"outside": self._heard()},
            "plan_id": {"proposed": self._plan()},
            "stop_id": {"fresh": self._stop()},
        }

    def _alerts(self, communes: list[AreaId]) -> dict[str, str]:
        shape = replace(self._whole, discs=(Disc(11.1, 108.0, 60_000),))
        self._answer(self._active(AlertKind.DRILL), communes)
        made = {
            "draft": self._sounded(AlertKind.LIVE),
            "drill-draft": self._sounded(AlertKind.DRILL),
            "shape-draft": self._sounded(AlertKind.LIVE, audience=shape),
            "submitted": self._submitted(AlertKind.LIVE),
            "shape-submitted": self._submitted(AlertKind.LIVE, audience=shape),
            "active": self._active(AlertKind.LIVE),
            "drill": self._active(AlertKind.DRILL),
        }
        for name in ("active", "drill"):
            self._answer(made[name], communes)
        return {name: str(alert.id) for name, alert in made.items()}

    def _heard(self) -> str:
        """Receive a message from outside: an alert of our own, sent back."""
        CapPublisher(self._context).step()
        with reading(self._context.engine) as session:
            document = CapDocuments(session).latest(self._now - timedelta(days=1), 1)[0]
        found = self._context.content.read_bytes(document.sha256)
        return Inbox.of(self._context).receive(found, "bench").id

    def _sounded(self, kind: AlertKind, **more: Any) -> Alert:
        fields: dict[str, Any] = {
            "audience": self._whole,
            "headline": "Cảnh báo lũ quét tại Bình Thuận",
            "facts": FACTS,
            "wordings": (WordingDraft("vi", "Lũ quét. Bà con lên nơi cao ngay."),),
        }
        draft = AlertDraft(kind, Hazard.FLASH_FLOOD, AlertLevel.TWO, **fields | more)
        alert = drafts.draft_alert(
            self._context.uow(),
            draft=draft,
            voices=self._context.voices,
            call=self._call(Role.EMERGENCY_OFFICER),
        )
        for wording in alert.wordings:
            for is_again, sound in ((False, wording.sound), (True, wording.again)):
                if sound.state is SoundState.MAKING:
                    alert_sound.finish(
                        self._context.uow(),
                        alert.id,
                        Sound(
                            SoundState.READY,
                            made_from=sound.made_from,
                            job_id=sound.job_id,
                            renditions=(Rendition("alert-opus", self._sha256, 1000, _LENGTH_MS, "audio/ogg"),),
                            loudness_lufs=-16.0,
                            true_peak_dbtp=-1.5,
                        ),
                        language=wording.language,
                        is_again=is_again,
                        now=self._now,
                    )
        return self._stored(alert.id)

    def _submitted(self, kind: AlertKind, **more: Any) -> Alert:
        ready = self._sounded(kind, **more)
        return drafts.submit(
            self._context.uow(),
            ready.id,
            expected_version=ready.version,
            voices=self._context.voices,
            call=self._call(Role.EMERGENCY_OFFICER),
        )

    def _active(self, kind: AlertKind) -> Alert:
        waiting = self._submitted(kind)
        return approval.approve(
            self._context.uow(),
            waiting.id,
            expected_version=waiting.version,
            voices=self._context.voices,
            call=self._call(SECOND),
        )

    def _answer(self, alert: Alert, communes: Iterable[AreaId]) -> None:
        """Record answers of all but a few communes; in half of them the alert sounds."""
        assert alert.order_id is not None
        silent = set(list(communes)[:_SILENT_COMMUNES])
        with self._context.uow() as unit:
            unit[Orders].report(
                _told(reach, number, self._now)
                for number, reach in enumerate(unit[Orders].reaches(alert.order_id))
                if reach.area_id not in silent
            )
            unit.commit()

    def _plan(self) -> str:
        drill = self._sounded(AlertKind.DRILL)
        local = self._now.astimezone(_ZONE).replace(tzinfo=None)
        plan = drills.propose(
            self._context.uow(),
            drill.id,
            schedules=(Schedule("1", local + timedelta(days=2)),),
            lasts_ms=600_000,
            expected_version=drill.version,
            voices=self._context.voices,
            call=self._call(Role.EMERGENCY_OFFICER),
        )
        return str(plan.id)

    def _stop(self) -> str:
        stop = stop_orders.stop_everything(
            self._context.uow(),
            areas=(self._province,),
            reason="Dừng khẩn cấp",
            mutes_alerts=True,
            call=self._call(Role.EMERGENCY_OFFICER),
        )
        return str(stop.id)

    def _stored(self, alert_id: AlertId) -> Alert:
        with self._context.uow.reading() as unit:
            return unit[Alerts].get(alert_id)


def _told(reach: OrderReach, number: int, now: datetime) -> OrderReach:
    at = now + timedelta(milliseconds=number % 4000)
    if number % 2:
        return replace(reach, state=ReachState.SOUNDING, changed_at=at, started_at=at, amp_ma=900)
    return replace(reach, state=ReachState.RECEIVED, changed_at=at)
