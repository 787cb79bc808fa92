"""Repositories of alerts, orders, stops, declaration rights and drill plans: the ports that use cases need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from broadcast.alerts.drills import DrillPlan, DrillPlanId
from broadcast.alerts.model import Alert, AlertId, OrderId
from broadcast.alerts.orders import DeclarationRight, Order, OrderEnd, OrderReach, PartEnd, Stop, StopId
from broadcast.alerts.policy import AlertPolicy
from province.areas import AreaId
from province.people import Actor, UserId


class Alerts(Protocol):
    def get(self, alert_id: AlertId) -> Alert:
        """Raises NotFoundError."""

    def add(self, alert: Alert) -> None: ...

    def save(self, alert: Alert) -> None:
        """Store ``alert`` whose ``version`` is one above the stored one; else raises ConflictError."""

    def active(self) -> Sequence[Alert]:
        """Return the alerts in state active, newest first."""

    def submitted(self) -> Sequence[Alert]:
        """Return the alerts that wait for their second person, longest waiting first."""

    def of_cap(self, cap_ref: str) -> Alert | None:
        """Return the alert drafted from this CAP message."""

    def prepared_for(self, alert_id: AlertId) -> Alert | None:
        """Return the newest prepared draft (all-clear or correction) that would follow this alert."""


class Orders(Protocol):
    def add(self, order: Order) -> None: ...

    def get(self, order_id: OrderId) -> Order:
        """Raises NotFoundError."""

    def knows(self, name: str) -> bool:
        """Return whether ``name`` is the id of an order, of a stop or of a live address."""

    def open(self) -> Sequence[Order]:
        """Return the orders not ended, oldest first; expired ones among them until their end is stored."""

    def ended_since(self, at: datetime) -> Sequence[Order]: ...

    def end(self, order_id: OrderId, at: datetime, reason: OrderEnd) -> None:
        """End the order. Idempotent: the first end counts. Reports of what devices sounded stay unchanged."""

    def end_in(self, order_id: OrderId, end: PartEnd) -> None:
        """End the order in some areas; it goes on elsewhere. Idempotent. Raises NotFoundError."""

    def expect(self, reaches: Iterable[OrderReach]) -> None:
        """Store the devices that the order addresses when it is approved. Once an order: all of them new."""

    def report(self, reaches: Iterable[OrderReach]) -> None:
        """Merge each report, received now, by ``OrderReach.told``; reports of devices not expected are kept as well."""

    def silence(self, order_id: OrderId, at: datetime, areas: Collection[AreaId] | None = None) -> int:
        """Set devices still WAITING to SILENT at the order's end (in these areas); return how many."""

    def reaches(self, order_id: OrderId) -> Sequence[OrderReach]: ...

    def add_stop(self, stop: Stop) -> None:
        """Add a stop; its id stands in the place of an order's in ``expect``, ``report`` and ``reaches``."""

    def stop(self, stop_id: StopId) -> Stop:
        """Raises NotFoundError."""

    def stops_since(self, at: datetime) -> Sequence[Stop]:
        """Return the stops given at ``at`` or later, oldest first."""


class Declarations(Protocol):
    """Repository of declaration rights, and of actors with their current grants."""

    def actor(self, user_id: UserId) -> Actor:
        """Return the user with their current grants; with none where the id is unknown or may not sign in any more."""

    def of(self, user_id: UserId) -> Sequence[DeclarationRight]: ...

    def give(self, right: DeclarationRight) -> None: ...

    def take(self, right: DeclarationRight) -> None: ...


class AlertPolicies(Protocol):
    def get(self) -> AlertPolicy:
        """Return the policy; the default where none was ever set."""

    def set(self, policy: AlertPolicy) -> None: ...


class DrillPlans(Protocol):
    def get(self, plan_id: DrillPlanId) -> DrillPlan:
        """Raises NotFoundError."""

    def add(self, plan: DrillPlan) -> None: ...

    def save(self, plan: DrillPlan) -> None:
        """Store ``plan`` whose ``version`` is one above the stored one; else raises ConflictError."""

    def due(self, now: datetime) -> Sequence[DrillPlan]:
        """Return approved plans whose ``next_at`` has come, oldest first."""
