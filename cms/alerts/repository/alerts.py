"""Repositories of alerts, declaration rights, the alert policy, hazard tables and drill plans."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, case, delete, select

from broadcast.alerts.drills import DrillPlan, DrillPlanId, DrillPlanStatus
from broadcast.alerts.hazards import NATIONAL, HazardTable, of_province
from broadcast.alerts.model import Alert, AlertId, AlertPolicy, AlertStatus, AlertZone, HazardTableVersion
from broadcast.alerts.orders import DeclarationRight
from broadcast.alerts.table_file import TableFileError
from cms.accounts.repository import People
from cms.alerts.tables import (
    AlertAreaRow,
    AlertPolicyRow,
    AlertRow,
    AlertZoneRow,
    DeclarationRightRow,
    DrillPlanRow,
    HazardTableRow,
)
from cms.platform.store.insert_or_update import add_rows, put_rows
from cms.platform.store.records import KeyedRepository, VersionedRepository
from cms.platform.store.rows import change, columns_of
from cms.platform.store.uow import Repository
from province.errors import NotFoundError
from province.people import Actor, UserId

log = logging.getLogger(__name__)

_THE_POLICY = 1
_IS_ACTIVE = AlertRow.status == AlertStatus.ACTIVE
_ORDER = (
    _IS_ACTIVE.desc(),
    case((_IS_ACTIVE, AlertRow.approved_at)).desc(),
    case((_IS_ACTIVE, AlertRow.id)).desc(),
    AlertRow.submitted_at,
    AlertRow.id,
)
"""Sort order: alerts in force first, newest first; then waiting ones, longest waiting first."""

# Run every second: built once.
_DUE = (
    select(DrillPlanRow)
    .where(DrillPlanRow.status == DrillPlanStatus.APPROVED, DrillPlanRow.next_at <= bindparam("now"))
    .order_by(DrillPlanRow.next_at, DrillPlanRow.id)
)


@cache
def _of_status(*statuses: AlertStatus) -> Select[AlertRow]:
    """Build the query of every page, once."""
    return select(AlertRow).where(AlertRow.status.in_(statuses)).order_by(*_ORDER)


class Alerts(VersionedRepository[AlertId, Alert], row=AlertRow, noun="alert"):
    """Alerts in every state."""

    def add(self, alert: Alert) -> None:
        super().add(alert)
        self._index(alert)

    def save(self, alert: Alert) -> None:
        """Store ``alert`` whose ``version`` is one above the stored one; else raises ConflictError."""
        super().save(alert)
        change(self._session, delete(AlertAreaRow).where(AlertAreaRow.alert_id == alert.id))
        self._index(alert)

    def active(self) -> Sequence[Alert]:
        """Return the alerts in state active, newest first."""
        return self._in(AlertStatus.ACTIVE)

    def submitted(self) -> Sequence[Alert]:
        """Return the alerts that wait for their second person, longest waiting first."""
        return self._in(AlertStatus.SUBMITTED)

    def in_force_or_submitted(self) -> Sequence[Alert]:
        """List the alerts of ``active``, then those of ``submitted``, in one query."""
        return self._in(AlertStatus.ACTIVE, AlertStatus.SUBMITTED)

    def _in(self, *statuses: AlertStatus) -> Sequence[Alert]:
        return self._listed(Alert, _of_status(*statuses))

    def prepared_for(self, alert_id: AlertId) -> Alert | None:
        """Return the newest prepared draft (all-clear or correction) that would follow this alert."""
        is_it = (AlertRow.updates_id == alert_id, AlertRow.is_prepared.is_(True), AlertRow.status == AlertStatus.DRAFT)
        return self._first(*is_it, order=(AlertRow.created_at.desc(), AlertRow.id.desc()))

    def _index(self, alert: Alert) -> None:
        areas = sorted(set(alert.audience.targets.areas))
        add_rows(self._session, AlertAreaRow, ({"alert_id": alert.id, "area_id": each} for each in areas))


class Declarations(Repository):
    """Repository of declaration rights, and of actors with their current grants."""

    def actor(self, user_id: UserId) -> Actor:
        """Return the user with their current grants; with none where the id is unknown or may not sign in any more."""
        try:
            found = People(self._session).get(user_id)
        except NotFoundError:
            return Actor(user_id, "", ())
        return found.actor if found.disabled_at is None else Actor(user_id, found.name, ())

    def of(self, user_id: UserId) -> Sequence[DeclarationRight]:
        row = DeclarationRightRow
        return self._listed(DeclarationRight, select(row).where(row.user_id == user_id).order_by(row.area_id))

    def give(self, right: DeclarationRight) -> None:
        put_rows(self._session, DeclarationRightRow, [columns_of(right)])

    def take(self, right: DeclarationRight) -> None:
        row = DeclarationRightRow
        change(self._session, delete(row).where(row.user_id == right.user_id, row.area_id == right.area_id))


_TEXT_IN_FORCE = select(HazardTableRow.text).order_by(HazardTableRow.version.desc()).limit(1)
_POLICY = select(AlertPolicyRow.policy).where(AlertPolicyRow.id == _THE_POLICY)
_POLICY_AND_TEXT = select(_POLICY.scalar_subquery(), _TEXT_IN_FORCE.scalar_subquery())


def table_in_force(text: str) -> HazardTable:
    """Return the table of a stored file; the national one where a newer version of Loa takes the file no more.

    No alert waits for a file to be mended.
    """
    try:
        return of_province(text)
    except TableFileError as error:
        log.warning("hazard_table.refused: the national table is used: %s", error)
        return NATIONAL


class AlertPolicies(Repository):
    """The province's policy on alerts, and its table of hazards."""

    def get(self) -> AlertPolicy:
        """Return the policy; the default where none was ever set."""
        stored = self._session.scalar(_POLICY)
        return AlertPolicy() if stored is None else stored

    def with_hazards(self) -> tuple[AlertPolicy, HazardTable]:
        """Return the policy and the table of hazards in force, in one query."""
        policy, text = self._session.execute(_POLICY_AND_TEXT).one()
        return policy or AlertPolicy(), table_in_force(text or "")

    def hazards(self) -> HazardTable:
        """Return the table of hazards in force."""
        return table_in_force(self._session.scalar(_TEXT_IN_FORCE) or "")

    def set(self, policy: AlertPolicy) -> None:
        put_rows(self._session, AlertPolicyRow, [{"id": _THE_POLICY, "policy": policy}])


class HazardTables(Repository):
    """Hazard tables of the province: every version, newest first."""

    def all(self) -> Sequence[HazardTableVersion]:
        return self._listed(HazardTableVersion, select(HazardTableRow).order_by(HazardTableRow.version.desc()))

    def add(self, table: HazardTableVersion) -> None:
        """Add a version, which is then in force; the database refuses a version that is there."""
        add_rows(self._session, HazardTableRow, [columns_of(table)])


class AlertZones(KeyedRepository[str, AlertZone], row=AlertZoneRow, noun="alert_zone"):
    """Named zones."""

    def all(self) -> Sequence[AlertZone]:
        """List the zones by kind and name."""
        return self._list(order=(AlertZoneRow.kind, AlertZoneRow.name))

    def named(self, name: str) -> AlertZone | None:
        return self._first(AlertZoneRow.name == name)


class DrillPlans(VersionedRepository[DrillPlanId, DrillPlan], row=DrillPlanRow, noun="drill_plan"):
    """Plans of drills."""

    def due(self, now: datetime) -> Sequence[DrillPlan]:
        """Return approved plans whose ``next_at`` has come, oldest first."""
        return self._listed(DrillPlan, _DUE, now=now)

    def is_any_ahead(self) -> bool:
        """Return whether a plan is approved, whenever its next drill is."""
        return bool(self._list(DrillPlanRow.status == DrillPlanStatus.APPROVED))
