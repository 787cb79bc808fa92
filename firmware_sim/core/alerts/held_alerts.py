"""Alerts held until the server has answered: are they still in force, and what time is it?

A link that was held up delivers an alert minutes late, and its end a moment later; a device that has just connected
learns from the answer to its ``req/sync`` which alerts have ended. So an old alert waits for that answer, ``HOLD_MS``
at the most: an answer that is lost mutes nothing. An alert refused for its time alone is judged again when a round
trip has proved the server's time.
"""

from dataclasses import dataclass
from typing import Final

from devices.protocol.messages import Code, Command
from devices.protocol.topics import TopicKind
from firmware_sim.core.clock.clock import NEVER_MS
from firmware_sim.core.component import DevicePart
from firmware_sim.core.events import MessageDelivered

HOLD_MS: Final = 3_000
OLD_AT_CONNECT_MS: Final = 5_000
"""Before the first answer on a connection an alert of this age may have ended: the answer is on its way."""
OLD_MS: Final = 30_000
"""After it, an alert of this age: its last copy is sent 20 s after the first, a later arrival was held up."""
UNTIMELY: Final = frozenset({Code.EXPIRED, Code.FUTURE_IAT, Code.NOT_YET, Code.NO_CLOCK})
UNTIMELY_MAX: Final = 8
UNTIMELY_MS: Final = 20_000


@dataclass(frozen=True, slots=True)
class HeldAlert:
    """One alert as it arrived. ``since``: when (true ms)."""

    message: MessageDelivered
    kind: TopicKind
    command: Command
    since: int


class HeldAlerts(DevicePart):
    """Alerts held, and those refused for their time alone. ``sync`` asks the server."""

    def _set_up(self) -> None:
        self._held: dict[str, HeldAlert] = {}
        self._untimely: dict[str, HeldAlert] = {}

    def must_wait(self, command: Command, now: int) -> bool:
        """Return whether an alert that could be obeyed is old enough to have ended already."""
        return now - command.iat > (OLD_MS if self._parts.sync.is_synced else OLD_AT_CONNECT_MS)

    def hold(self, held: HeldAlert) -> None:
        """Hold an alert until the answer that is on its way, or ask for one."""
        self._held.setdefault(held.command.cid, held)
        if self._parts.sync.is_synced:
            self._parts.sync.request(held.since)

    def untimely(self, held: HeldAlert) -> None:
        """Hold an alert refused for its time alone: a round trip may show that this clock is the wrong one."""
        if held.command.alert is None:
            return
        self._untimely.pop(held.command.cid, None)
        self._untimely[held.command.cid] = held
        while len(self._untimely) > UNTIMELY_MAX:
            del self._untimely[next(iter(self._untimely))]
        self._parts.sync.request(held.since)

    def stop(self, command: Command) -> None:
        """End held alerts that were issued before a stop."""
        for cid, held in list(self._held.items()):
            is_meant = not command.refs or cid in command.refs
            if is_meant and (held.command.drill or not command.drill) and held.command.iat <= command.iat:
                del self._held[cid]

    def answered(self) -> list[HeldAlert]:
        """Return all held alerts, to be judged now that the server has answered; untimely ones once more."""
        found = [*self._held.values(), *self._untimely.values()]
        self._held, self._untimely = {}, {}
        return found

    def due(self, now: int) -> list[HeldAlert]:
        """Return alerts that have waited long enough. A clock that was set back makes none wait longer."""
        if not self._held and not self._untimely:
            return []
        found = [held for held in self._held.values() if not 0 <= now - held.since < HOLD_MS]
        for held in found:
            del self._held[held.command.cid]
        for cid, held in list(self._untimely.items()):
            if not 0 <= now - held.since < UNTIMELY_MS:
                del self._untimely[cid]
        return found

    def next_at(self) -> int:
        return min(held.since + HOLD_MS for held in self._held.values()) if self._held else NEVER_MS
