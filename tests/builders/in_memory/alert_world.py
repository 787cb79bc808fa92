"""Store with the small province, and the steps of an alert."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertId, AlertKind, AlertPolicy, Audience, CancelCause, OrderId
from broadcast.alerts.orders import DeclarationRight, Order, OrderReach
from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.alerts.repository.alerts import AlertPolicies, Alerts, Declarations
from cms.alerts.repository.orders import Orders
from cms.alerts.service import approval, drafts, ends
from cms.alerts.service import sound as alert_sound
from cms.alerts.service.draft_fields import AlertDraft, WordingDraft
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.model import DeviceId
from province.areas import AreaId, Point
from province.call import Call
from province.people import Actor, UserId
from tests.fakes.authority import FixedAuthority
from tests.fakes.ids import counting_ids
from tests.fakes.programme import AREAS, COMMUNES, NORTH, NOW, PROVINCE, device
from tests.fakes.warnings import FACTS, HOUR, SPEECH
from tests.service_store import OutboxEntry, ServiceStore

RAISER = Actor(UserId("u-raiser"), "Nguyễn Thị Lan", (), second_factor_at=NOW)
APPROVER = Actor(UserId("u-approver"), "Trần Văn Bình", (), second_factor_at=NOW)
OTHER = Actor(UserId("u-other"), "Lê Văn Tám", (), second_factor_at=NOW)
TEXT = "Nước sông đang lên nhanh. Bà con di chuyển ngay đến nơi cao."


@dataclass
class Voices:
    languages: frozenset[str] = frozenset({"vi", "en"})

    def speaks(self, language: str) -> bool:
        return language in self.languages


def draft(**more: Any) -> AlertDraft:
    """Build a complete live flood warning for the north, for six hours."""
    fields: dict[str, Any] = {
        "kind": AlertKind.LIVE,
        "hazard": Hazard.FLOOD,
        "level": AlertLevel.TWO,
        "headline": "Cảnh báo lũ trên sông Lũy",
        "audience": Audience(Targets((NORTH,))),
        "facts": FACTS,
        "wordings": (WordingDraft("vi", TEXT),),
        "expires_at": NOW + 6 * HOUR,
    }
    return AlertDraft(**{**fields, **more})


def small_province(uow: UnitOfWork) -> None:
    """Add the small province, two devices in each commune, and the people who declare alerts."""
    uow[Places].add(AREAS)
    for number, commune in enumerate(COMMUNES):
        uow[Devices].add(device(f"{commune}-l1", commune, point=Point(11.0 + number, 108.0)))
        uow[Devices].add(device(f"{commune}-l2", commune))
    for actor in (APPROVER, RAISER, OTHER):
        uow[People].add(User(actor.user_id, actor.user_id, actor.name, "", NOW))
    for actor in (APPROVER, RAISER):
        uow[Declarations].give(DeclarationRight(actor.user_id, PROVINCE, AlertLevel.THREE))


@dataclass
class World:
    store: ServiceStore = field(default_factory=lambda: ServiceStore(small_province))
    authority: FixedAuthority = field(default_factory=FixedAuthority)
    voices: Voices = field(default_factory=Voices)
    new_id: Callable[[], str] = field(default_factory=lambda: counting_ids("x"))

    def call(self, actor: Actor, now: datetime = NOW) -> Call:
        return Call(actor, self.authority, now, self.new_id)

    # State.

    def alert(self, alert: Alert | AlertId) -> Alert:
        return self.store.one(Alert, id=alert.id if isinstance(alert, Alert) else alert)

    def order(self, alert: Alert) -> Order:
        assert alert.order_id is not None
        return self.store.one(Order, id=alert.order_id)

    def reaches(self, order_id: str) -> list[OrderReach]:
        with self.store() as uow:
            return list(uow[Orders].reaches(OrderId(order_id)))

    def outbox(self, *kinds: OutboxKind) -> list[OutboxEntry]:
        return [entry for entry in self.store.outbox() if not kinds or entry.kind in kinds]

    def events(self) -> list[str]:
        return [event.name for event in self.store.events()]

    def open_jobs(self, alert: Alert) -> list[dict[str, object]]:
        jobs = self.store.jobs().values()
        return [job.payload for job in jobs if job.subject_id == alert.id and not job.is_cancelled]

    def prepared(self, alert: Alert) -> Alert | None:
        with self.store() as uow:
            return uow[Alerts].prepared_for(alert.id)

    # Steps.

    def decide(self, **more: Any) -> None:
        with self.store.change() as uow:
            uow[AlertPolicies].set(AlertPolicy(**more))

    def report(self, *reaches: OrderReach) -> None:
        with self.store.change() as uow:
            uow[Orders].report(reaches)

    def draft(self, now: datetime = NOW, actor: Actor = RAISER, **more: Any) -> Alert:
        return drafts.draft_alert(self.store(), draft=draft(**more), call=self.call(actor, now), voices=self.voices)

    def edit(self, alert: Alert, now: datetime = NOW, *, version: int | None = None, **more: Any) -> Alert:
        return drafts.edit(
            self.store(),
            alert.id,
            draft=draft(**more),
            expected_version=alert.version if version is None else version,
            call=self.call(RAISER, now),
            voices=self.voices,
        )

    def sound(self, alert: Alert, now: datetime = NOW, rendition: Rendition = SPEECH) -> Alert:
        """Finish every job of the alert, as the worker does."""
        for wording in self.alert(alert).wordings:
            for is_again, sound in ((False, wording.sound), (True, wording.again)):
                if sound.state is SoundState.MAKING:
                    made = replace(rendition, sha256=("e" if is_again else "d") * 64)
                    assert alert_sound.finish(
                        self.store(),
                        alert.id,
                        Sound(
                            SoundState.READY,
                            made_from=sound.made_from,
                            job_id=sound.job_id,
                            renditions=(made,),
                            loudness_lufs=-16.0,
                            true_peak_dbtp=-1.5,
                        ),
                        language=wording.language,
                        is_again=is_again,
                        now=now,
                    )
        return self.alert(alert)

    def submit(self, alert: Alert, now: datetime = NOW, actor: Actor = RAISER) -> Alert:
        return drafts.submit(
            self.store(), alert.id, expected_version=alert.version, call=self.call(actor, now), voices=self.voices
        )

    def approve(
        self, alert: Alert, now: datetime = NOW, actor: Actor = APPROVER, *, version: int | None = None
    ) -> Alert:
        return approval.approve(
            self.store(),
            alert.id,
            expected_version=alert.version if version is None else version,
            call=self.call(replace(actor, second_factor_at=now) if actor.second_factor_at == NOW else actor, now),
            voices=self.voices,
        )

    def cancel(
        self,
        alert: Alert,
        now: datetime = NOW,
        reason: str = "Báo nhầm",
        cause: CancelCause = CancelCause.MISTAKE,
    ) -> Alert:
        return ends.cancel(
            self.store(), alert.id, reason=reason, cause=cause, call=self.call(OTHER, now), voices=self.voices
        )

    def all_clear(self, alert: Alert, now: datetime = NOW) -> Alert:
        return ends.all_clear(self.store(), alert.id, call=self.call(OTHER, now), voices=self.voices)

    def ready(self, now: datetime = NOW, **more: Any) -> Alert:
        return self.sound(self.draft(now, **more), now)

    def submitted(self, now: datetime = NOW, **more: Any) -> Alert:
        return self.submit(self.ready(now, **more), now)

    def active(self, now: datetime = NOW, **more: Any) -> Alert:
        return self.approve(self.submitted(now, **more), now)


def reach_of(order: Order, name: str, area_id: AreaId, **more: Any) -> OrderReach:
    return replace(OrderReach(OrderId(order.id), DeviceId(name), f"Loa {name}", area_id), **more)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
