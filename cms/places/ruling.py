"""Setting what an area sets for itself: quiet hours and volume, heard of by every device below."""

from __future__ import annotations

from datetime import datetime

import msgspec

from broadcast.events import Event
from broadcast.model.area_rules import AreaRules
from broadcast.ports import OutboxKind
from cms.store.uow import SqlUnitOfWork
from devices.areas import AreaId


def set_rules(unit: SqlUnitOfWork, area_id: AreaId, rules: AreaRules, *, now: datetime, by: str, by_name: str) -> int:
    """Store, log with what was in force before, and have plans and devices below follow; returns how many devices.

    The caller commits. Nothing happens where the same rules are in force.

    Raises:
        UnknownAreaError: there is no such area.
    """
    tree = unit.places.tree()
    tree.get(area_id)
    before = unit.places.rules(area_id)
    if rules == before:
        return 0
    planned = set(unit.devices.planning_areas())
    below = [area.id for area in tree.subtree(area_id) if area.id in planned]
    unit.places.set_rules(area_id, rules)
    devices = unit.devices.renew_desired(below)
    for device_id in devices:
        unit.outbox.add(OutboxKind.DESIRED, device_id)
    for planning_area in below:
        unit.outbox.add(OutboxKind.PLAN, planning_area)
    detail: dict[str, object] = {"before": msgspec.to_builtins(before), "after": msgspec.to_builtins(rules)}
    unit.record(Event("area.rules_set", area_id, now, by, by_name, detail))
    return len(devices)
