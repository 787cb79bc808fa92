"""Measurement of a recording against its reference: similarity and start, both from the samples alone.

``python -m bench.recordings --heard DIR --reference FILE --planned-at-ms MS`` prints it as one line of JSON.
"""

import argparse
import json
import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from firmware_sim.sound.decoder import DecodeError, Samples, run_ffmpeg
from firmware_sim.sound.wav import HEADER_BYTES

SEARCH_MS: Final = 3_000
"""The item is searched this far on both sides of its planned instant."""

Signal = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RecordedSegment:
    """Segment that was read."""

    path: Path
    rate_hz: int
    sample0_at_ms: int
    samples: Samples
    gaps: tuple[tuple[int, int], ...] = ()

    def held_up_ms(self, from_position: int, until_position: int) -> float:
        """Return for how long the sound in this span was held up (ms)."""
        spans = ((max(first, from_position), min(last, until_position)) for first, last in self.gaps)
        return sum(max(0, last - first) for first, last in spans) * 1000 / self.rate_hz

    def without_gaps(self) -> Samples:
        """Return the samples that a process would have sounded without being held up."""
        return np.delete(self.samples, [place for first, last in self.gaps for place in range(first, last)])


def read_segment(path: Path) -> RecordedSegment:
    """Read a segment and its instant; the file's length counts, as a killed writer leaves old sizes in the header."""
    about = json.loads(path.with_suffix(".json").read_text())
    raw = path.read_bytes()[HEADER_BYTES:]
    samples = np.frombuffer(raw[: len(raw) // 2 * 2], dtype=np.int16)
    gaps = tuple((int(first), int(last)) for first, last in about.get("gaps", ()))
    return RecordedSegment(path, int(about["rate_hz"]), int(about["sample0_at_ms"]), samples, gaps)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Normalised cross-correlation, 0 to 1, independent of gain, at the best fit: ``offset`` in samples."""

    similarity: float
    offset: int


@dataclass(frozen=True, slots=True)
class MeasuredItem:
    """One item in a recording. ``start_skew_ms``: recorded less planned start; ``rms_dbfs``: level of the item.

    ``held_up_ms``: silence within it, because the simulated device had no processor time.
    """

    path: Path
    similarity: float
    start_skew_ms: float
    started_at_ms: float
    rms_dbfs: float
    held_up_ms: float


class NotRecordedError(Exception):
    """No segment covers the planned instant."""


def decode_mono(content: Path, rate_hz: int) -> Samples:
    """Return the samples of one file, held in memory.

    Raises:
        DecodeError: ffmpeg cannot read it.
    """
    done = run_ffmpeg(content, rate_hz, "-")
    return np.frombuffer(done, dtype=np.int16)


def similarity(heard: Samples, reference: Samples) -> Likeness:
    """Compare the reference with the part of ``heard`` that fits it best. Both at the same rate.

    The reference may extend past either end of ``heard``; missing samples count as silence.
    """
    long, short = heard.astype(np.float64), reference.astype(np.float64)
    energy = float(np.dot(short, short))
    if not len(long) or energy == 0:
        return Likeness(0.0, 0)
    padded = np.concatenate([np.zeros(len(short)), long, np.zeros(len(short))])
    products = _correlate(padded, short)
    squares = np.concatenate([[0.0], np.cumsum(padded * padded)])
    local = squares[len(short) :] - squares[: -len(short)]
    scores = products[: len(local)] / np.sqrt(np.maximum(local, 1.0) * energy)
    best = int(np.argmax(scores))
    return Likeness(float(min(1.0, max(0.0, scores[best]))), best - len(short))


def measure(folder: Path, content: Path, planned_at_ms: int) -> MeasuredItem:
    """Find the content in a device's recordings near its planned instant.

    Raises:
        NotRecordedError: nothing was recorded then.
        DecodeError: the content is no audio.
    """
    recording = _segment_at(folder, planned_at_ms)
    reference = decode_mono(content, recording.rate_hz)
    rate = recording.rate_hz
    planned = (planned_at_ms - recording.sample0_at_ms) * rate // 1000
    margin = SEARCH_MS * rate // 1000
    first = max(0, planned - margin)
    window = recording.samples[first : planned + len(reference) + margin]
    found = similarity(window, reference)
    start = first + found.offset
    started_at_ms = recording.sample0_at_ms + start * 1000 / rate
    sounded = recording.samples[max(0, start) : start + len(reference)].astype(np.float64)
    return MeasuredItem(
        path=recording.path,
        similarity=round(found.similarity, 5),
        start_skew_ms=round(started_at_ms - planned_at_ms, 3),
        started_at_ms=round(started_at_ms, 3),
        rms_dbfs=_rms_dbfs(sounded),
        held_up_ms=round(recording.held_up_ms(start, start + len(reference)), 1),
    )


def _segment_at(folder: Path, at_ms: int) -> RecordedSegment:
    """Return the segment whose samples cover the instant; the last that began before it."""
    for path in sorted(folder.glob("*.wav"), reverse=True):
        recording = read_segment(path)
        end_ms = recording.sample0_at_ms + len(recording.samples) * 1000 / recording.rate_hz
        if recording.sample0_at_ms <= at_ms <= end_ms:
            return recording
    raise NotRecordedError(f"{folder}: nothing recorded at {at_ms}")


def _correlate(long: Signal, short: Signal) -> Signal:
    """Return the sliding products of ``short`` along ``long``, by FFT."""
    size = 1 << (len(long) + len(short) - 1).bit_length()
    spectrum = np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size))
    return np.fft.irfft(spectrum, size)[: len(long) - len(short) + 1]


def _rms_dbfs(signal: Signal) -> float:
    power = float(np.mean(signal * signal)) if len(signal) else 0.0
    return round(10 * math.log10(max(power, 1e-9) / 32_768**2), 2)


def main(arguments: list[str] | None = None) -> int:
    """Compare the sound of a device with a content."""
    parser = argparse.ArgumentParser(prog="bench.recordings", description=main.__doc__)
    parser.add_argument("--heard", type=Path, required=True, help="The device's folder of WAV files")
    parser.add_argument("--reference", type=Path, required=True, help="The content (any audio file)")
    parser.add_argument("--planned-at-ms", type=int, required=True, help="The planned instant, ms UTC")
    options = parser.parse_args(arguments)
    try:
        heard = measure(options.heard, options.reference, options.planned_at_ms)
    except (NotRecordedError, DecodeError) as error:
        print(json.dumps({"error": str(error)}))
        return 1
    print(json.dumps({**asdict(heard), "path": str(heard.path)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
