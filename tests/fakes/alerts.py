"""In-memory repositories of alerts; part of ``tests.fakes.memory``."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, MutableMapping, MutableSequence, Sequence
from dataclasses import replace
from datetime import datetime

from broadcast.alerts.drills import DrillPlan, DrillPlanId, DrillPlanStatus
from broadcast.alerts.model import Alert, AlertId, AlertPolicy, AlertStatus, OrderId
from broadcast.alerts.orders import DeclarationRight, Order, OrderEnd, OrderReach, PartEnd, ReachState, Stop, StopId
from devices.model import DeviceId
from province.areas import AreaId
from province.errors import ConflictError, NotFoundError
from province.people import Actor, UserId
from tests.fakes.programme import NOW


class MemoryAlerts:
    def __init__(self, rows: MutableMapping[AlertId, Alert]) -> None:
        self._rows = rows

    def get(self, alert_id: AlertId) -> Alert:
        if alert_id not in self._rows:
            raise NotFoundError("alert", alert_id)
        return self._rows[alert_id]

    def add(self, alert: Alert) -> None:
        assert alert.id not in self._rows
        self._rows[alert.id] = alert

    def save(self, alert: Alert) -> None:
        actual = self.get(alert.id).version
        if actual != alert.version - 1:
            raise ConflictError("alert", alert.id, alert.version - 1, actual)
        self._rows[alert.id] = alert

    def active(self) -> Sequence[Alert]:
        found = [alert for alert in self._rows.values() if alert.status is AlertStatus.ACTIVE]
        return sorted(found, key=lambda alert: (alert.approved_at or alert.created_at, alert.id), reverse=True)

    def submitted(self) -> Sequence[Alert]:
        found = [alert for alert in self._rows.values() if alert.status is AlertStatus.SUBMITTED]
        return sorted(found, key=lambda alert: (alert.submitted_at or alert.created_at, alert.id))

    def of_cap(self, cap_ref: str) -> Alert | None:
        found = [alert for alert in self._rows.values() if alert.cap_ref == cap_ref]
        return min(found, key=lambda alert: (alert.created_at, alert.id), default=None)

    def prepared_for(self, alert_id: AlertId) -> Alert | None:
        found = [
            alert
            for alert in self._rows.values()
            if alert.updates_id == alert_id and alert.is_prepared and alert.status is AlertStatus.DRAFT
        ]
        return max(found, key=lambda alert: (alert.created_at, alert.id), default=None)


class MemoryOrders:
    def __init__(
        self,
        rows: MutableMapping[OrderId, Order],
        reaches: MutableMapping[tuple[OrderId, DeviceId], OrderReach],
        stops: MutableMapping[StopId, Stop],
        live: Container[str] = (),
    ) -> None:
        self._rows = rows
        self._reaches = reaches
        self._stops = stops
        self._live = live

    def add(self, order: Order) -> None:
        assert order.id not in self._rows
        self._rows[order.id] = order

    def get(self, order_id: OrderId) -> Order:
        if order_id not in self._rows:
            raise NotFoundError("order", order_id)
        return self._rows[order_id]

    def knows(self, name: str) -> bool:
        return name in self._rows or name in self._stops or name in self._live

    def open(self) -> Sequence[Order]:
        return sorted((o for o in self._rows.values() if o.ended_at is None), key=lambda o: (o.issued_at, o.id))

    def ended_since(self, at: datetime) -> Sequence[Order]:
        found = [o for o in self._rows.values() if o.ended_at is not None and o.ended_at >= at]
        return sorted(found, key=lambda o: (o.issued_at, o.id))

    def end(self, order_id: OrderId, at: datetime, reason: OrderEnd) -> None:
        found = self.get(order_id)
        if found.ended_at is None:
            self._rows[order_id] = replace(found, ended_at=at, end_reason=reason)

    def expect(self, reaches: Iterable[OrderReach]) -> None:
        for reach in reaches:
            key = (reach.order_id, reach.device_id)
            assert key not in self._reaches
            self._reaches[key] = reach

    def report(self, reaches: Iterable[OrderReach]) -> None:
        for word in (replace(each, received_at=NOW) if each.is_answer else each for each in reaches):
            key = (word.order_id, word.device_id)
            self._reaches[key] = self._reaches[key].told(word) if key in self._reaches else word

    def end_in(self, order_id: OrderId, end: PartEnd) -> None:
        found = self.get(order_id)
        if end not in found.part_ends:
            self._rows[order_id] = replace(found, part_ends=(*found.part_ends, end))

    def silence(self, order_id: OrderId, at: datetime, areas: Collection[AreaId] | None = None) -> int:
        waiting = [
            reach
            for reach in self.reaches(order_id)
            if reach.state is ReachState.WAITING and (areas is None or reach.area_id in areas)
        ]
        for reach in waiting:
            self._reaches[order_id, reach.device_id] = replace(reach, state=ReachState.SILENT, changed_at=at)
        return len(waiting)

    def reaches(self, order_id: OrderId) -> Sequence[OrderReach]:
        return [reach for (known, _), reach in sorted(self._reaches.items()) if known == order_id]

    def add_stop(self, stop: Stop) -> None:
        assert stop.id not in self._stops
        self._stops[stop.id] = stop

    def stop(self, stop_id: StopId) -> Stop:
        if stop_id not in self._stops:
            raise NotFoundError("stop", stop_id)
        return self._stops[stop_id]

    def stops_since(self, at: datetime) -> Sequence[Stop]:
        return sorted((stop for stop in self._stops.values() if stop.at >= at), key=lambda stop: (stop.at, stop.id))


class MemoryDeclarations:
    def __init__(self, rows: MutableMapping[tuple[UserId, AreaId], DeclarationRight]) -> None:
        self._rows = rows

    def actor(self, user_id: UserId) -> Actor:
        """Return an actor of any id, without grants: the tests' authorities know people by their ids."""
        return Actor(user_id, f"Ông {user_id}", ())

    def of(self, user_id: UserId) -> Sequence[DeclarationRight]:
        return [right for (known, _), right in sorted(self._rows.items()) if known == user_id]

    def give(self, right: DeclarationRight) -> None:
        self._rows[right.user_id, right.area_id] = right

    def take(self, right: DeclarationRight) -> None:
        self._rows.pop((right.user_id, right.area_id), None)


class MemoryAlertPolicies:
    def __init__(self, rows: MutableSequence[AlertPolicy]) -> None:
        self._rows = rows

    def get(self) -> AlertPolicy:
        return self._rows[-1] if self._rows else AlertPolicy()

    def set(self, policy: AlertPolicy) -> None:
        self._rows.append(policy)


class MemoryDrillPlans:
    def __init__(self, rows: MutableMapping[DrillPlanId, DrillPlan]) -> None:
        self._rows = rows

    def get(self, plan_id: DrillPlanId) -> DrillPlan:
        if plan_id not in self._rows:
            raise NotFoundError("drill_plan", plan_id)
        return self._rows[plan_id]

    def add(self, plan: DrillPlan) -> None:
        assert plan.id not in self._rows
        self._rows[plan.id] = plan

    def save(self, plan: DrillPlan) -> None:
        actual = self.get(plan.id).version
        if actual != plan.version - 1:
            raise ConflictError("drill_plan", plan.id, plan.version - 1, actual)
        self._rows[plan.id] = plan

    def due(self, now: datetime) -> Sequence[DrillPlan]:
        found = [
            (plan.next_at, plan.id, plan)
            for plan in self._rows.values()
            if plan.status is DrillPlanStatus.APPROVED and plan.next_at is not None and plan.next_at <= now
        ]
        return [plan for *_, plan in sorted(found, key=lambda each: each[:2])]
