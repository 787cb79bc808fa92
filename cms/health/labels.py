"""Can these devices speak now, and if not, why: the one label, with the hold times of their faults."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy.orm import Session

from cms.store.queries import vitals
from cms.store.queries.faults import OpenKinds, open_kinds
from cms.store.queries.health import status_of
from cms.store.queries.roster import mute_among, shut_off_among
from devices.health.faults import Fault
from devices.health.label import Label, held_label
from devices.model import Device, DeviceId, DeviceStatus
from devices.vital import Vital

Latest = Callable[[Session, Collection[DeviceId]], Mapping[DeviceId, Vital]]
"""The newest health of those of these devices that ever told it."""


def labels(
    session: Session, device_ids: Collection[DeviceId], latest: Latest = vitals.latest
) -> Mapping[DeviceId, Label]:
    """One for each of these."""
    kinds, statuses = open_kinds(session, device_ids), status_of(session, device_ids)
    told, shut = latest(session, device_ids), shut_off_among(session, device_ids)
    mute = mute_among(session, shut) if shut else frozenset()
    found = {}
    for each in device_ids:
        its = kinds.get(each, OpenKinds())
        found[each] = held_label(
            its.lasting,
            its.passing,
            told.get(each),
            statuses.get(each),
            is_shut_off=each in mute,
            is_restricted=each in shut,
        )
    return found


def label_from(device: Device, faults: Iterable[Fault], vital: Vital | None, status: DeviceStatus | None) -> Label:
    """Of one device whose open faults were read already."""
    its = OpenKinds()
    for fault in faults:
        its.add(fault.kind, fault.clear_at)
    return held_label(
        its.lasting, its.passing, vital, status, is_shut_off=device.is_mute, is_restricted=device.quarantined
    )
