"""Bootloader: chooses the slot to start, before any image runs; it alone keeps a device from being bricked.

The journal holds ``boot`` (``active``: the confirmed slot; ``trial``: the slot on trial; ``tries``: starts that it
has left; ``floor``: the lowest image number allowed; ``overwritten``: the factory image is gone) and ``slot`` (the
image written whole to each). A slot is started only if its bytes are those of the journal; a try is counted before
the image gets its chance to hang.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from firmware_sim.storage.flash import Facts, JournalEntry, Value

SLOTS: Final = ("a", "b")
FACTORY_SLOT: Final = "a"
TRIES: Final = 3
"""Starts of an image on trial. A power cut uses one up too: two may come at the worst moment before the rollback."""
FACTORY_NUMBER: Final = 1
FACTORY_VERSION: Final = "loa-sim-1"

IsWhole = Callable[[str, str], bool]
"""Returns whether this slot (first) holds exactly the bytes of this SHA-256 (second)."""


class BrickedError(Exception):
    """No slot holds an image that may be started."""


@dataclass(frozen=True, slots=True)
class Running:
    """Image that runs. On trial it has to prove itself before it is kept. ``sha256`` empty: the factory's."""

    slot: str = "a"
    number: int = FACTORY_NUMBER
    version: str = FACTORY_VERSION
    sha256: str = ""
    is_trial: bool = False


FACTORY: Final = Running()


@dataclass(frozen=True, slots=True)
class Boot:
    """Image to start, and the entries that have to be on flash before it starts."""

    running: Running
    entries: tuple[JournalEntry, ...] = ()


def other(slot: str) -> str:
    return SLOTS[1 - SLOTS.index(slot)]


def choose(facts: Facts, is_whole: IsWhole) -> Boot:
    """Choose the slot on trial while it has tries left, else the confirmed one, else the other.

    Raises:
        BrickedError: no slot is whole, or those that are lie below the floor.
    """
    boot = facts.get("boot", {})
    active = _slot(boot.get("active")) or FACTORY_SLOT
    trial, tries = _slot(boot.get("trial")), boot.get("tries")
    entries: list[JournalEntry] = []
    if trial and isinstance(tries, int) and tries > 0:
        found = _image(facts, trial, is_whole, is_trial=True)
        if found is not None:
            return Boot(found, (JournalEntry("boot", "tries", tries - 1),))
    if trial:
        entries += [JournalEntry("boot", "trial", None), JournalEntry("boot", "tries", None)]
    for slot in (active, other(active)):
        found = _image(facts, slot, is_whole)
        if found is not None:
            entries += [JournalEntry("boot", "active", slot)] if slot != active else []
            return Boot(found, tuple(entries))
    raise BrickedError


def _image(facts: Facts, slot: str, is_whole: IsWhole, *, is_trial: bool = False) -> Running | None:
    kept = facts.get("slot", {}).get(slot)
    if kept is None and slot == FACTORY_SLOT and "overwritten" not in facts.get("boot", {}):
        return Running(is_trial=is_trial)
    if not isinstance(kept, Mapping):
        return None
    number, version, sha256 = kept.get("number"), kept.get("version"), kept.get("sha256")
    floor = facts.get("boot", {}).get("floor", 0)
    if not (isinstance(number, int) and isinstance(version, str) and isinstance(sha256, str)):
        return None
    if (isinstance(floor, int) and number < floor) or not is_whole(slot, sha256):
        return None
    return Running(slot, number, version, sha256, is_trial)


def _slot(value: Value) -> str:
    return value if isinstance(value, str) and value in SLOTS else ""
