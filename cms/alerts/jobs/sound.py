"""Sounds of an alert, made before any other work of a worker."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from broadcast.alerts.model import AlertId
from broadcast.alerts.script import SpokenText, decoded
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service import sound
from cms.bulletins.jobs.sound import discard_abandoned
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply
from cms.platform.worker.sound_jobs import SoundJob, renditions_of
from cms.speech.jobs import part_of, said_of
from devices.protocol.limits import SPEECH_MAX_BYTES
from media.model import MadeSound
from media.ports import AudioWorkspace, Progress, Voice
from media.use_cases.alert_speech import AnnouncementRecording, make_announcement


@dataclass(frozen=True)
class MakeAlertSound(SoundJob):
    """Work of ``JobKind.MAKE_ALERT_SOUND``: the payload's ``made_from`` is ``broadcast.alerts.script.encoded``."""

    voice: Voice
    uow: Callable[[], UnitOfWork]

    def do(self, job: Job, progress: Progress) -> Apply:
        with self.workspace(progress) as work:
            made = self._make(job, work)
        return lambda unit: _finish(unit, job, made)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        sound.fail(
            unit,
            AlertId(job.subject_id),
            language=str(job.payload.get("language", "")),
            is_again=bool(job.payload.get("is_again", False)),
            job_id=job.id,
            made_from=str(job.payload.get("made_from", "")),
            error=code,
            now=datetime.now(UTC),
        )

    def _make(self, job: Job, work: AudioWorkspace) -> MadeSound:
        discard_abandoned(self.workdir)
        with self.uow() as unit:
            areas = unit[Alerts].get(AlertId(job.subject_id)).audience.targets.areas
            parts = [
                part_of(unit, areas, part.language, part.text)
                if isinstance(part, SpokenText)
                else AnnouncementRecording(part.sha256)
                for part in decoded(str(job.payload["made_from"]))
            ]
        return make_announcement(parts, work, carried_max_bytes=SPEECH_MAX_BYTES, voice=self.voice)


def _finish(unit: UnitOfWork, job: Job, made: MadeSound) -> None:
    sound.finish(
        unit,
        AlertId(job.subject_id),
        language=str(job.payload["language"]),
        is_again=bool(job.payload["is_again"]),
        job_id=job.id,
        made_from=str(job.payload["made_from"]),
        renditions=renditions_of(made.renditions),
        loudness_lufs=made.loudness.integrated_lufs,
        true_peak_dbtp=made.loudness.true_peak_dbtp,
        said=said_of(made),
        now=datetime.now(UTC),
    )
