"""The content store as a folder: ``ab/cd/abcd…``, written beside and renamed into place."""

import hashlib
import io
import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from media.errors import ContentMissingError, RefusedAudioError
from media.model import ShelvedContent, StoredContent
from media.ports import Check
from province.machine_clock import unix_s

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK_BYTES = 1 << 20
_ABANDONED_AFTER_S = 24 * 60 * 60
"""No upload takes a day."""
_ANY_SIZE_BYTES = 1 << 62
ASIDE = "aside"
"""Folder of the blobs that are set aside, under the same names."""


@dataclass(frozen=True, slots=True)
class PartialContent:
    """Blob that is on disk and has no name yet."""

    sha256: str
    bytes: int
    path: Path


class StreamContentStore(ABC):
    """Content store with streams: whole blobs and files are put and read through them."""

    @abstractmethod
    def put_stream(self, stream: BinaryIO, max_bytes: int, check: Check | None = None) -> StoredContent: ...

    @abstractmethod
    def open(self, sha256: str) -> BinaryIO: ...

    def put_bytes(self, data: bytes) -> str:
        return self.put_stream(io.BytesIO(data), _ANY_SIZE_BYTES).sha256

    def put_file(self, path: Path) -> str:
        with path.open("rb") as stream:
            return self.put_stream(stream, _ANY_SIZE_BYTES).sha256

    def read_bytes(self, sha256: str) -> bytes:
        with self.open(sha256) as stream:
            return stream.read()


class FolderContentStore(StreamContentStore):
    """Blobs below ``root``, named by their SHA-256.

    A reader sees a whole blob or none, even after a power cut: bytes reach the disk before the name does. What a dying
    writer leaves lies in ``root/partial``, is never read, and is removed by a later writer.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._partial = self._root / "partial"

    def put_stream(self, stream: BinaryIO, max_bytes: int, check: Check | None = None) -> StoredContent:
        """Store what ``stream`` still holds.

        Raises RefusedAudioError TOO_LARGE past ``max_bytes``, or as ``check`` does, keeping nothing.
        """
        with self.receive(stream, max_bytes) as part:
            if check is not None:
                check(part.path)
            is_new = not self.has(part.sha256)
            self.keep(part)
        return StoredContent(part.sha256, part.bytes, is_new)

    @contextmanager
    def receive(self, stream: BinaryIO, max_bytes: int) -> Iterator[PartialContent]:
        """Write what ``stream`` still holds beside the blobs: ``keep`` gives it its name, or it is gone afterwards.

        Raises RefusedAudioError TOO_LARGE past ``max_bytes``.
        """
        self._partial.mkdir(parents=True, exist_ok=True)
        self._discard_abandoned()
        handle, name = tempfile.mkstemp(dir=self._partial)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                sha256, size = _copy(stream, out, max_bytes)
                os.fchmod(out.fileno(), 0o444)
                out.flush()
                os.fsync(out.fileno())
            yield PartialContent(sha256, size, partial)
        finally:
            with suppress(FileNotFoundError):
                partial.unlink()

    def keep(self, part: PartialContent) -> None:
        """Give a received blob its name."""
        final = self.path_of(part.sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        # Replacing the same bytes is harmless to readers and heals a blob that a failing disk has shortened.
        part.path.replace(final)
        _sync_folders(final.parent, final.parent.parent, self._root)

    def stat(self, sha256: str) -> StoredContent:
        """Return the size of a blob. Raises ContentMissingError, also where ``sha256`` is no hash at all."""
        try:
            size = self._found(sha256).stat().st_size
        except FileNotFoundError as error:
            raise ContentMissingError(sha256) from error
        return StoredContent(sha256, size)

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self._found(sha256).open("rb")
        except FileNotFoundError as error:
            raise ContentMissingError(sha256) from error

    @contextmanager
    def local_file(self, sha256: str) -> Iterator[Path]:
        """Lend the blob's own file: nothing is copied."""
        self.stat(sha256)
        yield self.path_of(sha256)

    def address(self, sha256: str) -> str:
        if not self._found(sha256).is_file():
            raise ContentMissingError(sha256)
        return key_of(sha256)

    def has(self, sha256: str) -> bool:
        return _SHA256.fullmatch(sha256) is not None and self._found(sha256).is_file()

    def set_aside(self, sha256: str) -> bool:
        path, aside = self.path_of(sha256), self._aside(sha256)
        aside.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.utime(path)
            path.rename(aside)
        except FileNotFoundError:
            return False
        return True

    def discard(self, sha256: str) -> None:
        self._aside(sha256).unlink(missing_ok=True)

    def shelf(self, first: int) -> Iterator[ShelvedContent]:
        for root, is_aside in ((self._root, False), (self._root / ASIDE, True)):
            for path in (root / f"{first:02x}").glob("??/*"):
                with suppress(FileNotFoundError):
                    found = path.stat()
                    yield ShelvedContent(path.name, found.st_size, found.st_mtime, is_aside)

    def _found(self, sha256: str) -> Path:
        """Return the path of a blob, brought back if it was set aside. Raises ContentMissingError: it is no hash."""
        path = self.path_of(sha256)
        if not path.is_file():
            with suppress(FileNotFoundError):
                self._aside(sha256).rename(path)
                os.utime(self._partial)  # as if it had just come: the continuous back-up looks there
        return path

    def _aside(self, sha256: str) -> Path:
        return self._root / ASIDE / key_of(sha256)

    def _discard_abandoned(self) -> None:
        oldest_s = unix_s() - _ABANDONED_AFTER_S
        for left in self._partial.iterdir():
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < oldest_s:
                    left.unlink()

    def probe(self) -> None:
        """Do nothing: the disk guard watches the folder's disk."""

    def path_of(self, sha256: str) -> Path:
        """Return the path of a blob, whether it is there or not. Raises ContentMissingError where it is no hash."""
        return self._root / key_of(sha256)


def key_of(sha256: str) -> str:
    """Return the name of a blob in any store, two folders deep. Raises ContentMissingError where it is no hash."""
    if not _SHA256.fullmatch(sha256):
        raise ContentMissingError(sha256)
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _copy(stream: BinaryIO, out: BinaryIO, max_bytes: int) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > max_bytes:
            raise RefusedAudioError("TOO_LARGE", f"more than {max_bytes} bytes")
        digest.update(chunk)
        out.write(chunk)
    return digest.hexdigest(), size


def _sync_folders(*folders: Path) -> None:
    """Sync the folders: a rename is on disk only once its folder is."""
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
