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
from typing import ClassVar


class MediaError(Exception):
    """Base of every sound error; ``code`` is stable."""

    code: ClassVar[str] = "MEDIA"


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
class RefusedAudioError(MediaError):
    """``reason`` is one of :data:`REASONS`."""

    reason: str
    detail: str = ""
    code: ClassVar[str] = "AUDIO_REFUSED"


@dataclass
class NoVoiceError(MediaError):
    """No voice speaks ``language`` (BCP 47); it is never read by another."""

    language: str
    code: ClassVar[str] = "NO_VOICE"


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
class VoiceChoiceError(MediaError):
    """An ``entry`` of the setting of voices; its string is the sentence for the operator."""

    entry: str
    reason: str
    code: ClassVar[str] = "VOICE_CHOICE"

    def __str__(self) -> str:
        return f"LOA_VOICES: {self.entry!r} is not understood: {_CHOICE_REASONS[self.reason]}"


@dataclass
class BrokenVoiceError(MediaError):
    """The ``folder`` of a chosen voice cannot be used; its string is the sentence for the operator."""

    folder: str
    reason: str
    detail: str = ""
    code: ClassVar[str] = "VOICE_BROKEN"

    def __str__(self) -> str:
        return f"the voice in {self.folder} cannot be used: {_FOLDER_REASONS[self.reason].format(detail=self.detail)}"


@dataclass
class ToolError(MediaError):
    """A tool ended badly; ``tail`` is the end of its output."""

    tool: str
    tail: str
    code: ClassVar[str] = "TOOL_FAILED"


@dataclass
class ContentMissingError(MediaError):
    """The store holds nothing under this hash."""

    sha256: str
    code: ClassVar[str] = "CONTENT_MISSING"


@dataclass
class ContentAwayError(MediaError):
    """The content store does not answer, or not as it should; ``detail`` is for the log."""

    detail: str = ""
    code: ClassVar[str] = "CONTENT_AWAY"


@dataclass
class UploadMissingError(MediaError):
    """This person has no upload of this id."""

    id: str
    code: ClassVar[str] = "UPLOAD_MISSING"


@dataclass
class UploadGapError(MediaError):
    """Bytes from ``offset`` on are missing."""

    id: str
    offset: int
    code: ClassVar[str] = "UPLOAD_GAP"
