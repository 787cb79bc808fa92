"""Content store on S3: every blob is an object ``ab/cd/abcd…`` of one bucket, with a cache of the blobs in use.

The bucket has the truth, and is asked whether a blob is there. Bytes are read from the cache, which receives them once:
the name of a blob is the hash of its bytes, so that a copy cannot be out of date. A province's devices fetch the same
few files at once, and the front sends them from the cache as from a folder.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from media.content_cache import ContentCache
from media.errors import ContentAwayError, ContentMissingError
from media.model import StoredContent
from media.ports import Check
from media.s3_bucket import S3Bucket
from media.storage import StreamContentStore, key_of

_LOCKS: Final = 64
"""Blobs fetched at once by one process; each is fetched once, however many ask for it."""


class S3ContentStore(StreamContentStore):
    """Implements ``media.ports.ContentStore``. A blob is in the bucket before its name is returned."""

    def __init__(self, bucket: S3Bucket, cache: ContentCache) -> None:
        self._bucket = bucket
        self._cache = cache
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def put_stream(self, stream: BinaryIO, max_bytes: int, check: Check | None = None) -> StoredContent:
        """Store what ``stream`` still holds. Raises as the port, and keeps nothing then."""
        with self._cache.receive(stream, max_bytes) as part:
            if check is not None:
                check(part.path)
            key = key_of(part.sha256)
            is_new = self._bucket.size_of(key) != part.bytes
            if is_new:
                self._bucket.put(key, part.path)
            self._cache.keep(part)
        return StoredContent(part.sha256, part.bytes, is_new)

    def stat(self, sha256: str) -> StoredContent:
        """Return the size of a blob. Raises ContentMissingError, also where ``sha256`` is no hash at all."""
        size = self._bucket.size_of(key_of(sha256))
        if size is None:
            raise ContentMissingError(sha256)
        return StoredContent(sha256, size)

    def has(self, sha256: str) -> bool:
        with suppress(ContentMissingError):
            return self._bucket.size_of(key_of(sha256)) is not None
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

    def remove(self, sha256: str) -> bool:
        if not self.has(sha256):
            return False
        self._bucket.delete(key_of(sha256))
        self._cache.remove(sha256)
        return True

    def probe(self) -> None:
        self._bucket.probe()

    def _fetch(self, sha256: str) -> None:
        """Bring a blob into the cache and mark it as used. Raises ContentMissingError, ContentAwayError."""
        if self._cache.touch(sha256):
            return
        lock = self._locks[int(sha256[:2], 16) % _LOCKS]
        if not lock.acquire(timeout=self._bucket.patience_s):
            raise ContentAwayError("another thread waits for it")
        try:
            if self._cache.touch(sha256):
                return
            size = self.stat(sha256).bytes
            with self._bucket.open(key_of(sha256), size) as stream, self._cache.receive(stream, size) as part:
                if part.sha256 != sha256:
                    raise ContentAwayError(f"{sha256} differs from its name")
                self._cache.keep(part)
        finally:
            lock.release()
