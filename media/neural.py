"""Text to speech by a neural voice (VITS, as Piper makes them) from a folder that the operator supplies."""

import re
import sys
import tempfile
import time
import unicodedata
from importlib.util import find_spec
from math import inf
from pathlib import Path

from media import engine
from media.engine import primary, sentences, speakable
from media.errors import BrokenVoiceError, NoVoiceError, ToolError
from media.ports import Phonology
from media.synthesis import ESPEAK_DATA, FOREIGN, LEXICON, TOKENS, tokens_of, unknown_in, words_of

NAME = "sherpa-onnx"
LIBRARY = "sherpa_onnx"
ESPEAK = "espeak-ng"
TRIAL = "Xin chào."
_NAMED_MAX = 20
_CLAUSE = re.compile(r"([^,.!?;:\n]*)([,.!?;:\n]|$)")
_ENDS = frozenset(".!?\n")
_FLAG = re.compile(r"\([a-z-]+\)")
"""espeak-ng's note of a change of language."""
_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
_ESPEAK_DATA_FILES = ("phontab", "phonindex", "phondata", "intonations")


def vietnamese_letters() -> str:
    """Return every letter of written Vietnamese, vowels in all six tones, composed."""
    toned = (unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES)
    return "".join(toned) + "bcdđghklmnpqrstvx"


class NeuralVoice:
    """Implements ``media.ports.Voice`` for one language; ``speed`` 1 is the voice's own, less is slower."""

    def __init__(self, folder: Path, language: str, *, speed: float = 1.0, phonology: Phonology | None = None) -> None:
        self._folder = folder
        self._phonology = phonology
        self._language = primary(language)
        self._speed = speed

    def speaks(self, language: str) -> bool:
        return primary(language) == self._language

    def name(self, language: str) -> str:
        return f"{NAME} {self._folder.name}" if self.speaks(language) else ""

    def pieces(self, text: str, language: str) -> tuple[str, ...]:
        return sentences(text) if self.speaks(language) else (text,)

    def speak(self, text: str, language: str, into: Path, *, until_s: float = inf) -> str:
        """Write a mono WAV at the voice's own rate. Raises NoVoiceError, ToolError."""
        if not self.speaks(language):
            raise NoVoiceError(language)
        command = (sys.executable, "-m", "media.synthesis", str(self._folder), str(self._speed), str(into))
        said = speakable(text)
        text = self._phonemes(said) if self._takes_phonemes else said
        engine.run(NAME, *command, text=text, timeout_s=min(engine.TIMEOUT_S, until_s - time.monotonic()))
        return self.name(language)

    @property
    def _takes_phonemes(self) -> bool:
        return (self._folder / ESPEAK_DATA).is_dir()

    def _phonemes(self, text: str) -> str:
        """Return phonemes, a sentence a line, as Piper trains its voices: espeak-ng's decomposed IPA with clause marks.

        Raises:
            ToolError: espeak-ng failed, or said nothing for a clause with words.
        """
        tokens = tokens_of(self._folder)
        sentences = [""]
        for clause, mark in _CLAUSE.findall(text):
            if any(map(str.isalnum, clause)):
                ipa = engine.run(ESPEAK, ESPEAK, "-v", self._language, "-q", "--ipa", "--stdin", text=clause)
                said = " ".join(_FLAG.sub("", unicodedata.normalize("NFD", ipa)).split())
                if not said:
                    raise ToolError(ESPEAK, f"no phonemes for {clause[:40]!r}")
                sentences[-1] += f" {said}" if sentences[-1] else said
            if sentences[-1] and mark in tokens:
                sentences[-1] += mark
            if mark in _ENDS and sentences[-1]:
                sentences.append("")
        return "\n".join(filter(None, sentences))

    def refuse_incomplete(self) -> None:
        """Raise BrokenVoiceError where a file is missing; loads nothing."""
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
        """Raise BrokenVoiceError where it lacks a letter or phoneme of Vietnamese, or does not say a short greeting.

        Loads the model once.
        """
        self.refuse_incomplete()
        missing = self._unsaid() if self._language == "vi" else []
        if missing:
            raise BrokenVoiceError(str(self._folder), "LETTERS", " ".join(missing[:_NAMED_MAX]))
        with tempfile.TemporaryDirectory() as folder:
            try:
                self.speak(TRIAL, self._language, Path(folder) / "trial.wav")
            except ToolError as error:
                raise BrokenVoiceError(str(self._folder), "MUTE", error.tail) from error

    def _unsaid(self) -> list[str]:
        """Find letters of Vietnamese, or phonemes of its syllables, that the voice would leave out."""
        letters = vietnamese_letters()
        if (self._folder / LEXICON).exists():
            return sorted(set(letters).difference(*words_of(self._folder)))
        if not self._takes_phonemes:
            return unknown_in(self._folder, letters)
        shapes = " ".join(self._phonology.shapes()) if self._phonology else letters
        return sorted(set(self._phonemes(shapes)) - tokens_of(self._folder) - {"\n"})
