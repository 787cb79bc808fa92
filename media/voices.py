"""Choice of voices: the engine of each language, set by the operator."""

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path

from media import speech
from media.engine import primary
from media.errors import NoVoiceError, ToolError, VoiceChoiceError
from media.kokoro import voice as kokoro
from media.kokoro.voice import KokoroVoice
from media.model_voice import ALERT, BULLETIN, Patience
from media.neural.voice import NeuralVoice
from media.ports import Phonology, Voice
from media.speech import EspeakVoice

log = logging.getLogger(__name__)

RECORDED = "recorded"
_KOKORO = re.compile(
    rf"{kokoro.NAME}(?::(?P<voice>{'|'.join(kokoro.VOICES)}))?(?:-(?P<dialect>{'|'.join(kokoro.DIALECTS)}))?"
)


class ChosenVoices:
    """Implements ``media.ports.Voice``: the neural voices by language, espeak-ng for the other languages it may speak.

    A piece that its neural voice fails on, or would not say whole, is said by espeak-ng, where that speaks the **same**
    language: an alert must not wait for a model. The returned name shows the speaker.
    """

    def __init__(self, neural: Mapping[str, NeuralVoice | KokoroVoice], espeak: Voice) -> None:
        self._neural = neural
        self._espeak = espeak

    def speaks(self, language: str) -> bool:
        return primary(language) in self._neural or self._espeak.speaks(language)

    def name(self, language: str) -> str:
        neural = self._neural.get(primary(language))
        return neural.name(language) if neural else self._espeak.name(language)

    def pieces(self, text: str, language: str) -> tuple[str, ...]:
        return self._neural.get(primary(language), self._espeak).pieces(text, language)

    def speak(self, text: str, language: str, into: Path, *, until_s: float = inf) -> str:
        """Speak a text. Raises NoVoiceError, ToolError."""
        neural = self._neural.get(primary(language))
        if neural is None:
            if not self._espeak.speaks(language):
                raise NoVoiceError(language)
            return self._espeak.speak(text, language, into)
        if until_s < inf:
            with suppress(ToolError):
                # Its list of voices is read now, not when the time is over.
                self._espeak.speaks(language)
        try:
            return neural.speak(text, language, into, until_s=until_s)
        except ToolError:
            if not self._espeak.speaks(language):
                raise
            return self._espeak.speak(text, language, into)

    def wake(self) -> None:
        """Have the models ready for a text that cannot wait for one; one that does not come is logged."""
        for language, voice in self._neural.items():
            try:
                voice.wake()
            except (ToolError, OSError) as error:
                log.warning("the voice for %s does not wake up: %s", language, error)

    def refuse_mute(self) -> None:
        """Raise BrokenVoiceError where a chosen folder does not speak; loads each model once."""
        for voice in self._neural.values():
            voice.refuse_mute()


def choices_of(setting: str) -> dict[str, str]:
    """Read ``vi=/srv/voices/vi, en=espeak-ng:en`` by language. Raises VoiceChoiceError."""
    chosen: dict[str, str] = {}
    for entry in filter(None, (each.strip() for each in setting.split(","))):
        language, _, choice = (part.strip() for part in entry.partition("="))
        if not language.isascii() or not language.isalpha() or language != primary(language):
            raise VoiceChoiceError(entry, "LANGUAGE")
        if language in chosen:
            raise VoiceChoiceError(entry, "TWICE")
        is_kokoro = language == kokoro.LANGUAGE and _KOKORO.fullmatch(choice)
        if not (_is_folder(choice) or is_kokoro or choice == RECORDED or choice.partition(":")[0] == speech.NAME):
            raise VoiceChoiceError(entry, "ENGINE")
        chosen[language] = choice
    return chosen


@dataclass(frozen=True, slots=True)
class Manner:
    """Pace of all voices, and the time in which models have to speak."""

    words_per_minute: int = speech.WORDS_PER_MINUTE
    patience: Patience = BULLETIN


CALM = Manner()
URGENT = Manner(speech.ALERT_WORDS_PER_MINUTE, ALERT)


def chosen_voices(setting: str, phonology: Phonology, manner: Manner = CALM) -> ChosenVoices:
    """Return the voices of the setting; where it names none for Vietnamese, Kokoro if it is installed.

    Raises:
        VoiceChoiceError: the setting makes no sense.
    """
    choices = choices_of(setting)
    speed = manner.words_per_minute / speech.WORDS_PER_MINUTE
    neural: dict[str, NeuralVoice | KokoroVoice] = {}
    by_espeak = {language: voice for language, voice in speech.VOICES.items() if choices.get(language) != RECORDED}
    for language, choice in choices.items():
        if _is_folder(choice):
            path, _, speaker = choice.partition(":")
            neural[language] = NeuralVoice(
                Path(path), language, speaker=speaker, speed=speed, phonology=phonology, patience=manner.patience
            )
        elif choice.startswith(speech.NAME):
            by_espeak[language] = choice.partition(":")[2] or language
    if chosen := _KOKORO.fullmatch(choices.get(kokoro.LANGUAGE, kokoro.NAME)):
        voice = KokoroVoice(
            phonology,
            voice=chosen["voice"] or "female",
            dialect=chosen["dialect"] or "announcer",
            rate=speed,
            patience=manner.patience,
        )
        if kokoro.LANGUAGE in choices or voice.is_installed():
            neural[kokoro.LANGUAGE] = voice
    return ChosenVoices(neural, EspeakVoice(by_espeak, words_per_minute=manner.words_per_minute))


def _is_folder(choice: str) -> bool:
    return choice.startswith("/")
