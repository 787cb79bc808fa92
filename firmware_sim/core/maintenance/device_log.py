"""Device log for technicians: events of this boot, and the starts of earlier ones."""

import gzip
from collections import deque
from datetime import UTC, datetime
from typing import Final

from devices.protocol.limits import LOG_MAX_BYTES, LOG_PART_BYTES, LOG_PARTS_MAX
from firmware_sim.core.step import Step

LINES_MAX: Final = 1_000
"""In memory only, the newest of one boot: writing a line for each answer would wear out the flash."""
RUNS_MAX: Final = 20
"""Starts kept on flash: one write each."""
_PACKED_MAX: Final = LOG_PART_BYTES * LOG_PARTS_MAX


class DeviceLog:
    """Device log: any part may write to it; text is made only when it is asked for."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._lines: deque[tuple[int, str]] = deque(maxlen=LINES_MAX)

    def began(self, boot: str, reason: str, now: int) -> None:
        """Note that a boot begins; ``reason`` is power or command."""
        runs: list[object] = [*self._runs(), [now, boot, reason]]
        self._step.remember("journal", "runs", runs[-RUNS_MAX:])

    def write(self, now: int, what: str) -> None:
        self._lines.append((now, what))

    def packed(self) -> bytes:
        """Return the log as gzip of UTF-8 text, the newest line last; the oldest lines are dropped to fit."""
        lines = [f"{_instant(at)} start {boot} ({reason})" for at, boot, reason in self._runs()]
        lines += [f"{_instant(at)} {what}" for at, what in self._lines]
        text = "\n".join(lines).encode() + b"\n"
        if len(text) > LOG_MAX_BYTES:
            text = text[-LOG_MAX_BYTES:].partition(b"\n")[2]
        packed = _packed(text)
        while len(packed) > _PACKED_MAX:
            text = text[len(text) // 2 :].partition(b"\n")[2]
            packed = _packed(text)
        return packed

    def _runs(self) -> list[list[object]]:
        kept = self._step.known("journal").get("runs")
        return [list(run) for run in kept if isinstance(run, list)] if isinstance(kept, list) else []


def parts_of(packed: bytes) -> list[bytes]:
    """Split a packed log into parts that fit one message each."""
    return [packed[first : first + LOG_PART_BYTES] for first in range(0, len(packed), LOG_PART_BYTES)]


def _packed(text: bytes) -> bytes:
    return gzip.compress(text, mtime=0)


def _instant(at: object) -> str:
    ms = at if isinstance(at, int) else 0
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
