"""State machine of live addresses, and their timing constants."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from broadcast.live.model import LiveAction, LiveState
from province.state_machine import diagram, final, following

_S, _A = LiveState, LiveAction

TRANSITIONS: Final[Mapping[tuple[LiveState, LiveAction], LiveState]] = MappingProxyType(
    {
        (_S.HELD, _A.RELEASE): _S.ON_AIR,
        (_S.HELD, _A.END): _S.ENDED,
        (_S.PREPARING, _A.GO): _S.ON_AIR,
        (_S.PREPARING, _A.END): _S.ENDED,
        (_S.ON_AIR, _A.SPEAK): _S.ON_AIR,
        (_S.ON_AIR, _A.END): _S.ENDED,
    }
)

WARM: Final = timedelta(seconds=1)
"""Silence in which a horn's amplifier wakes up."""
CHIME: Final = timedelta(milliseconds=1_500)
PREPARE: Final = WARM + CHIME + timedelta(seconds=1)
"""Time before the speaker may begin: warm-up and chime, and a second for the order to reach every device."""
WAIT: Final = timedelta(seconds=60)
"""Time within which the speaker has to begin; else the loudspeakers are given back."""
WATCHDOG: Final = timedelta(seconds=3)
"""Devices fall silent when nothing comes for so long; a phone that changes its cell is back sooner."""
SILENT: Final = timedelta(seconds=5)
"""An address ends after this long without sound: a little longer than the devices wait."""
RENEW: Final = timedelta(seconds=30)
"""A third of what devices wait for a renewal: two may be lost."""
HELD_FOR: Final = timedelta(hours=24)
"""Recordings older than this have to be recorded again: by then it is another situation."""
LEAD: Final = timedelta(seconds=5)
"""From a release to its first sample: every device has fetched it by then, and all begin in one instant."""
FRAME_MS: Final = 100
LARGE_FRAME_MS: Final = 200
LARGE: Final = 1_000
"""With more devices than this frames are longer: half as many messages, for a tenth of a second more of delay."""


def frame_ms(devices: int) -> int:
    """Return the length of a frame for so many devices, in ms."""
    return LARGE_FRAME_MS if devices > LARGE else FRAME_MS


def next_state(state: LiveState, action: LiveAction) -> LiveState:
    """Return the state after ``action``.

    Raises:
        NotPossibleError: the table has no such step.
    """
    return following(TRANSITIONS, state, action)


def state_diagram() -> str:
    """Return the table as a Mermaid state diagram, ending in a newline."""
    return diagram(TRANSITIONS, _S.PREPARING, final(TRANSITIONS, LiveState), also_first=[_S.HELD])
