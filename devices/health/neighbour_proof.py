"""Sound of neighbouring boxes at a mute box: its own microphone between the pauses of an alert and in them.

Only a box whose amplifier drove nothing in the whole round can say so: else its microphone hears its own horn.
"""

from typing import Final

from devices.health.symptoms import IDLE_MA
from devices.protocol.messages import RoundLevels

HEARD_ABOVE_DB: Final = 10.0
"""The alert is heard at a pole where it is ten times as strong as the loudest of its pauses."""
PAUSES_MIN: Final = 2
"""A round of the national table has two, between its three sayings. One could be chance: a vehicle that has passed."""


def neighbours_db(levels: RoundLevels | None) -> float | None:
    """Return the level at which neighbours were heard at a box that was mute; None: nothing of them is proven."""
    if levels is None or levels.amp_ma > IDLE_MA or levels.pauses < PAUSES_MIN:
        return None
    return levels.sounding_db if levels.sounding_db - levels.pause_db >= HEARD_ABOVE_DB else None
