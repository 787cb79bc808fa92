"""Repositories of the calendar: feeds, sets of dates, delegated slots, and dates without quota."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from broadcast.scheduling.area_rules import Exemption, ExemptionId
from broadcast.scheduling.closed_days import DateSet, DateSetId
from broadcast.scheduling.slots import Slot, SlotId
from cms.areas.repository import PlacedRepository
from cms.areas.tables import ExemptionRow
from cms.bulletins.tables.bulletins import SlotRow
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of
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


class CalendarFeeds(KeyedRepository[str, CalendarFeed], row=CalendarFeedRow, noun="feed"):
    """Calendar feeds of people, each found by the hash of its secret."""

    def of(self, user_id: UserId) -> Sequence[CalendarFeed]:
        """Return the user's feeds, oldest first."""
        return self._list(CalendarFeedRow.user_id == user_id, order=(CalendarFeedRow.created_at, CalendarFeedRow.id))

    def of_secret(self, secret_hash: str) -> CalendarFeed | None:
        return self._first(CalendarFeedRow.secret_hash == secret_hash)


class DateSets(KeyedRepository[DateSetId, DateSet], row=DateSetRow, noun="date set"):
    """Own sets of dates of areas: one for each area and name."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[DateSet]:
        """Return the sets of these very areas, by name."""
        # Sorted here: databases differ in where they put Vietnamese letters.
        found = self._list(DateSetRow.area_id.in_(list(area_ids)))
        return sorted(found, key=lambda each: (each.name, each.area_id))

    def named(self, set_ids: Iterable[DateSetId]) -> Sequence[DateSet]:
        """Return the existing sets among these ids, by id."""
        return sorted(self._list(DateSetRow.id.in_(list(set_ids))), key=lambda each: each.id)


class Slots(KeyedRepository[SlotId, Slot], row=SlotRow, noun="slot"):
    """Slots that areas gave to partners."""

    def save(self, slot: Slot) -> None:
        change(self._session, update(SlotRow).where(SlotRow.id == slot.id).values(columns_of(slot)))

    def of_holder(self, user_id: UserId) -> Sequence[Slot]:
        """Return those not revoked, by id."""
        return self._list(SlotRow.holder_id == user_id, SlotRow.revoked_at.is_(None), order=(SlotRow.id,))

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Slot]:
        """Return those not revoked at these very areas, by id."""
        return self._list(SlotRow.area_id.in_(list(area_ids)), SlotRow.revoked_at.is_(None), order=(SlotRow.id,))


class Exemptions(PlacedRepository, KeyedRepository[ExemptionId, Exemption], row=ExemptionRow, noun="exemption"):
    """Dates without quota, in every state. ``Places.rules`` includes the confirmed ones."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Exemption]:
        """Return the exemptions of these very areas, the latest date first."""
        row = ExemptionRow
        return self._list(row.area_id.in_(list(area_ids)), order=(row.on.desc(), row.id))

    def put(self, value: Exemption) -> None:
        super().put(value)
        self._session.expire_all()
        self._places.forget_rules()
