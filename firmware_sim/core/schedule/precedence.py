"""Precedence on the sound card: items that give way, and the order of items that are due."""

from __future__ import annotations

from typing import Final

from firmware_sim.core.schedule.audio_item import AudioItem, ItemState

BACK_TO_BACK_MS: Final = 500
"""An item may follow one that ends up to this long after its own planned start."""


def yields(other: AudioItem, to: AudioItem) -> bool | None:
    """Return how the item on the card gives way: it is cut (True), followed (False), or keeps the speaker (None)."""
    if to.prio > other.prio and to.cuts_in:
        return True
    if other.state is not ItemState.SOUNDING:
        return None
    if other.part_ends_at <= to.start_at + BACK_TO_BACK_MS:
        return False
    is_resumed = other.parts > 1
    return True if is_resumed and other.prio == to.prio and not to.was_heard else None


def rank(sounding: AudioItem) -> tuple[int, bool, int, str]:
    """Return the sort key: higher priority first; then new items before resumed ones; then the earlier."""
    return -sounding.prio, sounding.was_heard, sounding.start_at, sounding.item
