"""Content store in memory."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.sound import DictContentStore


class MemoryContent(DictContentStore):
    """Content store in memory, for those who lend no files."""

    def __init__(self) -> None:
        super().__init__(Path())

    @property
    def blobs(self) -> dict[str, bytes]:
        return self._blobs

    @blobs.setter
    def blobs(self, blobs: dict[str, bytes]) -> None:
        self._blobs = blobs
