"""Remote command message: signed when it is sent, to its one device, always under the same id."""

from datetime import datetime

from cms.platform.gateway.messages import COMMAND_PRIO, OutgoingMessage, to_ms
from cms.platform.keyring import Keyring
from devices.commands.model import Batch, CommandKind, RemoteCommand
from devices.protocol import codec, topics
from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.messages import Command, CommandType, Target

TYPES = {
    CommandKind.VOLUME: CommandType.VOLUME,
    CommandKind.REBOOT: CommandType.REBOOT,
    CommandKind.SELFTEST: CommandType.SELFTEST,
    CommandKind.RESYNC: CommandType.RESYNC,
    CommandKind.LOG: CommandType.LOG,
}


def letter_of(command: RemoteCommand, batch: Batch, keyring: Keyring, now: datetime) -> OutgoingMessage:
    """Build the message. ``batch``: the command's. The broker queues it for an offline device until it expires."""
    body = Command(
        v=codec.VERSION,
        cid=command.id,
        type=TYPES[command.kind],
        prio=COMMAND_PRIO,
        iat=to_ms(now),
        nbf=to_ms(now) - IAT_AHEAD_MAX_MS,
        exp=to_ms(command.expires_at),
        target=Target(devices=[command.device_id]),
        approved_by=[name for name in (batch.asked_by_name, batch.agreed_by_name) if name],
        volume_pct=command.arguments.volume_pct,
        audible=command.arguments.is_audible,
    )
    expiry_s = max(1, int((command.expires_at - now).total_seconds()))
    payload = keyring.sign_plan(codec.encode(body))
    return OutgoingMessage(topics.device_command(command.device_id), payload, expiry_s=expiry_s)
