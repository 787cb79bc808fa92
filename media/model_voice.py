"""Voices whose model is kept by a process of its own, and the time that each text is given."""

import json
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from media.engine import EngineProcess, primary, sentences
from media.errors import BrokenVoiceError, NoVoiceError, ToolError

FORGOTTEN = 0.8
"""Of a pace that was too slow for a text, at each text that is refused for it: a busy machine gets another try."""
_GREETING = "Xin chào."
WAKE_S = 10.0
"""Loading takes a second or two, and longer on a busy machine."""
LEFT_S = 0.5
"""Of the time for a text: an engine that is late says so by itself, as one that does not is killed."""
NAMED_MAX = 20
"""Signs, words or syllables that a message names."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Time in which a text has to be spoken: ``base_s`` and so much a syllable; loading is part of it.

    ``is_whole``: a text is spoken at once, not by sentences.
    """

    base_s: float
    syllable_s: float
    is_whole: bool = False


BULLETIN = Patience(60.0, 3.0)
"""Ten times what a machine with two busy cores needs: longer, and the process is taken to be frozen."""
ALERT = Patience(6.0, 0.0, is_whole=True)
"""An alert's speech is ready within seconds, or espeak-ng says it; all its parts share them (``alert_speech``)."""


class ModelVoice(ABC):
    """Process of a model of one language, which ``media.model_process`` serves; late it is killed, dead restarted."""

    def __init__(self, name: str, path: Path, language: str, command: Sequence[str], patience: Patience) -> None:
        self._engine = name
        self._path = path
        self._language = primary(language)
        self._patience = patience
        self._process = EngineProcess(name, command, is_urgent=patience.is_whole)
        self._syllable_s = 0.0

    def speaks(self, language: str) -> bool:
        return primary(language) == self._language

    def pieces(self, text: str, language: str) -> tuple[str, ...]:
        return (text,) if self._patience.is_whole or not self.speaks(language) else sentences(text)

    def wake(self) -> None:
        """Load the model, and keep it for some minutes; returns at once while it speaks. Raises ToolError."""
        self._process.wake(WAKE_S)

    def close(self) -> None:
        """End its process; it is started again when it is needed."""
        self._process.close()

    @abstractmethod
    def name(self, language: str) -> str: ...

    def speak(self, text: str, language: str, into: Path, *, until_s: float = inf) -> str:
        """Write a mono WAV at the model's own rate.

        Raises:
            NoVoiceError: it speaks one language only.
            ToolError: something of the text would be left out; the model failed, or not in time.
        """
        if not self.speaks(language):
            raise NoVoiceError(language)
        try:
            self._speak(text, into, until_s)
        except BrokenVoiceError as error:
            raise ToolError(self._engine, str(error)) from error
        return self.name(language)

    @abstractmethod
    def _speak(self, text: str, into: Path, until_s: float) -> dict[str, Any]:
        """Write the WAV; return the answer of the process. Raises BrokenVoiceError, ToolError."""

    def refuse_lacking(self, unsaid: Sequence[str]) -> None:
        """Raise BrokenVoiceError where there is a letter, phoneme or syllable that it cannot say."""
        if unsaid:
            raise BrokenVoiceError(str(self._path), "LETTERS", " ".join(unsaid[:NAMED_MAX]))

    def trial(self, text: str, into: Path) -> dict[str, Any]:
        """Let it say a text, and end the process; return its answer. Raises BrokenVoiceError: it did not speak."""
        try:
            return self._speak(text, into, inf)
        except ToolError as error:
            raise BrokenVoiceError(str(self._path), "MUTE", error.tail) from error
        finally:
            self.close()

    def _greet(self) -> None:
        """Raise BrokenVoiceError where it does not say a short greeting; loads the model once."""
        with tempfile.TemporaryDirectory() as folder:
            self.trial(_GREETING, Path(folder) / "trial.wav")

    def _say(self, asked: Mapping[str, object], count: int, into: Path, until_s: float) -> dict[str, Any]:
        """Let the process speak so many syllables, and return its answer. Raises ToolError: not, or not in time."""
        began_s = time.monotonic()
        limit_s = min(self._patience.base_s + self._patience.syllable_s * count, until_s - began_s)
        if limit_s <= 0 or self._syllable_s * count > limit_s:
            # Not asked, as it would be killed for being late.
            self._syllable_s *= FORGOTTEN
            raise ToolError(self._engine, f"{count} syllables take longer than {limit_s:g} s")
        try:
            answer = self._ask({**asked, "until_s": began_s + limit_s - LEFT_S}, into, limit_s)
        except ToolError:
            self._syllable_s = max(self._syllable_s, FORGOTTEN * (time.monotonic() - began_s) / count)
            raise
        self._syllable_s = answer["took_s"] / count
        return answer

    def _ask(self, asked: Mapping[str, object], into: Path, limit_s: float) -> dict[str, Any]:
        request = into.with_suffix(".request.json")
        request.write_text(json.dumps({**asked, "into": str(into)}), encoding="utf-8")
        try:
            answer: dict[str, Any] = json.loads(self._process.ask(str(request), limit_s))
        finally:
            request.unlink()
        if "error" in answer:
            raise ToolError(self._engine, answer["error"])
        return answer
