"""Ground truth of one device, independent of the server: one JSON line at an item's first sample, one at its last."""

import json
import os
from pathlib import Path

from firmware_sim.core.effects import StartLive, StartRelay, StartSound, Tone
from firmware_sim.sound.timed_card import Order


class TruthLog:
    """Ground truth log ``truth.jsonl`` of one device: ``result`` is started, then done or cut. A line is one write."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fd: int | None = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._started: dict[str, tuple[Order, int]] = {}
        self.done = 0
        self.skew_ms_max = 0

    def started(self, order: Order, at_ms: int) -> None:
        self._started[order.item] = (order, at_ms)
        self.skew_ms_max = max(self.skew_ms_max, abs(at_ms - order.at_ms))
        self._write(order, at_ms, None, "started")

    def ended(self, item: str, at_ms: int, *, whole: bool) -> None:
        order, started_at_ms = self._started.pop(item, (None, 0))
        if order is not None:
            self.done += whole
            self._write(order, started_at_ms, at_ms, "done" if whole else "cut")

    def close(self) -> None:
        """Close the log; sounds that end later are not written."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def pressed(self, at_ms: int) -> None:
        """Note that the stop key at the device was pressed."""
        self._line({"result": "stop key", "at_ms": at_ms})

    def turned_key(self, at_ms: int, refusal: str | None) -> None:
        """Note that the key at the device was turned, and why nothing was raised; None: an alert was."""
        self._line({"result": "key", "refusal": refusal, "at_ms": at_ms})

    def turned(self, item: str, what: str, at_ms: int) -> None:
        """Note the source that a relay sounds from now on: its stream, its fallback, or nothing."""
        self._line({"item": item, "result": what, "at_ms": at_ms})

    def switched(self, at_ms: int, *, is_closed: bool) -> None:
        """Note that a bridge's contact was switched."""
        self._line({"result": "contact closed" if is_closed else "contact open", "at_ms": at_ms})

    def foreign(self, where: str, at_ms: int, *, is_loud: bool) -> None:
        """Note that foreign sound began or ended at a point of a bridge."""
        self._line({"result": f"foreign {where}", "is_loud": is_loud, "at_ms": at_ms})

    def _write(self, order: Order, started_at_ms: int, ended_at_ms: int | None, result: str) -> None:
        self._line(
            {
                **_what(order),
                "planned_at_ms": order.at_ms,
                "started_at_ms": started_at_ms,
                "ended_at_ms": ended_at_ms,
                "volume_pct": order.volume_pct,
                "result": result,
            }
        )

    def _line(self, line: dict[str, object]) -> None:
        if self._fd is not None:
            os.write(self._fd, (json.dumps(line) + "\n").encode())


def _what(order: Order) -> dict[str, object]:
    if isinstance(order, StartSound):
        return {"item": order.item, "sha256": order.sha256, "offset_ms": order.offset_ms}
    if isinstance(order, StartLive):
        return {"item": order.session, "is_live": True, "offset_ms": 0}
    if isinstance(order, StartRelay):
        return {"item": order.item, "sha256": order.sha256, "offset_ms": 0}
    tone = next((part.name for part in order.parts if isinstance(part, Tone)), "")
    return {"item": order.cid, "round": order.round, "tone": tone, "is_drill": order.is_drill, "offset_ms": 0}
