"""Station receivers that were installed, removed, moved or replaced: all their retained messages are sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cms.workers.letters import Letter
from cms.workers.programme_desk import ProgrammeDesk
from cms.workers.station_desk import StationDesk
from devices.model import DeviceId


@dataclass(frozen=True, slots=True)
class ReceiverDesk:
    """Publisher of a receiver's CAP documents and programmes."""

    documents: StationDesk
    programmes: ProgrammeDesk

    def letters(self, device_id: str, now: datetime) -> Sequence[Letter]:
        """Build all its messages by what the store holds now; sending them twice does no harm.

        Raises:
            NotFoundError: no such device.
        """
        device = DeviceId(device_id)
        return [*self.documents.of_receiver(device, now), *self.programmes.of_receiver(device, now)]
