"""Fake sound: files are JSON figures, so that rules about levelling run without audio tools and with a folder only."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from math import inf
from pathlib import Path
from typing import BinaryIO

from media.errors import ContentMissingError, NoVoiceError, RefusedAudioError
from media.loudness import DECODE_HEADROOM_DB
from media.model import (
    AudioCues,
    Cut,
    FileProbe,
    Loudness,
    RenditionSpec,
    ShelvedContent,
    SpeechLevels,
    StoredContent,
    Survey,
)
from media.ports import Check, ContentStore
from province.machine_clock import unix_s


def delete(store: ContentStore, sha256: str) -> None:
    """Lose a blob for good."""
    assert store.set_aside(sha256)
    store.discard(sha256)


class DictContentStore:
    """In-memory ``media.ports.ContentStore``; it writes a file where one is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blobs: dict[str, bytes] = {}
        self._aside: dict[str, bytes] = {}
        self._made_s = unix_s()
        self._lent = itertools.count()

    def put_bytes(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self._blobs[sha256] = data
        return sha256

    def put_file(self, path: Path) -> str:
        return self.put_bytes(path.read_bytes())

    def put_stream(self, stream: BinaryIO, max_bytes: int, check: Check | None = None) -> StoredContent:
        data = stream.read()
        if len(data) > max_bytes:
            raise RefusedAudioError("TOO_LARGE")
        if check is not None:
            path = self._folder / "partial"
            path.write_bytes(data)
            check(path)
        is_new = not self.has(hashlib.sha256(data).hexdigest())
        return replace(self.stat(self.put_bytes(data)), is_new=is_new)

    def set_aside(self, sha256: str) -> bool:
        self._aside.update({sha256: self._blobs.pop(sha256)} if sha256 in self._blobs else {})
        return sha256 in self._aside

    def discard(self, sha256: str) -> None:
        self._aside.pop(sha256, None)

    def shelf(self, first: int) -> Iterator[ShelvedContent]:
        for blobs in (self._blobs, self._aside):
            for sha256, data in blobs.items():
                if sha256.startswith(f"{first:02x}"):
                    yield ShelvedContent(sha256, len(data), self._made_s, blobs is self._aside)

    def stat(self, sha256: str) -> StoredContent:
        return StoredContent(sha256, len(self.read_bytes(sha256)))

    def open(self, sha256: str) -> BinaryIO:
        return io.BytesIO(self.read_bytes(sha256))

    def read_bytes(self, sha256: str) -> bytes:
        if not self.has(sha256):
            raise ContentMissingError(sha256)
        return self._blobs[sha256]

    @contextmanager
    def local_file(self, sha256: str) -> Iterator[Path]:
        path = self._folder / f"lent-{next(self._lent)}"
        path.write_bytes(self.read_bytes(sha256))
        yield path
        path.unlink()

    def address(self, sha256: str) -> str:
        self.read_bytes(sha256)
        return f"memory/{sha256}"

    def has(self, sha256: str) -> bool:
        if sha256 in self._aside:
            self._blobs[sha256] = self._aside.pop(sha256)
        return sha256 in self._blobs

    def probe(self) -> None:
        self.has("")


@dataclass
class Item:
    """Content of a fake file: loudness and peak as they would be without a limiter, and how dynamic it is.

    ``stiffness`` is the share of a decibel of gain that becomes louder once the limiter works (1: all of it).
    """

    lufs: float
    peak_dbtp: float
    duration_ms: int = 3000
    channels: int = 1
    stiffness: float = 1.0
    mono_sum_loss_lu: float = 0.0
    room_below_db: float = 40.0
    clipped: float = 0.0

    def write(self, path: Path) -> Path:
        path.write_text(json.dumps(asdict(self)))
        return path

    @staticmethod
    def read(path: Path) -> Item:
        return Item(**json.loads(path.read_text()))


@dataclass
class FigureTools:
    """``media.ports.AudioTools`` that calculates from figures instead of audio."""

    overshoot_db: dict[str, float] = field(default_factory=dict)
    lost_lu: dict[str, float] = field(default_factory=dict)
    claimed_ms: int | None = None
    levels: list[tuple[float, float, bool]] = field(default_factory=list)
    cuts: list[AudioCues] = field(default_factory=list)

    def probe(self, path: Path) -> FileProbe:
        item = Item.read(path)
        claimed_ms = item.duration_ms if self.claimed_ms is None else self.claimed_ms
        return FileProbe("wav", "pcm_s16le", 48_000, item.channels, claimed_ms)

    def measure(self, path: Path) -> Loudness:
        item = Item.read(path)
        return Loudness(item.lufs, item.peak_dbtp, 3.0, item.lufs - 10, item.duration_ms)

    def integrated_lufs(self, path: Path) -> float:
        return Item.read(path).lufs

    def survey(self, path: Path) -> Survey:
        item = Item.read(path)
        return Survey(item.lufs, item.duration_ms, item.clipped)

    def decode(self, path: Path, into: Path, *, only_first_channel: bool = False) -> Loudness:
        item = Item.read(path)
        loss_lu = 0.0 if only_first_channel else item.mono_sum_loss_lu
        item.lufs = max(-70.0, item.lufs - DECODE_HEADROOM_DB - loss_lu)
        item.peak_dbtp -= DECODE_HEADROOM_DB
        return self.measure(item.write(into))

    def cut(self, path: Path, into: Path, cues: AudioCues, length_ms: int) -> Loudness:
        self.cuts.append(cues)
        item = Item.read(path)
        item.duration_ms = (length_ms if cues.out_ms is None else cues.out_ms) - cues.in_ms
        return self.measure(item.write(into))

    def level(self, path: Path, into: Path, *, gain_db: float, peak_dbtp: float, tame_peaks: bool = False) -> Loudness:
        self.levels.append((gain_db, peak_dbtp, tame_peaks))
        item = Item.read(path)
        over_db = max(0.0, item.peak_dbtp + gain_db - peak_dbtp)
        item.lufs += gain_db - over_db * (1 - item.stiffness)
        item.peak_dbtp = min(peak_dbtp, item.peak_dbtp + gain_db)
        item.write(into)
        return self.measure(into)

    def encode(self, path: Path, wanted: Mapping[Path, RenditionSpec]) -> None:
        for into, spec in wanted.items():
            item = Item.read(path)
            item.peak_dbtp += self.overshoot_db.get(spec.kind, 0.0)
            item.lufs -= self.lost_lu.get(spec.kind, 0.0)
            item.write(into)

    def peaks(self, path: Path, gain_db: float = 0.0) -> tuple[int, ...]:
        return (min(100, round(100 * 10 ** ((Item.read(path).peak_dbtp + gain_db) / 20))),)


class CopyEditing:
    """``media.ports.Editing`` that joins nothing and remembers its calls."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, bool]] = []
        self.joined: list[list[float]] = []
        self.spliced: list[list[tuple[float, int]]] = []

    def assemble(self, item: Path, into: Path, *, level_lufs: float, chime: bool) -> int:
        self.asked.append((level_lufs, chime))
        into.write_bytes(item.read_bytes())
        return Item.read(item).duration_ms

    def join(self, items: Sequence[tuple[Path, float]], into: Path) -> None:
        parts = [Item.read(path) for path, _ in items]
        self.joined.append([level_lufs for _, level_lufs in items])
        length_ms = sum(part.duration_ms for part in parts)
        softest = min(parts, key=lambda part: part.lufs)
        Item(softest.lufs, softest.peak_dbtp, duration_ms=length_ms).write(into)

    def splice(self, cuts: Sequence[Cut], into: Path) -> None:
        self.spliced.append([(cut.level_lufs, cut.pause_ms) for cut in cuts])
        self.join([(cut.path, cut.level_lufs) for cut in cuts], into)

    def listen(self, path: Path) -> SpeechLevels:
        item = Item.read(path)
        return SpeechLevels(item.lufs, item.lufs - item.room_below_db, item.clipped)


class FigureVoice:
    """``media.ports.Voice`` that speaks Vietnamese at -20 LUFS, 60 ms per character."""

    def speaks(self, language: str) -> bool:
        return language == "vi"

    def name(self, language: str) -> str:
        return "figures" if self.speaks(language) else ""

    def pieces(self, text: str, language: str) -> tuple[str, ...]:
        return (text,)

    def speak(self, text: str, language: str, into: Path, *, until_s: float = inf) -> str:
        if not self.speaks(language):
            raise NoVoiceError(language)
        Item(-20.0, -3.0, duration_ms=60 * len(text)).write(into)
        return self.name(language)
