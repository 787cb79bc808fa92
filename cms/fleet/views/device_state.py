"""State of one device for the technician: ability to speak, faults, identity, firmware, commands and tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cms.areas.repository import Places
from cms.commands.queries import history
from cms.commands.repository import MaintenanceRecords
from cms.firmware.repository import FirmwareRecords
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.fleet.service.changes import life_of
from cms.health.queries.faults import open_faults
from cms.health.queries.telemetry import latest
from cms.health.repository.faults import Acknowledgement, FaultRecords
from cms.health.service.speak_labels import label_from
from cms.platform.store.uow import UnitOfWork
from cms.tickets.queries import of_device
from devices.commands.lifecycle import OPEN
from devices.commands.model import Batch, RemoteCommand, Window
from devices.firmware.model import FirmwareImage, Installed, Member, Rollout
from devices.health.faults import Fault
from devices.health.speak_label import SpeakLabel
from devices.lifecycle import DeviceLifecycle, IssuedCertificate
from devices.model import Device, DeviceStatus
from devices.telemetry import TelemetrySnapshot
from devices.tickets.lifecycle import LIVING
from devices.tickets.model import Ticket

COMMANDS_SHOWN: Final = 5
TICKETS_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class DeviceStateView:
    """Device state. ``taken``: acknowledgement of a fault or its incident, by id. ``rollout``: one not completed yet.

    ``tickets`` are those that are open.
    """

    label: SpeakLabel
    faults: Sequence[Fault]
    taken: Mapping[str, Acknowledgement]
    window: Window | None
    life: DeviceLifecycle
    certificate: IssuedCertificate | None
    status: DeviceStatus | None
    snapshot: TelemetrySnapshot | None
    installed: Installed | None
    rollout: tuple[Rollout, Member, FirmwareImage] | None
    commands: Sequence[tuple[RemoteCommand, Batch]]
    tickets: Sequence[Ticket]

    @property
    def is_commanded(self) -> bool:
        """Return whether a command is still open."""
        return any(command.state in OPEN for command, _batch in self.commands)


def standing_of(uow: UnitOfWork, device: Device, now: datetime) -> DeviceStateView:
    """Read the state within a unit of work."""
    session = uow.session
    faults, status = open_faults(session, device.id), uow[Devices].status(device.id)
    snapshot = latest(session, [device.id]).get(device.id)
    return DeviceStateView(
        label=label_from(device, faults, snapshot, status),
        faults=faults,
        taken=FaultRecords(session).acknowledgements([fault.incident_id or fault.id for fault in faults]),
        window=MaintenanceRecords(session).in_force(now, uow[Places].tree()).covering(device.id, device.area_id, now),
        life=life_of(uow, device),
        certificate=next(iter(uow[DeviceLifecycles].certificates_of(device.id)), None),
        status=status,
        snapshot=snapshot,
        installed=uow[FirmwareRecords].installed([device.id]).get(device.id),
        rollout=uow[FirmwareRecords].on_its_way(device.id),
        commands=history(session, device.id, COMMANDS_SHOWN),
        tickets=[each for each in of_device(session, device.id, TICKETS_SHOWN) if each.state in LIVING],
    )
