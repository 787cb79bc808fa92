"""Install messages: devices are sent their image, or it is withdrawn."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from cms.firmware.repository import FirmwareRecords
from cms.firmware.service import driver
from cms.platform.gateway.messages import MessageBuilder, OutgoingMessage
from cms.platform.gateway.outbox_handlers import OutboxHandler, OutboxMeans, of_subject
from cms.platform.store.kinds import OutboxKind
from devices.firmware import rollout_progress
from devices.firmware.model import MemberState
from devices.model import DeviceId


def handlers(means: OutboxMeans) -> Mapping[OutboxKind, OutboxHandler]:
    """Return the handler of rows about an installation."""
    return {OutboxKind.INSTALL: of_subject(InstallMessages(means.session, means.letters).of)}


class InstallMessages:
    """Builder of install messages, by what the store holds at the moment of sending."""

    def __init__(self, session: Session, letters: MessageBuilder) -> None:
        self._firmware = FirmwareRecords(session)
        self._letters = letters

    def of(self, subject_id: str, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the install command while its roll-out is sending; a cancellation once it has ended; else nothing."""
        found = self._firmware.on_its_way(DeviceId(subject_id))
        if found is None:
            return []
        rollout, member, image = found
        cid = driver.cid_of(member)
        if not rollout.is_open:
            return (
                [self._letters.take_back(cid, member.device_id, now)] if rollout_progress.is_on_its_way(member) else []
            )
        until_at = (member.sent_at or now) + rollout_progress.INSTALL_LASTS
        if not rollout.is_telling or member.state is not MemberState.SENT or until_at <= now:
            return []
        return [self._letters.install(cid, image.manifest, member.device_id, now, until_at)]
