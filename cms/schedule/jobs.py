"""Background work on the schedule: the daily replan, and the audiences of airings."""

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform import relay_address
from cms.platform.context import Context
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.schedule.repository.airing_counts import airings_to_count, count_reports
from cms.schedule.repository.deliveries import begun_airings, freeze_audience, is_any_airing_ahead
from cms.schedule.service import planning as planning_areas
from province.areas import AreaId
from province.wall_clock import local_date

AT_ONCE: Final = 20
"""A small batch: no alert waits while a province's airings are counted."""
# The event log keeps what was decided; a sent row is only needed by a device that asks for cancels it missed.
OUTBOX_KEPT = timedelta(days=7)


class AudienceJob:
    """Job that freezes the audiences of airings, and counts what was reported of those that are over."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def step(self) -> int:
        """Freeze the audiences and count the reports that are due; return the number of airings."""
        now = self._context.now()
        with reading(self._context.engine) as session:
            found = begun_airings(session, now, AT_ONCE)
            over = airings_to_count(session, now, AT_ONCE)
        for airing in found:
            with self._context.uow() as unit:
                freeze_audience(unit.session, airing, now)
                unit.commit()
        for occurrence_id in over:
            with self._context.uow() as unit:
                count_reports(unit.session, occurrence_id, now)
                unit.commit()
        return len(found) + len(over)

    def is_pending(self, session: Session) -> bool:
        return is_any_airing_ahead(session, self._context.now())


def replan_area(context: Context, area_id: AreaId) -> None:
    """Plan the area from its today as far ahead as is set, in a transaction of its own."""
    now = context.now()
    with reading(context.engine) as session:
        zone = Places(session).rules(area_id).zone
    planning_areas.replan(
        context.uow(),
        context.content,
        area_id,
        first_on=now.astimezone(ZoneInfo(zone)).date(),
        days=context.settings.plan_days,
        now=now,
        repeater_url=relay_address.url_of(context.settings),
    )


class DailyReplan:
    """Daily replan job: it requests plans through the outbox, so that a crash in between loses nothing."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rolled_on: date | None = None

    def step(self) -> int:
        """Request a plan of every area if a new local day has begun; return the number of areas."""
        now = self._context.now()
        today = local_date(now)
        if today == self._rolled_on:
            return 0
        with self._context.uow() as unit:
            areas = unit[Devices].planning_areas()
            for area_id in areas:
                unit.outbox.add(OutboxKind.PLAN, area_id)
            unit.outbox.forget(now - OUTBOX_KEPT)
            unit.commit()
        self._rolled_on = today
        return len(areas)
