"""Reports of devices on local orders: what they hold, and alerts that were raised there."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cms.fleet.repository.devices import Devices
from cms.local_alerts.service import issues, presses
from cms.platform.gateway.inbound import InboundMessage
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service.as_run import LATEST_MS
from devices.protocol.messages import DeviceEvent
from province.wall_clock import instant_of


def take(unit: UnitOfWork, heard: Sequence[InboundMessage], now: datetime) -> Mapping[str, datetime]:
    """Store the reports among these messages; return the orders that are new, with their instants."""
    reports = [(word.device_id, word.body.local) for word in heard if isinstance(word.body, DeviceEvent)]
    told = [(device_id, report) for device_id, report in reports if report is not None]
    found: dict[str, datetime] = {}
    devices = unit[Devices].get_many({device_id for device_id, _ in told}) if told else {}
    for device_id, report in told:
        device = devices.get(device_id)
        if device is None or device.revoked or device.retired_at is not None:
            continue
        if report.raised:
            found |= presses.note(unit, device, report.raised, now)
        elif report.ver:
            issues.note_held(unit, device, report, instant_of(min(report.exp, LATEST_MS)), now)
    return found
