"""Text to speech by espeak-ng."""

import tempfile
import wave
from collections.abc import Mapping
from functools import cached_property
from math import inf
from pathlib import Path

from media import engine
from media.engine import primary, speakable
from media.errors import NoVoiceError

NAME = "espeak-ng"
VOICES: Mapping[str, str] = {"vi": "vi"}
"""Language (BCP 47, primary subtag) → espeak-ng voice. Any other is recorded, never read by a voice not its own."""
WORDS_PER_MINUTE = 135
"""espeak-ng's default is 175; horns a street apart echo, and slow speech survives that."""
ALERT_WORDS_PER_MINUTE = 115
"""An alert is understood at the first hearing, by people who are frightened or asleep."""
PITCH = 50
"""Of 0 to 99, the default: before the shift a recogniser made more errors at lower ones."""
WORD_GAP_10MS = 6
"""A short pause between words, before the shift: they stay apart over horns that echo."""
SHIFT = 1.25
"""Played this much faster than spoken, which is that much slower: formants and pitch rise, as of a shorter throat. A
recogniser understands it better than any voice, pace or pitch of espeak-ng's own (adr 0015).
"""


class EspeakVoice:
    """Implements ``media.ports.Voice``; ``voices`` maps a primary language subtag to an espeak-ng voice."""

    def __init__(
        self,
        voices: Mapping[str, str] = VOICES,
        *,
        espeak: str = NAME,
        words_per_minute: int = WORDS_PER_MINUTE,
        pitch: int = PITCH,
        word_gap_10ms: int = WORD_GAP_10MS,
        shift: float = SHIFT,
    ) -> None:
        self._voices = voices
        self._espeak = espeak
        self._words_per_minute = round(words_per_minute / shift)
        self._shift = shift
        self._pitch = pitch
        self._word_gap_10ms = word_gap_10ms

    def speaks(self, language: str) -> bool:
        return self._voices.get(primary(language), "") in self._installed

    def name(self, language: str) -> str:
        return f"{NAME} {self._voices[primary(language)]}" if self.speaks(language) else ""

    def pieces(self, text: str, language: str) -> tuple[str, ...]:  # noqa: ARG002 - as the port has it
        """Return it whole: one process says all of it, and names what it does not know."""
        return (text,)

    def speak(self, text: str, language: str, into: Path, *, until_s: float = inf) -> str:  # noqa: ARG002 - it is fast
        """Write a mono WAV of 22,050 Hz times the shift. Raises NoVoiceError, ToolError."""
        if not self.speaks(language):
            raise NoVoiceError(language)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=into.parent, suffix=".txt") as file:
            file.write(speakable(text))
            file.flush()
            self._run(
                *("-v", self._voices[primary(language)], "-s", str(self._words_per_minute), "-p", str(self._pitch)),
                *("-g", str(self._word_gap_10ms), "-b", "1", "-f", file.name, "-w", str(into)),
            )
        self._play_faster(into)
        return self.name(language)

    def _play_faster(self, path: Path) -> None:
        """Play the same samples at a higher rate: only the header changes."""
        with wave.open(str(path), "rb") as file:
            parameters, frames = file.getparams(), file.readframes(file.getnframes())
        with wave.open(str(path), "wb") as file:
            file.setparams(parameters._replace(framerate=round(parameters.framerate * self._shift)))
            file.writeframes(frames)

    @cached_property
    def _installed(self) -> frozenset[str]:
        """Names of the voices on this machine: the second column of the list."""
        lines = self._run("--voices").splitlines()[1:]
        return frozenset(columns[1] for line in lines if len(columns := line.split()) > 1)

    def _run(self, *arguments: str) -> str:
        return engine.run(self._espeak, self._espeak, *arguments)
