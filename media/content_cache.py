"""Cache of a content store on another machine: a folder of blobs in use, the ones unused longest making room."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

from media.errors import ContentMissingError
from media.storage import FolderContentStore, PartialContent

KEPT_S: Final = 60.0
"""A blob used within the last minute stays, also in a cache that is full: the front may be about to open it."""
_SCANS_PER_FILL: Final = 16
"""Files are counted again after this share of the size was written by this process: counting takes a while."""
_BLOCK_BYTES: Final = 512
_MADE_S: Final = 1_000_000_000
"""Time of last change of every blob: nginx makes the ETag of it, which has to be the same on every host."""
_LENT_S: Final = 24 * 60 * 60
"""No tool works that long: its process died."""


class ContentCache(FolderContentStore):
    """Folder of copies of at most ``max_bytes``, of several processes; each may exceed it by a sixteenth."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        super().__init__(root)
        self._lent = self._root / "lent"
        self._max_bytes = max_bytes
        self._written_bytes = max_bytes

    def touch(self, sha256: str) -> bool:
        """Mark a blob as used now; return whether it is here. Raises ContentMissingError where it is no hash."""
        try:
            os.utime(self.path_of(sha256), (time.time(), _MADE_S))
        except FileNotFoundError:
            return False
        return True

    def keep(self, part: PartialContent) -> None:
        os.utime(part.path, (time.time(), _MADE_S))
        super().keep(part)
        self._written_bytes += part.bytes
        if self._written_bytes * _SCANS_PER_FILL >= self._max_bytes:
            self._written_bytes = 0
            self.make_room()

    @contextmanager
    def local_file(self, sha256: str) -> Iterator[Path]:
        """Lend a second name of the blob, which stays when the blob has to make room."""
        self._lent.mkdir(parents=True, exist_ok=True)
        lent = self._lent / uuid4().hex
        try:
            lent.hardlink_to(self.path_of(sha256))
        except FileNotFoundError as error:
            raise ContentMissingError(sha256) from error
        try:
            yield lent
        finally:
            lent.unlink(missing_ok=True)

    def make_room(self) -> None:
        """Delete the blobs that were used longest ago until the rest fits."""
        found = sorted(self._all(), reverse=True)
        now_s, total = time.time(), 0
        for used_s, size, path in found:
            total += size
            if total > self._max_bytes and used_s < now_s - KEPT_S:
                path.unlink(missing_ok=True)
        for lent in self._lent.glob("*"):
            with suppress(FileNotFoundError):
                if lent.stat().st_ctime < now_s - _LENT_S:
                    lent.unlink()

    def _all(self) -> Iterator[tuple[float, int, Path]]:
        """Yield each blob's time of last use, its size on disk, and its path."""
        for path in self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                found = path.stat()
                yield found.st_atime, found.st_blocks * _BLOCK_BYTES, path
