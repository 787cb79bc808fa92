"""Signed commands: verified, judged by the protocol's verdict, and handed to the component that carries them out."""

from collections.abc import Callable, Collection
from typing import Final, Protocol

import msgspec

from devices.protocol import codec, verdict
from devices.protocol.approvals import ApprovalRefusal
from devices.protocol.errors import ProtocolError, UnknownKeyError
from devices.protocol.messages import Code, Command, CommandType, ExecutionState, PublicKey, TestResult
from devices.protocol.officers import TrustedOfficers
from devices.protocol.topics import Topic, TopicKind
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core.alerts.held_alerts import UNTIMELY, HeldAlert
from firmware_sim.core.clock.clock import Moment, shifted
from firmware_sim.core.commands.stop_handler import KEPT_LONGER_MS
from firmware_sim.core.component import Component
from firmware_sim.core.events import MessageDelivered

SEEN_MAX: Final = 5_000
"""Ids remembered at once: a sender that fills a device's flash is refused instead."""
SEEN_RESERVED: Final = 500
"""Ids remembered beyond that for alerts: a sender of lesser commands must not shut them out."""
LATE_MS: Final = 600_000
"""The broker drops expired messages: one that arrives this long after its end was withheld, and is reported."""
_SOUNDING: Final = frozenset[str]({CommandType.PLAY, CommandType.LIVE_START, CommandType.LIVE_RENEW})
_IS_DRILL_TOPIC: Final = {TopicKind.AREA_ALERT: False, TopicKind.AREA_DRILL: True}
ReadCommand = Callable[[bytes], Command]
"""As ``read_command``; a swarm passes one that reads identical bytes once."""


class JudgeApprovals(Protocol):
    """As ``verdict.unapproved``; a swarm passes one that judges the very same command and chain once."""

    def __call__(
        self, command: Command, officers: TrustedOfficers | None, /, *, areas: Collection[str], now_ms: int
    ) -> ApprovalRefusal | None: ...


def read_command(payload: bytes) -> Command:
    """Decode a signed command. Raises ProtocolError."""
    return codec.decode(Command, payload)


class CommandHandler(Component):
    """Handler of signed commands. ``components`` carry them out, each those of its ``COMMANDS``."""

    TOPICS = (TopicKind.AREA_COMMAND, TopicKind.AREA_ALERT, TopicKind.AREA_DRILL, TopicKind.DEVICE_COMMAND)
    RUNS_WITHOUT_TIME = True

    def _set_up(self) -> None:
        parts = self._parts
        sounding = (parts.live, parts.self_test, parts.player, parts.stops)
        handlers = (*sounding, parts.maintenance, parts.update, parts.reports)
        self._by_type: dict[str, Component] = {kind: each for each in handlers for kind in each.COMMANDS}
        self._time, self._held = parts.time, parts.held
        self.obeyed = 0
        self._refused_by: TrustedOfficers | None = None

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        self._receive(message, topic.kind, at)

    def advance(self, now: int) -> None:
        """Judge the alerts that have waited long enough for the server's answer.

        Ask for those in force again where one was refused by officers that newer ones have replaced since.
        """
        if self._refused_by is not None and self._config.officers is not self._refused_by:
            self._refused_by = None
            self._parts.sync.request(now)
        for held in self._held.due(now):
            self._judge_again(held, fence=0)

    def next_at(self, now: int) -> int:
        return self._held.next_at()

    def forget_expired(self, now: int) -> None:
        """Forget ids whose command could not be obeyed any more."""
        for cid, kept in list(self._step.known("seen").items()):
            exp = kept.get("exp") if isinstance(kept, dict) else now
            if not isinstance(exp, int) or exp < now - KEPT_LONGER_MS:
                self._step.forget("seen", cid)

    def _judge_again(self, held: HeldAlert, *, fence: int) -> None:
        self._receive(held.message, held.kind, self._time.moment(self._time.local_ms), fence)

    def _receive(self, message: MessageDelivered, kind: TopicKind, at: Moment, waited_fence: int | None = None) -> None:
        """Obey or refuse. One timely by the server's proved time is obeyed, and lasts as long from now as there.

        ``waited_fence``: the message has waited for the server's answer, which named this fence; 0: none came.
        """
        has_waited = waited_fence is not None
        server_now = self._time.clock.server_now(at.local_ms)
        try:
            signed = self._config.keys.verify(message.payload, verdict.COMMAND_ROLES, None)
            command = self._parts.read(signed.payload)
            if command.type == CommandType.SYNCED:
                self._take_answer(command, signed.key)
                return
            _check_validity(signed.key, at.now, server_now)
        except ProtocolError as error:
            self._reports.distrust(message.topic, error.code, at.stamp)
            return
        sent = command
        refusal = self._judge(command, signed.key, kind, at.now, waited_fence)
        if refusal in UNTIMELY and at.now is not None and server_now is not None:
            moved = shifted(sent, at.now - server_now)
            if (again := self._judge(moved, signed.key, kind, at.now, waited_fence)) not in UNTIMELY:
                command, refusal = moved, again
        if refusal in (Code.KEY_ROLE, Code.WRONG_TOPIC):
            self._reports.suspect(message.topic, refusal, at.stamp)
        else:
            self._config.take_fence(command.fence, signed.key.role)
        if refusal is None and at.now is not None:
            judged_at = at.now if command is sent or server_now is None else server_now
            refusal = self._unapproved(sent, judged_at, at.stamp) or self._refusal(command, at.now)
        if refusal is not None or at.now is None:
            held = HeldAlert(message, kind, command, at.stamp)
            self._put_off(held, refusal or Code.NO_CLOCK, has_waited=has_waited)
            return
        if command.alert is not None and not has_waited and self._held.must_wait(command, at.now):
            self._held.hold(HeldAlert(message, kind, command, at.stamp))
            return
        self._obey(command, signed.payload if command is sent else codec.encode(command), at.now)

    def _put_off(self, held: HeldAlert, code: Code, *, has_waited: bool) -> None:
        """Refuse a command, or hold it for the server's answer.

        One of a replaced gateway is not answered: the present one is asked, and sends under the same id what is still
        to be done. An alert is obeyed where no answer comes: a siren that stays silent is the greater harm.
        """
        if code in UNTIMELY and not has_waited:
            self._held.untimely(held)
        if code is not Code.FENCED:
            self._refuse(held.command, code, held.since)
            return
        self._reports.suspect(held.message.topic, code, held.since)
        if held.command.alert is not None and not has_waited:
            self._held.hold(held)
        if not has_waited:
            self._parts.sync.request(held.since)

    def _take_answer(self, command: Command, key: PublicKey) -> None:
        """Judge the commands that waited for the server's answer, where this is it."""
        if self._parts.sync.accept(command, key):
            self._config.take_fence(command.fence, key.role, is_answer=True)
            for held in self._held.answered():
                self._judge_again(held, fence=self._config.fence)

    def _judge(
        self, command: Command, key: PublicKey, kind: TopicKind, now: int | None, fence: int | None
    ) -> Code | None:
        desired = self._config.desired
        return verdict.judge(
            command,
            key=key,
            device_id=self._parts.identity.id,
            areas=desired.areas if desired else (),
            groups=desired.groups if desired else (),
            now_ms=now,
            seen=self._step.known("seen"),
            cancelled=self._parts.cancelled.against(command),
            holding_prio=self._parts.arbiter.claimed_prio,
            point=desired.point if desired else None,
            is_drill_topic=_IS_DRILL_TOPIC.get(kind),
            fence=self._config.fence if fence is None else fence,
        )

    def _unapproved(self, sent: Command, judged_at: int, now: int) -> Code | None:
        """Return UNAPPROVED, and report it, where the signatures of people do not let out what was signed."""
        reason = self._parts.approve(sent, self._config.officers, areas=self._config.areas, now_ms=judged_at)
        if reason is None:
            return None
        self._refused_by = self._config.officers
        self._reports.suspect(f"{sent.cid} {reason}", Code.UNAPPROVED, now)
        return Code.UNAPPROVED

    def _refusal(self, command: Command, now: int) -> Code | None:
        """Return why the device refuses a command that passed the protocol's verdict, or None."""
        is_alert = command.alert is not None
        if command.type in _SOUNDING and not is_alert and not self._parts.identity.has_loudspeaker:
            return Code.UNSUPPORTED  # an alert is shown, or handed on
        is_urgent = command.prio >= ALERT_PRIO and not command.drill
        desired = self._config.desired
        passes = desired is not None and desired.alerts_pass and is_alert and is_urgent
        if self._config.is_quarantined and command.type in _SOUNDING and not passes:
            return Code.QUARANTINED
        if len(self._step.known("seen")) >= SEEN_MAX + (SEEN_RESERVED if is_urgent else 0):
            return Code.NO_SPACE
        return self._component_of(command).refusal(command, now)

    def _component_of(self, command: Command) -> Component:
        is_alert = command.alert is not None and command.type == CommandType.PLAY
        return self._parts.alerts if is_alert else self._by_type[command.type]

    def _refuse(self, command: Command, code: Code, now: int) -> None:
        standing = ExecutionState.EXPIRED if code is Code.EXPIRED else ExecutionState.REJECTED
        test = None
        if code is Code.DUPLICATE:
            if (component := self._by_type.get(command.type)) is not None:
                component.repeat(command, now)
            kept = self._step.known("seen").get(command.cid)
            if isinstance(kept, dict):
                standing = ExecutionState(str(kept["st"]))
                test = msgspec.convert(kept["test"], TestResult) if "test" in kept else None
        if code is Code.EXPIRED and now > command.exp + LATE_MS:
            self._reports.suspect(command.cid, code, now)
        if command.type != CommandType.RECEIPT or code is not Code.DUPLICATE:
            self._reports.answer(command.cid, standing, now, code=code, jitter_ms=command.jitter_ms, test=test)

    def _obey(self, command: Command, source: bytes, now: int) -> None:
        """Obey a command; its id is saved first, so that it is never obeyed twice."""
        self.obeyed += command.type != CommandType.RECEIPT
        component = self._component_of(command)
        self._step.remember("seen", command.cid, {"exp": command.exp, "st": str(component.standing(command))})
        if command.alert is not None:
            self._parts.cancelled.add(command.alert.replaces, command, command.exp)
        component.obey(command, source, now)


def _check_validity(key: PublicKey, now: int | None, server_now: int | None) -> None:
    """Check the key's validity, now or by the server's time; at any time if none is known. Raises UnknownKeyError."""
    known = [at for at in (now, server_now) if at is not None]
    if known and not any(key.nbf <= at <= key.exp for at in known):
        raise UnknownKeyError(key.kid)
