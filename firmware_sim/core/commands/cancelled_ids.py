"""Cancelled ids: a command that comes after its cancel is refused.

A sender who may not sound a thing may not silence it either: the drill key's cancels bind drills, those below the
level of alerts bind no alert.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Container, Iterable
from typing import Final

from devices.protocol.messages import Command
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core.step import Step

_ANY, _ALERTS, _DRILLS = "cancelled", "cancelled_alert", "cancelled_drill"
KINDS: Final = (_ANY, _ALERTS, _DRILLS)
KEPT_LONGER_MS: Final = 900_000
"""Ids outlive their command by this: replayed beacons can set a clock back by less."""


class CancelledIds:
    """Cancelled ids of one device, on flash."""

    def __init__(self, step: Step) -> None:
        self._step = step

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
