"""Log follower: new lines of a log that another process writes, and the stored reading position."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

READ_BYTES: Final = 1024 * 1024
"""Per read; the rest comes with the next."""


class _Place(NamedTuple):
    """Inode of the file, and the offset read so far; ``inode`` 0: there was none."""

    inode: int
    at: int


class LogFollower:
    """Follower of ``path`` across rotation to ``.log.1``; ``place`` stores the position, for the next process.

    The first time it begins at the end: older lines are of the past.
    """

    def __init__(self, path: Path, place: Path) -> None:
        self._path = path
        self._file = place
        self._saved = self._kept()
        self._place = self._saved or _Place(*_stands(path))
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """Yield the new lines, whole ones only."""
        inode, size = _stands(self._path)
        if inode != self._place.inode or size < self._place.at:
            yield from self._rest_of_the_last()
            self._place, self._rest = _Place(inode, 0), b""
        if size > self._place.at:
            yield from self._read(self._path)

    def save(self) -> None:
        """Store the position: everything up to here is processed."""
        whole = _Place(self._place.inode, self._place.at - len(self._rest))
        if whole == self._saved:
            return
        part = self._file.with_suffix(".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(whole))
        part.replace(self._file)
        self._saved = whole

    def _kept(self) -> _Place | None:
        with suppress(OSError, ValueError, TypeError):
            return _Place(*map(int, json.loads(self._file.read_text())))
        return None

    def _rest_of_the_last(self) -> Iterator[str]:
        """Yield the lines written before the file was rotated and not read yet."""
        last = self._path.with_suffix(f"{self._path.suffix}.1")
        inode, size = _stands(last)
        while inode == self._place.inode and size > self._place.at:
            yield from self._read(last)

    def _read(self, path: Path) -> Iterator[str]:
        with path.open("rb") as file:
            file.seek(self._place.at)
            data = file.read(READ_BYTES)
        self._place = _Place(self._place.inode, self._place.at + len(data))
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip()


def _stands(path: Path) -> tuple[int, int]:
    """Return the file's inode and size; zeros if there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_ino, found.st_size
