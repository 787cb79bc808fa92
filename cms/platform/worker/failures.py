"""Failures of the audio tools, mapped to the outcome of the job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cms.platform.worker.running import JobDelayedError, JobFailedError
from media.errors import ContentAwayError, ContentMissingError, MediaError, NoVoiceError, RefusedAudioError, ToolError


@contextmanager
def sorted_by_remedy() -> Iterator[None]:
    """Map a failed tool, disk or store to JobDelayedError (a retry may work), faults of the input to JobFailedError."""
    try:
        yield
    except (ToolError, ContentAwayError, OSError) as error:
        raise JobDelayedError(ToolError.code) from error
    except (RefusedAudioError, NoVoiceError, ContentMissingError) as error:
        raise JobFailedError(code_of(error)) from error


def code_of(error: MediaError) -> str:
    """Return the stable code kept with the bulletin: ``NO_VOICE``, ``AUDIO_REFUSED:TOO_LONG``."""
    return f"{error.code}:{error.reason}" if isinstance(error, RefusedAudioError) else error.code
