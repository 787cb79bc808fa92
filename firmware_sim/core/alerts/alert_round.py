"""One round of an alert on the sound card: its tone, its speech, and its end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from devices.protocol.messages import Code, Speech
from firmware_sim.core.alerts.active_alert import ActiveAlert
from firmware_sim.core.alerts.speech_store import SpeechStore
from firmware_sim.core.clock.clock import NEVER_MS
from firmware_sim.core.effects import Clip, ExtendTrack, Part, Silence, Tone
from firmware_sim.core.step import Step

SPEECH_WAIT_MS: Final = 20_000
"""The gong goes on this long while speech is missing; then the tone comes again."""
TONES_MAX: Final = 3
"""Tones without speech in one round; the next round begins when the speech is there."""


@dataclass(slots=True)
class AlertRound:
    """One round. ``over_at``: its tone ends; ``look_at``: the next decision is due. Instants are true ms.

    ``begun_at``: it was handed to the card. ``turn``: how often the alert has begun on this device.
    """

    item: str
    alert: ActiveAlert
    planned_at: int
    is_first: bool
    wake_ms: int
    tone: Tone
    is_open: bool
    begun_at: int
    turn: int
    is_stopping: bool = False
    started_at: int | None = None
    over_at: int = NEVER_MS
    look_at: int = NEVER_MS
    tones: int = 1
    sha256: str = ""
    is_missing: bool = False
    is_speechless: bool = False
    reason: Code | None = None

    def begun(self, at: int) -> None:
        """Note the card's first sample, which may be that of the amplifier's silence."""
        self.started_at = at + self.wake_ms
        self.over_at = self.started_at + self.tone.ms
        if self.is_open:
            self.look_at = self.over_at

    def extend(self, step: Step, shelf: SpeechStore, now: int) -> bool:
        """Go on with the speech as soon as it can sound; True: waiting for it begins now."""
        if not self.is_open or self.is_stopping:
            return False
        wanted, other = self.alert.choices(now)
        is_over = now >= self.over_at
        if is_over and not shelf.have(wanted) and shelf.have(other):
            wanted = other
        there = shelf.have(wanted)
        if len(there) == len(wanted) or (there and is_over and (there[0] == wanted[0] or self._is_enough(now))):
            self.is_missing = len(there) < len(wanted)
            self.sha256 = there[0].sha256
            content = self.alert.content
            self._extend(
                step, ExtendTrack(self.item, speech_parts(there, content.times, content.gap_ms), is_open=False)
            )
            return False
        return is_over and self._wait(step, now)

    def speech_lost(self) -> None:
        """Wait for the speech again: the card could not read it."""
        if not self.is_open and not self.is_speechless and self.sha256:
            self.is_open = True
            self.look_at = self.over_at

    def _wait(self, step: Step, now: int) -> bool:
        if not self._is_enough(now):
            is_news = self.look_at == self.over_at and self.tones == 1
            self.look_at = self.over_at + SPEECH_WAIT_MS
            return is_news
        if self.tones < TONES_MAX:
            self.tones += 1
            self.over_at = self.look_at = now + self.tone.ms
            self._extend(step, ExtendTrack(self.item, (self.tone,), is_open=True))
        else:
            self.is_speechless = True
            self._extend(step, ExtendTrack(self.item, (), is_open=False))
        return False

    def _is_enough(self, now: int) -> bool:
        return now >= self.over_at + SPEECH_WAIT_MS

    def _extend(self, step: Step, effect: ExtendTrack) -> None:
        self.is_open = effect.is_open
        if not self.is_open:
            self.look_at = NEVER_MS
        step.do(effect)


def speech_parts(speech: Iterable[Speech], times: int, gap_ms: int) -> tuple[Part, ...]:
    """Return every speech in order, ``times`` over."""
    once = [Clip(clip.sha256, clip.dur_ms) for clip in speech]
    parts: list[Part] = []
    for _ in range(times if once else 0):
        parts += [Silence(gap_ms), *once] if parts and gap_ms else once
    return tuple(parts)
