"""Station receivers that were installed, removed, moved or replaced: all their retained messages are sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cms.platform.gateway.messages import OutgoingMessage
from cms.stations.messages.alerts import StationPublisher
from cms.stations.messages.programmes import ProgrammePublisher
from devices.model import DeviceId


@dataclass(frozen=True, slots=True)
class ReceiverPublisher:
    """Publisher of a receiver's CAP documents and programmes."""

    documents: StationPublisher
    programmes: ProgrammePublisher

    def letters(self, device_id: str, now: datetime) -> Sequence[OutgoingMessage]:
        """Build all its messages by what the store holds now; sending them twice does no harm.

        Raises:
            NotFoundError: no such device.
        """
        device = DeviceId(device_id)
        return [*self.documents.of_receiver(device, now), *self.programmes.of_receiver(device, now)]
