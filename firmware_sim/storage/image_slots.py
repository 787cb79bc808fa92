"""Image slots of a device, two of them, as files; the journal of its flash says which are whole."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Protocol

from firmware_sim.core.effects import WriteSlot
from firmware_sim.core.events import SlotWritten
from firmware_sim.core.firmware import bootloader
from firmware_sim.core.firmware.bootloader import Running
from firmware_sim.storage.flash import Facts, FlashStore


class SlotStore(Protocol):
    """Two slots for images. A power cut may leave any part of an image that was being written."""

    def read(self, slot: str) -> bytes: ...

    def write(self, slot: str, data: bytes) -> None: ...


class FileSlots:
    """Slots as files ``slot-a`` and ``slot-b`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, slot: str) -> bytes:
        path = self._folder / f"slot-{slot}"
        return path.read_bytes() if path.exists() else b""

    def write(self, slot: str, data: bytes) -> None:
        with (self._folder / f"slot-{slot}").open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


class MemorySlots:
    """Slots in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def read(self, slot: str) -> bytes:
        return self.held.get(slot, b"")

    def write(self, slot: str, data: bytes) -> None:
        self.held[slot] = data


def start(slots: SlotStore, flash: FlashStore, facts: Facts) -> tuple[Running, bytes | None]:
    """Boot: return the running image and its bytes (None: the factory's). Changes go to flash, and to ``facts``.

    Raises:
        BrickedError: see ``bootloader.choose``.
    """
    boot = bootloader.choose(facts, lambda slot, sha256: _digest(slots.read(slot)) == sha256)
    flash.save(boot.entries)
    for kind, key, value in boot.entries:
        if value is None:
            facts.get(kind, {}).pop(key, None)
        else:
            facts.setdefault(kind, {})[key] = value
    running = boot.running
    return running, slots.read(running.slot) if running.sha256 else None


def write(slots: SlotStore, flash: FlashStore, effect: WriteSlot) -> SlotWritten:
    """Copy the content into the slot, and return the hash that is read back."""
    data = flash.held(effect.sha256)
    if data is None:
        return SlotWritten(effect.slot, "")
    try:
        slots.write(effect.slot, data)
    except OSError:
        return SlotWritten(effect.slot, "")
    return SlotWritten(effect.slot, _digest(slots.read(effect.slot)))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
