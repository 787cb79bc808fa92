"""Repository of missed airings and of the areas' rules for making them good."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from broadcast.bulletins.make_good_rules import MakeGoodRule
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.scheduling.make_good import Missed, Remedy
from cms.fleet.tables import DeviceRow, obeys
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.rows import columns_of, values_of
from cms.platform.store.uow import Repository
from cms.schedule.tables import MakeGoodRuleRow, MissedRow
from devices.model import DeviceId
from province.areas import AreaId


class MissedAirings(Repository):
    """Airings that devices missed, and the areas' rules on them."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._rules: Sequence[MakeGoodRule] | None = None

    def get(self, occurrence_id: OccurrenceId, device_id: DeviceId) -> Missed | None:
        found = self._among(MissedRow.occurrence_id == occurrence_id, MissedRow.device_id == device_id)
        return found[0] if found else None

    def put(self, missed: Iterable[Missed]) -> None:
        """Store each, replacing the record of the same airing on the same device."""
        put_rows(self._session, MissedRow, [columns_of(each) for each in missed])

    def of_occurrence(self, occurrence_id: OccurrenceId) -> Sequence[Missed]:
        """Return all of an occurrence, by device."""
        return self._among(MissedRow.occurrence_id == occurrence_id)

    def owed_in(self, area_id: AreaId, now: datetime) -> Sequence[Missed]:
        """Return those planned and not over by ``now``, of devices in service that are in this very area now."""
        there = select(DeviceRow.id).where(DeviceRow.area_id == area_id, obeys())
        return self._among(
            MissedRow.device_id.in_(there), MissedRow.remedy == Remedy.PLANNED, MissedRow.not_after_at > now
        )

    def planned_of(self, transmission_id: TransmissionId, now: datetime) -> Sequence[Missed]:
        """Return those of a transmission that are planned and not over."""
        row = MissedRow
        return self._among(row.transmission_id == transmission_id, row.remedy == Remedy.PLANNED, row.not_after_at > now)

    def rules(self) -> Sequence[MakeGoodRule]:
        """Return every area's own rules, by area and class."""
        if self._rules is None:
            row = MakeGoodRuleRow
            self._rules = self._listed(MakeGoodRule, select(row).order_by(row.area_id, row.priority))
        return self._rules

    def set_rule(self, rule: MakeGoodRule) -> None:
        """Replace the area's own rule for the class."""
        put_rows(self._session, MakeGoodRuleRow, [columns_of(rule)])
        self._rules = None

    def _among(self, *where: ColumnElement[bool]) -> Sequence[Missed]:
        return values_of(self._session, Missed, MissedRow, *where)
