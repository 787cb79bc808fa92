"""Local orders of devices: issued again whenever something of them changes, and each week."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from broadcast.alerts.local_alerts import LASTS, KeyHolder, LocalAlert, LocalIssue
from cms.alerts.repository.alerts import AlertPolicies
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.local_alerts.repository import KeyHolders, LocalAlerts, LocalIssues
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.model import Device, DeviceId
from devices.protocol.messages import LocalOrderReport
from province.areas import AreaId, AreaTree

UNKNOWN: Final = "?"
"""Mark of orders that only the device knows."""
AT_ONCE: Final = 200
"""Devices issued to in one step: the weekly renewal of a province goes out over some minutes, and waits for nothing."""


@dataclass(frozen=True, slots=True)
class WantedOrders:
    """Local alerts and holders of one device. Without holders nothing can be raised there, but it keeps the speech."""

    alerts: Sequence[LocalAlert] = ()
    holders: Sequence[KeyHolder] = ()

    def mark(self, area_id: AreaId) -> str:
        """Return what tells these orders from others; empty where there is nothing to raise, and nothing to keep."""
        if not self.alerts or not (self.holders or any(each.spoken for each in self.alerts)):
            return ""
        sounds = [clip.sha256 for each in self.alerts for one in each.spoken for clip in (one.first, one.again) if clip]
        holders = [f"{each.id}{each.pin_hash}" for each in self.holders]
        parts = [area_id, *(each.id for each in self.alerts), *sounds, *holders]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def wanted_by(uow: UnitOfWork, devices: Collection[Device]) -> Mapping[DeviceId, WantedOrders]:
    """Return what each of these devices is to hold by the policy and all that stands now; within a unit of work."""
    if not devices or not uow[AlertPolicies].get().allows_local_alerts:
        return dict.fromkeys((each.id for each in devices), WantedOrders())
    tree, approved = uow[Places].tree(), uow[LocalAlerts].approved()
    holders = uow[KeyHolders].by_device([each.id for each in devices])
    found: dict[DeviceId, WantedOrders] = {}
    for device in devices:
        is_able = device.retired_at is None and not device.is_mute and device.kind.has_loudspeaker
        alerts = alerts_of(approved, tree, device.area_id) if is_able else ()
        found[device.id] = WantedOrders(alerts, holders.get(device.id, ()))
    return found


def alerts_of(approved: Mapping[AreaId, Sequence[LocalAlert]], tree: AreaTree, area_id: AreaId) -> Sequence[LocalAlert]:
    """Return the local alerts of a place: its own first, then those of the areas above it."""
    chain = tree.chain(area_id) if area_id in tree else ()
    return [each for there in chain for each in approved.get(there, ())]


def renew(uow: UnitOfWork, now: datetime, device_ids: Collection[DeviceId] | None = None) -> int:
    """Issue local orders where they are due, to ``AT_ONCE`` devices at most; return to how many. In a unit of work.

    ``device_ids``: look at these alone, else at every device that has a key, holds orders, or is to keep their speech.
    What is left is found by the next call. The caller commits.
    """
    standing = uow[LocalIssues].standing()
    devices = _concerned(uow, standing) if device_ids is None else uow[Devices].get_many(sorted(set(device_ids)))
    wanted = wanted_by(uow, devices.values())
    due: list[LocalIssue] = []
    for device in devices.values():
        mark = wanted[device.id].mark(device.area_id)
        old = standing.get(device.id) or uow[LocalIssues].find(device.id)
        if old is None and mark:
            due.append(LocalIssue(device.id, 1, now, now + LASTS, mark))
        elif old is not None and old.is_due(mark, now):
            due.append(replace(old, number=old.number + 1, issued_at=now, valid_until_at=now + LASTS, mark=mark))
    sent = sorted(due, key=lambda each: (bool(each.mark), each.issued_at))[:AT_ONCE]
    uow[LocalIssues].put_all(sent)
    for each in sent:
        uow.outbox.add(OutboxKind.LOCAL_ORDERS, each.device_id)
    return len(sent)


def _concerned(uow: UnitOfWork, standing: Collection[DeviceId]) -> Mapping[DeviceId, Device]:
    tree = uow[Places].tree()
    tops = [each for each in uow[LocalAlerts].approved() if each in tree]
    below = {area.id for top in tops for area in tree.subtree(top)}
    found = {each.id: each for each in uow[Devices].in_areas(sorted(below))} if below else {}
    others = {*uow[KeyHolders].by_device(), *standing} - found.keys()
    return {**found, **uow[Devices].get_many(sorted(others))}


def note_held(uow: UnitOfWork, device: Device, report: LocalOrderReport, held_until: datetime, now: datetime) -> None:
    """Store what the device says it holds; send it what it lacks, with a higher number where it is ahead."""
    old = uow[LocalIssues].find(device.id)
    if old is None:
        # A database restored from a back-up: what the device holds is withdrawn, and what is to be is issued after it.
        old = LocalIssue(device.id, report.ver, now, now + LASTS, UNKNOWN)
    told = replace(
        old,
        held_number=report.ver,
        held_until_at=held_until,
        told_at=now,
        wrong_pins=report.wrong_pins,
        spoken=report.spoken if report.spoken == report.count else 0,
    )
    if report.ver > old.number or old.mark == UNKNOWN:
        told = replace(told, number=report.ver, mark=UNKNOWN)
    uow[LocalIssues].put_all([told])
    if told.mark == UNKNOWN:
        renew(uow, now, [device.id])
    elif report.ver < old.number:
        uow.outbox.add(OutboxKind.LOCAL_ORDERS, device.id)
