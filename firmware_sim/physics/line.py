"""Loudspeaker line: the impedance that the amplifier sees, warm or cold, whole or broken."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

COPPER_PER_C: Final = 0.0039
COPPER_SHARE: Final = 0.3
"""Share of the impedance that is copper, in wire and voice coils, and follows the temperature."""
REF_C: Final = 25.0
OPEN_OHM: Final = 20_000.0
"""Leakage of a line that is cut: the meter shows this, not infinity."""
SHORT_OHM: Final = 0.4
EARTH_SHARE: Final = 0.55
"""A conductor that touches the pole takes part of the signal to earth."""


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
