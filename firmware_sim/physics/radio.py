"""Mobile signal at a pole: its mean, slow fading and fast fading."""

import math
import random
from dataclasses import dataclass, field
from typing import Final

SHADOW_DB: Final = 4.0
"""Standard deviation of the slow fading: 3GPP TR 38.901 has 4 to 6 dB in sight of the mast, 6 to 8 without."""
SHADOW_TAU_S: Final = 1_800.0
"""A fixed pole: rain, leaves and traffic move, not the pole; half an hour later it is another draw."""
RICIAN_K_DB: Final = 6.0
"""A mast in sight, with echoes: fast fading of some 3 dB, now and then a dip of 10."""
NOISE_DBM: Final = -121.0
"""Of one subcarrier of 15 kHz: thermal noise of -132 dBm, a receiver's 7 dB, and neighbours."""
SUBCARRIERS_DB: Final = 27.8
"""RSSI over RSRP on 10 MHz with a cell at half load: 600 subcarriers."""
BASE_RTT_MS: Final = 45
LOST_DBM: Final = -124.0
"""Below this a modem gives up the cell."""


@dataclass(slots=True)
class Radio:
    """Mobile signal. ``mean_dbm``: RSRP over the year; ``dice``: the pole's own; ``faded_db``: set by a scenario."""

    mean_dbm: float
    dice: random.Random
    oper: str = "45204"
    cell: str = ""
    faded_db: float = 0.0
    rsrp: float = field(default=0.0, init=False)
    _shadow_db: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._shadow_db = self.dice.gauss(0.0, SHADOW_DB)
        self.rsrp = self._draw()

    def step(self, seconds: float) -> None:
        """Advance slow fading, a Gauss-Markov process (Gudmundson's in time), and draw fast fading, a Rician one."""
        kept = math.exp(-max(0.0, seconds) / SHADOW_TAU_S)
        self._shadow_db = kept * self._shadow_db + math.sqrt(1 - kept * kept) * self.dice.gauss(0.0, SHADOW_DB)
        self.rsrp = self._draw()

    @property
    def sinr(self) -> float:
        return min(30.0, self.rsrp - NOISE_DBM)

    @property
    def rssi(self) -> float:
        return self.rsrp + SUBCARRIERS_DB

    @property
    def rsrq(self) -> float:
        """RSRQ: -8 dB from 15 dB SINR up, worse below."""
        return max(-20.0, -8.0 - max(0.0, 15.0 - self.sinr) * 0.6)

    @property
    def has_cell(self) -> bool:
        """Return whether the modem keeps its cell; it averages fast fading out before it gives up."""
        return self.mean_dbm - self.faded_db + self._shadow_db > LOST_DBM

    @property
    def loss(self) -> float:
        """Share of packets that have to be sent again, on top of the radio's own repeats."""
        return 1 / (1 + math.exp((self.sinr + 1.0) * 1.2))

    @property
    def rtt_ms(self) -> int:
        return round(BASE_RTT_MS * (1 + 8 * self.loss) + max(0.0, 8 - self.sinr) * 6)

    def _draw(self) -> float:
        return self.mean_dbm - self.faded_db + self._shadow_db + self._fast_db()

    def _fast_db(self) -> float:
        k = 10 ** (RICIAN_K_DB / 10)
        steady, spread = math.sqrt(k / (k + 1)), math.sqrt(1 / (2 * (k + 1)))
        power = (steady + self.dice.gauss(0.0, spread)) ** 2 + self.dice.gauss(0.0, spread) ** 2
        return max(-25.0, 10 * math.log10(max(power, 1e-9)))
