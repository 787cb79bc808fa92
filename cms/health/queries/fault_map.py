"""Map of faulty devices."""

from collections.abc import Collection, Sequence

from sqlalchemy import Text, select, type_coerce
from sqlalchemy.orm import Session

from cms.fleet.tables.devices import DeviceRow
from cms.health.tables.faults import FaultRow
from cms.platform.store.rows import points_of
from devices.clusters import MapPoint
from devices.health.faults import FaultState
from devices.health.kinds import RULES, FaultRisk
from devices.model import DeviceId
from province.areas import AreaId


def faulty_devices_of(session: Session, areas: Collection[AreaId] | None, incident_id: str = "") -> Sequence[MapPoint]:
    """List devices in these areas (None: everywhere) with an open fault, and those of an incident where one is named.

    ``is_online`` means here that no fault keeps the device from speaking.
    """
    device, fault = DeviceRow, FaultRow
    query = (
        select(device.id, device.name, type_coerce(device.point, Text), fault.kind, fault.clear_at)
        .join(fault, fault.device_id == device.id)
        .where(fault.state == FaultState.OPEN, device.point.is_not(None), device.retired_at.is_(None))
    )
    if incident_id:
        query = query.where(fault.incident_id == incident_id)
    if areas is not None:
        query = query.where(device.area_id.in_(areas))
    found: dict[DeviceId, tuple[str, str]] = {}
    mute: set[DeviceId] = set()
    for device_id, name, written, kind, clear_at in session.execute(query.order_by(device.id)):
        found[device_id] = (name, written)
        # As in the label: a passing fault keeps no device from speaking.
        if clear_at is None and RULES[kind].danger is FaultRisk.SPEECH:
            mute.add(device_id)
    places = points_of(*(written for _name, written in found.values()))
    return [
        MapPoint(device_id, name, point, device_id not in mute)
        for (device_id, (name, _written)), point in zip(found.items(), places, strict=True)
    ]
