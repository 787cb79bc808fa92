"""Text to speech by a neural voice (VITS, as Piper makes them) from a folder that the operator supplies."""

from __future__ import annotations

import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from media import engine
from media.errors import BrokenVoiceError, NoVoiceError, ToolError
from media.plain_text import primary, speakable
from media.synthesis import ESPEAK_DATA, FOREIGN, TOKENS

NAME = "sherpa-onnx"
LIBRARY = "sherpa_onnx"
TRIAL = "Xin chào."
_ESPEAK_DATA_FILES = ("phontab", "phonindex", "phondata", "intonations")


class NeuralVoice:
    """Implements ``media.ports.Voice`` for one language; ``speed`` 1 is the voice's own, less is slower."""

    def __init__(self, folder: Path, language: str, *, speed: float = 1.0) -> None:
        self._folder = folder
        self._language = primary(language)
        self._speed = speed

    def speaks(self, language: str) -> bool:
        return primary(language) == self._language

    def name(self, language: str) -> str:
        return f"{NAME} {self._folder.name}" if self.speaks(language) else ""

    def speak(self, text: str, language: str, into: Path) -> str:
        """Write a mono WAV at the voice's own rate. Raises NoVoiceError, ToolError."""
        if not self.speaks(language):
            raise NoVoiceError(language)
        command = (sys.executable, "-m", "media.synthesis", str(self._folder), str(self._speed), str(into))
        engine.run(NAME, *command, text=speakable(text))
        return self.name(language)

    def refuse_incomplete(self) -> None:
        """Raises BrokenVoiceError where a file is missing; loads nothing."""
        if not self._folder.is_dir():
            raise BrokenVoiceError(str(self._folder), "NO_FOLDER")
        models = len(list(self._folder.glob(FOREIGN)))
        if models != 1:
            raise BrokenVoiceError(str(self._folder), "NO_MODEL" if not models else "MANY_MODELS")
        if not (self._folder / TOKENS).is_file():
            raise BrokenVoiceError(str(self._folder), "NO_TOKENS")
        data = self._folder / ESPEAK_DATA
        missing = [name for name in _ESPEAK_DATA_FILES if data.exists() and not (data / name).is_file()]
        if missing:
            raise BrokenVoiceError(str(self._folder), "ESPEAK_DATA", ", ".join(missing))
        if find_spec(LIBRARY) is None:
            raise BrokenVoiceError(str(self._folder), "NOT_INSTALLED")

    def refuse_mute(self) -> None:
        """Raises BrokenVoiceError where it does not say a short greeting; loads the model once."""
        self.refuse_incomplete()
        with tempfile.TemporaryDirectory() as folder:
            try:
                self.speak(TRIAL, self._language, Path(folder) / "trial.wav")
            except ToolError as error:
                raise BrokenVoiceError(str(self._folder), "MUTE", error.tail) from error
