"""Who gives way to whom on the sound card, and who goes first of those that are due."""

from __future__ import annotations

from typing import Final

from firmware_sim.core.sounding import Sounding, State

BACK_TO_BACK_MS: Final = 500
"""An item may follow one that ends this long after its instant."""


def yields(other: Sounding, to: Sounding) -> bool | None:
    """What is on the card: is cut (True), is followed (False), or keeps the speaker (None)."""
    if to.prio > other.prio and to.cuts_in:
        return True
    if other.state is not State.SOUNDING:
        return None
    if other.part_ends_at <= to.start_at + BACK_TO_BACK_MS:
        return False
    is_resumed = other.parts > 1
    return True if is_resumed and other.prio == to.prio and not to.was_heard else None


def rank(sounding: Sounding) -> tuple[int, bool, int, str]:
    """Higher first; then what is due by itself before what resumes; then the earlier."""
    return -sounding.prio, sounding.was_heard, sounding.start_at, sounding.item
