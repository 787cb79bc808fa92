"""Errors of sound, split by remedy.

MediaError
├── RefusedAudioError   choose another file: ``reason`` says why this one is not taken
├── NoVoiceError        record it: no voice speaks this language
├── VoiceChoiceError    correct the setting: an entry of it makes no sense
├── BrokenVoiceError    supply the folder of the voice again: something in it is missing or does not speak
├── ToolError           retry, then call an engineer: a tool failed or ran out of time
├── ContentMissingError call an engineer: the store has no such hash
├── ContentAwayError    retry, then call an engineer: the content store does not answer
├── UploadMissingError  begin the upload again: it is not there, or was abandoned too long ago
└── UploadGapError      go on from ``offset``: all bytes before it have arrived, none after it
"""

from dataclasses import dataclass

from province.errors import CodedError


class MediaError(CodedError, code="MEDIA"):
    """Base of every sound error; ``code`` is stable."""


REASONS = (
    *(
        "TOO_LARGE",
        "TOO_LONG",
        "TOO_SHORT",
        "NOT_AUDIO",
        "FORMAT",
        "SILENT",
        "MANY_STREAMS",
        "KNOCKS",
        "CUES",
        "CHIME_LONG",
    ),
    *("CLIPPED", "QUIET", "NOISY"),
    *("DAY_FULL", "ALL_FULL", "DISK_FULL"),
)
"""Reasons for which a file is not taken; each has its sentence in the console.

CLIPPED, QUIET and NOISY: only for the phrase bank. The last three are not the file's fault: there is no room for it.
"""


@dataclass
class RefusedAudioError(MediaError, code="AUDIO_REFUSED"):
    """``reason`` is one of :data:`REASONS`."""

    reason: str
    detail: str = ""


@dataclass
class NoVoiceError(MediaError, code="NO_VOICE"):
    """No voice speaks ``language`` (BCP 47); it is never read by another."""

    language: str


_CHOICE_REASONS = {
    "LANGUAGE": "it begins with a language, as vi=…",
    "TWICE": "the language is named twice",
    "ENGINE": "after the = comes the full path of a folder (with :SPEAKER), kokoro:VOICE, espeak-ng:VOICE, or recorded",
}
_FOLDER_REASONS = {
    "NO_FOLDER": "there is no such folder",
    "NO_MODEL": "no file in it ends in .onnx",
    "LETTERS": "it has no sound for these letters of its language: {detail}",
    "MANY_MODELS": "of these only one may be in it: {detail}",
    "NO_CONFIG": (
        "beside the model is neither NAME.onnx.json (Piper), tokens.txt (VITS, Matcha) nor config.json (Kokoro); "
        "download the whole folder"
    ),
    "CONFIG": "a file that describes it is not as published; download it again ({detail})",
    "MISSING": "these files are missing; download the whole folder: {detail}",
    "ESPEAK_DATA": "its espeak-ng-data is incomplete: {detail}",
    "NOT_INSTALLED": "its library is not installed; {detail}",
    "NO_KOKORO": "the model or its library is missing: run make setup",
    "MUTE": "the voice did not speak: {detail}",
}


@dataclass
class VoiceChoiceError(MediaError, code="VOICE_CHOICE"):
    """An ``entry`` of the setting of voices; its string is the sentence for the operator."""

    entry: str
    reason: str

    def __str__(self) -> str:
        return f"LOA_VOICES: {self.entry!r} is not understood: {_CHOICE_REASONS[self.reason]}"


@dataclass
class BrokenVoiceError(MediaError, code="VOICE_BROKEN"):
    """The ``folder`` of a chosen voice cannot be used; its string is the sentence for the operator."""

    folder: str
    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"the voice in {self.folder} cannot be used: {_FOLDER_REASONS[self.reason].format(detail=self.detail)}"


@dataclass
class ToolError(MediaError, code="TOOL_FAILED"):
    """A tool ended badly; ``tail`` is the end of its output."""

    tool: str
    tail: str


@dataclass
class ContentMissingError(MediaError, code="CONTENT_MISSING"):
    """The store holds nothing under this hash."""

    sha256: str


@dataclass
class ContentAwayError(MediaError, code="CONTENT_AWAY"):
    """The content store does not answer, or not as it should; ``detail`` is for the log."""

    detail: str = ""


@dataclass
class UploadMissingError(MediaError, code="UPLOAD_MISSING"):
    """This person has no upload of this id."""

    id: str


@dataclass
class UploadGapError(MediaError, code="UPLOAD_GAP"):
    """Bytes from ``offset`` on are missing."""

    id: str
    offset: int
