"""Scales of the simulated amplifier and microphone, and their readings in silence."""

from __future__ import annotations

from typing import Final

from devices.protocol.messages import Proof

IDLE_MA: Final = 60
FULL_MA: Final = 2_400
"""Current at full scale and full volume, over that of silence: a 50 W horn line on 24 V."""
HEARD_BELOW_DB: Final = 12.0
"""The microphone in the device picks up its own horn this far below the line."""
STREET_DB: Final = -55.0
"""A quiet street: the lowest reading of a microphone."""

IDLE: Final = Proof(amp_ma=IDLE_MA, mic_db=STREET_DB)
