"""Sound of a recorded live address, made fit for air."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from broadcast.bulletins.model import Rendition, Sound, SoundState
from broadcast.live.model import LiveId
from cms.live.service import held_addresses
from cms.platform.store.jobs import Job
from cms.platform.store.uow import SqlUnitOfWork
from cms.platform.worker.failures import sorted_by_remedy
from cms.platform.worker.running import Apply
from media.model import MadeSound
from media.ports import AudioTools, ContentStore, Editing, Progress
from media.use_cases.making import make_address


@dataclass(frozen=True)
class MakeAddress:
    """Work of ``JobKind.MAKE_ADDRESS``: the payload's ``sha256`` is the recording."""

    store: ContentStore
    tools: AudioTools
    editing: Editing
    workdir: Path

    def do(self, job: Job, progress: Progress) -> Apply:
        with sorted_by_remedy(), tempfile.TemporaryDirectory(dir=self.workdir, prefix="sound-") as folder:
            made = make_address(
                str(job.payload["sha256"]),
                tools=self.tools,
                editing=self.editing,
                store=self.store,
                progress=progress,
                workdir=Path(folder),
            )
        return lambda unit: _end(unit, job, _sound(job, made))

    def give_up(self, unit: SqlUnitOfWork, job: Job, code: str) -> None:
        _end(unit, job, Sound(SoundState.FAILED, made_from=_made_from(job), job_id=job.id, error=code))


def _end(unit: SqlUnitOfWork, job: Job, sound: Sound) -> None:
    held_addresses.take(unit, LiveId(job.subject_id), sound, now=datetime.now(UTC))


def _sound(job: Job, made: MadeSound) -> Sound:
    return Sound(
        state=SoundState.READY,
        made_from=_made_from(job),
        job_id=job.id,
        renditions=tuple(Rendition(r.kind, r.sha256, r.bytes, r.duration_ms, r.media_type) for r in made.documents),
        loudness_lufs=made.loudness.integrated_lufs,
        true_peak_dbtp=made.loudness.true_peak_dbtp,
        chime_ms=made.chime_ms,
    )


def _made_from(job: Job) -> str:
    return f"audio:{job.payload['sha256']}"
