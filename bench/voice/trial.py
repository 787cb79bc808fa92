"""Trials: sentences spoken with some settings and heard by the recogniser; every hearing is kept, as JSON lines."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.voice import settings as of
from bench.voice.recogniser import Recogniser
from bench.voice.settings import Settings
from broadcast.speech.normalization import read
from broadcast.speech.word_errors import word_errors, words
from cms.speech.service.phonology import PHONOLOGY
from media.kokoro.model import STYLE_VALUES, KokoroModel, joined
from media.kokoro.prosody import RATE_HZ, Floats
from media.kokoro.script import scripts
from media.kokoro.voice import DIALECTS, FOLDER, OWN_RATE, VOICES
from media.wave_file import write_wave


@dataclass(frozen=True, slots=True)
class Hearing:
    """One sentence as heard. ``key``: digest of all that its sound depends on."""

    key: str
    sentence: str
    heard: str
    errors: int
    words: int
    sound_s: float
    processor_s: float


@dataclass(frozen=True, slots=True)
class TrialResult:
    """Sentences heard with the same settings."""

    hearings: tuple[Hearing, ...]

    @property
    def error_rate(self) -> float:
        """Word errors per word, over all sentences."""
        return sum(each.errors for each in self.hearings) / max(1, sum(each.words for each in self.hearings))

    @property
    def mean_error_rate(self) -> float:
        """Mean of the sentences' word error rates, as ``loa bench speech`` counts."""
        return sum(each.errors / max(1, each.words) for each in self.hearings) / max(1, len(self.hearings))

    @property
    def processor_share(self) -> float:
        """Seconds of processor a second of sound."""
        return sum(each.processor_s for each in self.hearings) / max(1e-9, sum(each.sound_s for each in self.hearings))


class VoiceTrials:
    """One voice and one recogniser; ``results`` is read first and appended to, so that no sentence is heard twice."""

    def __init__(self, voice: str, recogniser: Recogniser, results: Path, folder: Path = FOLDER) -> None:
        self._voice = voice
        self._recogniser = recogniser
        self._results = results
        self._folder = folder
        self._known = dict(_read(results))
        self._model = KokoroModel(folder, voice, VOICES[voice])
        self._own_styles = self._model.styles
        self._work = results.with_suffix(".wav")

    def run(self, settings: Settings, sentences: Sequence[str], until_s: float) -> TrialResult | None:
        """Hear the sentences with these settings; None when ``until_s`` of the monotonic clock comes first."""
        hearings = []
        with of.applied(settings):
            for sentence in sentences:
                if time.monotonic() > until_s:
                    return None
                hearings.append(self._hearing(sentence, settings))
        return TrialResult(tuple(hearings))

    def _hearing(self, sentence: str, settings: Settings) -> Hearing:
        spoken = read(sentence).spoken
        made = [each.encoded() for each in scripts(PHONOLOGY.read(spoken, DIALECTS[0]))]
        key = _digest([self._voice, made, of.in_force(), settings.get(of.RATE, OWN_RATE), settings.get(of.MIX)])
        if key not in self._known:
            self._known[key] = self._heard(key, spoken, settings)
            with self._results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(self._known[key]), ensure_ascii=False) + "\n")
        return self._known[key]

    def _heard(self, key: str, spoken: str, settings: Settings) -> Hearing:
        self._model.styles = self._mixed(settings.get(of.MIX, {}))
        began_s = time.process_time()
        rate = float(settings.get(of.RATE, OWN_RATE))
        samples = joined(self._model.say(each, rate) for each in scripts(PHONOLOGY.read(spoken, DIALECTS[0])))
        used_s = time.process_time() - began_s
        write_wave(self._work, samples.astype(np.float64), RATE_HZ)
        text = self._recogniser.text_of(self._work)
        errors, count = word_errors(spoken, text), len(words(spoken))
        return Hearing(key, spoken, text, errors, count, round(samples.size / RATE_HZ, 2), round(used_s, 2))

    def _mixed(self, shares: Mapping[str, float]) -> Floats:
        """Blend voice packs, of which the folder ``packs`` in the voice's folder has the files."""
        if not shares:
            return self._own_styles
        packs = [np.fromfile(self._folder / "packs" / f"{name}.bin", "<f4") * share for name, share in shares.items()]
        return (np.sum(packs, axis=0) / sum(shares.values())).astype(np.float32).reshape(-1, 1, STYLE_VALUES)


def _digest(of_what: object) -> str:
    return hashlib.sha256(json.dumps(of_what, sort_keys=True).encode()).hexdigest()[:20]


def _read(results: Path) -> Iterator[tuple[str, Hearing]]:
    if results.exists():
        for line in results.read_text(encoding="utf-8").splitlines():
            hearing = Hearing(**json.loads(line))
            yield hearing.key, hearing
