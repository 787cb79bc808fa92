"""Jobs that make a sound: their audio tools and scratch folder, and the record kept of what they made."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from broadcast.bulletins.model import Rendition, Sound, SoundState
from cms.platform.store.jobs import Job
from cms.platform.worker.runner import JobDelayedError, JobFailedError
from media.errors import ContentAwayError, ContentMissingError, MediaError, NoVoiceError, RefusedAudioError, ToolError
from media.model import MadeRendition, MadeSound
from media.ports import AudioTools, AudioWorkspace, ContentStore, Editing, Progress


@dataclass(frozen=True)
class SoundJob:
    """Base of jobs that make or check a sound."""

    store: ContentStore
    tools: AudioTools
    editing: Editing
    workdir: Path

    @contextmanager
    def workspace(self, progress: Progress) -> Iterator[AudioWorkspace]:
        """Lend a workspace whose folder is deleted afterwards; map failures to JobDelayedError and JobFailedError."""
        with sorted_by_remedy(), tempfile.TemporaryDirectory(dir=self.workdir, prefix="sound-") as folder:
            yield AudioWorkspace(self.tools, self.editing, self.store, Path(folder), progress)


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


def recording_of(job: Job) -> str:
    """Return the hash of the recording in the job's payload."""
    return str(job.payload.get("sha256", ""))


def made_from(job: Job) -> str:
    """Return the name of the input that a sound was made from."""
    return f"audio:{recording_of(job)}"


def sound_of(job: Job, made: MadeSound) -> Sound:
    """Return the sound made of the job's recording, ready for air."""
    return Sound(
        state=SoundState.READY,
        made_from=made_from(job),
        renditions=renditions_of(made.documents),
        loudness_lufs=made.loudness.integrated_lufs,
        true_peak_dbtp=made.loudness.true_peak_dbtp,
        chime_ms=made.chime_ms,
    )


def renditions_of(made: Iterable[MadeRendition]) -> tuple[Rendition, ...]:
    """Return the made renditions, as they are kept with a sound."""
    return tuple(Rendition(each.kind, each.sha256, each.bytes, each.duration_ms, each.media_type) for each in made)
