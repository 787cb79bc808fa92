"""Synthetic schedule rules of a province, by a fixed seed, after the programmes that communes air.

Three sessions a day, items of one to five minutes on a five-minute grid, with few collisions, because approval refuses
most. 80 % of the rules are communes', 15 % districts', 5 % the province's own.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from broadcast.bulletins.model import After, BulletinId, Rendition, Targets
from broadcast.bulletins.priority import PriorityClass, prio_of
from broadcast.bulletins.schedules import Schedule
from broadcast.bulletins.transmissions import Transmission, TransmissionId
from broadcast.scheduling.recurrence import WEEKDAYS
from province.areas import AreaId, AreaTree
from province.people import UserId

SESSIONS_H: Final = ((5.5, 9), (10, 13), (15.5, 21))
"""Sessions of communes: morning, noon and evening, in hours."""
TRIES: Final = 30
PRIORITY_SHARE: Final = 0.15
STEP_MIN: Final = 5


@dataclass(frozen=True, slots=True)
class Levels:
    """Areas that make rules, by level from the province down."""

    province: AreaId
    districts: Sequence[AreaId]
    communes: Sequence[AreaId]

    @property
    def pools(self) -> tuple[Sequence[AreaId], ...]:
        return ([self.province], self.districts, self.communes)


def made_up(
    levels: Levels, tree: AreaTree, count: int, *, first_on: date, days: int, kept_free: Iterable[time] = ()
) -> Iterator[Transmission]:
    """Yield ``count`` rules over ``days`` from ``first_on``, a Monday.

    Nothing begins at the times of day ``kept_free``. Recurring rules began before the days.
    """
    dice = random.Random(20260302)  # noqa: S311 - figures that repeat, no secret
    chosen = dice.choices(levels.pools, weights=(5, 15, 80), k=count)
    grid = _Grid({area.id: [leaf.id for leaf in tree.leaves(area.id)] for area in tree}, dice, kept_free)
    for number, pool in enumerate(chosen):
        yield _transmission(number, dice.choice(pool), grid, dice, first_on=first_on, days=days)


class _Grid:
    """Chooser of starts on a grid of minutes. Approval refuses clashes of equal rank, so it looks for a free start."""

    def __init__(
        self, leaves: Mapping[AreaId, Sequence[AreaId]], dice: random.Random, kept_free: Iterable[time]
    ) -> None:
        self._leaves = leaves
        self._dice = dice
        self._kept_free = {at.hour * 60 + at.minute for at in kept_free}
        self._used: set[tuple[AreaId, int, int]] = set()

    def minute(self, area_id: AreaId, rrule: str, day: int) -> int:
        """Choose a minute of the day, free in all areas of the rule if one is found in time."""
        for _ in range(TRIES):
            first_h, last_h = self._dice.choice(SESSIONS_H)
            minute = self._dice.randrange(round(first_h * 60), round(last_h * 60), STEP_MIN)
            days = [day] if not rrule else [n for n in range(7) if "DAILY" in rrule or WEEKDAYS[n] in rrule]
            wanted = {(leaf, n % 7, minute) for leaf in self._leaves[area_id] for n in days}
            if minute not in self._kept_free and self._used.isdisjoint(wanted):
                break
        self._used |= wanted
        return minute


def _transmission(
    number: int, area_id: AreaId, grid: _Grid, dice: random.Random, *, first_on: date, days: int
) -> Transmission:
    priority = PriorityClass.PRIORITY if dice.random() < PRIORITY_SHARE else PriorityClass.NORMAL
    weekly = "FREQ=WEEKLY;BYDAY=" + ",".join(dice.sample(WEEKDAYS, dice.randint(1, 4)))
    rrule = dice.choices(("", weekly, "FREQ=DAILY"), weights=(40, 35, 25))[0]
    day = dice.randrange(days)
    minute = grid.minute(area_id, rrule, day)
    first_at = datetime.combine(first_on, time())
    return Transmission(
        id=TransmissionId(f"01j{number:023}"),
        bulletin_id=BulletinId(f"01b{number:023}"),
        bulletin_version=3,
        title=f"Bản tin số {number} của địa phương",
        priority=priority,
        prio=prio_of(priority),
        targets=Targets((area_id,)),
        schedules=(Schedule("s1", first_at + timedelta(days=day - days if rrule else day, minutes=minute), rrule),),
        rendition=Rendition("device-opus", f"{number:064x}", 480_000, dice.randint(60, 300) * 1000, "audio/ogg"),
        after=After.RESTART,
        submitted_by=UserId("u1"),
        submitted_by_name="Lan",
        approved_by=UserId("u2"),
        approved_by_name="Bình",
        approved_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number),
    )
