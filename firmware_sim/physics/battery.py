"""Lead battery of 24 V: charge, voltage at its terminals, and ageing."""

from dataclasses import dataclass
from typing import Final

CAPACITY_AH: Final = 18.0
FULL_V: Final = 25.6
EMPTY_V: Final = 23.0
"""At rest, at 25 °C: twelve cells of 2.13 V full, of 1.92 V empty."""
INSIDE_OHM: Final = 0.06
FLOAT_V: Final = 27.2
CHARGE_A: Final = 1.8
"""A tenth of the capacity: a flat one is full again after a night."""
CHARGE_TAKEN: Final = 0.85
"""Share of the charge put in that can be taken out."""
CYCLE_WEAR: Final = 1 / 400
"""Share of its capacity lost in a full cycle: half in 200."""
YEAR_WEAR: Final = 0.12
WEAR_DOUBLES_C: Final = 10.0
"""Every ten degrees above 25 °C it ages twice as fast."""
CUT_OFF_PCT: Final = 5.0
_YEAR_S: Final = 365.25 * 86_400


@dataclass(slots=True)
class Battery:
    """Battery. ``charge`` and ``health`` from 0 to 1: how full it is, and how much of the capacity is left."""

    capacity_ah: float = CAPACITY_AH
    charge: float = 1.0
    health: float = 1.0

    @property
    def pct(self) -> float:
        return 100 * self.charge

    @property
    def is_flat(self) -> bool:
        """Return whether the device is switched off to save the battery."""
        return self.pct <= CUT_OFF_PCT

    def volts(self, amps: float, *, is_charging: bool = False) -> float:
        """Return the voltage at the terminals, at this current."""
        if is_charging:
            return FLOAT_V if self.charge >= 1.0 else FLOAT_V - 1.4 * (1.0 - self.charge)
        return EMPTY_V + (FULL_V - EMPTY_V) * self.charge - amps * INSIDE_OHM / max(0.2, self.health)

    def discharge(self, seconds: float, amps: float, temp_c: float) -> float:
        """Draw this current; return the seconds it lasted, fewer than asked for where it became flat."""
        lasts = self.lasts_s(amps)
        drawn_s = min(seconds, lasts)
        share = amps * drawn_s / 3600 / self._holds_ah
        self.charge = CUT_OFF_PCT / 100 if seconds >= lasts else max(CUT_OFF_PCT / 100, self.charge - share)
        self._age(drawn_s, temp_c, share)
        return drawn_s

    def recharge(self, seconds: float, temp_c: float) -> None:
        """Charge from the mains, which also feed the rest of the device."""
        self.charge = min(1.0, self.charge + CHARGE_A * CHARGE_TAKEN * seconds / 3600 / self._holds_ah)
        self._age(seconds, temp_c, 0.0)

    def lasts_s(self, amps: float) -> float:
        """Return the seconds until the device is switched off, at this current."""
        left_ah = max(0.0, self.charge - CUT_OFF_PCT / 100) * self._holds_ah
        return left_ah * 3600 / amps if amps > 0 else float("inf")

    @property
    def _holds_ah(self) -> float:
        return self.capacity_ah * self.health

    def _age(self, seconds: float, temp_c: float, cycles: float) -> None:
        years = seconds / _YEAR_S
        faster = 2 ** (max(0.0, temp_c - 25.0) / WEAR_DOUBLES_C)
        self.health = max(0.1, self.health - YEAR_WEAR * years * faster - CYCLE_WEAR * cycles)
