"""A flash that can fail as flash does: no room for content, or no more writes at all."""

from __future__ import annotations

import errno
from collections.abc import Iterable

from firmware_sim.flash import Entry, MemoryFlash


class FailingFlash(MemoryFlash):
    """``is_full``: content does not fit, facts still do. ``is_read_only``: nothing is kept any more."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False
        self.is_read_only = False

    def save(self, entries: Iterable[Entry]) -> None:
        self._let_write()
        super().save(entries)

    def store(self, sha256: str, data: bytes) -> None:
        self._let_write()
        if self.is_full:
            raise OSError(errno.ENOSPC, "no space left")
        super().store(sha256, data)

    @property
    def content_bytes(self) -> int:
        return sum(map(len, self.content.values()))

    def _let_write(self) -> None:
        if self.is_read_only:
            raise OSError(errno.EROFS, "read-only")
