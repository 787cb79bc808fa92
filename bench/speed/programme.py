"""Programme of the bench province: rules of every level over weeks behind and ahead, their plans, and as-run records.

Rules are those of ``bench_rules``, as if approved one by one; only approving some thousands is left out. Days are then
planned as the gateway plans them, and devices' reports are recorded as it records them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bench.speed import rules as bench_rules
from bench.speed.rules import Levels
from broadcast.bulletins.deliveries import AsRun, Delivery, DeliveryState
from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus, Rendition, Sound, SoundState
from broadcast.bulletins.transmissions import PlanEntry, Transmission
from broadcast.scheduling.area_rules import AreaRules, Quota
from broadcast.scheduling.make_good import Left, Missed, Remedy, item_of
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Plans, Transmissions
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.schedule.repository.deliveries import Deliveries
from cms.schedule.repository.missed import MissedAirings
from cms.schedule.service.planning import replan
from devices.model import Device
from province.areas import AreaId
from province.people import Actor, Role
from province.wall_clock import DEFAULT_ZONE, local_date

_ZONE: Final = ZoneInfo(DEFAULT_ZONE)
_TOPICS: Final = ("notice", "health", "policy", "security", "culture", "disaster")
_QUOTA: Final = Quota(day_min=1200)
"""Quota above any airtime: its cost is only that it has to be checked."""
_NOON_H: Final = 12
_UNSENT_EVERY: Final = 10
"""One rule in so many waits for approval, and one in so many is a draft."""
_MISSED_EVERY: Final = 33
"""One airing in so many was missed."""
_HEARD_DAYS: Final = 2
"""Days with devices' reports, today included; older days have only plans."""


class ProgrammeBuilder:
    """Programme of ``days``, half of them in the past.

    With ``sound``, which the content store then holds, all rules air that; else they name sounds that nobody has.
    """

    def __init__(self, context: Context, actors: Mapping[str, Actor], days: int, *, sound: bytes | None = None) -> None:
        self._context = context
        self._writer, self._approver = actors[Role.PROVINCE_EDITOR], actors[Role.APPROVER]
        self._now = context.now()
        self._days = days
        self._sound = None if sound is None else (context.content.put_bytes(sound), len(sound))
        self._today = local_date(self._now)
        self._first_on = self._today - timedelta(days=days // 2)

    def promise(self, levels: Levels, rules: int, kept_free: Iterable[time]) -> None:
        """Add that many rules, most of them approved, none at the times ``kept_free``. One district has a quota."""
        with self._context.uow() as unit:
            unit[Places].set_rules(levels.districts[0], AreaRules(quota=_QUOTA))
            made = bench_rules.made_up(
                levels,
                unit[Places].tree(),
                rules,
                first_on=self._first_on - timedelta(days=self._first_on.weekday()),
                days=self._days,
                kept_free=kept_free,
            )
            for number, each in enumerate(made):
                transmission = replace(
                    each,
                    approved_at=datetime.combine(self._first_on, time(), tzinfo=_ZONE),
                    rendition=self._rendition(each),
                )
                unit[Bulletins].add(self._bulletin(transmission, number))
                if _status(number) is BulletinStatus.SCHEDULED:
                    unit[Transmissions].add(transmission)
            unit.commit()

    def plan(self, communes: Iterable[AreaId]) -> None:
        """Plan all days of these areas, as at the beginning of the first one; mark every manifest as sent."""
        began_at = datetime.combine(self._first_on, time(), tzinfo=_ZONE)
        for area_id in communes:
            replan(
                self._context.uow(),
                self._context.content,
                area_id,
                first_on=self._first_on,
                days=self._days,
                now=began_at,
            )
            with self._context.uow() as unit:
                stored = unit[Plans].of_area(area_id, self._first_on, self._first_on + timedelta(days=self._days))
                unit[Plans].mark_sent(area_id, [(each.plan.on, each.sha256) for each in stored], began_at)
                unit.commit()

    def play(self, communes: Iterable[AreaId]) -> None:
        """Record the devices' reports of the last days up to now: all played, except a few missed ones."""
        days = [self._today - timedelta(days=each) for each in range(_HEARD_DAYS)]
        for area_id in communes:
            with self._context.uow() as unit:
                name = unit[Places].tree().get(area_id).name
                devices = unit[Devices].in_area(area_id)
                plans = unit[Plans].of_area(area_id, days[-1], days[0])
                entries = [e for plan in plans for e in plan.plan.entries if e.end_at <= self._now]
                runs = list(_runs(devices, entries, name))
                unit[Deliveries].advance(_delivery(run) for run in runs)
                unit[Deliveries].record(runs)
                bulletins = {each.occurrence_id: each.bulletin_id for each in entries}
                missed = (run for run in runs if run.result == "missed")
                unit[MissedAirings].put(_missed(run, bulletins[run.occurrence_id], self._now) for run in missed)
                unit.commit()

    def heard(self, area_id: AreaId) -> BulletinId:
        """Return the bulletin that was last played in the area."""
        with self._context.uow.reading() as unit:
            plans = unit[Plans].of_area(area_id, self._today - timedelta(days=1), self._today)
        entries = [each for plan in plans for each in plan.plan.entries if each.end_at <= self._now]
        return max(entries, key=lambda each: each.start_at).bulletin_id

    def taken(self, area_id: AreaId) -> str:
        """Return a wall time of tomorrow, if possible after noon, at which something airs there."""
        on = self._today + timedelta(days=1)
        with self._context.uow.reading() as unit:
            (stored,) = unit[Plans].of_area(area_id, on, on)
        starts = [each.start_at.astimezone(_ZONE).replace(tzinfo=None) for each in stored.plan.entries]
        return next((at for at in starts if at.hour > _NOON_H), starts[0]).isoformat(timespec="minutes")

    def _rendition(self, transmission: Transmission) -> Rendition:
        if self._sound is None:
            return transmission.rendition
        sha256, size = self._sound
        return replace(transmission.rendition, sha256=sha256, bytes=size)

    def _bulletin(self, transmission: Transmission, number: int) -> Bulletin:
        """Return the bulletin that the rule was approved from."""
        writer, ready = self._writer, transmission.rendition
        text = f"{transmission.title}: kính mời bà con đến nhà văn hóa họp bàn việc làng, việc nước."
        bulletin = Bulletin(
            transmission.bulletin_id,
            transmission.title,
            text,
            _TOPICS[number % len(_TOPICS)],
            transmission.priority,
            "vi",
            transmission.targets,
            writer.user_id,
            writer.name,
            transmission.approved_at,
            transmission.approved_at + timedelta(minutes=number),
            _status(number),
            transmission.bulletin_version,
            schedules=transmission.schedules,
            submitter_id=writer.user_id,
            submitter_name=writer.name,
            approver_id=self._approver.user_id,
        )
        heard = (ready, Rendition("browser-mp3", ready.sha256, ready.bytes, ready.duration_ms, "audio/mpeg"))
        return replace(bulletin, sound=Sound(SoundState.READY, bulletin.sound_input, renditions=heard))


def _status(number: int) -> BulletinStatus:
    unsent: dict[int, BulletinStatus] = {0: BulletinStatus.DRAFT, 1: BulletinStatus.SUBMITTED}
    return unsent.get(number % _UNSENT_EVERY, BulletinStatus.SCHEDULED)


def _runs(devices: Sequence[Device], entries: Sequence[PlanEntry], area_name: str) -> Iterator[AsRun]:
    for turn, device in enumerate(devices):
        for number, entry in enumerate(entries):
            is_missed = (turn * len(entries) + number) % _MISSED_EVERY == 0
            yield AsRun(
                device.id,
                device.name,
                entry.occurrence_id,
                entry.occurrence_id,
                entry.transmission_id,
                entry.title,
                entry.rendition.sha256,
                entry.start_at,
                None if is_missed else entry.start_at,
                None if is_missed else entry.end_at,
                "missed" if is_missed else "done",
                "FETCH_FAILED" if is_missed else "",
                80,
                entry.end_at,
                device.area_id,
                area_name,
            )


def _delivery(run: AsRun) -> Delivery:
    state = DeliveryState.MISSED if run.result == "missed" else DeliveryState.DONE
    return Delivery(
        run.device_id, run.device_name, run.occurrence_id, run.transmission_id, state, run.received_at, run.reason
    )


def _missed(run: AsRun, bulletin_id: BulletinId, now: datetime) -> Missed:
    """Return the missed airing; one of the last nine hours waits for a person's decision."""
    is_late = now - run.planned_at > timedelta(hours=9)
    return Missed(
        run.occurrence_id,
        run.device_id,
        run.device_name,
        run.area_id,
        run.transmission_id,
        bulletin_id,
        run.title,
        run.planned_at,
        run.result,
        run.reason,
        MakeGoodMode.ASK,
        Remedy.LEFT if is_late else Remedy.ASKED,
        item_of(run.occurrence_id, now),
        now,
        now + timedelta(hours=9),
        run.received_at,
        Left.TOO_LATE if is_late else None,
    )
