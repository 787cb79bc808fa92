"""Flash of a device: a journal of small facts and a folder of content by hash.

The journal is append-only; a line is ``crc32 json`` and holds one batch of facts that is valid whole or not at all. A
torn last line (power lost while writing) is cut off when the journal is opened, a line damaged later is left out and
counted.
Content is written beside its name and renamed when its hash is right, and hashed again before every use.
"""

import hashlib
import json
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple, Protocol

Value = dict[str, object] | list[object] | str | int | float | bool | None
Facts = dict[str, dict[str, Value]]
"""Kind → key → value."""

COMPACT_LINES: Final = 4_000
"""A longer journal is rewritten when it is opened: 4,000 lines are read in some 20 ms."""
_CRC_WIDTH: Final = 8


class JournalEntry(NamedTuple):
    """One fact; a value of ``None`` forgets it."""

    kind: str
    key: str
    value: Value


class FlashStore(Protocol):
    """Flash of a device; one test suite runs on both kinds."""

    def load(self) -> Facts: ...

    def save(self, entries: Iterable[JournalEntry]) -> None:
        """Write all entries or none; they are on disk when this returns."""

    def held(self, sha256: str) -> bytes | None:
        """Return the content, if it is here and its hash is right; damaged content is removed."""

    def store(self, sha256: str, data: bytes) -> None:
        """Keep content whose hash was found right."""

    def keep_only(self, wanted: Iterable[str]) -> None:
        """Forget every content that is not wanted any more."""


class Flash:
    """Flash in a folder: ``journal``, ``content/{sha256}`` and ``content/{sha256}.part``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.spoilt_lines = 0
        self._content = root / "content"
        self._content.mkdir(parents=True, exist_ok=True)
        self._journal = root / "journal"
        self._fd: int | None = None

    def load(self) -> Facts:
        """Read the journal, mend its end, and open it for writing."""
        facts: Facts = {}
        lines = 0
        good_bytes = 0
        raw = self._journal.read_bytes() if self._journal.exists() else b""
        for line in raw.splitlines(keepends=True):
            batch = _read_line(line)
            if batch is None:
                self.spoilt_lines += 1
            else:
                apply_entries(facts, batch)
                lines += 1
            if line.endswith(b"\n"):
                good_bytes += len(line)
        if good_bytes < len(raw):
            os.truncate(self._journal, good_bytes)
        if lines > COMPACT_LINES:
            self._rewrite(facts)
        self._open()
        return facts

    def save(self, entries: Iterable[JournalEntry]) -> None:
        batch = list(entries)
        if not batch:
            return
        if self._fd is None:
            self.load()
        fd = self._fd
        if fd is None:
            raise OSError(f"{self._journal} is not open")
        end = os.fstat(fd).st_size
        try:
            _write_all(fd, _line(batch))
            os.fdatasync(fd)
        except OSError:
            os.ftruncate(fd, end)  # a half line would spoil the next one
            raise

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def held(self, sha256: str) -> bytes | None:
        path = self.content_path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(data).hexdigest() == sha256:
            return data
        path.unlink(missing_ok=True)
        return None

    def accept_part(self, sha256: str) -> bool:
        """Check the hash of the fetched part: keep it and return True, or delete it and return False."""
        part = self.part_path(sha256)
        if hashlib.sha256(part.read_bytes()).hexdigest() != sha256:
            part.unlink()
            return False
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(self.content_path(sha256))
        _sync_folder(self._content)
        return True

    def store(self, sha256: str, data: bytes) -> None:
        self.part_path(sha256).write_bytes(data)
        self.accept_part(sha256)

    def keep_only(self, wanted: Iterable[str]) -> None:
        names = set(wanted)
        for path in self._content.iterdir():
            if path.name.removesuffix(".part") not in names:
                path.unlink(missing_ok=True)

    def content_path(self, sha256: str) -> Path:
        return self._content / sha256

    def part_path(self, sha256: str) -> Path:
        return self._content / f"{sha256}.part"

    def _open(self) -> None:
        self.close()
        fresh = not self._journal.exists()
        self._fd = os.open(self._journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if fresh:
            _sync_folder(self.root)

    def _rewrite(self, facts: Facts) -> None:
        entries = [JournalEntry(kind, key, value) for kind, values in facts.items() for key, value in values.items()]
        new = self.root / "journal.new"
        with new.open("wb") as file:
            file.write(_line(entries))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._journal)
        _sync_folder(self.root)


def apply_entries(facts: Facts, batch: Iterable[JournalEntry]) -> None:
    """Apply a batch of facts to those held."""
    for kind, key, value in batch:
        if value is None:
            facts.get(kind, {}).pop(key, None)
        else:
            facts.setdefault(kind, {})[key] = value


def _line(batch: list[JournalEntry]) -> bytes:
    body = json.dumps(batch, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _read_line(line: bytes) -> list[JournalEntry] | None:
    body = line[_CRC_WIDTH + 1 :].removesuffix(b"\n")
    if not line.endswith(b"\n") or line[:_CRC_WIDTH] != b"%08x" % zlib.crc32(body):
        return None
    return [JournalEntry(*entry) for entry in json.loads(body)]


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
