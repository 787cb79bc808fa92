"""Device answers to remote commands: acknowledgements, births, sync requests, and the parts of uploaded logs."""

import gzip
import hashlib
import io
import logging
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cms.commands.messages import letter_of
from cms.commands.repository import CommandBatches, DeviceCommands
from cms.health.repository.faults import SoundReferences
from cms.platform.gateway.messages import OutgoingMessage
from cms.platform.keyring import Keyring
from cms.platform.store.uow import UnitOfWork
from devices.commands.lifecycle import OPEN, SPOILT, after, answered, may_be_sent, reborn
from devices.commands.model import CommandId, CommandKind, CommandState, CommandStep, RemoteCommand
from devices.health.sound_proof import SoundReference
from devices.model import DeviceId
from devices.protocol.limits import LOG_MAX_BYTES
from devices.protocol.messages import Ack, LogPart, State, SyncRequest, Wire
from media.errors import ContentAwayError
from media.ports import ContentStore

log = logging.getLogger(__name__)

CommandReport = Ack | State | SyncRequest | LogPart


class CommandAnswers:
    """Collector of one batch's messages within its transaction; ``flush`` applies them in order, all at once."""

    def __init__(self, unit: UnitOfWork, keyring: Keyring, content: ContentStore, now: datetime) -> None:
        self._unit = unit
        self._keyring = keyring
        self._content = content
        self._now = now
        self._reports: list[tuple[DeviceId, CommandReport]] = []

    def take(self, device_id: DeviceId, report: Wire) -> None:
        """Add a device's message; one that cannot be about a command is ignored."""
        if isinstance(report, Ack | State | SyncRequest | LogPart):
            self._reports.append((device_id, report))

    def flush(self) -> Sequence[OutgoingMessage]:
        """Store what has changed; return the commands that are still valid and were missed by devices that asked."""
        ids = {CommandId(cid) for _, report in self._reports if (cid := _cid_of(report))}
        there = {device_id for device_id, report in self._reports if isinstance(report, State | SyncRequest)}
        if not ids and not there:
            return []
        commands = self._unit[DeviceCommands]
        held = commands.held(ids, there)
        before = dict(held)
        whose: dict[DeviceId, list[CommandId]] = {}
        for each in held.values():
            whose.setdefault(each.device_id, []).append(each.id)
        for device_id, report in self._reports:
            for command_id in whose.get(device_id, ()):
                moved = self._after(commands, held[command_id], report)
                if moved is not None:
                    held[command_id] = moved
        changed = [each for name, each in held.items() if each is not before[name]]
        commands.save(changed)
        self._learn(changed)
        commands.drop_parts(each.id for each in changed if each.kind is CommandKind.LOG and each.state not in OPEN)
        asked = {device_id for device_id, report in self._reports if isinstance(report, SyncRequest)}
        missed = [each for _, each in sorted(held.items()) if each.device_id in asked and self._is_missed(each)]
        batches = self._unit[CommandBatches].get_many({each.batch_id for each in missed}) if missed else {}
        return [letter_of(each, batches[each.batch_id], self._keyring, self._now) for each in missed]

    def _learn(self, changed: Sequence[RemoteCommand]) -> None:
        """Store the box's measurements of its own tone as its reference, if its self-test passed."""
        self._unit[SoundReferences].learn(
            SoundReference(each.device_id, each.test.amp_ma, each.test.mic_db, self._now)
            for each in changed
            if each.state is CommandState.DONE and each.test is not None and each.test.audible
        )

    def _is_missed(self, command: RemoteCommand) -> bool:
        """Return whether the command was sent and never answered; one still queued is sent in its turn."""
        return command.state is CommandState.SENT and may_be_sent(command, self._now)

    def _after(self, commands: DeviceCommands, command: RemoteCommand, report: CommandReport) -> RemoteCommand | None:
        if isinstance(report, State):
            return reborn(command, report.boot, self._now) if report.st == "online" else None
        if _cid_of(report) != command.id:
            return None
        if isinstance(report, Ack):
            return answered(command, report, self._now)
        if isinstance(report, SyncRequest):
            is_asked = command.kind is CommandKind.RESYNC
            return after(command, CommandStep.FINISH, self._now) if is_asked else None
        return self._log_part(commands, command, report)

    def _log_part(self, commands: DeviceCommands, command: RemoteCommand, part: LogPart) -> RemoteCommand | None:
        if command.kind is not CommandKind.LOG or command.state not in OPEN or part.n >= part.of:
            return None
        packed = commands.keep_part(part)
        if packed is None:
            return None
        text = unpacked(packed, part.sha256)
        if text is None:
            log.warning("the log of device %s does not match its hash", command.device_id)
            return after(command, CommandStep.FAIL, self._now, code=SPOILT)
        done = after(command, CommandStep.FINISH, self._now)
        try:
            return done and replace(done, log_sha256=self._content.put_bytes(text), log_bytes=len(text))
        except ContentAwayError:
            # Other devices' messages wait behind this one, and people can ask for the log again.
            log.warning("the log of device %s cannot be stored: the content store does not answer", command.device_id)
            return after(command, CommandStep.FAIL, self._now, code=SPOILT)


def unpacked(packed: bytes, sha256: str) -> bytes | None:
    """Return the log's text; None if it does not match the hash, or is no gzip, too long, or no text."""
    if hashlib.sha256(packed).hexdigest() != sha256:
        return None
    try:
        with gzip.open(io.BytesIO(packed)) as stream:
            text = stream.read(LOG_MAX_BYTES + 1)
        text.decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return None
    return text if len(text) <= LOG_MAX_BYTES else None


def _cid_of(report: CommandReport) -> str:
    return "" if isinstance(report, State) else report.cid
