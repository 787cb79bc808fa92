"""Text to speech by a neural voice from a folder that the operator supplies."""

import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from media.engine import primary, speakable
from media.errors import BrokenVoiceError, ToolError
from media.model_voice import BULLETIN, NAMED_MAX, ModelVoice, Patience
from media.neural.layouts import Notation, Runtime, VoiceFolder, decomposed, read_folder
from media.neural.phonemes import foreign_letters, sentence_lines, spelled
from media.ports import Phonology

_WORD = re.compile(r"\w+")
_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")


def vietnamese_letters() -> str:
    """Return every letter of written Vietnamese, vowels in all six tones, composed."""
    toned = (unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES)
    return "".join(toned) + "bcdđghklmnpqrstvx"


@dataclass(frozen=True, slots=True)
class VietnameseCoverage:
    """Signs ``lacking``, and the syllables ``unsaid`` of those ``tried``: each onset, and each rime in each tone."""

    lacking: tuple[str, ...]
    unsaid: tuple[str, ...]
    tried: int


class NeuralVoice(ModelVoice):
    """Implements ``media.ports.Voice`` for one language; ``speed`` 1 is the voice's own, less is slower."""

    def __init__(
        self,
        path: Path,
        language: str,
        *,
        speaker: str = "",
        speed: float = 1.0,
        phonology: Phonology | None = None,
        patience: Patience = BULLETIN,
    ) -> None:
        self._phonology = phonology
        self._speaker = speaker
        self._speed = speed
        command = (sys.executable, "-m", "media.neural", str(path), primary(language))
        super().__init__(path.name, path, language, command, patience)

    def name(self, language: str) -> str:
        if not self.speaks(language):
            return ""
        try:
            runtime = self.folder.layout.runtime
        except BrokenVoiceError:
            runtime = Runtime.SHERPA
        return " ".join(filter(None, (runtime.value[0], self._path.name, self._speaker)))

    def _speak(self, text: str, into: Path, until_s: float) -> dict[str, Any]:
        said = speakable(text)
        lines = self._lines(said) if any(map(str.isalnum, said)) else []
        if not lines:
            raise ToolError(self._engine, "there is no word in it")
        if unknown := self._unknown(said, lines):
            raise ToolError(self._engine, f"the voice does not know: {' '.join(unknown[:NAMED_MAX])}")
        asked = {"lines": lines, "speaker": self._speaker, "speed": self._speed}
        return self._say(asked, len(said.split()), into, until_s)

    @cached_property
    def folder(self) -> VoiceFolder:
        """Description of it by its files; no model is loaded. Raises BrokenVoiceError."""
        return read_folder(self._path)

    def _lines(self, text: str) -> list[str]:
        folder = self.folder
        if folder.notation in (Notation.PHONEMES, Notation.KOKORO):
            return sentence_lines(text, folder.notation, self._espeak, folder.signs)
        return [self._form(text)]

    @property
    def _espeak(self) -> str:
        """espeak-ng's voice: a Piper names the one of its training."""
        return str(self.folder.config.get("espeak", {}).get("voice", self._language))

    def _form(self, text: str) -> str:
        return decomposed(text) if self.folder.notation is Notation.DECOMPOSED else text

    def _unknown(self, text: str, lines: Sequence[str]) -> list[str]:
        """Find what of a text the voice would leave out: signs without a number, or words not in its list, sorted."""
        folder = self.folder
        match folder.notation:
            case Notation.WORDS:
                return sorted(set(_WORD.findall(text.lower())) - folder.words)
            case Notation.LETTERS | Notation.DECOMPOSED:
                said = {sign for sign in "".join(lines) if sign.isalnum() or unicodedata.category(sign).startswith("M")}
                return sorted(said - folder.signs)
            case Notation.PHONEMES | Notation.KOKORO:
                return sorted({*foreign_letters(text), *"".join(lines)} - folder.signs)

    def refuse_mute(self) -> None:
        """Raise BrokenVoiceError where it lacks a letter or phoneme of Vietnamese, or does not say a short greeting.

        Loads the model once.
        """
        self.refuse_lacking(self.coverage().lacking)
        self._greet()

    def coverage(self) -> VietnameseCoverage:
        """Find what of Vietnamese it would leave out; a voice of another language is not asked. Loads no model."""
        notation, letters = self.folder.notation, vietnamese_letters()
        words = list(self._phonology.shapes() if self._phonology else letters) if self._language == "vi" else []
        takes_phonemes = notation in (Notation.PHONEMES, Notation.KOKORO)
        try:
            lines = spelled(words, notation, self._espeak) if takes_phonemes else [self._form(word) for word in words]
        except ToolError as error:
            raise BrokenVoiceError(str(self._path), "MUTE", error.tail) from error
        unknown = [self._unknown(word, [line]) for word, line in zip(words, lines, strict=True)]
        unsaid = [word for word, line, signs in zip(words, lines, unknown, strict=True) if signs or not line]
        lacking = {sign for signs in unknown for sign in signs}
        if notation is Notation.WORDS and words:
            lacking = set(letters).difference(*self.folder.words)
        elif words and not takes_phonemes:
            lacking.update(self._unknown(letters, [self._form(letters)]))
        return VietnameseCoverage(tuple(sorted(lacking)), tuple(unsaid), len(words))
