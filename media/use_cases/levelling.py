"""Levelling by repeated measurement: every result was measured as it will be heard, after decoding."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from media import loudness
from media.errors import RefusedAudioError
from media.loudness import Setting
from media.model import Loudness, RenditionSpec
from media.ports import AudioTools, AudioWorkspace

MAX_TRIES = 12
LAST_TRIES = 3
"""Tries reserved for holding the peak limit, at any loudness."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One encoding and the figures measured on it, decoded."""

    spec: RenditionSpec
    path: Path
    figures: Loudness


@dataclass(frozen=True, slots=True)
class Levelled:
    """A finished item: the master's figures and every encoding of it. ``wav`` is there where the item is good."""

    setting: Setting
    wav: Path
    master: Loudness
    encodings: tuple[Encoded, ...]

    @property
    def peak_excess_db(self) -> float:
        return max(loudness.peak_excess_db(e.figures) for e in self.encodings)

    @property
    def distance_lu(self) -> float:
        return max(loudness.distance_lu(e.figures) for e in self.encodings)

    @property
    def middle_lufs(self) -> float:
        """Between the softest and the loudest encoding."""
        heard = [e.figures.integrated_lufs for e in self.encodings]
        return (min(heard) + max(heard)) / 2

    @property
    def rank(self) -> tuple[float, float]:
        """Less is better: the peak limit comes first."""
        return max(0.0, self.peak_excess_db), self.distance_lu

    @property
    def is_good(self) -> bool:
        return self.peak_excess_db <= 0 and self.distance_lu <= loudness.TOLERANCE_LU


def level(source: Path, work: AudioWorkspace, *, figures: Loudness, specs: Sequence[RenditionSpec]) -> Levelled:
    """Return the encodings of ``source`` at the target, none above the peak limit.

    ``figures`` are about those of ``source``: where the search begins.

    Where both cannot be had within :data:`MAX_TRIES` the peak limit holds and the nearest loudness is kept. Raises
    RefusedAudioError: KNOCKS where no try kept the peak limit, SILENT where the encodings carry nothing of it.
    """
    search = _Search(work.tools, specs, work.workdir)
    setting = loudness.first_setting(figures)
    for number in range(MAX_TRIES):
        work.progress(30 + 4 * number, "levelling")
        master = search.try_level(source, setting)
        following = loudness.louder_or_softer(setting, search.expected, search.slope)
        is_last = number >= MAX_TRIES - LAST_TRIES
        if search.is_near or following == setting or is_last:
            work.progress(32 + 4 * number, "encoding")
            found = search.try_encode(master, setting)
            if found.is_good:
                return found
            following = _after_encoding(found, following, is_last=is_last)
        master.unlink()
        if following == setting:
            break
        setting = following
    if search.best is None or search.best.peak_excess_db > 0:
        # A tone near the end of what Opus carries comes out 18 dB above itself; trying again would give the same.
        raise RefusedAudioError("KNOCKS", f"no try kept the peak limit in {MAX_TRIES}")
    return search.best


class _Search:
    """Tries so far: the figures of the last one, the effect of a decibel of gain, the best encodings."""

    def __init__(self, tools: AudioTools, specs: Sequence[RenditionSpec], workdir: Path) -> None:
        self._tools = tools
        self._specs = specs
        self._workdir = workdir
        self._tried: Setting | None = None
        self._count = 0
        self._codec_lu = 0.0
        self.figures = loudness.NOTHING
        self.slope = 1.0
        self.best: Levelled | None = None

    @property
    def is_near(self) -> bool:
        """Near enough to spend time on encoding."""
        aim_lu = loudness.AIM_LU if self.best is None else loudness.REPEAT_AIM_LU
        return loudness.is_on_target(self.expected, aim_lu)

    @property
    def expected(self) -> Loudness:
        """The last master's figures as the encodings will have them: codecs take a little loudness."""
        return replace(self.figures, integrated_lufs=self.figures.integrated_lufs + self._codec_lu)

    def try_level(self, source: Path, setting: Setting) -> Path:
        self._count += 1
        master = self._workdir / f"master-{self._count}.wav"
        figures = self._tools.level(
            source, master, gain_db=setting.gain_db, peak_dbtp=setting.ceiling_dbtp, tame_peaks=setting.tame_peaks
        )
        if self._tried is None:
            self.slope = loudness.first_slope(setting, figures)
        elif replace(self._tried, gain_db=setting.gain_db) == setting:
            gained_db = setting.gain_db - self._tried.gain_db
            self.slope = (figures.integrated_lufs - self.figures.integrated_lufs) / gained_db
        self._tried, self.figures = setting, figures
        return master

    def try_encode(self, master: Path, setting: Setting) -> Levelled:
        wanted = {self._workdir / f"{spec.kind}-{self._count}{spec.suffix}": spec for spec in self._specs}
        self._tools.encode(master, wanted)
        # Each is a process of its own, one thread wide: together they use the cores there are.
        with ThreadPoolExecutor(len(wanted)) as pool:
            encodings = tuple(pool.map(self._measured, wanted, wanted.values()))
        found = Levelled(setting, master, self.figures, encodings)
        lost_lu = self.figures.integrated_lufs - min(e.figures.integrated_lufs for e in encodings)
        if lost_lu > loudness.LOST_IN_CODEC_LU:
            raise RefusedAudioError("SILENT", f"{lost_lu:.1f} LU of it lie where no device plays")
        self._codec_lu = found.middle_lufs - self.figures.integrated_lufs
        if self.best is None or found.rank < self.best.rank:
            self.best = found
        return found

    def _measured(self, path: Path, spec: RenditionSpec) -> Encoded:
        return Encoded(spec, path, self.figures if spec.is_lossless else self._tools.measure(path))


def _after_encoding(found: Levelled, otherwise: Setting, *, is_last: bool) -> Setting:
    """Return the next setting: less peak where an encoding overshot, else a further try for the loudness."""
    if found.peak_excess_db > 0:
        softest_lufs = min(e.figures.integrated_lufs for e in found.encodings)
        return loudness.after_overshoot(found.setting, found.peak_excess_db, softest_lufs, is_last=is_last)
    return otherwise
