"""Commands that end sounds: stop, cancel and ``live_stop``, the stop key at the box, and the ids that were cancelled.

They are answered when the sound card has ended what they meant. A sender who may not sound a thing may not silence it
either: the drill key's cancels bind drills, those below the level of alerts bind no alert.
"""

from collections import ChainMap
from collections.abc import Container, Iterable
from typing import Final

from devices.protocol.messages import Code, Command, CommandType, ExecutionState
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component, DevicePart
from firmware_sim.core.events import Event, LocalStop

_ANY, _ALERTS, _DRILLS = "cancelled", "cancelled_alert", "cancelled_drill"
KINDS: Final = (_ANY, _ALERTS, _DRILLS)
KEPT_LONGER_MS: Final = 900_000
"""Ids outlive their command by this: replayed beacons can set a clock back by less."""


class CancelledIds(DevicePart):
    """Cancelled ids of one device, on flash."""

    def add(self, names: Iterable[str], by: Command, until: int) -> None:
        """Refuse each of these ids up to this instant."""
        if by.drill:
            kinds: tuple[str, ...] = (_DRILLS,)
        else:
            kinds = (_ANY, _ALERTS) if by.prio >= ALERT_PRIO else (_ANY,)
        for name in names:
            for kind in kinds:
                self._step.remember(kind, name, max(until, self._step.number(kind, name)))

    def against(self, command: Command) -> Container[str]:
        """Return the cancelled ids that bind such a command."""
        if command.drill:
            return ChainMap(self._step.known(_DRILLS), self._step.known(_ALERTS))
        return self._step.known(_ALERTS if command.prio >= ALERT_PRIO else _ANY)

    def forget_expired(self, now: int) -> None:
        """Forget ids whose command could not be obeyed any more."""
        instant = now - KEPT_LONGER_MS
        for kind in KINDS:
            for name in list(self._step.known(kind)):
                if self._step.number(kind, name) < instant:
                    self._step.forget(kind, name)


class StopHandler(Component):
    """Handler of stops and cancels."""

    EVENTS = (LocalStop,)
    COMMANDS = (CommandType.STOP, CommandType.CANCEL, CommandType.LIVE_STOP)

    def _set_up(self) -> None:
        self._silencing: list[tuple[Command, set[str]]] = []

    def handle(self, event: Event, at: Moment) -> None:
        """Handle the stop key: everything that sounds ends, and a security event reports it."""
        silenced = self._parts.arbiter.press_stop(at.stamp)
        self._reports.add_event("security", Code.LOCAL_STOP, " ".join(silenced), at.stamp)

    def refusal(self, command: Command, now: int) -> Code | None:
        """Return why it is refused: a sender who may not sound a thing may not silence it either."""
        match command.type:
            case CommandType.LIVE_STOP:
                is_outranked = self._parts.live.outranks(command)
            case CommandType.STOP:
                lifts = 0 < command.hush_until <= command.iat
                is_outranked = lifts and self._parts.hush.prio(now) > command.prio
            case _:
                return self._cancel_refusal(command)
        return Code.BUSY_HIGHER if is_outranked else None

    def _cancel_refusal(self, command: Command) -> Code | None:
        alerts = [alert for ref in command.refs if (alert := self._parts.alerts.get(ref)) is not None]
        if command.drill:
            return Code.KEY_ROLE if any(not alert.is_drill for alert in alerts) else None
        levels = [item.prio for item in self._parts.items.named(command.refs) if item.cid]
        levels += [ALERT_PRIO for _ in alerts]
        return Code.BUSY_HIGHER if any(level > command.prio for level in levels) else None

    def obey(self, command: Command, source: bytes, now: int) -> None:
        """End sounds; the answer is sent when the card has ended them."""
        before = self._parts.arbiter.on_card()
        match command.type:
            case CommandType.LIVE_STOP:
                self._parts.live.obey_live_stop(command, now)
            case CommandType.STOP:
                self._stop(command, now)
            case _:
                self._cancel(command, now)
        self._silencing.append((command, before & self._parts.arbiter.being_stopped()))

    def advance(self, now: int) -> None:
        """Answer the stops and cancels after which the device is silent now."""
        if not self._silencing:
            return
        on_card = self._parts.arbiter.on_card()
        for command, items in self._silencing:
            if not items & on_card:
                self._reports.answer(command.cid, ExecutionState.DONE, now, jitter_ms=command.jitter_ms)
        self._silencing = [(command, items) for command, items in self._silencing if items & on_card]

    def forget_expired(self, now: int) -> None:
        self._parts.cancelled.forget_expired(now)
        self._parts.hush.forget_expired(now)

    def _stop(self, command: Command, now: int) -> None:
        if command.prio >= ALERT_PRIO or command.drill:
            self._parts.held.stop(command)
        if not command.drill:
            self._parts.hush.obey(command)
        self._parts.arbiter.obey_stop(command, now)

    def _cancel(self, command: Command, now: int) -> None:
        """Withdraw what is named; a copy, or the command itself where it comes later, is refused."""
        for ref in command.refs:
            alert = self._parts.alerts.get(ref)
            self._parts.cancelled.add([ref], command, max(command.exp, 0 if alert is None else alert.command.exp))
        for item in [] if command.drill else self._parts.items.named(command.refs):
            self._parts.cancelled.add([item.item], command, max(command.exp, item.latest_at))
        if not command.drill:
            self._parts.hush.cancel(command)
        parts = self._parts
        for each in (parts.alerts, parts.player, parts.follower, parts.update):
            each.cancel(command, now)
