"""Label "able to speak" of devices: whether each can speak now and if not why, with the hold times of its faults."""

from collections.abc import Callable, Collection, Iterable, Mapping

from sqlalchemy.orm import Session

from cms.accounts.queries import mute_among, shut_off_among
from cms.health.queries import telemetry
from cms.health.queries.faults import OpenKinds, open_kinds
from cms.health.queries.incidents import status_of
from devices.health.faults import Fault
from devices.health.speak_label import SpeakLabel, held_label
from devices.model import Device, DeviceId, DeviceStatus
from devices.telemetry import TelemetrySnapshot

Latest = Callable[[Session, Collection[DeviceId]], Mapping[DeviceId, TelemetrySnapshot]]
"""Newest telemetry of those of these devices that ever sent any."""


def labels(
    session: Session, device_ids: Collection[DeviceId], latest: Latest = telemetry.latest
) -> Mapping[DeviceId, SpeakLabel]:
    """Return one label for each of these devices."""
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


def label_from(
    device: Device, faults: Iterable[Fault], telemetry: TelemetrySnapshot | None, status: DeviceStatus | None
) -> SpeakLabel:
    """Return the label of one device whose open faults are already read."""
    its = OpenKinds()
    for fault in faults:
        its.add(fault.kind, fault.clear_at)
    return held_label(
        its.lasting, its.passing, telemetry, status, is_shut_off=device.is_mute, is_restricted=device.quarantined
    )
