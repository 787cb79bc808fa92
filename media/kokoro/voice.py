"""Kokoro as a voice: the installed model in a process of its own, kept as long as it is used."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from media.engine import speakable
from media.errors import BrokenVoiceError, ToolError
from media.kokoro.parts import PARTS
from media.kokoro.script import SYMBOLS, scripts
from media.model_voice import BULLETIN, ModelVoice, Patience
from media.ports import Phonology

NAME = "kokoro"
LANGUAGE = "vi"
LIBRARY = "onnxruntime"
FOLDER = Path(sys.prefix) / "share" / "loa" / "kokoro"
"""Folder into which ``make setup`` puts the model."""
VOICES = {"female": 215.0, "male": 120.0}
"""Voices by their names, with the middle of their pitch in Hz."""
DIALECTS = ("announcer", "northern", "southern")
OWN_RATE = 0.9
"""Rate at which the model speaks 200 syllables a minute, as announcers do; its own is faster."""
AT_ONCE = 4
"""Scripts of a text that is spoken whole, an alert's: on a busy machine each has a turn of its own."""


class KokoroVoice(ModelVoice):
    """Implements ``media.ports.Voice`` for Vietnamese; ``rate`` 1 is an announcer's, less is slower."""

    def __init__(
        self,
        phonology: Phonology,
        *,
        voice: str = "female",
        dialect: str = "announcer",
        rate: float = 1.0,
        patience: Patience = BULLETIN,
        folder: Path | None = None,
    ) -> None:
        self._phonology = phonology
        self._voice = voice
        self._dialect = dialect
        self._rate = rate
        path = folder or FOLDER
        at_once = AT_ONCE if patience.is_whole else 1
        command = (sys.executable, "-m", "media.kokoro", str(path), voice, str(VOICES[voice]), str(at_once))
        super().__init__(NAME, path, LANGUAGE, command, patience)

    def name(self, language: str) -> str:
        return f"{NAME} {self._voice}" if self.speaks(language) else ""

    def _speak(self, text: str, into: Path, until_s: float) -> dict[str, Any]:
        # By lines: an alert's repeat, which has one more, needs no other script of it again.
        read = (self._phonology.read(line, self._dialect) for line in speakable(text).splitlines())
        said = [script for phrases in read for script in scripts(phrases)]
        if not said:
            raise ToolError(NAME, "there is no word in it")
        asked = {"scripts": [script.encoded() for script in said], "rate": OWN_RATE * self._rate}
        return self._say(asked, sum(len(script.tones) for script in said), into, until_s)

    def is_installed(self) -> bool:
        """Return whether the model and its library are there."""
        files = (*PARTS, f"{self._voice}.bin")
        return all((self._path / name).is_file() for name in files) and find_spec(LIBRARY) is not None

    def refuse_mute(self) -> None:
        """Raise BrokenVoiceError where it is not installed, lacks a syllable, or does not say a short greeting."""
        if not self.is_installed():
            raise BrokenVoiceError(str(self._path), "NO_KOKORO")
        self.refuse_lacking([word for word in self._phonology.shapes() if not self._knows(word)])
        self._greet()

    def _knows(self, word: str) -> bool:
        """Return whether it says a syllable whole: one sound or more, each with a number."""
        try:
            said = list(scripts(self._phonology.read(word, self._dialect)))
        except (KeyError, ToolError):
            return False
        return len(said) == 1 and len(said[0].tones) == 1 and all(each.symbol in SYMBOLS for each in said[0].symbols)
