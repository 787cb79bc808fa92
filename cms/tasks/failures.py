"""What the sound tools report, as what becomes of the job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cms.tasks.running import JobDelayedError, JobFailedError
from media.errors import ContentMissingError, MediaError, NoVoiceError, RefusedAudioError, ToolError


@contextmanager
def sorted_by_remedy() -> Iterator[None]:
    """A tool or disk that failed may work the next time: JobDelayedError; what the input is, stays: JobFailedError."""
    try:
        yield
    except (ToolError, OSError) as error:
        raise JobDelayedError(ToolError.code) from error
    except (RefusedAudioError, NoVoiceError, ContentMissingError) as error:
        raise JobFailedError(code_of(error)) from error


def code_of(error: MediaError) -> str:
    """The stable code kept with the bulletin: ``NO_VOICE``, ``AUDIO_REFUSED:TOO_LONG``."""
    return f"{error.code}:{error.reason}" if isinstance(error, RefusedAudioError) else error.code
