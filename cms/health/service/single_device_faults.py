"""Single-device faults, in no incident, that people should know of: by notice, and as a ticket."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from cms.commands.repository.maintenance import MaintenanceRecords
from cms.health.queries.faults import FaultLine, devices_in_incidents, ended_faults, single_faults
from devices.health import notices as rules
from devices.health.incidents import CONSEQUENCES
from province.areas import AreaTree


def worth_telling(session: Session, tree: AreaTree, now: datetime) -> Sequence[FaultLine]:
    """Return the faults to report, oldest first. A maintenance window does not hide critical ones."""
    found = [each for each in single_faults(session, None) if rules.worth_telling(each.fault, now)]
    if not found:
        return []
    windows = MaintenanceRecords(session).in_force(now, tree)
    out = devices_in_incidents(session) if any(each.fault.kind in CONSEQUENCES for each in found) else frozenset()
    return [
        each
        for each in found
        if rules.is_told_at_once(each.fault)
        or not (
            windows.covers(each.fault.device_id, each.area_id, now)
            or (each.fault.kind in CONSEQUENCES and each.fault.device_id in out)
        )
    ]


def worth_telling_late(session: Session, tree: AreaTree, since: datetime, now: datetime) -> Sequence[FaultLine]:
    """Return faults closed since then that should have been reported, except those closed in a maintenance window."""
    found = [each for each in ended_faults(session, since, rules.URGENT_KINDS) if rules.worth_telling_late(each.fault)]
    if not found:
        return []
    windows = MaintenanceRecords(session).between(since, now, tree)
    return [
        each
        for each in found
        if each.fault.closed_at is None or not windows.covers(each.fault.device_id, each.area_id, each.fault.closed_at)
    ]
