"""Flash failures: no room for content, or no more writes at all."""

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.storage.flash import Flash, JournalEntry, MemoryFlash


@dataclass
class Wear:
    """State of failing flash. ``is_full``: content does not fit, facts still do. ``is_read_only``: nothing is kept."""

    is_full: bool = False
    is_read_only: bool = False

    def let_write(self) -> None:
        """Check that facts can be written. Raises OSError."""
        if self.is_read_only:
            raise OSError(errno.EROFS, "read-only")

    def let_store(self) -> None:
        """Check that content can be stored. Raises OSError."""
        self.let_write()
        if self.is_full:
            raise OSError(errno.ENOSPC, "no space left")


class FailingFlash(MemoryFlash):
    """Flash in memory that can fail."""

    def __init__(self) -> None:
        super().__init__()
        self.wear = Wear()

    def save(self, entries: Iterable[JournalEntry]) -> None:
        self.wear.let_write()
        super().save(entries)

    def store(self, sha256: str, data: bytes) -> None:
        self.wear.let_store()
        super().store(sha256, data)

    @property
    def content_bytes(self) -> int:
        return sum(map(len, self.content.values()))


class FailingDisk(Flash):
    """Flash in a folder that can fail. ``wear`` outlives this boot of the device."""

    def __init__(self, root: Path, wear: Wear) -> None:
        super().__init__(root)
        self.wear = wear

    def save(self, entries: Iterable[JournalEntry]) -> None:
        self.wear.let_write()
        super().save(entries)

    def accept_part(self, sha256: str) -> bool:
        self.wear.let_store()
        return super().accept_part(sha256)
