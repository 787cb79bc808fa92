"""Timekeeping of one boot: beacons and round trips in, a clock and its floor on flash out."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from devices.protocol import verdict
from devices.protocol.errors import StaleError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Code, Command, KeyRole, PublicKey
from firmware_sim.core.clock.clock import SPREAD_MS, Clock
from firmware_sim.core.reports.report_queue import NEVER_MS, ReportQueue
from firmware_sim.core.session.link_session import LinkSession
from firmware_sim.core.step import Step

_OFF, _FLOOR = "clock_off_ms", "time_floor"


class TimeKeeper:
    """Clock and floor. ``on_changed`` is called when a wrong time is corrected: the new time, and by how much (ms)."""

    def __init__(self, step: Step, device_id: str, local_ms: int, *, is_known: bool) -> None:
        off_ms, floor_ms = step.number("counter", _OFF), step.number("counter", _FLOOR)
        self.clock = Clock(is_known=is_known, off_ms=off_ms, floor_ms=floor_ms, local_ms=local_ms)
        self._step = step
        self._device_id = device_id
        self._share_ms = zlib.crc32(device_id.encode()) % SPREAD_MS
        self._ask_at: int = NEVER_MS
        self.local_ms = local_ms
        """Hardware's clock at the event that is being handled."""
        self.on_changed: Callable[[int, int], None] = lambda _now, _by: None

    def beside(self, session: LinkSession, reports: ReportQueue) -> None:
        """Set the session whose questions prove the time, and the reports that a corrected clock goes to."""
        self._session = session
        self._reports = reports

    def at(self, local_ms: int) -> None:
        """Set the hardware's clock at the event that is being handled."""
        self.local_ms = local_ms

    def hear(self, payload: bytes, keys: TrustedKeys) -> None:
        """Take a beacon: it confirms the time, or makes the device ask the server.

        Raises:
            ProtocolError: it is not signed by our server, or is older than a time known to have passed.
        """
        beacon = verdict.read_beacon(payload, keys, 0)
        local_ms = self.local_ms
        is_taken = self.clock.hear(beacon.now, local_ms)
        self._keep()
        if not is_taken:
            if self._ask_at == NEVER_MS and self.clock.may_ask(beacon.now, local_ms):
                self._ask_at = local_ms + self._share_ms
            if beacon.now < self.clock.floor_ms:
                raise StaleError("Beacon", beacon.now, self.clock.floor_ms)

    def asked(self) -> int:
        """Note that a question goes out now; return the local time."""
        self._ask_at = NEVER_MS
        self.clock.asked(self.local_ms)
        return self.local_ms

    def is_due(self, local_ms: int) -> bool:
        """Return whether a round trip is to be made now."""
        return self._session.is_online and self._ask_at <= local_ms

    def next_in(self, local_ms: int) -> int:
        return max(0, self._ask_at - local_ms) if self._session.is_online else NEVER_MS

    def synced(self, command: Command, key: PublicKey) -> bool:
        """Take an answer of the server; return whether it answers a question of this device, and so proves the time.

        It is obeyed at any local time.
        """
        is_valid = key.role == KeyRole.PLAN and key.nbf <= command.iat <= key.exp
        if not is_valid or self._device_id not in command.target.devices:
            return False
        asked_ms = self._session.answered(command.refs)
        if asked_ms is None:
            return False
        off_ms, before = self.clock.off_ms, self.clock.now(self.local_ms)
        has_changed = self.clock.prove(command.iat, asked_ms, self.local_ms)
        self._keep()
        if has_changed:
            now = self.clock.now(self.local_ms) or command.iat
            if self.clock.off_ms != off_ms:
                self._reports.tell("fault", Code.NO_CLOCK, f"{self.clock.off_ms} ms", now)
            self.on_changed(now, 0 if before is None else now - before)
        return True

    def _keep(self) -> None:
        """Save changed values only; a clock that was never wrong leaves no entry."""
        for name, value in ((_OFF, self.clock.off_ms), (_FLOOR, self.clock.floor_ms)):
            if value != self._step.number("counter", name):
                self._step.remember("counter", name, value)
