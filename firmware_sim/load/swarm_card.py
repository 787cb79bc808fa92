"""Sound card of a swarm device: keeps time for one alert and reports to the core, with no sound and little work."""

from collections.abc import Callable
from typing import Final

from firmware_sim.core.effects import Clip, ExtendTrack, Part, StartTrack
from firmware_sim.core.events import Event, SoundEnded, SoundStarted
from firmware_sim.host.shared_timer import SharedTimer
from firmware_sim.physics.amplifier import Amplifier
from firmware_sim.physics.line import LoudspeakerLine
from firmware_sim.sound.loudspeaker import MARGIN_MS, TICK_S
from firmware_sim.sound.player import now_ms
from firmware_sim.sound.silent_player import NOMINAL_LEVEL

CARD_MS: Final = round(TICK_S * 1000) + MARGIN_MS
"""From hand-over to the first sample, at most: a tick, and the samples on their way when a ring is rewound."""


class SwarmCard:
    """Sound card. ``tell`` is the core; ``on_words`` is called with the instant (ms UTC) of a track's first speech."""

    def __init__(self, timer: SharedTimer, tell: Callable[[Event], None], on_words: Callable[[int], None]) -> None:
        self._timer = timer
        self._tell = tell
        self._on_words = on_words
        self._track: StartTrack | None = None
        self._began_ms = 0
        self._filled_to_ms = 0
        self._is_told = False
        self._has_words = False
        self._is_laid = False
        self.amplifier = Amplifier(LoudspeakerLine())

    def start(self, order: StartTrack) -> None:
        """Start a track; its parts are laid out when the first sample is due: a process stands in for thousands."""
        self._end(whole=False)
        self._track = order
        self._began_ms = self._filled_to_ms = now_ms() + CARD_MS
        self._is_told = self._has_words = self._is_laid = False
        self._timer.after(CARD_MS / 1000, lambda: self._began(order))

    def extend(self, order: ExtendTrack) -> None:
        track = self._track
        if track is not None and track.item == order.item:
            self._begin_laying(track)
            self._filled_to_ms = max(self._filled_to_ms, now_ms())
            self._lay(order.parts, is_open=order.is_open)

    def stop(self, item: str) -> None:
        self._timer.after(0, lambda: self._stopped(item))

    def _stopped(self, item: str) -> None:
        if self._track is not None and self._track.item == item:
            self._end(whole=False)

    def _begin_laying(self, track: StartTrack) -> None:
        if not self._is_laid:
            self._is_laid = True
            self._lay(track.parts, is_open=track.is_open)

    def _lay(self, parts: tuple[Part, ...], *, is_open: bool) -> None:
        at_ms = self._filled_to_ms
        for part in parts:
            if isinstance(part, Clip) and not self._has_words:
                self._has_words = True
                self._on_words(at_ms)
            at_ms += part.ms
        self._filled_to_ms = at_ms
        if not is_open:
            track = self._track
            self._timer.after(max(0, at_ms - now_ms()) / 1000, lambda: self._over(track))

    def _began(self, order: StartTrack) -> None:
        if self._track is order and not self._is_told:
            self._is_told = True
            self._begin_laying(order)
            self._tell(SoundStarted(order.item, self._began_ms))

    def _over(self, track: StartTrack | None) -> None:
        if track is not None and self._track is track:
            self._end(whole=True)

    def _end(self, *, whole: bool) -> None:
        track = self._track
        if track is None:
            return
        if whole or now_ms() > self._began_ms:
            self._began(track)
        self._track = None
        proof = self.amplifier.proof(NOMINAL_LEVEL * track.volume_pct / 100)
        self._tell(SoundEnded(track.item, max(now_ms(), self._began_ms), whole, proof))
