"""Amplifier and loudspeaker line: current, heat, thermal shutdown, the line's impedance, and the sensors' scales."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from devices.protocol.messages import Proof

COPPER_PER_C: Final = 0.0039
COPPER_SHARE: Final = 0.3
"""Share of the impedance that is copper, in wire and voice coils, and follows the temperature."""
REF_C: Final = 25.0
OPEN_OHM: Final = 20_000.0
"""Leakage of a line that is cut: the meter shows this, not infinity."""
SHORT_OHM: Final = 0.4
EARTH_SHARE: Final = 0.55
"""A conductor that touches the pole takes part of the signal to earth."""
IDLE_MA: Final = 60
FULL_MA: Final = 2_400
"""Current at full scale and full volume, over that of silence: a 50 W horn line on 24 V."""
HEARD_BELOW_DB: Final = 12.0
"""The microphone in the box picks up its own horn this far below the line."""
STREET_DB: Final = -55.0
"""A quiet street: the lowest reading of a microphone."""

IDLE: Final = Proof(amp_ma=IDLE_MA, mic_db=STREET_DB)


HOT_C: Final = 95.0
COOL_C: Final = 80.0
"""Off at the first, on again at the second."""
SHORT_MA: Final = 3_200
"""Current that its protection allows into a short."""
EFFICIENCY: Final = 0.6
MAX_LOUDNESS: Final = 0.5
"""Above this it clips: a sine at full scale has a root mean square of 0.7, speech a fifth of it."""


class LineState(StrEnum):
    """State of the line; the values are those of ``spk`` in Telemetry."""

    OK = "ok"
    OPEN = "open"
    SHORT = "short"
    EARTH = "earth"


@dataclass(slots=True)
class LoudspeakerLine:
    """Loudspeaker line. ``ref_ohm``: measured at installation, at 25 °C."""

    ref_ohm: float = 16.0
    state: LineState = LineState.OK

    def ohm(self, temp_c: float) -> float:
        """Return the impedance that the amplifier measures now."""
        match self.state:
            case LineState.OPEN:
                return OPEN_OHM
            case LineState.SHORT:
                return SHORT_OHM
            case LineState.EARTH:
                return self._whole(temp_c) * EARTH_SHARE
            case LineState.OK:
                return self._whole(temp_c)

    @property
    def carries(self) -> float:
        """Share of the power that reaches the horns."""
        return {LineState.OK: 1.0, LineState.EARTH: EARTH_SHARE}.get(self.state, 0.0)

    def _whole(self, temp_c: float) -> float:
        return self.ref_ohm * (1 + COPPER_SHARE * COPPER_PER_C * (temp_c - REF_C))


@dataclass(slots=True)
class Amplifier:
    """Amplifier. ``is_dead``: powered, and mute; only its current and the microphone show it.

    ``ambient_db``: what the box's microphone hears of all else than its own horns.
    """

    line: LoudspeakerLine
    ambient_db: float = STREET_DB
    is_dead: bool = False
    is_hot: bool = False

    def feel(self, sink_c: float) -> None:
        """Apply the thermal protection."""
        if sink_c >= HOT_C:
            self.is_hot = True
        elif sink_c <= COOL_C:
            self.is_hot = False

    def current_ma(self, loudness: float) -> int:
        """Return the current. ``loudness``: root mean square of the signal times volume; 1.0: both are full."""
        if self.is_dead or self.is_hot or loudness <= 0 or self.line.state is LineState.OPEN:
            return IDLE_MA
        if self.line.state is LineState.SHORT:
            return SHORT_MA
        return IDLE_MA + round(FULL_MA * loudness)

    def loss_w(self, loudness: float, volts: float) -> float:
        """Return the power turned into heat."""
        drawn_w = self.current_ma(loudness) / 1000 * volts
        return drawn_w if self.line.state is LineState.SHORT else drawn_w * (1 - EFFICIENCY)

    def heard_db(self, loudness: float) -> float:
        """Return the microphone level in the device (dB full scale): its own horns, or the street."""
        heard = self.emitted(loudness)
        own_db = 20 * math.log10(heard) - HEARD_BELOW_DB if heard > 0 else self.ambient_db
        return round(max(self.ambient_db, own_db), 1)

    def emitted(self, loudness: float) -> float:
        """Return what of this loudness leaves the horns."""
        return loudness * self.line.carries if self.is_heard else 0.0

    def proof(self, loudness: float) -> Proof:
        """Return current and microphone level measured at this loudness."""
        return Proof(amp_ma=self.current_ma(loudness), mic_db=self.heard_db(loudness))

    def clip_pct(self, loudness: float) -> int:
        return min(100, round(100 * max(0.0, loudness - MAX_LOUDNESS) / MAX_LOUDNESS))

    @property
    def is_heard(self) -> bool:
        """Return whether a sound would leave the horns."""
        return not self.is_dead and not self.is_hot and self.line.carries > 0
