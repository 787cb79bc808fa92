"""Flash in memory, and flash that fails: full, or read-only; in memory, or in a folder."""

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware_sim.storage.flash import Facts, Flash, JournalEntry, apply_entries

COMPACT_ENTRIES: Final = 1_000


class MemoryFlash:
    """Flash in memory: for rule tests and for a swarm, where thousands would measure one disk's fsync.

    It has a journal too: writing it is cheap, and it is read when the power comes back.
    """

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self._facts: Facts = {}
        self._journal: list[JournalEntry] = []

    @property
    def facts(self) -> Facts:
        """Present facts."""
        self._fold()
        return self._facts

    def load(self) -> Facts:
        return {kind: dict(values) for kind, values in self.facts.items()}

    def save(self, entries: Iterable[JournalEntry]) -> None:
        self._journal.extend(entries)
        if len(self._journal) > COMPACT_ENTRIES:
            self._fold()

    def held(self, sha256: str) -> bytes | None:
        return self.content.get(sha256)

    def store(self, sha256: str, data: bytes) -> None:
        self.content[sha256] = data

    def keep_only(self, wanted: Iterable[str]) -> None:
        names = set(wanted)
        self.content = {sha256: data for sha256, data in self.content.items() if sha256 in names}

    def _fold(self) -> None:
        apply_entries(self._facts, self._journal)
        self._journal.clear()


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
