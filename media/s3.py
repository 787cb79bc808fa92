"""Content store on S3: every blob is an object ``ab/cd/abcd…`` of one bucket, with a cache of the blobs in use.

The bucket has the truth, and is asked whether a blob is there. Bytes are read from the cache, which receives them once:
the name of a blob is the hash of its bytes, so that a copy cannot be out of date. A province's devices fetch the same
few files at once, and the front sends them from the cache as from a folder.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from media.errors import ContentAwayError, ContentMissingError
from media.model import ShelvedContent, StoredContent
from media.ports import Check
from media.s3_bucket import S3Bucket
from media.storage import ASIDE, FolderContentStore, PartialContent, StreamContentStore, key_of
from province.machine_clock import unix_s

KEPT_S: Final = 60.0
"""A blob used within the last minute stays, also in a cache that is full: the front may be about to open it."""
_SCANS_PER_FILL: Final = 16
"""Files are counted again after this share of the size was written by this process: counting takes a while."""
_BLOCK_BYTES: Final = 512
_MADE_S: Final = 1_000_000_000
"""Time of last change of every blob: nginx makes the ETag of it, which has to be the same on every host."""
_LENT_S: Final = 24 * 60 * 60
"""No tool works that long: its process died."""
_LOCKS: Final = 64
"""Blobs fetched at once by one process; each is fetched once, however many ask for it."""


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
            os.utime(self.path_of(sha256), (unix_s(), _MADE_S))
        except FileNotFoundError:
            return False
        return True

    def keep(self, part: PartialContent) -> None:
        os.utime(part.path, (unix_s(), _MADE_S))
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
        now_s, total = unix_s(), 0
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


class S3ContentStore(StreamContentStore):
    """Implements ``media.ports.ContentStore``. A blob is in the bucket before its name is returned."""

    def __init__(self, bucket: S3Bucket, cache: ContentCache) -> None:
        self.bucket = bucket
        self._cache = cache
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def put_stream(self, stream: BinaryIO, max_bytes: int, check: Check | None = None) -> StoredContent:
        """Store what ``stream`` still holds. Raises as the port, and keeps nothing then."""
        with self._cache.receive(stream, max_bytes) as part:
            if check is not None:
                check(part.path)
            key = key_of(part.sha256)
            is_new = self.bucket.size_of(key) != part.bytes
            if is_new:
                self.bucket.put(key, part.path)
            self._cache.keep(part)
        return StoredContent(part.sha256, part.bytes, is_new)

    def stat(self, sha256: str) -> StoredContent:
        """Return the size of a blob. Raises ContentMissingError, also where ``sha256`` is no hash at all."""
        key = key_of(sha256)
        size = self.bucket.size_of(key)
        if size is None:
            self.bucket.move(f"{ASIDE}/{key}", key)
            size = self.bucket.size_of(key)  # another may have brought it back
        if size is None:
            raise ContentMissingError(sha256)
        return StoredContent(sha256, size)

    def has(self, sha256: str) -> bool:
        with suppress(ContentMissingError):
            return bool(self.stat(sha256))
        return False

    def open(self, sha256: str) -> BinaryIO:
        self._fetch(sha256)
        return self._cache.open(sha256)

    @contextmanager
    def local_file(self, sha256: str) -> Iterator[Path]:
        """Lend the blob from the cache, fetched where it is not there."""
        self._fetch(sha256)
        with self._cache.local_file(sha256) as path:
            yield path

    def address(self, sha256: str) -> str:
        self._fetch(sha256)
        return key_of(sha256)

    def set_aside(self, sha256: str) -> bool:
        self._cache.path_of(sha256).unlink(missing_ok=True)
        return self.bucket.move(key := key_of(sha256), f"{ASIDE}/{key}")

    def discard(self, sha256: str) -> None:
        self.bucket.delete(f"{ASIDE}/{key_of(sha256)}")

    def shelf(self, first: int) -> Iterator[ShelvedContent]:
        for folder in ("", f"{ASIDE}/"):
            for key, size, since_s in self.bucket.listed(f"{folder}{first:02x}/"):
                yield ShelvedContent(key.rpartition("/")[2], size, since_s, bool(folder))

    def probe(self) -> None:
        self.bucket.probe()

    def _fetch(self, sha256: str) -> None:
        """Bring a blob into the cache and mark it as used. Raises ContentMissingError, ContentAwayError."""
        if self._cache.touch(sha256):
            return
        lock = self._locks[int(sha256[:2], 16) % _LOCKS]
        if not lock.acquire(timeout=self.bucket.patience_s):
            raise ContentAwayError("another thread waits for it")
        try:
            if self._cache.touch(sha256):
                return
            size = self.stat(sha256).bytes
            with self.bucket.open(key_of(sha256), size) as stream, self._cache.receive(stream, size) as part:
                if part.sha256 != sha256:
                    raise ContentAwayError(f"{sha256} differs from its name")
                self._cache.keep(part)
        finally:
            lock.release()
