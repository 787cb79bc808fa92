"""Restore epoch of an installation: it rises when the data are older than what devices hold.

A device takes anything signed with a higher epoch as newer, whatever its version. The number is kept in a file beside
the keys, for it has to be above that of every state that was ever signed with them.
"""

import contextlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cms.platform.process.atomic_file import write_secret

NAME: Final = "epoch"
_AHEAD_MAX: Final = timedelta(days=1)
"""An epoch is an instant in ms: one reported from further ahead is an error or forged."""


class Epoch:
    """Epoch kept in a file; ``value`` is read again whenever the file has changed."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._read_at_ns = -1
        self._value = 0

    @property
    def value(self) -> int:
        with contextlib.suppress(OSError, ValueError):
            changed_ns = self._path.stat().st_mtime_ns
            if changed_ns != self._read_at_ns:
                self._value = int(self._path.read_text(encoding="ascii"))
                self._read_at_ns = changed_ns
        return self._value

    def rise(self, now: datetime, told: int = 0) -> int:
        """Raise the epoch above its present value and above ``told``; returns the new one."""
        fresh = max(_ms(now), self.value + 1, told + 1)
        write_secret(self._path, b"%d\n" % fresh)
        return fresh

    def keep_up(self, told: int) -> None:
        """Raise it to that of another host that signs with the same keys, unless this one is as high."""
        if told > self.value:
            write_secret(self._path, b"%d\n" % told)

    def is_plausible(self, told: int, now: datetime) -> bool:
        """Return whether this epoch, reported by a device, can be one of ours from before the data were lost."""
        return told <= _ms(now + _AHEAD_MAX)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
