"""Telemetry of a device: when it is sent, and its content; see ``docs/protocol.md``."""

from __future__ import annotations

from collections import deque
from dataclasses import fields, replace
from typing import Final, NamedTuple
from zlib import crc32

from devices.protocol import codec, topics
from devices.protocol.messages import Desired, Telemetry
from firmware_sim.core.alerts.alert_player import AlertPlayer
from firmware_sim.core.clock.clock import Clock
from firmware_sim.core.effects import Publish
from firmware_sim.core.health.measurements import Measurements
from firmware_sim.core.live.live_address import LiveAddress
from firmware_sim.core.maintenance.remote_commands import RemoteCommands
from firmware_sim.core.maintenance.self_test_results import SelfTestResults
from firmware_sim.core.reports.report_queue import NEVER_MS
from firmware_sim.core.schedule.audio_item import ON_CARD
from firmware_sim.core.schedule.item_player import ItemPlayer
from firmware_sim.core.schedule.plan_follower import PlanFollower
from firmware_sim.core.step import Step

WHILE_PLAYING_MS: Final = 60_000
CHANGES_APART_MS: Final = 5_000
"""A flickering value, such as a loose contact of the mains, is sent at most this often."""
DAY_MS: Final = 86_400_000
CONNECTIONS_KEPT: Final = 1_000
EXPIRY_S: Final = 600
MEASURED: Final = tuple(each.name for each in fields(Measurements) if each.name != "reset_reason")


class OnAir(NamedTuple):
    """Sound on air: its command or item, its source, and its start (true ms; None: about to begin)."""

    cid: str
    src: str
    since: int | None


class TelemetryReporter:
    """Telemetry of one boot. ``vitals``: last measurements; ``began``: why this boot began, if known."""

    def __init__(
        self,
        step: Step,
        clock: Clock,
        device_id: str,
        boot: str,
        on_since: int,
        *,
        fw: str,
        tests: SelfTestResults,
        has_speaker: bool,
    ) -> None:
        self._step = step
        self._clock = clock
        self._id = device_id
        self._boot = boot
        self._on_since = on_since
        self._fw = fw
        self._has_speaker = has_speaker
        self._tests = tests
        tests.on_told = self.tested
        self.began = ""
        # A whole area begins an alert at once: its devices must not send telemetry in one instant, minute by minute.
        self._share_ms = crc32(device_id.encode()) % WHILE_PLAYING_MS
        self.vitals = Measurements()
        self._is_online = False
        self._due_at = NEVER_MS
        self._told_at = 0
        self._told: tuple[object, ...] = ()
        self._connected_at: deque[int] = deque(maxlen=CONNECTIONS_KEPT)
        self._was_playing = False
        self._counted_at = 0
        self._played_ms = 0
        self._day = 0

    def measured(self, vitals: Measurements, now: int) -> None:
        """Take measurements; a change that decides whether the device can be heard is sent at once."""
        self.vitals = vitals if self._has_speaker else _of_a_board(vitals)
        if self._is_online and self._told != _decisive(vitals):
            self._due_at = min(self._due_at, max(now, self._told_at + CHANGES_APART_MS))

    def tested(self, now: int) -> None:
        """Send the result of a self-test soon, for its requester waits; the box first measures itself in silence."""
        if self._is_online:
            self._due_at = min(self._due_at, now + CHANGES_APART_MS)

    def connected(self, now: int) -> None:
        """Send telemetry on each new connection."""
        self._connected_at.append(now)
        self._is_online = True
        self._due_at = now

    def disconnected(self) -> None:
        """Stop sending; the time that sounds play is still counted."""
        self._is_online = False
        self._due_at = NEVER_MS

    def next_at(self) -> int:
        return self._due_at

    def advance(self, now: int, desired: Desired, parts: SoundSources) -> None:
        """Send telemetry where it is due."""
        is_playing = parts.is_playing
        if is_playing != self._was_playing:
            self._count(now, desired)
            self._was_playing = is_playing
            if is_playing and self._is_online:
                self._due_at = min(self._due_at, now + self._share_ms)
        if now < self._due_at:
            return
        self._count(now, desired)
        self._due_at = now + (WHILE_PLAYING_MS if is_playing else desired.report_s * 1000)
        self._told_at = now
        self._told = _decisive(self.vitals)
        body = codec.encode(self._record(now, parts))
        self._step.do(Publish(topics.device_telemetry(self._id), body, qos=0, expiry_s=EXPIRY_S))

    def _count(self, now: int, desired: Desired) -> None:
        """Count the time sounded since the local midnight."""
        local = now + desired.utc_offset_min * 60_000
        day = local // DAY_MS
        if day != self._day:
            self._day, self._played_ms = day, 0
        if self._was_playing:
            self._played_ms += max(0, now - max(self._counted_at, now - local % DAY_MS))
        self._counted_at = now

    def _record(self, now: int, parts: SoundSources) -> Telemetry:
        on_air = parts.on_air()
        since = None if on_air is None else on_air.since
        return Telemetry(
            v=1,
            ts=now,
            boot=self._boot,
            up_s=max(0, now - self._on_since) // 1000,
            st="playing" if parts.is_playing else "idle",
            volume_pct=parts.speaker.volume_at(now),
            fw=self._fw,
            clk_ms=self._clock.error_ms,
            reconn_24h=sum(at > now - DAY_MS for at in self._connected_at),
            cid=on_air.cid if on_air else None,
            pos_ms=None if since is None else max(0, now - since),
            src=on_air.src if on_air else "",
            played_s_day=self._played_ms // 1000,
            plan_ver=parts.plan_ver,
            self_test=self._tests.word,
            self_test_at=self._tests.at,
            **{name: getattr(self.vitals, name) for name in MEASURED}
            | {"reset_reason": self.began or self.vitals.reset_reason},
        )


class SoundSources(NamedTuple):
    """Parts of the core that know which sound is on air."""

    speaker: ItemPlayer
    alerts: AlertPlayer
    live: LiveAddress
    programme: PlanFollower
    acting: RemoteCommands

    @property
    def is_playing(self) -> bool:
        """Return whether an ordered sound is on air, the tone of a self-test included."""
        is_on = self.alerts.holds_speaker or self.speaker.holding_prio > 0
        return is_on or bool(self.live.on_card) or bool(self.acting.on_card)

    @property
    def plan_ver(self) -> int | None:
        held = self.programme.manifest
        return None if held is None else held.ver

    def on_air(self) -> OnAir | None:
        """Return the sound that is on air, or about to be."""
        if (alert := self.alerts.on_air) is not None:
            return OnAir(alert[0], "alert", alert[1])
        if self.live.on_card:
            return OnAir(self.live.session, "live", self.live.began_at)
        for item in self.acting.on_card:
            return OnAir(item.partition("#")[0], "command", None)
        for sounding in self.speaker:
            if sounding.state in ON_CARD:
                src = "relay" if sounding.relay is not None else "command" if sounding.cid else "plan"
                since = sounding.part_started_at - sounding.offset_ms if sounding.was_heard else None
                return OnAir(sounding.cid or sounding.item, src, since)
        return None


def _of_a_board(vitals: Measurements) -> Measurements:
    """Return the measurements without those of an amplifier, which a board does not have."""
    return replace(
        vitals,
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


def _decisive(vitals: Measurements) -> tuple[object, ...]:
    """Return the measurements that decide whether the device can be heard."""
    return vitals.mains, vitals.spk, vitals.disk_ro
