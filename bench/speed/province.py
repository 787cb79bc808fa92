"""A full province, made up: every commune, N devices, weeks of schedule, an alert and bulletin in each state.

Everything goes through the use cases that the screens call; only the standing programme, devices and their reports are
written in bulk.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bench.speed.agreed_orders import furnish_agreed
from bench.speed.bulletins import AIRS_AT, BulletinOffice
from bench.speed.fleet import furnish_fleet
from bench.speed.programme import ProgrammeBuilder
from bench.speed.rules import Levels
from bench.speed.warnings import SECOND, Warnings
from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.orders import DeclarationRight
from cms import bootstrap
from cms.accounts.model import SecondFactor, SignedIn, User
from cms.accounts.repository import People
from cms.accounts.service.vault import new_secret, secret_hash
from cms.alerts.repository.alerts import Declarations
from cms.areas.repository import Places
from cms.areas.service import data_sets
from cms.fleet.queries.presence import StatusTable
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.store.uow import UnitOfWork
from cms.schedule.jobs import AudienceJob
from cms.schedule.repository.airing_counts import COUNTED_AFTER
from devices.model import Device, DeviceId, DeviceKind, DeviceStatus
from province.areas import AreaId, AreaTree, Point
from province.people import Actor, Grant, Role, UserId
from province.policy import needs_second_factor
from province.wall_clock import DEFAULT_ZONE

DATA_SET: Final = "binh-thuan-2023"
PROVINCE: Final = AreaId("bt23-60")
HALFWAY, NEWCOMER, FIRST_TIME, NOBODY = "halfway", "newcomer", "first-time", "nobody"
"""Besides one person a role and a second officer: visitors before the code, before enrolling, and not signed in."""
OFFICE_OPENS: Final = time(9, 0)
"""The store's clock stands still here: airings lie behind and ahead, at any hour of the bench."""
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_OFFLINE_EVERY: Final = 10
_KEPT: Final = "province.json"


@dataclass(frozen=True, slots=True)
class Size:
    """Size of the province: devices in service, schedule rules, and days that these plan, half of them in the past."""

    devices: int = 12_000
    rules: int = 1_000
    days: int = 60


FULL: Final = Size()


@dataclass(frozen=True, slots=True)
class FurnishedProvince:
    """Furnished province. ``cookies`` by login; ``subjects``: ids that a route's argument may take, by its name.

    ``taken``: a wall time of tomorrow at which something airs in the commune.
    """

    context: Context
    cookies: Mapping[str, str]
    subjects: Mapping[str, Mapping[str, str]]
    commune: AreaId
    device: DeviceId
    taken: str


def furnish(folder: Path, size: Size, database_url: str = "") -> FurnishedProvince:
    """Make a store in an empty folder, or take the one of that size made there before, at the same hour of its day.

    ``database_url``: of an empty database; else it is SQLite in that folder.

    Raises:
        ValueError: the store made there is of another size.
    """
    kept = folder / _KEPT
    known = json.loads(kept.read_text()) if kept.exists() else None
    if known is not None and known["size"] != asdict(size):
        raise ValueError(f"another province is kept there: {known['size']}")
    settings = Settings(home=folder, database_url=database_url)
    bootstrap.prepare(settings)
    wired = bootstrap.build(settings)
    opened_at = datetime.combine(wired.now().astimezone(_ZONE), OFFICE_OPENS, tzinfo=_ZONE).astimezone(UTC)
    at = opened_at if known is None else datetime.fromisoformat(known["at"])
    wired.uow.now = lambda: at
    context = replace(wired, now=wired.uow.now)
    if known is not None:
        return FurnishedProvince(context, **known["made"])
    made = _Making(context).province(size)
    details = {each.name: getattr(made, each.name) for each in fields(made) if each.name != "context"}
    kept.write_text(json.dumps({"size": asdict(size), "at": at.isoformat(), "made": details}))
    return made


class _Making:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._now = context.now()

    def province(self, size: Size) -> FurnishedProvince:
        data_sets.load(self._context.uow, DATA_SET, now=self._now)
        with self._context.uow.reading() as unit:
            tree = unit[Places].tree()
        communes = [area.id for area in tree.leaves(PROVINCE)]
        self._put_devices(communes, size.devices, {area.id: area.point for area in tree})
        actors, cookies = self._people()
        programme = ProgrammeBuilder(self._context, actors, size.days)
        programme.promise(_levels(tree), size.rules, AIRS_AT)
        desk, warnings = BulletinOffice(self._context, actors, PROVINCE), Warnings(self._context, actors, PROVINCE)
        desk.approve()
        programme.plan(communes)
        programme.play(communes)
        for at in (self._now - COUNTED_AFTER, self._now):
            audiences = AudienceJob(replace(self._context, now=partial(_the_same, at)))
            while audiences.step():
                pass
        furnished = desk.subjects(communes)
        furnished["bulletin_id"]["aired"] = str(programme.heard(communes[0]))
        warned = warnings.subjects(communes)
        return FurnishedProvince(
            self._context,
            cookies,
            {
                **warned,
                **furnish_agreed(self._context, communes, actors, warned["alert_id"]["draft"]),
                **furnished,
                **furnish_fleet(self._context, communes[0], DeviceId(f"{communes[0]}-l0001"), actors),
                "area_id": {"province": PROVINCE, "commune": communes[0]},
                "sha256": {"sound": self._context.content.put_bytes(b"\0" * 1000)},
                "filename": {"style": "console.css"},
                "form": {"pdf": "pdf"},
            },
            communes[0],
            DeviceId(f"{communes[0]}-l0001"),
            programme.taken(communes[0]),
        )

    def _put_devices(self, communes: list[AreaId], count: int, centres: Mapping[AreaId, Point | None]) -> None:
        devices = [_cluster(communes[number % len(communes)], number, centres, self._now) for number in range(count)]
        words = [
            DeviceStatus(each.id, number % _OFFLINE_EVERY != 0, 1, self._now, "1.0")
            for number, each in enumerate(devices)
        ]
        with self._context.uow() as unit:
            unit[Devices].add_many(devices)
            presence = StatusTable(unit.session, ())
            for word in words:
                presence.report(word)
            presence.flush()
            unit.commit()

    def _people(self) -> tuple[dict[str, Actor], dict[str, str]]:
        roles = {str(role): role for role in Role} | {SECOND: Role.EMERGENCY_OFFICER, NEWCOMER: Role.ADMIN}
        roles |= {FIRST_TIME: Role.AUDITOR}
        actors: dict[str, Actor] = {}
        cookies: dict[str, str] = {NOBODY: new_secret()}
        with self._context.uow() as unit:
            for login, role in roles.items():
                user = User(UserId(f"bench-{login}"), login, login, "", self._now, grants=(Grant(role, PROVINCE),))
                unit[People].add(replace(user, must_change_password=login == FIRST_TIME))
                if needs_second_factor(user.grants) and login != NEWCOMER:
                    unit[People].add_second_factor(SecondFactor(user.id, "", self._now, 0), [])
                cookies[login] = self._signed_in(unit, user.id, None if login == NEWCOMER else self._now)
                actors[login] = replace(user.actor, second_factor_at=self._now)
                if role is Role.EMERGENCY_OFFICER:
                    unit[Declarations].give(DeclarationRight(user.id, PROVINCE, AlertLevel.THREE))
            cookies[HALFWAY] = self._signed_in(unit, actors[SECOND].user_id, None)
            unit.commit()
        return actors, cookies

    def _signed_in(self, unit: UnitOfWork, user_id: UserId, code_given_at: datetime | None) -> str:
        """Return the cookie of a new session."""
        secret, until_at = new_secret(), self._now + timedelta(days=1)
        session = SignedIn(self._context.new_id(), user_id, secret_hash(secret), self._now, until_at)
        unit[People].add_session(replace(session, second_factor_at=code_given_at))
        return secret


def _the_same(at: datetime) -> datetime:
    return at


def _levels(tree: AreaTree) -> Levels:
    communes = [area.id for area in tree.leaves(PROVINCE)]
    return Levels(PROVINCE, sorted({tree.chain(area_id)[1] for area_id in communes}), communes)


def _cluster(area_id: AreaId, number: int, centres: Mapping[AreaId, Point | None], now: datetime) -> Device:
    device_id = DeviceId(f"{area_id}-l{number // 124 + 1:04d}")
    turn, away, centre = number * 2.399963, 0.0004 * math.sqrt(number + 1), centres[area_id]
    point = Point(centre.lat + away * math.sin(turn), centre.lon + away * math.cos(turn)) if centre else None
    return Device(device_id, f"bench-{device_id}", f"Cụm loa {number}", DeviceKind.CLUSTER, area_id, now, point)
