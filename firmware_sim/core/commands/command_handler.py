"""Signed commands: verdict, answer and execution."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from devices.protocol import codec, quiet, verdict
from devices.protocol.errors import ProtocolError, UnknownKeyError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import (
    Audio,
    Code,
    Command,
    CommandType,
    Desired,
    Play,
    PublicKey,
    Standing,
)
from devices.protocol.topics import TopicKind
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core.alerts.alert_player import AlertPlayer
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.commands.cancelled_ids import CancelledIds
from firmware_sim.core.commands.held_alerts import UNTIMELY, HeldAlert, HeldAlerts, timely
from firmware_sim.core.events import MessageDelivered
from firmware_sim.core.firmware.firmware_update import FirmwareUpdate
from firmware_sim.core.live.live_address import LiveAddress
from firmware_sim.core.maintenance.remote_commands import TYPES as ACTING_TYPES
from firmware_sim.core.maintenance.remote_commands import RemoteCommands
from firmware_sim.core.reports.report_queue import ReportQueue
from firmware_sim.core.schedule.audio_item import ON_CARD, AudioItem, ItemState, planned
from firmware_sim.core.schedule.item_player import ItemPlayer
from firmware_sim.core.session.identity import Identity
from firmware_sim.core.sound.hush import Hush
from firmware_sim.core.step import Step

SEEN_MAX: Final = 5_000
"""Ids remembered at once: a sender that fills a device's flash is refused instead."""
SEEN_RESERVED: Final = 500
"""Ids remembered beyond that for alerts: a sender of lesser commands must not shut them out."""
KEPT_LONGER_MS: Final = 900_000
"""Ids outlive their command by this: replayed beacons can set a clock back by less."""
LIVE_TYPES: Final = frozenset[str]({CommandType.LIVE_START, CommandType.LIVE_RENEW, CommandType.LIVE_STOP})
_HEARD: Final = frozenset[str]({CommandType.PLAY, CommandType.LIVE_START, CommandType.LIVE_RENEW})
_SOUNDING: Final = frozenset({CommandType.PLAY, CommandType.LIVE_START})
ReadCommand = Callable[[bytes], Command]
"""As ``read_command``; a swarm passes one that reads identical bytes once."""
_IS_DRILL_TOPIC: Final = {TopicKind.AREA_ALERT: False, TopicKind.AREA_DRILL: True}


LATE_MS: Final = 600_000
"""The broker drops expired messages: one that arrives this long after its end was withheld, and is reported."""


def read_command(payload: bytes) -> Command:
    """Decode a signed command. Raises ProtocolError."""
    return codec.decode(Command, payload)


class CommandHandler:
    """Handler of signed commands: judges them and carries them out."""

    def __init__(
        self,
        step: Step,
        reports: ReportQueue,
        speaker: ItemPlayer,
        alerts: AlertPlayer,
        identity: Identity,
        *,
        live: LiveAddress,
        acting: RemoteCommands,
        read: ReadCommand = read_command,
    ) -> None:
        self._step = step
        self._reports = reports
        self._speaker = speaker
        self._alerts = alerts
        self._live = live
        self._identity = identity
        self._acting = acting
        self._read = read
        self._tombstones = CancelledIds(step)
        self._hush = Hush(step)
        self._silencing: list[tuple[Command, set[str]]] = []
        self.waiting = HeldAlerts()
        self.installing: FirmwareUpdate | None = None
        self.on_synced: Callable[[Command, PublicKey], None] = lambda _command, _key: None
        self.is_synced: Callable[[], bool] = lambda: True
        self.on_play: Callable[[AudioItem], None] = lambda _: None
        self.on_cancel: Callable[[list[str], int, int], None] = lambda _refs, _until_ms, _now: None
        """Called with the names of a cancel, for other parts that may know them."""
        self.on_shut_off: Callable[[int], None] = lambda _: None
        self.obeyed = 0

    def power_on(self) -> None:
        """Take up again the accepted plays that had not sounded yet."""
        for kept in list(self._step.known("play").values()):
            command = msgspec.convert(kept, Command)
            if command.content is not None and command.play is not None:
                self._take_on(command, command.content, command.play, command.play.start_at)

    def receive(
        self,
        message: MessageDelivered,
        kind: TopicKind,
        moment: Moment,
        *,
        keys: TrustedKeys,
        desired: Desired | None,
        has_waited: bool = False,
    ) -> None:
        """Obey or refuse. One timely by the server's proved time is obeyed, and lasts as long from now as there."""
        now, told_at, _ = moment
        try:
            signed = keys.verify(message.payload, verdict.COMMAND_ROLES, None)
            command = self._read(signed.payload)
            if command.type == CommandType.SYNCED:
                self.on_synced(command, signed.key)
                return
            _check_validity(signed.key, moment)
        except ProtocolError as error:
            self._reports.distrust(message.topic, error.code, told_at)
            return
        sent = command
        refusal = self._judge(command, signed.key, kind, desired, now)
        if refusal in UNTIMELY:
            command, refusal = timely(
                sent, lambda moved: self._judge(moved, signed.key, kind, desired, now), moment, refusal
            )
        if refusal in (Code.KEY_ROLE, Code.WRONG_TOPIC):
            self._reports.suspect(message.topic, refusal, told_at)
        if refusal is None and now is not None:
            refusal = Code.UNSUPPORTED if self._is_for_loudspeakers(command) else self._cannot(command, desired, now)
            refusal = refusal or self._cannot_install(command, keys, desired, now)
        if refusal is not None or now is None:
            if refusal in UNTIMELY and not has_waited:
                self.waiting.untimely(HeldAlert(message, kind, command, told_at))
            self._refuse(command, refusal or Code.NO_CLOCK, told_at)
            return
        if command.type == CommandType.INSTALL and self.installing is not None:
            self._step.remember("seen", command.cid, {"exp": command.exp, "st": str(Standing.RECEIVED)})
            self.installing.take(command, keys, now)
            return
        if command.alert is not None and not has_waited and self._must_wait(command, now):
            self.waiting.hold(HeldAlert(message, kind, command, told_at), is_synced=self.is_synced())
            return
        self._obey(command, signed.payload if command is sent else codec.encode(command), now)

    def _must_wait(self, command: Command, now: int) -> bool:
        return self.waiting.must_wait(command, now, is_synced=self.is_synced())

    def _judge(
        self, command: Command, key: PublicKey, kind: TopicKind, desired: Desired | None, now: int | None
    ) -> Code | None:
        return verdict.judge(
            command,
            key=key,
            device_id=self._identity.id,
            areas=desired.areas if desired else (),
            groups=desired.groups if desired else (),
            now_ms=now,
            seen=self._step.known("seen"),
            cancelled=self._tombstones.against(command),
            holding_prio=max(
                self._speaker.holding_prio, self._live.prio, ALERT_PRIO if self._alerts.holds_speaker else 0
            ),
            point=desired.point if desired else None,
            is_drill_topic=_IS_DRILL_TOPIC.get(kind),
        )

    def in_force(self) -> dict[str, int]:
        """Return the orders held here, with their ends: alerts, the stop of a hush, other plays."""
        plays = self._step.known("play").items()
        found = {cid: _number(kept.get("exp")) for cid, kept in plays if isinstance(kept, dict)}
        return {**{alarm.cid: alarm.command.exp for alarm in self._alerts}, **self._hush.in_force(), **found}

    def forget_expired(self, now: int) -> None:
        """Forget ids and tombstones whose command could not be obeyed any more."""
        for cid, kept in list(self._step.known("seen").items()):
            if isinstance(kept, dict) and _number(kept.get("exp")) < now - KEPT_LONGER_MS:
                self._step.forget("seen", cid)
        self._tombstones.forget_before(now - KEPT_LONGER_MS)
        self._live.forget_before(now)
        for item, until in list(self._step.known("settled").items()):
            if _number(until) < now:
                self._step.forget("settled", item)

    def advance(self, now: int) -> None:
        """Answer the stops and cancels after which the device is silent now."""
        if self._silencing:
            on_card = self._on_card()
            still = [(command, items) for command, items in self._silencing if items & on_card]
            for command, items in self._silencing:
                if not items & on_card:
                    self._reports.answer(command.cid, Standing.DONE, now, jitter_ms=command.jitter_ms)
            self._silencing = still

    def local_stop(self, now: int) -> None:
        """Handle the stop key at the box: everything that sounds ends, and a security event reports it."""
        silenced = [*self._alerts.local_stop(), *self._live.local_stop(now), *self._acting.on_card]
        self._acting.silence(Code.LOCAL_STOP)
        for sounding in self._speaker:
            if sounding.holds_speaker:
                silenced.append(sounding.item)
                self._speaker.withdraw(sounding, now, Code.LOCAL_STOP)
        self._reports.tell("security", Code.LOCAL_STOP, " ".join(silenced), now)

    def _is_for_loudspeakers(self, command: Command) -> bool:
        """Return whether the command needs a loudspeaker and there is none. An alert is shown, or handed on."""
        return command.type in _HEARD and command.alert is None and not self._identity.has_loudspeaker

    def shut_off(self, now: int, *, alerts_pass: bool) -> None:
        """Enter quarantine: items that sound, or wait to resume, end; later ones are refused when due.

        ``alerts_pass``: alerts that are no drills go on.
        """
        self._alerts.stop((), now, is_drill=alerts_pass)
        self._live.silence(ALERT_PRIO, now)
        self.on_shut_off(now)
        for sounding in self._speaker:
            if sounding.holds_speaker:
                self._speaker.withdraw(sounding, now, Code.QUARANTINED)

    def _cannot(self, command: Command, desired: Desired | None, now: int) -> Code | None:
        """Return why the device refuses a command that passed the protocol's verdict, or None."""
        is_urgent = command.prio >= ALERT_PRIO and not command.drill
        is_off = desired is not None and desired.quarantined and command.type in _HEARD
        passes = desired is not None and desired.alerts_pass and command.alert is not None and is_urgent
        is_off = is_off and not passes
        if is_off or len(self._step.known("seen")) >= SEEN_MAX + (SEEN_RESERVED if is_urgent else 0):
            return Code.QUARANTINED if is_off else Code.NO_SPACE
        match command.type:
            case CommandType.PLAY:
                return self._cannot_play(command, desired, now)
            case CommandType.CANCEL:
                return self._cannot_cancel(command)
            case CommandType.STOP if command.hush_until and self._hush.prio(now) > command.prio:
                return Code.BUSY_HIGHER
            case _ if command.type in ACTING_TYPES:
                return self._acting.cannot(command, desired, now)
            case _:
                return self._live.cannot(command, now) if command.type in LIVE_TYPES else None

    def _cannot_install(self, command: Command, keys: TrustedKeys, desired: Desired | None, now: int) -> Code | None:
        if command.type != CommandType.INSTALL:
            return None
        areas = desired.areas if desired else []
        return Code.UNSUPPORTED if self.installing is None else self.installing.cannot(command, keys, areas, now)

    def _cannot_play(self, command: Command, desired: Desired | None, now: int) -> Code | None:
        if command.alert is not None:
            return Code.BUSY_HIGHER if command.drill and self._alerts.is_live else None
        if command.prio >= ALERT_PRIO or command.content is None or command.play is None:
            return None
        sounding = planned(command, command.content, command.play, command.play.start_at or now)
        if sounding.start_at < self._speaker.hush_until:
            return Code.HUSHED
        if desired is not None and quiet.is_quiet(
            sounding.start_at, sounding.end_at, desired.quiet, desired.utc_offset_min
        ):
            return Code.QUIET_HOURS
        return None

    def _cannot_cancel(self, command: Command) -> Code | None:
        """Return why a cancel is refused: a sender who may not sound a thing may not silence it either."""
        alarms = [alarm for ref in command.refs if (alarm := self._alerts.get(ref)) is not None]
        if command.drill and any(not alarm.is_drill for alarm in alarms):
            return Code.KEY_ROLE
        if command.drill:
            return None
        levels = [sounding.prio for sounding in self._named(command.refs) if sounding.cid]
        levels += [ALERT_PRIO for _ in alarms]
        return Code.BUSY_HIGHER if any(level > command.prio for level in levels) else None

    def _refuse(self, command: Command, code: Code, now: int) -> None:
        standing = Standing.EXPIRED if code is Code.EXPIRED else Standing.REJECTED
        test = None
        if code is Code.DUPLICATE:
            test = self._acting.again(command, now)
            kept = self._step.known("seen").get(command.cid)
            if isinstance(kept, dict):
                standing = Standing(str(kept["st"]))
        if code is Code.EXPIRED and now > command.exp + LATE_MS:
            self._reports.suspect(command.cid, code, now)
        if command.type != CommandType.RECEIPT or code is not Code.DUPLICATE:
            self._reports.answer(command.cid, standing, now, code=code, jitter_ms=command.jitter_ms, test=test)

    def _obey(self, command: Command, source: bytes, now: int) -> None:
        """Obey a command; its id is saved first, so that it is never obeyed twice."""
        kind = CommandType(command.type)
        self.obeyed += kind is not CommandType.RECEIPT
        is_acting = kind in ACTING_TYPES
        standing = Standing.RECEIVED if kind in _SOUNDING else Standing.DONE
        if is_acting:
            standing = self._acting.standing(command)
        self._step.remember("seen", command.cid, {"exp": command.exp, "st": str(standing)})
        match kind:
            case _ if is_acting:
                self._acting.obey(command, now)
                return
            case CommandType.PLAY if command.alert is not None:
                self._tombstones.lay(command.alert.replaces, command, command.exp)
                self._alerts.take(command, command.alert, source.decode(), now)
                return
            case CommandType.PLAY if command.content is not None and command.play is not None:
                start_at = command.play.start_at or now
                kept = msgspec.structs.replace(command, play=msgspec.structs.replace(command.play, start_at=start_at))
                self._step.remember("play", command.cid, msgspec.to_builtins(kept))
                self._take_on(command, command.content, command.play, start_at)
            case CommandType.LIVE_START | CommandType.LIVE_RENEW:
                self._live.take(command, now)
                return
            case CommandType.LIVE_STOP | CommandType.STOP | CommandType.CANCEL:
                before = self._on_card()
                self._silence(kind, command, now)
                self._silencing.append((command, before & self._being_stopped()))
                return
            case CommandType.RECEIPT:
                self._reports.receipt(command.refs)
                return
            case _:
                pass
        self._reports.answer(command.cid, standing, now, jitter_ms=command.jitter_ms)

    def _silence(self, kind: CommandType, command: Command, now: int) -> None:
        """Silence sounds; the answer is sent when the card has ended them."""
        if kind is CommandType.LIVE_STOP:
            self._live.stop(command, now)
        elif kind is CommandType.STOP:
            self._stop(command, now)
        else:
            self._cancel(command, now)

    def _take_on(self, command: Command, content: Audio, play: Play, start_at: int) -> None:
        sounding = planned(command, content, play, start_at)
        self._speaker.add(sounding)
        self.on_play(sounding)

    def _stop(self, command: Command, now: int) -> None:
        """End items that sound or wait to resume, up to the command's level; with ``refs`` only those."""
        if command.prio >= ALERT_PRIO or command.drill:
            self.waiting.stop(command)
            self._alerts.stop(command.refs, now, is_drill=command.drill)
        if not command.drill:
            self._hush.obey(command)
            self._acting.silence(Code.CANCELLED)
            if not command.refs or self._live.session in command.refs:
                self._live.silence(command.prio, now)
            meant = self._named(command.refs) if command.refs else [s for s in self._speaker if s.holds_speaker]
            for sounding in meant:
                if sounding.prio <= command.prio:
                    self._speaker.withdraw(sounding, now, Code.CANCELLED)

    def _cancel(self, command: Command, now: int) -> None:
        for ref in command.refs:
            alarm = self._alerts.get(ref)
            self._tombstones.lay([ref], command, max(command.exp, alarm.command.exp if alarm is not None else 0))
        if command.drill or command.prio >= ALERT_PRIO:
            self._alerts.cancel(command.refs, now, is_drill=command.drill)
        for sounding in [] if command.drill else self._named(command.refs):
            self._tombstones.lay([sounding.item], command, max(command.exp, sounding.latest_at))
            self._speaker.withdraw(sounding, now, Code.CANCELLED)
        if not command.drill:
            self._hush.cancel(command)
            self.on_cancel(command.refs, command.exp, now)
            if self.installing is not None:
                self.installing.cancel(command.refs, now)

    def _being_stopped(self) -> set[str]:
        stopped = {sounding.item for sounding in self._speaker if sounding.state is ItemState.STOPPING}
        return stopped | self._alerts.being_stopped() | self._live.being_stopped | self._acting.being_stopped

    def _on_card(self) -> set[str]:
        return {sounding.item for sounding in self._speaker if sounding.state in ON_CARD} | (
            self._alerts.on_card() | self._live.on_card | self._acting.on_card
        )

    def _named(self, refs: list[str]) -> list[AudioItem]:
        return [sounding for ref in refs if (sounding := self._speaker.get(ref)) is not None]


def _check_validity(key: PublicKey, moment: Moment) -> None:
    """Check the key's validity, now or by the server's time; at any time if none is known. Raises UnknownKeyError."""
    now, _, server_now = moment
    is_valid = now is not None and key.nbf <= now <= key.exp
    is_valid = is_valid or (server_now is not None and key.nbf <= server_now <= key.exp)
    if not is_valid and not (now is None and server_now is None):
        raise UnknownKeyError(key.kid)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
