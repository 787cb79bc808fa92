"""Repositories of alerts, declaration rights, the alert policy and drill plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, delete, insert, select, update

from broadcast.alerts.drills import DrillPlan, DrillPlanId, DrillPlanStatus
from broadcast.alerts.model import Alert, AlertId, AlertPolicy, AlertStatus
from broadcast.alerts.orders import DeclarationRight
from cms.accounts.repository.people import People
from cms.alerts.tables import AlertAreaRow, AlertPolicyRow, AlertRow, DeclarationRightRow, DrillPlanRow
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from province.errors import ConflictError, NotFoundError
from province.people import Actor, UserId

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


class Alerts(Repository):
    """Alerts in every state."""

    def get(self, alert_id: AlertId) -> Alert:
        """Raises NotFoundError."""
        row = self._session.scalar(select(AlertRow).where(AlertRow.id == alert_id))
        if row is None:
            raise NotFoundError("alert", alert_id)
        return value_of(Alert, row)

    def find(self, alert_id: AlertId) -> Alert | None:
        row = self._session.scalar(select(AlertRow).where(AlertRow.id == alert_id))
        return None if row is None else value_of(Alert, row)

    def add(self, alert: Alert) -> None:
        self._session.execute(insert(AlertRow), [columns_of(alert)])
        self._index(alert)

    def save(self, alert: Alert) -> None:
        """Store ``alert`` whose ``version`` is one above the stored one; else raises ConflictError."""
        saved = change(
            self._session,
            update(AlertRow)
            .where(AlertRow.id == alert.id, AlertRow.version == alert.version - 1)
            .values(columns_of(alert)),
        )
        if saved != 1:
            raise ConflictError("alert", alert.id, alert.version - 1, self.get(alert.id).version)
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
        rows = self._session.scalars(select(AlertRow).where(AlertRow.status.in_(statuses)).order_by(*_ORDER))
        return [value_of(Alert, row) for row in rows]

    def of_cap(self, cap_ref: str) -> Alert | None:
        """Return the alert drafted from this CAP message."""
        row = self._session.scalar(
            select(AlertRow).where(AlertRow.cap_ref == cap_ref).order_by(AlertRow.created_at, AlertRow.id).limit(1)
        )
        return None if row is None else value_of(Alert, row)

    def prepared_for(self, alert_id: AlertId) -> Alert | None:
        """Return the newest prepared draft (all-clear or correction) that would follow this alert."""
        row = self._session.scalar(
            select(AlertRow)
            .where(
                AlertRow.updates_id == alert_id,
                AlertRow.is_prepared.is_(True),
                AlertRow.status == AlertStatus.DRAFT,
            )
            .order_by(AlertRow.created_at.desc(), AlertRow.id.desc())
            .limit(1)
        )
        return None if row is None else value_of(Alert, row)

    def _index(self, alert: Alert) -> None:
        areas = sorted(set(alert.audience.targets.areas))
        if areas:
            self._session.execute(
                insert(AlertAreaRow), [{"alert_id": alert.id, "area_id": area_id} for area_id in areas]
            )


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
        rows = self._session.scalars(
            select(DeclarationRightRow)
            .where(DeclarationRightRow.user_id == user_id)
            .order_by(DeclarationRightRow.area_id)
        )
        return [value_of(DeclarationRight, row) for row in rows]

    def give(self, right: DeclarationRight) -> None:
        statement = insert_or(self._session, DeclarationRightRow)
        changed = statement.on_conflict_do_update(
            index_elements=["user_id", "area_id"], set_={"level": statement.excluded["level"]}
        )
        self._session.execute(changed, [columns_of(right)])

    def take(self, right: DeclarationRight) -> None:
        change(
            self._session,
            delete(DeclarationRightRow).where(
                DeclarationRightRow.user_id == right.user_id, DeclarationRightRow.area_id == right.area_id
            ),
        )


class AlertPolicies(Repository):
    """The province's policy on alerts."""

    def get(self) -> AlertPolicy:
        """Return the policy; the default where none was ever set."""
        stored = self._session.scalar(select(AlertPolicyRow.policy).where(AlertPolicyRow.id == _THE_POLICY))
        return AlertPolicy() if stored is None else stored

    def set(self, policy: AlertPolicy) -> None:
        statement = insert_or(self._session, AlertPolicyRow)
        changed = statement.on_conflict_do_update(index_elements=["id"], set_={"policy": statement.excluded["policy"]})
        self._session.execute(changed, [{"id": _THE_POLICY, "policy": policy}])


class DrillPlans(Repository):
    """Plans of drills."""

    def get(self, plan_id: DrillPlanId) -> DrillPlan:
        """Raises NotFoundError."""
        row = self._session.scalar(select(DrillPlanRow).where(DrillPlanRow.id == plan_id))
        if row is None:
            raise NotFoundError("drill_plan", plan_id)
        return value_of(DrillPlan, row)

    def add(self, plan: DrillPlan) -> None:
        self._session.execute(insert(DrillPlanRow), [columns_of(plan)])

    def save(self, plan: DrillPlan) -> None:
        """Store ``plan`` whose ``version`` is one above the stored one; else raises ConflictError."""
        saved = change(
            self._session,
            update(DrillPlanRow)
            .where(DrillPlanRow.id == plan.id, DrillPlanRow.version == plan.version - 1)
            .values(columns_of(plan)),
        )
        if saved != 1:
            raise ConflictError("drill_plan", plan.id, plan.version - 1, self.get(plan.id).version)

    def due(self, now: datetime) -> Sequence[DrillPlan]:
        """Return approved plans whose ``next_at`` has come, oldest first."""
        rows = self._session.scalars(
            select(DrillPlanRow)
            .where(DrillPlanRow.status == DrillPlanStatus.APPROVED, DrillPlanRow.next_at <= now)
            .order_by(DrillPlanRow.next_at, DrillPlanRow.id)
        )
        return [value_of(DrillPlan, row) for row in rows]
