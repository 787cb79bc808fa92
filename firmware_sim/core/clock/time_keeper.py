"""Time keeper of one boot: beacons and round trips in, a clock and its floor on flash out."""

import zlib
from typing import NamedTuple

from devices.protocol import verdict
from devices.protocol.errors import StaleError
from devices.protocol.messages import KeyRole
from devices.protocol.topics import Topic, TopicKind
from firmware_sim.core.clock.clock import NEVER_MS, SPREAD_MS, Clock, Moment
from firmware_sim.core.component import Component
from firmware_sim.core.events import Event, MessageDelivered, PowerOn
from firmware_sim.core.session.device_config import DeviceConfig
from firmware_sim.core.step import Step

_OFF, _FLOOR = "clock_off_ms", "time_floor"


class ClockChange(NamedTuple):
    """Correction of a wrong time: the new time, the step, and whether a clock that was known proved wrong."""

    now: int
    by_ms: int
    has_moved: bool


class TimeKeeper(Component):
    """Clock and floor of the device ``device_id``. ``is_known``: the hardware has a battery clock."""

    EVENTS = (PowerOn,)
    TOPICS = (TopicKind.TIME,)

    def __init__(self, step: Step, config: DeviceConfig, device_id: str, local_ms: int, *, is_known: bool) -> None:
        off_ms, floor_ms = step.number("counter", _OFF), step.number("counter", _FLOOR)
        self.clock = Clock(is_known=is_known, off_ms=off_ms, floor_ms=floor_ms, local_ms=local_ms)
        self._step = step
        self._config = config
        self._share_ms = zlib.crc32(device_id.encode()) % SPREAD_MS
        self.ask_at: int = NEVER_MS
        """Instant of the next round trip (local clock)."""
        self.local_ms = local_ms
        """Hardware's clock at the event that is being handled."""
        self.is_trusted = False
        """True where UTC is known then."""

    def begin(self, local_ms: int) -> int | None:
        """Begin to handle an event at ``local_ms`` of the hardware's clock; return UTC, None where it is not known."""
        now = self.clock.now(local_ms)
        self.local_ms, self.is_trusted = local_ms, now is not None
        return now

    def moment(self, local_ms: int) -> Moment:
        """Begin to handle an event at ``local_ms`` of the hardware's clock; return its instant."""
        now = self.begin(local_ms)
        return Moment(now, local_ms if now is None else now, local_ms)

    def handle(self, event: Event, at: Moment) -> None:
        """Note when this device had its first power with a known clock: older items are not its own."""
        is_known = isinstance(event, PowerOn) and event.clock_known
        if is_known and not self._step.number("counter", "first_on"):
            self._step.remember("counter", "first_on", at.stamp)

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        """Take a beacon: it confirms the time, or makes the device ask the server.

        Raises:
            ProtocolError: it is not signed by our server, or is older than a time known to have passed.
        """
        beacon = verdict.read_beacon(message.payload, self._config.keys, 0)
        self._config.take_fence(beacon.fence, KeyRole.PLAN)
        is_taken = self.clock.take_beacon(beacon.now, at.local_ms)
        self._save()
        if not is_taken:
            if self.ask_at == NEVER_MS and self.clock.may_ask(beacon.now, at.local_ms):
                self.ask_at = at.local_ms + self._share_ms
            if beacon.now < self.clock.floor_ms:
                raise StaleError("Beacon", beacon.now, self.clock.floor_ms)

    # Round trips.

    def begin_round_trip(self) -> int:
        """Note that a question goes out now; return the local time."""
        self.ask_at = NEVER_MS
        self.clock.asked(self.local_ms)
        return self.local_ms

    def end_round_trip(self, server_ms: int, asked_ms: int) -> ClockChange | None:
        """Take the server's time from an answer to the question of ``asked_ms``; return how that corrects the clock."""
        off_ms, before = self.clock.off_ms, self.clock.now(self.local_ms)
        has_changed = self.clock.prove(server_ms, asked_ms, self.local_ms)
        self._save()
        if not has_changed:
            return None
        now = self.clock.now(self.local_ms) or server_ms
        return ClockChange(now, 0 if before is None else now - before, self.clock.off_ms != off_ms)

    def _save(self) -> None:
        """Save changed values only; a clock that was never wrong leaves no entry."""
        for name, value in ((_OFF, self.clock.off_ms), (_FLOOR, self.clock.floor_ms)):
            if value != self._step.number("counter", name):
                self._step.remember("counter", name, value)
