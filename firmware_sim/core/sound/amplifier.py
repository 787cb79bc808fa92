"""Amplifier wake-up: an amplifier that has slept swallows the first second of a sound."""

from typing import Final

from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component
from firmware_sim.core.events import Event, SoundEnded, SoundStarted

AWAKE_MS: Final = 10_000
"""It stays awake this long after the last sound."""


class AmplifierWakeUp(Component):
    """Wake-up state of the amplifier; ``amp_wake_ms`` of the desired state wake it."""

    EVENTS = (SoundStarted, SoundEnded)

    def _set_up(self) -> None:
        self._sounding: set[str] = set()
        self._silent_since: int | None = None

    def handle(self, event: Event, at: Moment) -> None:
        del at
        match event:
            case SoundStarted():
                self._sounding.add(event.item)
            case SoundEnded() if event.item in self._sounding:
                self._sounding.discard(event.item)
                self._silent_since = self._clock.to_true(event.at_ms)
            case _:
                pass  # it was withdrawn unheard

    def wake_ms(self, now: int) -> int:
        """Return how much silence has to precede a sound that begins now (ms)."""
        is_awake = self._silent_since is not None and now - self._silent_since <= AWAKE_MS
        desired = self._config.desired
        return 0 if self._sounding or is_awake or desired is None else desired.amp_wake_ms
