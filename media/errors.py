"""What can go wrong with sound, split by remedy.

MediaError
├── RefusedAudioError   choose another file: ``reason`` says why this one is not taken
├── NoVoiceError        record it: no voice speaks this language
├── ToolError           retry, then call an engineer: a tool failed or ran out of time
├── ContentMissingError call an engineer: the store has no such hash
├── UploadMissingError  begin the upload anew: it is not there, or was left too long
└── UploadGapError      go on from ``offset``: what lies before it has come, what follows has not
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class MediaError(Exception):
    """Base of every sound error; ``code`` is stable."""

    code: ClassVar[str] = "MEDIA"


REASONS = ("TOO_LARGE", "TOO_LONG", "TOO_SHORT", "NOT_AUDIO", "FORMAT", "SILENT", "MANY_STREAMS", "KNOCKS")
"""Why a file is not taken; each has its sentence in the console."""


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


@dataclass
class ToolError(MediaError):
    """A tool ended badly; ``tail`` is the end of what it said."""

    tool: str
    tail: str
    code: ClassVar[str] = "TOOL_FAILED"


@dataclass
class ContentMissingError(MediaError):
    """The store holds nothing under this hash."""

    sha256: str
    code: ClassVar[str] = "CONTENT_MISSING"


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
