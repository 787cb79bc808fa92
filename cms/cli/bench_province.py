"""A full province, made up in a store: every commune, N devices, an alert, drill, stop and bulletin in each state.

Everything goes through the use cases that the screens call; only devices and their last words are written at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from broadcast.model.alerts import Alert, AlertId, AlertKind, AlertLevel, Audience, Disc, Facts, Hazard
from broadcast.model.bulletins import Bulletin, Rendition, SoundState, Targets
from broadcast.model.deliveries import Delivery, DeliveryState
from broadcast.model.orders import DeclarationRight, Reach, ReachState
from broadcast.model.people import Actor, Grant, Role, UserId
from broadcast.model.schedules import DEFAULT_ZONE, Schedule
from broadcast.rescheduling import Edit
from broadcast.use_cases import (
    agreeing,
    alert_sounding,
    drilling,
    raising,
    rescheduling,
    reviewing,
    silencing,
    submitting,
)
from broadcast.use_cases.alert_draft import AlertDraft, WordingDraft
from broadcast.use_cases.planning_areas import replan
from cms import bootstrap
from cms.accounts.model import SecondFactor, SignedIn, User
from cms.accounts.policy import needs_second_factor
from cms.accounts.secret import new_secret, secret_hash
from cms.cli import bench_desk
from cms.context import Context
from cms.exchange.inbox import Inbox
from cms.places import loading
from cms.settings import Settings
from cms.store.engine import reading
from cms.store.exchange_out import SqlCapDocuments
from cms.store.presence import Presence
from cms.store.queries.airings import airings_of
from cms.store.uow import SqlUnitOfWork
from cms.workers.outbound import CapPress
from devices.areas import AreaId, Point
from devices.model import Device, DeviceId, DeviceKind, DeviceStatus

DATA_SET: Final = "binh-thuan-2023"
PROVINCE: Final = AreaId("bt23-60")
SECOND, HALFWAY, NEWCOMER, NOBODY = "second-officer", "halfway", "newcomer", "nobody"
"""Besides one person a role: another officer, somebody before the code, somebody before enrolling, nobody at all."""
DAYS: Final = 7
OFFICE_OPENS: Final = time(9, 0)
"""The store's clock stands still here: airings lie behind and ahead, whatever the hour of the bench."""
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_LENGTH_MS: Final = 20_000
FACTS: Final = Facts(
    place="Bình Thuận", advice="Lên nơi cao ngay.", authority="Ban Chỉ huy phòng thủ dân sự tỉnh", basis="Bản tin số 7"
)
_OFFLINE_EVERY: Final = 10
_SILENT_COMMUNES: Final = 12
"""Communes where nobody answers: the call list of the live page has something to say."""


@dataclass(frozen=True, slots=True)
class Province:
    """What was put in. ``cookies`` by login; ``subjects`` are the ids that a route's argument may take, by its name."""

    context: Context
    cookies: Mapping[str, str]
    subjects: Mapping[str, Mapping[str, str]]
    commune: AreaId
    device: DeviceId


def furnish(folder: Path, devices: int) -> Province:
    """A new store in an empty folder."""
    settings = Settings(home=folder)
    bootstrap.prepare(settings)
    wired = bootstrap.build(settings)
    at = datetime.combine(wired.now().astimezone(_ZONE), OFFICE_OPENS, tzinfo=_ZONE).astimezone(UTC)
    wired.uow.now = lambda: at
    return _Making(replace(wired, now=wired.uow.now)).province(devices)


class _Making:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._now = context.now()
        self._wired = {"authority": context.authority, "now": self._now}
        self._whole = Audience(Targets((PROVINCE,)))
        self._sha256 = context.content.put_bytes(b"\0" * 1000)

    def province(self, count: int) -> Province:
        loading.load(self._context.uow, DATA_SET, now=self._now)
        with self._context.uow() as unit:
            tree = unit.places.tree()
        communes = [area.id for area in tree.leaves(PROVINCE)]
        self._put_devices(communes, count, {area.id: area.point for area in tree})
        self._actors, cookies = self._people()
        return Province(
            self._context,
            cookies,
            {
                "alert_id": self._alerts(communes),
                "message_id": {"outside": self._heard()},
                "plan_id": {"proposed": self._plan()},
                "stop_id": {"fresh": self._stop()},
                "bulletin_id": self._bulletins(communes),
                "area_id": {"province": PROVINCE, "commune": communes[0]},
                "sha256": {"sound": self._sha256},
                "filename": {"style": "console.css"},
                **bench_desk.furnish_desk(self._context, communes, self._actors),
                "form": {"pdf": "pdf"},
            },
            communes[0],
            DeviceId(f"{communes[0]}-l0001"),
        )

    def _put_devices(self, communes: list[AreaId], count: int, centres: Mapping[AreaId, Point | None]) -> None:
        devices = [_cluster(communes[number % len(communes)], number, centres, self._now) for number in range(count)]
        words = [
            DeviceStatus(each.id, number % _OFFLINE_EVERY != 0, 1, self._now, "1.0")
            for number, each in enumerate(devices)
        ]
        with self._context.uow() as unit:
            unit.devices.add_many(devices)
            presence = Presence(unit.session, ())
            for word in words:
                presence.report(word)
            presence.flush()
            unit.commit()

    def _people(self) -> tuple[dict[str, Actor], dict[str, str]]:
        roles = {str(role): role for role in Role} | {SECOND: Role.EMERGENCY_OFFICER, NEWCOMER: Role.ADMIN}
        actors: dict[str, Actor] = {}
        cookies: dict[str, str] = {NOBODY: new_secret()}
        with self._context.uow() as unit:
            for login, role in roles.items():
                user = User(UserId(f"bench-{login}"), login, login, "", self._now, grants=(Grant(role, PROVINCE),))
                unit.people.add(user)
                if needs_second_factor(user.grants) and login != NEWCOMER:
                    unit.people.add_second_factor(SecondFactor(user.id, "", self._now, 0), [])
                cookies[login] = self._signed_in(unit, user.id, None if login == NEWCOMER else self._now)
                actors[login] = replace(user.actor, second_factor_at=self._now)
                if role is Role.EMERGENCY_OFFICER:
                    unit.declarations.give(DeclarationRight(user.id, PROVINCE, AlertLevel.THREE))
            cookies[HALFWAY] = self._signed_in(unit, actors[SECOND].user_id, None)
            unit.commit()
        return actors, cookies

    def _signed_in(self, unit: SqlUnitOfWork, user_id: UserId, code_given_at: datetime | None) -> str:
        """The cookie of a session."""
        secret, until_at = new_secret(), self._now + timedelta(days=1)
        session = SignedIn(self._context.new_id(), user_id, secret_hash(secret), self._now, until_at)
        unit.people.add_session(replace(session, second_factor_at=code_given_at))
        return secret

    # ---- alerts, drills, stops

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
        """A message from outside: an alert of our own, come back."""
        CapPress(self._context).step()
        with reading(self._context.engine) as session:
            document = SqlCapDocuments(session).latest(self._now - timedelta(days=1), 1)[0]
        told = self._context.content.find(document.sha256).path.read_bytes()
        return Inbox.of(self._context).receive(told, "bench").id

    def _sounded(self, kind: AlertKind, **more: Any) -> Alert:
        fields: dict[str, Any] = {
            "audience": self._whole,
            "headline": "Cảnh báo lũ quét tại Bình Thuận",
            "facts": FACTS,
            "wordings": (WordingDraft("vi", "Lũ quét. Bà con lên nơi cao ngay."),),
        }
        draft = AlertDraft(kind, Hazard.FLASH_FLOOD, AlertLevel.TWO, **fields | more)
        alert = raising.draft_alert(
            self._context.uow(),
            draft=draft,
            actor=self._actors[Role.EMERGENCY_OFFICER],
            voices=self._context.voices,
            new_id=self._context.new_id,
            **self._wired,  # type: ignore[arg-type]
        )
        for wording in alert.wordings:
            for is_again, sound in ((False, wording.sound), (True, wording.again)):
                if sound.state is SoundState.MAKING:
                    alert_sounding.finish(
                        self._context.uow(),
                        alert.id,
                        language=wording.language,
                        is_again=is_again,
                        job_id=sound.job_id,
                        made_from=sound.made_from,
                        renditions=[Rendition("alert-opus", self._sha256, 1000, _LENGTH_MS, "audio/ogg")],
                        loudness_lufs=-16.0,
                        true_peak_dbtp=-1.5,
                        now=self._now,
                    )
        return self._stored(alert.id)

    def _submitted(self, kind: AlertKind, **more: Any) -> Alert:
        ready = self._sounded(kind, **more)
        return raising.submit(
            self._context.uow(),
            ready.id,
            expected_version=ready.version,
            actor=self._actors[Role.EMERGENCY_OFFICER],
            voices=self._context.voices,
            **self._wired,  # type: ignore[arg-type]
        )

    def _active(self, kind: AlertKind) -> Alert:
        waiting = self._submitted(kind)
        return agreeing.approve(
            self._context.uow(),
            waiting.id,
            expected_version=waiting.version,
            actor=self._actors[SECOND],
            voices=self._context.voices,
            new_id=self._context.new_id,
            **self._wired,  # type: ignore[arg-type]
        )

    def _answer(self, alert: Alert, communes: Iterable[AreaId]) -> None:
        """All but a few communes have answered; half of them sound."""
        assert alert.order_id is not None
        silent = set(list(communes)[:_SILENT_COMMUNES])
        with self._context.uow() as unit:
            unit.orders.report(
                _told(reach, number, self._now)
                for number, reach in enumerate(unit.orders.reaches(alert.order_id))
                if reach.area_id not in silent
            )
            unit.commit()

    def _plan(self) -> str:
        drill = self._sounded(AlertKind.DRILL)
        local = self._now.astimezone(_ZONE).replace(tzinfo=None)
        plan = drilling.propose(
            self._context.uow(),
            drill.id,
            schedules=(Schedule("1", local + timedelta(days=2)),),
            lasts_ms=600_000,
            expected_version=drill.version,
            actor=self._actors[Role.EMERGENCY_OFFICER],
            voices=self._context.voices,
            new_id=self._context.new_id,
            **self._wired,  # type: ignore[arg-type]
        )
        return str(plan.id)

    def _stop(self) -> str:
        stop = silencing.stop_everything(
            self._context.uow(),
            areas=(PROVINCE,),
            reason="Dừng khẩn cấp",
            actor=self._actors[Role.EMERGENCY_OFFICER],
            new_id=self._context.new_id,
            **self._wired,  # type: ignore[arg-type]
        )
        return str(stop.id)

    def _stored(self, alert_id: AlertId) -> Alert:
        with self._context.uow() as unit:
            return unit.alerts.get(alert_id)

    # ---- bulletins

    def _bulletins(self, communes: Iterable[AreaId]) -> dict[str, str]:
        aired = self._approved("Tin buổi sáng", time(11, 0))
        today = self._now.astimezone(_ZONE).date()
        for area_id in communes:
            replan(self._context.uow(), self._context.content, area_id, first_on=today, days=DAYS, now=self._now)
        self._deliver(aired)
        return {
            "scheduled": str(aired.id),
            "submitted": str(self._handed_over("Tin buổi trưa", time(12, 30)).id),
            "changing": str(self._changing("Tin buổi tối", time(18, 0)).id),
            "draft": str(self._written("Tin buổi chiều", time(16, 30)).id),
            "recorded": bench_desk.recorded(self._context, self._actors, PROVINCE),
        }

    def _written(self, title: str, at: time) -> Bulletin:
        today = self._now.astimezone(_ZONE).date()
        return bench_desk.sounded(
            self._context,
            self._actors[Role.PROVINCE_EDITOR],
            PROVINCE,
            title=title,
            text="Kính mời bà con đi tiêm phòng.",
            topic="health",
            schedules=(Schedule("1", datetime.combine(today, at), "FREQ=DAILY;COUNT=6"),),
        )

    def _handed_over(self, title: str, at: time) -> Bulletin:
        ready = self._written(title, at)
        return submitting.submit(
            self._context.uow(),
            ready.id,
            expected_version=ready.version,
            actor=self._actors[Role.PROVINCE_EDITOR],
            **self._wired,  # type: ignore[arg-type]
        )

    def _approved(self, title: str, at: time) -> Bulletin:
        waiting = self._handed_over(title, at)
        return reviewing.approve(
            self._context.uow(),
            waiting.id,
            expected_version=waiting.version,
            actor=self._actors[Role.APPROVER],
            new_id=self._context.new_id,
            **self._wired,  # type: ignore[arg-type]
        )

    def _changing(self, title: str, at: time) -> Bulletin:
        approved = self._approved(title, at)
        asked: dict[str, Any] = {"actor": self._actors[Role.PROVINCE_EDITOR], "new_id": self._context.new_id}
        asked |= {"edit": Edit(raise_class=True), "expected_version": approved.version, **self._wired}
        return rescheduling.reschedule(self._context.uow(), approved.id, **asked)

    def _deliver(self, bulletin: Bulletin) -> None:
        """Its first airing is on every device, save a few that have only received it."""
        with self._context.uow() as unit:
            airing = next(iter(airings_of(unit.session, bulletin.id)))
            (transmission,) = unit.transmissions.of_bulletin(bulletin.id)
            devices = unit.devices.in_areas(unit.devices.planning_areas())
            unit.deliveries.advance(
                Delivery(
                    each.id,
                    each.name,
                    airing.occurrence_id,
                    transmission.id,
                    DeliveryState.RECEIVED if number % _OFFLINE_EVERY == 0 else DeliveryState.READY,
                    self._now,
                )
                for number, each in enumerate(devices)
            )
            unit.commit()


def _cluster(area_id: AreaId, number: int, centres: Mapping[AreaId, Point | None], now: datetime) -> Device:
    device_id = DeviceId(f"{area_id}-l{number // 124 + 1:04d}")
    turn, away, centre = number * 2.399963, 0.0004 * math.sqrt(number + 1), centres[area_id]
    point = Point(centre.lat + away * math.sin(turn), centre.lon + away * math.cos(turn)) if centre else None
    return Device(device_id, f"bench-{device_id}", f"Cụm loa {number}", DeviceKind.CLUSTER, area_id, now, point)


def _told(reach: Reach, number: int, now: datetime) -> Reach:
    at = now + timedelta(milliseconds=number % 4000)
    if number % 2:
        return replace(reach, state=ReachState.SOUNDING, changed_at=at, started_at=at, amp_ma=900)
    return replace(reach, state=ReachState.RECEIVED, changed_at=at)
