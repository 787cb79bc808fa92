"""A station's receiver that was put in, taken out, moved or replaced: what is retained for it is put right, whole."""

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
    """Of CAP documents and of programmes."""

    documents: StationDesk
    programmes: ProgrammeDesk

    def letters(self, device_id: str, now: datetime) -> Sequence[Letter]:
        """By what the store holds now: told twice there is nothing to undo.

        Raises:
            NotFoundError: no such device.
        """
        device = DeviceId(device_id)
        return [*self.documents.of_receiver(device, now), *self.programmes.of_receiver(device, now)]
