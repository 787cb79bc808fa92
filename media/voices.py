"""Choice of voices: the engine of each language, set by the operator."""

from collections.abc import Mapping
from pathlib import Path

from media import speech
from media.engine import primary
from media.errors import NoVoiceError, ToolError, VoiceChoiceError
from media.neural import NeuralVoice
from media.ports import Voice
from media.speech import EspeakVoice

RECORDED = "recorded"


class ChosenVoices:
    """Implements ``media.ports.Voice``: the neural voices by language, espeak-ng for the other languages it may speak.

    A text that its neural voice fails on is said by espeak-ng, where that speaks the **same** language: an alert must
    not wait for a model. The returned name shows the speaker.
    """

    def __init__(self, neural: Mapping[str, NeuralVoice], espeak: Voice) -> None:
        self._neural = neural
        self._espeak = espeak

    def speaks(self, language: str) -> bool:
        return primary(language) in self._neural or self._espeak.speaks(language)

    def name(self, language: str) -> str:
        neural = self._neural.get(primary(language))
        return neural.name(language) if neural else self._espeak.name(language)

    def speak(self, text: str, language: str, into: Path) -> str:
        """Speak a text. Raises NoVoiceError, ToolError."""
        neural = self._neural.get(primary(language))
        if neural is None:
            if not self._espeak.speaks(language):
                raise NoVoiceError(language)
            return self._espeak.speak(text, language, into)
        try:
            return neural.speak(text, language, into)
        except ToolError:
            if not self._espeak.speaks(language):
                raise
            return self._espeak.speak(text, language, into)

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
        if not _is_folder(choice) and choice != RECORDED and choice.partition(":")[0] != speech.NAME:
            raise VoiceChoiceError(entry, "ENGINE")
        chosen[language] = choice
    return chosen


def chosen_voices(setting: str, *, words_per_minute: int = speech.WORDS_PER_MINUTE) -> ChosenVoices:
    """Return the voices of the setting, at this pace. Raises VoiceChoiceError."""
    choices = choices_of(setting)
    speed = words_per_minute / speech.WORDS_PER_MINUTE
    neural = {
        language: NeuralVoice(Path(choice), language, speed=speed)
        for language, choice in choices.items()
        if _is_folder(choice)
    }
    by_espeak = {language: voice for language, voice in speech.VOICES.items() if choices.get(language) != RECORDED}
    for language, choice in choices.items():
        if choice.startswith(speech.NAME):
            by_espeak[language] = choice.partition(":")[2] or language
    return ChosenVoices(neural, EspeakVoice(by_espeak, words_per_minute=words_per_minute))


def _is_folder(choice: str) -> bool:
    return choice.startswith("/")
