"""Desired state of a device: its message, by what the store holds now."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.messages import MessageBuilder
from cms.platform.gateway.outbox_handlers import OutboxHandler, OutboxMeans, Reply
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.outbox import OutboxMessage
from devices.model import DeviceId


def handlers(means: OutboxMeans) -> Mapping[OutboxKind, OutboxHandler]:
    """Return the handler of rows about a device's settings."""
    return {OutboxKind.DESIRED: DesiredMessages(means.session, means.letters).desired}


class DesiredMessages:
    """Desired states over one session: the tree and rules of areas are looked up once."""

    def __init__(self, session: Session, letters: MessageBuilder) -> None:
        self._places = Places(session)
        self._devices = Devices(session, self._places)
        self._letters = letters
        self._in_service = self._devices.count_in_service()

    def desired(self, message: OutboxMessage, now: datetime) -> Reply:
        """Build the desired state of a device. Raises NotFoundError."""
        device = self._devices.get(DeviceId(message.subject_id))
        chain = self._places.tree().chain(device.area_id)
        rules = self._places.rules(device.area_id)
        return Reply([self._letters.desired(device, chain, rules, now, self._in_service)])
