"""Opening or closing sound of an area, made from a recording."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from broadcast.bulletins.chimes import ChimeId
from broadcast.bulletins.model import Rendition, Sound, SoundState
from cms.bulletins.service import chimes
from cms.platform.store.jobs import Job
from cms.platform.store.uow import SqlUnitOfWork
from cms.platform.worker.failures import sorted_by_remedy
from cms.platform.worker.running import Apply
from media.model import MadeSound
from media.ports import AudioTools, ContentStore, Editing, Progress
from media.use_cases.making import make_chime


@dataclass(frozen=True)
class MakeChime:
    """Work of ``JobKind.MAKE_CHIME``: the payload's ``sha256`` is the recording."""

    store: ContentStore
    tools: AudioTools
    editing: Editing
    workdir: Path

    def do(self, job: Job, progress: Progress) -> Apply:
        with sorted_by_remedy(), tempfile.TemporaryDirectory(dir=self.workdir, prefix="sound-") as folder:
            made = make_chime(
                str(job.payload["sha256"]),
                tools=self.tools,
                editing=self.editing,
                store=self.store,
                progress=progress,
                workdir=Path(folder),
            )
        return lambda unit: _take(unit, job, made)

    def give_up(self, unit: SqlUnitOfWork, job: Job, code: str) -> None:
        sha256 = str(job.payload.get("sha256", ""))
        chimes.refuse(unit, ChimeId(job.subject_id), sha256=sha256, refusal=code, now=datetime.now(UTC))


def _take(unit: SqlUnitOfWork, job: Job, made: MadeSound) -> None:
    sha256 = str(job.payload["sha256"])
    sound = Sound(
        state=SoundState.READY,
        made_from=f"audio:{sha256}",
        renditions=tuple(Rendition(r.kind, r.sha256, r.bytes, r.duration_ms, r.media_type) for r in made.documents),
        loudness_lufs=made.loudness.integrated_lufs,
        true_peak_dbtp=made.loudness.true_peak_dbtp,
    )
    chimes.take(unit, ChimeId(job.subject_id), sha256=sha256, sound=sound, now=datetime.now(UTC))
