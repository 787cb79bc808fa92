"""Ids and names of new devices."""

from cms.fleet.repository.devices import Devices
from cms.platform.store.uow import UnitOfWork
from devices.model import DeviceId, DeviceKind
from province.areas import Area

LETTER = {DeviceKind.CLUSTER: "l", DeviceKind.BOARD: "b", DeviceKind.STATION: "s", DeviceKind.BRIDGE: "f"}
TITLE = {
    DeviceKind.CLUSTER: "Cụm loa",
    DeviceKind.BOARD: "Bảng tin",
    DeviceKind.STATION: "Đài",
    DeviceKind.BRIDGE: "Bộ nối",
}


def next_names(unit: UnitOfWork, area: Area, kind: DeviceKind, count: int) -> list[tuple[DeviceId, str]]:
    """Make ids never used before, each with a name of kind and place."""
    prefix = f"{area.id}-{LETTER[kind]}"
    taken = unit[Devices].numbers_after(prefix)
    numbers = range(taken + 1, taken + 1 + count)
    return [(DeviceId(f"{prefix}{number:02d}"), f"{TITLE[kind]} {number}, {area.name}") for number in numbers]
