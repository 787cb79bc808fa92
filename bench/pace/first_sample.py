"""First audible sample of an alert on the devices that write WAV files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.demo.run import await_true, truth_in
from bench.recordings import read_segment
from devices.model import DeviceId

AUDIBLE: Final = 328
"""Least sample that counts as heard: -40 dBFS."""
_LIMIT_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class FirstSample:
    """Alert on one device: the command is obeyed, and the first sample leaves the card (ms UTC)."""

    device_id: DeviceId
    obeyed_at_ms: float
    heard_at_ms: float


def first_samples(out: Path, order_id: str, devices: Collection[DeviceId]) -> list[FirstSample]:
    """Wait until the order sounds on each of the devices, and return the first audible sample of each.

    Raises:
        DemoError: it did not.
    """
    await_true(lambda: all(_find(out / each, order_id) is not None for each in devices), _LIMIT_S, "the siren")
    found = [_find(out / each, order_id) for each in devices]
    return [each for each in found if each is not None]


def _find(folder: Path, order_id: str) -> FirstSample | None:
    began = [
        line
        for line in truth_in(folder / "truth.jsonl")
        if (line["result"], line.get("item"), line.get("round")) == ("started", order_id, 1)
    ]
    if not began:
        return None
    heard_at_ms = audible_from(folder, began[0]["planned_at_ms"])
    return None if heard_at_ms is None else FirstSample(DeviceId(folder.name), began[0]["planned_at_ms"], heard_at_ms)


def audible_from(folder: Path, at_ms: float) -> float | None:
    """Return the instant of the first audible sample from this instant on; None: silent so far."""
    for path in sorted(folder.glob("*.wav")):
        segment = read_segment(path)
        first = max(0, round((at_ms - segment.sample0_at_ms) * segment.rate_hz / 1000))
        loud = np.flatnonzero(np.abs(segment.samples[first:].astype(np.int32)) >= AUDIBLE)
        if len(loud):
            return segment.sample0_at_ms + (first + int(loud[0])) * 1000 / segment.rate_hz
    return None
