"""Repositories of the calendar: feeds, sets of dates, delegated slots, and dates without quota."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from broadcast.scheduling.area_rules import Exemption, ExemptionId
from broadcast.scheduling.closed_days import DateSet, DateSetId
from broadcast.scheduling.slots import Slot, SlotId
from cms.areas.repository import Places
from cms.areas.tables import ExemptionRow
from cms.bulletins.tables.bulletins import SlotRow
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import UnitOfWork
from cms.schedule.tables import CalendarFeedRow, DateSetRow
from province.areas import AreaId
from province.people import UserId


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """Calendar feed; only the hash of its secret is stored."""

    id: str
    user_id: UserId
    area_id: AreaId
    secret_hash: str
    created_at: datetime


class CalendarFeeds(KeyedRepository[str, CalendarFeed], kind=CalendarFeed, row=CalendarFeedRow, noun="feed"):
    """Calendar feeds of people, each found by the hash of its secret."""

    def of(self, user_id: UserId) -> Sequence[CalendarFeed]:
        """Return the user's feeds, oldest first."""
        mine = select(CalendarFeedRow).where(CalendarFeedRow.user_id == user_id)
        return self._listed(CalendarFeed, mine.order_by(CalendarFeedRow.created_at, CalendarFeedRow.id))

    def of_secret(self, secret_hash: str) -> CalendarFeed | None:
        return self._found(CalendarFeed, select(CalendarFeedRow).where(CalendarFeedRow.secret_hash == secret_hash))


class DateSets(KeyedRepository[DateSetId, DateSet], kind=DateSet, row=DateSetRow, noun="date set"):
    """Own sets of dates of areas: one for each area and name."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DateSet]:
        """Return the sets of these very areas, by name."""
        rows = self._session.scalars(select(DateSetRow).where(DateSetRow.area_id.in_(list(area_ids))))
        # Sorted here: databases differ in where they put Vietnamese letters.
        return [value_of(DateSet, row) for row in sorted(rows, key=lambda row: (row.name, row.area_id))]

    def named(self, set_ids: Iterable[DateSetId]) -> Sequence[DateSet]:
        """Return the existing sets among these ids, by id."""
        rows = self._session.scalars(select(DateSetRow).where(DateSetRow.id.in_(list(set_ids))))
        return [value_of(DateSet, row) for row in sorted(rows, key=lambda row: row.id)]


class Slots(KeyedRepository[SlotId, Slot], kind=Slot, row=SlotRow, noun="slot"):
    """Slots that areas gave to partners."""

    def save(self, slot: Slot) -> None:
        change(self._session, update(SlotRow).where(SlotRow.id == slot.id).values(columns_of(slot)))

    def of_holder(self, user_id: UserId) -> Sequence[Slot]:
        """Return those not revoked, by id."""
        return self._in_force(SlotRow.holder_id == user_id)

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Slot]:
        """Return those not revoked at these very areas, by id."""
        return self._in_force(SlotRow.area_id.in_(list(area_ids)))

    def _in_force(self, where: ColumnElement[bool]) -> Sequence[Slot]:
        return self._listed(Slot, select(SlotRow).where(where, SlotRow.revoked_at.is_(None)).order_by(SlotRow.id))


class Exemptions(KeyedRepository[ExemptionId, Exemption], kind=Exemption, row=ExemptionRow, noun="exemption"):
    """Dates without quota, in every state. ``Places.rules`` includes the confirmed ones."""

    def __init__(self, session: Session, places: Places) -> None:
        super().__init__(session)
        self._places = places

    @classmethod
    def within(cls, unit: UnitOfWork) -> Self:
        return cls(unit.session, unit[Places])

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Exemption]:
        """Return the exemptions of these very areas, the latest date first."""
        return self._listed(
            Exemption,
            select(ExemptionRow)
            .where(ExemptionRow.area_id.in_(list(area_ids)))
            .order_by(ExemptionRow.on.desc(), ExemptionRow.id),
        )

    def put(self, value: Exemption) -> None:
        super().put(value)
        self._session.expire_all()
        self._places.forget_rules()
