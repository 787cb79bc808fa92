"""What amplifier and microphone of a simulated box tell, worked out from what its card really sounded."""

from __future__ import annotations

import math
from typing import Final

from devices.protocol.messages import Proof

IDLE_MA: Final = 60
FULL_MA: Final = 2_400
"""Current at full scale and full volume, over that of silence: a 50 W horn line on 24 V."""
HEARD_BELOW_DB: Final = 12.0
"""The microphone in the box hears its own horn this far below the line."""
STREET_DB: Final = -55.0
"""A quiet street: the least that a microphone tells."""

IDLE: Final = Proof(amp_ma=IDLE_MA, mic_db=STREET_DB)


def proof(level: float | None, volume_pct: int) -> Proof:
    """``level``: root mean square, 1.0 being full scale; None where nothing was sounded."""
    loudness = (level or 0.0) * volume_pct / 100
    if loudness <= 0:
        return IDLE
    mic_db = max(STREET_DB, 20 * math.log10(loudness) - HEARD_BELOW_DB)
    return Proof(amp_ma=IDLE_MA + round(FULL_MA * loudness), mic_db=round(mic_db, 1))
