"""Alerts and what belongs to them, as the rules see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from broadcast.model.alert_policy import AlertPolicy
from broadcast.model.alerts import Alert, AlertId, OrderId
from broadcast.model.drills import DrillPlan, DrillPlanId
from broadcast.model.orders import DeclarationRight, Order, OrderEnd, PartEnd, Reach, Stop, StopId
from province.areas import AreaId
from province.people import Actor, UserId


class Alerts(Protocol):
    def get(self, alert_id: AlertId) -> Alert:
        """Raises NotFoundError."""

    def add(self, alert: Alert) -> None: ...

    def save(self, alert: Alert) -> None:
        """Store ``alert`` whose ``version`` is one above the stored one; else raises ConflictError."""

    def active(self) -> Sequence[Alert]:
        """Those in state active, newest first."""

    def submitted(self) -> Sequence[Alert]:
        """Those that wait for their second person, longest waiting first."""

    def of_cap(self, cap_ref: str) -> Alert | None:
        """The one drafted from this CAP message."""

    def prepared_for(self, alert_id: AlertId) -> Alert | None:
        """The newest prepared draft (all-clear or correction) that would follow this alert."""


class Orders(Protocol):
    def add(self, order: Order) -> None: ...

    def get(self, order_id: OrderId) -> Order:
        """Raises NotFoundError."""

    def knows(self, name: str) -> bool:
        """Whether that is the id of an order, of a stop or of a live address."""

    def open(self) -> Sequence[Order]:
        """Those not ended, oldest first; expired ones among them until their end is written down."""

    def ended_since(self, at: datetime) -> Sequence[Order]: ...

    def end(self, order_id: OrderId, at: datetime, reason: OrderEnd) -> None:
        """Harmless when repeated: the first end counts. What devices sounded stays what it was."""

    def end_in(self, order_id: OrderId, end: PartEnd) -> None:
        """It ends there and goes on elsewhere. Harmless when repeated. Raises NotFoundError."""

    def expect(self, reaches: Iterable[Reach]) -> None:
        """Whom the order means, at the moment it is approved. Once an order: all of them new."""

    def report(self, reaches: Iterable[Reach]) -> None:
        """Take each word down, as heard now, by ``Reach.told``; one about a device nobody expected is kept as well."""

    def silence(self, order_id: OrderId, at: datetime, areas: Collection[AreaId] | None = None) -> int:
        """At the order's end (in these areas): whoever is still WAITING there is SILENT. How many."""

    def reaches(self, order_id: OrderId) -> Sequence[Reach]: ...

    def add_stop(self, stop: Stop) -> None:
        """Its id stands in the place of an order's in ``expect``, ``report`` and ``reaches``."""

    def stop(self, stop_id: StopId) -> Stop:
        """Raises NotFoundError."""

    def stops_since(self, at: datetime) -> Sequence[Stop]:
        """Those given at ``at`` or later, oldest first."""


class Declarations(Protocol):
    """Who may declare what, and act on what others declared."""

    def actor(self, user_id: UserId) -> Actor:
        """With the grants held now; without any where nobody has that id, or may not sign in any more."""

    def of(self, user_id: UserId) -> Sequence[DeclarationRight]: ...

    def give(self, right: DeclarationRight) -> None: ...

    def take(self, right: DeclarationRight) -> None: ...


class AlertPolicies(Protocol):
    def get(self) -> AlertPolicy:
        """The default where nothing was ever decided."""

    def set(self, policy: AlertPolicy) -> None: ...


class DrillPlans(Protocol):
    def get(self, plan_id: DrillPlanId) -> DrillPlan:
        """Raises NotFoundError."""

    def add(self, plan: DrillPlan) -> None: ...

    def save(self, plan: DrillPlan) -> None:
        """Store ``plan`` whose ``version`` is one above the stored one; else raises ConflictError."""

    def due(self, now: datetime) -> Sequence[DrillPlan]:
        """Approved ones whose ``next_at`` has come, oldest first."""
