"""Telemetry of a device: when it is sent, and its content; see ``docs/protocol.md``."""

from collections import deque
from dataclasses import fields, replace
from typing import Final
from zlib import crc32

from devices.protocol import codec, topics
from devices.protocol.messages import Desired, Telemetry
from firmware_sim.core.clock.clock import NEVER_MS, Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import Publish
from firmware_sim.core.events import Connected, Disconnected, Event, Measured, Measurements

WHILE_PLAYING_MS: Final = 60_000
CHANGES_APART_MS: Final = 5_000
"""A flickering value, such as a loose contact of the mains, is sent at most this often."""
DAY_MS: Final = 86_400_000
CONNECTIONS_KEPT: Final = 1_000
EXPIRY_S: Final = 600
MEASURED: Final = tuple(each.name for each in fields(Measurements) if each.name != "reset_reason")


class TelemetryReporter(Component):
    """Telemetry of one boot, which began at ``on_since`` (local clock). ``fw``: version of the firmware that runs."""

    EVENTS = (Connected, Disconnected, Measured)

    def _set_up(self) -> None:
        self._on_since = self._parts.on_since
        self._has_amplifier = not self._parts.identity.is_board
        self._tests = self._parts.test_results
        self._tested_at = self._tests.noted_at
        # A whole area begins an alert at once: its devices must not send telemetry in one instant, minute by minute.
        self._share_ms = crc32(self._parts.id.encode()) % WHILE_PLAYING_MS
        self._measured = Measurements()
        self._is_online = False
        self._due_at = NEVER_MS
        self._sent_at = 0
        self._sent: tuple[object, ...] = ()
        self._connected_at: deque[int] = deque(maxlen=CONNECTIONS_KEPT)
        self._was_playing = False
        self._counted_at = 0
        self._played_ms = 0
        self._day = 0

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case Connected():
                self._connected_at.append(at.stamp)
                self._is_online = True
                self._due_at = at.stamp
            case Disconnected():
                # The time that sounds play is still counted.
                self._is_online = False
                self._due_at = NEVER_MS
            case Measured():
                self._take(event.measurements, at.stamp)
            case _:
                pass

    def next_at(self, now: int) -> int:
        return self._due_at if self._config.desired is not None else NEVER_MS

    def advance(self, now: int) -> None:
        """Send telemetry where it is due."""
        desired = self._config.desired
        if desired is None:
            return
        if self._tests.noted_at != self._tested_at:
            self._send_test_result_soon()
        is_playing = self._parts.arbiter.is_playing
        if is_playing != self._was_playing:
            self._count(now, desired)
            self._was_playing = is_playing
            if is_playing and self._is_online:
                self._due_at = min(self._due_at, now + self._share_ms)
        if now < self._due_at:
            return
        self._count(now, desired)
        self._due_at = now + (WHILE_PLAYING_MS if is_playing else desired.report_s * 1000)
        self._sent_at = now
        self._sent = _decisive(self._measured)
        body = codec.encode(self._record(now, is_playing=is_playing))
        self._step.do(Publish(topics.device_telemetry(self._parts.id), body, qos=0, expiry_s=EXPIRY_S))

    def _take(self, measurements: Measurements, now: int) -> None:
        """Take measurements; a change that decides whether the device can be heard is sent at once."""
        self._measured = measurements if self._has_amplifier else _of_a_board(measurements)
        if self._is_online and self._sent != _decisive(self._measured):
            self._due_at = min(self._due_at, max(now, self._sent_at + CHANGES_APART_MS))

    def _send_test_result_soon(self) -> None:
        """Send the result of a self-test soon, for its requester waits; the box first measures itself in silence."""
        self._tested_at = self._tests.noted_at
        if self._is_online and self._tested_at is not None:
            self._due_at = min(self._due_at, self._tested_at + CHANGES_APART_MS)

    def _count(self, now: int, desired: Desired) -> None:
        """Count the time sounded since the local midnight."""
        local = now + desired.utc_offset_min * 60_000
        day = local // DAY_MS
        if day != self._day:
            self._day, self._played_ms = day, 0
        if self._was_playing:
            self._played_ms += max(0, now - max(self._counted_at, now - local % DAY_MS))
        self._counted_at = now

    def _record(self, now: int, *, is_playing: bool) -> Telemetry:
        on_air = self._parts.arbiter.on_air()
        manifest = self._parts.plans.manifest
        since = None if on_air is None else on_air.since
        return Telemetry(
            v=1,
            ts=now,
            boot=self._parts.boot,
            up_s=max(0, now - self._on_since) // 1000,
            st="playing" if is_playing else "idle",
            volume_pct=self._parts.settings.volume_at(now),
            fw=self._parts.running.version,
            clk_ms=self._clock.error_ms,
            reconn_24h=sum(at > now - DAY_MS for at in self._connected_at),
            cid=on_air.cid if on_air else None,
            pos_ms=None if since is None else max(0, now - since),
            src=on_air.src if on_air else "",
            played_s_day=self._played_ms // 1000,
            plan_ver=None if manifest is None else manifest.ver,
            self_test=self._tests.outcome,
            self_test_at=self._tests.at,
            **{name: getattr(self._measured, name) for name in MEASURED}
            | {"reset_reason": self._parts.maintenance.began or self._measured.reset_reason},
        )


def _of_a_board(measurements: Measurements) -> Measurements:
    """Return the measurements without those of an amplifier, which a board does not have."""
    return replace(
        measurements,
        amp_on=None,
        amp_ma=None,
        line_ohm=None,
        ref_ohm=None,
        spk="",
        clip_pct=None,
        amp_temp=None,
        mic_db=None,
        underruns=None,
    )


def _decisive(measurements: Measurements) -> tuple[object, ...]:
    """Return the measurements that decide whether the device can be heard."""
    return measurements.mains, measurements.spk, measurements.disk_ro
