"""Remote command message: signed when it is sent, to its one device, always under the same id."""

import logging
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.commands.repository import CommandBatches, DeviceCommands
from cms.commands.service import batches as batch_service
from cms.fleet.queries.overview import statuses
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.gateway.messages import COMMAND_PRIO, OutgoingMessage, to_ms
from cms.platform.gateway.outbox_dispatcher import BrokerLink, post
from cms.platform.keyring import Keyring
from cms.platform.process.commit_bell import CommitBell, QuietStep
from cms.platform.process.loops import keep_doing
from cms.platform.signer.port import NotSignedError, SigningRefusedError
from cms.platform.store.engine import reading
from cms.platform.store.pending_look import PendingLook
from cms.schedule.queries.readiness import busy
from devices.commands.lifecycle import GONE, NOT_ENTITLED, NOT_SIGNED, after, is_due_again, overdue
from devices.commands.model import Batch, BatchId, CommandId, CommandKind, CommandStep, RemoteCommand
from devices.commands.table import AGREE_WITHIN, SOON, needs_silence
from devices.model import Device, DeviceId, DeviceStatus
from devices.protocol import codec, topics
from devices.protocol.errors import OversizeError
from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.messages import Command, CommandType, Target
from province.people import Action, UserId
from province.policy import may

TYPES = {
    CommandKind.VOLUME: CommandType.VOLUME,
    CommandKind.REBOOT: CommandType.REBOOT,
    CommandKind.SELFTEST: CommandType.SELFTEST,
    CommandKind.RESYNC: CommandType.RESYNC,
    CommandKind.LOG: CommandType.LOG,
}
log = logging.getLogger(__name__)

SLICE: Final = 50
LOOKED_AT: Final = 2_000
"""Number of commands read for one slice: those that wait for silence must not hold up the rest."""
LOOK_S: Final = 0.5
PUBACK_WAIT_S: Final = 10.0


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
    return OutgoingMessage(topics.device_command(command.device_id), keyring.sign_command(body), expiry_s=expiry_s)


@dataclass(frozen=True, slots=True)
class _SendState:
    """State of devices and people at the moment of sending."""

    batches: dict[BatchId, Batch]
    devices: dict[DeviceId, Device]
    statuses: dict[DeviceId, DeviceStatus]
    quiet: frozenset[DeviceId]
    entitled: frozenset[CommandId]


class CommandPublisher:
    """Sender of remote commands. ``step`` does what is due; ``run`` is a thread's loop."""

    def __init__(self, context: Context, link: BrokerLink) -> None:
        self._context = context
        self._link = link
        self._pending = PendingLook(context.engine, lambda session: DeviceCommands(session).is_any_pending())

    def run(self, commits: CommitBell, stopping: threading.Event) -> None:
        """Send until stopped; while nothing is pending, rest until a commit."""
        step = QuietStep(self.step, commits, lambda: not self._pending.is_empty, quiet_s=0.0)
        keep_doing(step, stopping, "sending remote commands", look_s=LOOK_S, rest=step.rest)

    def step(self) -> int:
        """Send a slice, retry unanswered commands, expire overdue ones; return the number sent."""
        if not self._pending.may_be_due():
            return 0
        sent = self.send()
        self.give_up()
        return sent

    def send(self) -> int:
        """Send a slice of the queued and of the unanswered commands."""
        if not self._link.is_ready:
            return 0
        now = self._context.now()
        with reading(self._context.engine) as session:
            waiting = self._due(session, now)
            if not waiting:
                return 0
            found = self._find(session, waiting, now)
        lost = {each.id: code for each in waiting if (code := _refusal(each, found))}
        due = [each for each in waiting if each.id not in lost and _may_sound(each, found)][:SLICE]
        letters, refused = self._signed(due, found, now)
        sent = self._post(letters)
        self._write_down(sent, lost | refused, found, now)
        return len(sent)

    def _signed(
        self, due: Sequence[RemoteCommand], found: _SendState, now: datetime
    ) -> tuple[list[tuple[CommandId, OutgoingMessage]], dict[CommandId, str]]:
        """Have the messages signed; return them, and the code of each that never will be.

        What the signer does not sign now stays queued until its time has passed.
        """
        letters, refused = [], {}
        for each in due:
            try:
                letters.append((each.id, letter_of(each, found.batches[each.batch_id], self._context.keyring, now)))
            except (OversizeError, SigningRefusedError) as error:
                log.error("remote command %s to %s is dropped: %s", each.id, each.device_id, error)  # noqa: TRY400 - no bug of ours
                refused[each.id] = NOT_SIGNED
            except NotSignedError as error:
                log.warning("remote commands wait for the signer: %s", error)
                break
        return letters, refused

    def give_up(self) -> int:
        """Expire commands, and batches, that can no longer succeed; return the number of commands."""
        now = self._context.now()
        with reading(self._context.engine) as session:
            ids = [each.id for each in DeviceCommands(session).open() if overdue(each, now) is not None]
            is_over = bool(ids) or bool(CommandBatches(session).over()) or bool(self._lapsed(session, now))
        if not is_over:
            return 0
        with self._context.uow() as unit:
            commands = unit[DeviceCommands]
            ended = [each for old in commands.held(ids).values() if (each := overdue(old, now)) is not None]
            commands.save(ended)
            commands.drop_parts(each.id for each in ended)
            unit.session.flush()
            batch_service.lapse(unit, now)
            unit.commit()
        return len(ended)

    def _lapsed(self, session: Session, now: datetime) -> Sequence[Batch]:
        return CommandBatches(session).waiting_since(now - AGREE_WITHIN)

    def _due(self, session: Session, now: datetime) -> Sequence[RemoteCommand]:
        commands = DeviceCommands(session)
        again = [each for each in commands.open() if is_due_again(each, now)]
        known = statuses(session, [each.device_id for each in again]) if again else {}
        there = [each for each in again if each.device_id in known and known[each.device_id].online]
        return [*there, *commands.queued(now, LOOKED_AT)]

    def _find(self, session: Session, waiting: Sequence[RemoteCommand], now: datetime) -> _SendState:
        places = Places(session)
        names = {each.device_id for each in waiting}
        devices = Devices(session, places).get_many(names)
        batches = dict(CommandBatches(session).get_many({each.batch_id for each in waiting}))
        there = busy(session, [(device.id, device.area_id) for device in devices.values()], now, now + SOON)
        quiet = frozenset(
            device.id
            for device in devices.values()
            if device.id not in there.in_alert and device.area_id not in there.on_air
        )
        tree, people = places.tree(), {user.id: user for user in People(session).all()}
        entitled = set()
        for each in waiting:
            user = people.get(UserId(batches[each.batch_id].asked_by))
            device = devices.get(each.device_id)
            if user is None or device is None or user.disabled_at is not None:
                continue
            if may(user.actor, Action.DEVICE_MANAGE, device.area_id, tree):
                entitled.add(each.id)
        return _SendState(batches, devices, statuses(session, names), quiet, frozenset(entitled))

    def _post(self, letters: Iterable[tuple[CommandId, OutgoingMessage]]) -> list[CommandId]:
        """Publish these messages; return the commands that the broker confirmed."""
        posted: list[tuple[CommandId, Future[None]]] = [(name, post(self._link, letter)) for name, letter in letters]
        wait([confirmed for _, confirmed in posted], PUBACK_WAIT_S)
        return [name for name, confirmed in posted if confirmed.done() and confirmed.exception() is None]

    def _write_down(
        self, sent: Sequence[CommandId], lost: dict[CommandId, str], found: _SendState, now: datetime
    ) -> None:
        if not sent and not lost:
            return
        with self._context.uow() as unit:
            commands = unit[DeviceCommands]
            moved = []
            for command_id, old in commands.held([*sent, *lost]).items():
                if command_id in lost:
                    new = after(old, CommandStep.EXPIRE, now, code=lost[command_id])
                else:
                    new = _sent(old, found.statuses.get(old.device_id), now)
                if new is not None:
                    moved.append(new)
            commands.save(moved)
            unit.commit()


def _refusal(command: RemoteCommand, found: _SendState) -> str:
    device = found.devices.get(command.device_id)
    if device is None or device.retired_at is not None:
        return GONE
    return "" if command.id in found.entitled else NOT_ENTITLED


def _may_sound(command: RemoteCommand, found: _SendState) -> bool:
    """Return whether it may be sent now: one that makes a sound waits while something airs. The device decides last."""
    return command.device_id in found.quiet or not needs_silence(command.kind, command.arguments)


def _sent(old: RemoteCommand, status: DeviceStatus | None, now: datetime) -> RemoteCommand | None:
    new = after(old, CommandStep.SEND, now)
    return None if new is None else replace(new, boot=old.boot or (status.boot if status else ""))
