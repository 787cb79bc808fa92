"""What the brokers refused, read off their logs: whom they let in they tell nobody, whom they turn away they do.

The log names no address for a refused handshake, so a minute's refusals of one sort are one event with their number.
A device that asks to hear what is not its own is named. What a device writes that it may not is refused by the broker
with its acknowledgement, and stands in no log that a province could afford: see docs/adr/0030.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from broadcast.events import Event
from cms.context import Context
from cms.workers.loops import keep_doing
from devices.enrolment import EAR_NAME, GATEWAY_NAME
from devices.mqtt.front_door import DESK_NAME
from devices.protocol.topics import ROOT

log = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=1)
KEPT_MAX_BYTES: Final = 16 * 1024 * 1024
_LOOK_S: Final = 0.5
_READ_BYTES: Final = 1024 * 1024
_TLS: Final = re.compile(r"OpenSSL Error\[\d+\]: error:[0-9A-F]+:SSL routines:[^:]*:(.+)$")
_ASKED: Final = re.compile(r"^\S+: (\S+) [0-2] (\S+)$")
_OURS: Final = frozenset({GATEWAY_NAME, EAR_NAME, DESK_NAME})
_SHARED: Final = (f"{ROOT}/a/", f"{ROOT}/time", f"{ROOT}/keys")
# The end of a connection, and a scanner that speaks no TLS, are nobody's attack.
_NO_REFUSAL: Final = frozenset({"unexpected eof while reading"})
_TOLD_MOST: Final = 200


class BrokerWatch:
    """Follows the files that the supervisor keeps; one that is turned over or made anew is followed on."""

    def __init__(self, context: Context, *, every: timedelta = EVERY) -> None:
        self._context = context
        self._every = every
        self._logs = [_Follower(context.settings.log_dir / name) for name in ("broker.log", "front_door.log")]
        self._refused: Counter[str] = Counter()
        self._told_at = context.now() - every
        self._asked: set[tuple[str, str]] = set()

    def run(self, stopping: threading.Event) -> None:
        keep_doing(self.step, stopping, "watching the brokers", look_s=_LOOK_S)

    def step(self) -> int:
        """How many events were written."""
        events = []
        now = self._context.now()
        for line in (line for each in self._logs for line in each.lines()):
            if (found := _TLS.search(line)) and found[1] not in _NO_REFUSAL:
                self._refused[found[1][:80]] += 1
            elif (found := _ASKED.match(line)) and self._is_news(found[1], found[2]):
                topic: dict[str, object] = {"topic": found[2][:80]}
                events.append(Event("device.overheard", found[1][:40], now, "broker", "broker", topic))
        if self._refused and now - self._told_at >= self._every:
            for reason, count in self._refused.items():
                told: dict[str, object] = {"reason": reason, "count": count}
                events.append(Event("broker.refused", "broker", now, "broker", "broker", told))
            self._refused.clear()
            self._told_at = now
        if events:
            with self._context.uow() as unit:
                for event in events:
                    unit.record(event)
                unit.commit()
        return len(events)

    def _is_news(self, who: str, topic: str) -> bool:
        asked = (who, topic)
        if asked in self._asked or len(self._asked) >= _TOLD_MOST or not _is_too_much(who, topic):
            return False
        self._asked.add(asked)
        return True


def _is_too_much(who: str, topic: str) -> bool:
    """Whether a device asked for more than its own and what all may hear."""
    if who in _OURS:
        return False
    return not topic.startswith((*_SHARED, f"{ROOT}/d/{who}/", f"{ROOT}/boot/{who}/"))


class _Follower:
    """The lines that are new since it was made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode, self._at = self._stands()
        self._rest = b""

    def lines(self) -> Iterator[str]:
        inode, size = self._stands()
        if inode != self._inode or size < self._at:
            self._inode, self._at, self._rest = inode, 0, b""
        if size == self._at:
            return
        with self._path.open("rb") as file:
            file.seek(self._at)
            data = file.read(_READ_BYTES)
        self._at += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace").rstrip()
        if self._at == size > KEPT_MAX_BYTES:
            # The broker appends: it goes on at the beginning. Ten thousand devices that connect anew write 7 MB.
            os.truncate(self._path, 0)
            self._at = 0

    def _stands(self) -> tuple[int, int]:
        """Which file it is, and how long; zeros where there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_ino, found.st_size
