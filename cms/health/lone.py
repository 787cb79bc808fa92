"""Faults of one device, in no incident, that somebody should hear of: by letter, and as a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from cms.store.maintenance import SqlMaintenance
from cms.store.queries.faults import FaultLine, single_faults
from devices.areas import AreaTree
from devices.health import notices as rules


def worth_telling(session: Session, tree: AreaTree, now: datetime) -> Sequence[FaultLine]:
    """Oldest first. Who works at a device does not make it say what nobody ordered: that is told at any time."""
    windows = SqlMaintenance(session).in_force(now, tree)
    return [
        each
        for each in single_faults(session, None)
        if rules.worth_telling(each.fault, now)
        and (rules.is_told_at_once(each.fault) or not windows.covers(each.fault.device_id, each.area_id, now))
    ]
