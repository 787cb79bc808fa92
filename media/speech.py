"""Text to speech by espeak-ng."""

from __future__ import annotations

import re
import subprocess
import tempfile
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from media.errors import NoVoiceError, ToolError

VOICES: Mapping[str, str] = {"vi": "vi"}
"""Language (BCP 47, primary subtag) → espeak-ng voice. Any other is recorded, never read by a voice not its own."""
WORDS_PER_MINUTE = 135
"""espeak-ng's default is 175; horns a street apart echo, and slow speech survives that."""
ALERT_WORDS_PER_MINUTE = 115
"""An alert is understood at the first hearing, by people who are frightened or asleep."""
PITCH = 50
"""Of 0 to 99, the default: with this gap a recogniser made fewer errors than at 30, 42 or 60 with other gaps."""
WORD_GAP_10MS = 5
"""A short pause between words: they stay apart over horns that echo."""
TIMEOUT_S = 120.0
_PHONEME_BRACKETS = re.compile(r"(\[(?=\[)|\](?=\]))")
_KEPT_CONTROLS = "\n"
_TAIL_CHARS = 600


class EspeakVoice:
    """Implements ``media.ports.Voice``; ``voices`` maps a primary language subtag to an espeak-ng voice."""

    def __init__(
        self,
        voices: Mapping[str, str] = VOICES,
        *,
        espeak: str = "espeak-ng",
        words_per_minute: int = WORDS_PER_MINUTE,
        pitch: int = PITCH,
        word_gap_10ms: int = WORD_GAP_10MS,
    ) -> None:
        self._voices = voices
        self._espeak = espeak
        self._words_per_minute = words_per_minute
        self._pitch = pitch
        self._word_gap_10ms = word_gap_10ms

    def speaks(self, language: str) -> bool:
        return self._voices.get(_primary(language), "") in self._installed

    def speak(self, text: str, language: str, into: Path) -> None:
        """Write a mono 22,050 Hz WAV. Raises NoVoiceError, ToolError."""
        if not self.speaks(language):
            raise NoVoiceError(language)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=into.parent, suffix=".txt") as file:
            file.write(speakable(text))
            file.flush()
            self._run(
                *("-v", self._voices[_primary(language)], "-s", str(self._words_per_minute), "-p", str(self._pitch)),
                *("-g", str(self._word_gap_10ms), "-b", "1", "-f", file.name, "-w", str(into)),
            )

    @cached_property
    def _installed(self) -> frozenset[str]:
        """Names of the voices on this machine: the second column of the list."""
        lines = self._run("--voices").splitlines()[1:]
        return frozenset(columns[1] for line in lines if len(columns := line.split()) > 1)

    def _run(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                [self._espeak, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ToolError(self._espeak, f"killed after {TIMEOUT_S:g} s") from error
        except FileNotFoundError as error:
            raise ToolError(self._espeak, "not installed") from error
        if done.returncode != 0:
            raise ToolError(self._espeak, done.stderr.decode("utf-8", "replace")[-_TAIL_CHARS:])
        return done.stdout.decode("utf-8", "replace")


def speakable(text: str) -> str:
    """``text`` as the engine may have it: composed letters, no control characters, no phoneme brackets.

    espeak-ng reads a letter and a loose tone mark as two things, obeys commands that start with U+0001 and takes
    ``[[…]]`` for phonemes.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
    kept = "".join(c for c in composed if c in _KEPT_CONTROLS or not unicodedata.category(c).startswith("C"))
    return _PHONEME_BRACKETS.sub(r"\1 ", kept)


def _primary(language: str) -> str:
    return language.split("-", maxsplit=1)[0].lower()
