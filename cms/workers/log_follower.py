"""The lines of a log that another process writes, and where the reading of it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

READ_BYTES: Final = 1024 * 1024
"""In one look; the rest comes with the next."""


class _Place(NamedTuple):
    """Which file, and how far it was read; ``inode`` 0: none was there."""

    inode: int
    at: int


class LogFollower:
    """Follows ``path`` through being turned over to ``.log.1``; ``place`` keeps how far, for the next process.

    Who follows for the first time begins at the end: what is told there was long ago.
    """

    def __init__(self, path: Path, place: Path) -> None:
        self._path = path
        self._file = place
        self._saved = self._kept()
        self._place = self._saved or _Place(*_stands(path))
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """What is new, whole lines only."""
        inode, size = _stands(self._path)
        if inode != self._place.inode or size < self._place.at:
            yield from self._rest_of_the_last()
            self._place, self._rest = _Place(inode, 0), b""
        if size > self._place.at:
            yield from self._read(self._path)

    def save(self) -> None:
        """Everything up to here is taken care of."""
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
        """What was written before the file was turned over, and not read yet."""
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
    """Which file it is, and how long; zeros where there is none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_ino, found.st_size
