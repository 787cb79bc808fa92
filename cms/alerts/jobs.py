"""Background work for alerts: the sound of an alert."""

from collections.abc import Callable
from dataclasses import dataclass

from broadcast.alerts.model import AlertId
from broadcast.alerts.script import SpokenText, decoded
from broadcast.bulletins.model import Sound, SoundState
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service import sound
from cms.bulletins.jobs import discard_abandoned
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply
from cms.platform.worker.sound_jobs import SoundJob, renditions_of, sound_of
from cms.speech.jobs import part_of, said_of
from devices.protocol.limits import SPEECH_MAX_BYTES
from media.model import MadeSound
from media.ports import AudioWorkspace, Progress, Voice
from media.use_cases.alert_speech import AnnouncementRecording, make_announcement
from province.areas import AreaId
from province.machine_clock import utc_now


@dataclass(frozen=True)
class MakeAlertSound(SoundJob):
    """Work of both kinds of an alert's sound: the payload's ``made_from`` is ``broadcast.alerts.script.encoded``."""

    voice: Voice
    uow: Callable[[], UnitOfWork]

    def do(self, job: Job, progress: Progress) -> Apply:
        with self.workspace(progress) as work:
            made = self._make(job, work)
        facts = {"job_id": job.id, "made_from": str(job.payload["made_from"]), "said": said_of(made)}
        ready = sound_of(job, made, renditions=renditions_of(made.renditions), **facts)
        return lambda unit: self.finish(unit, job, ready)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        self.finish(unit, job, Sound(SoundState.FAILED, str(job.payload.get("made_from", "")), job.id, error=code))

    def areas(self, unit: UnitOfWork, job: Job) -> tuple[AreaId, ...]:
        """Return the places whose readings and recorded phrases count."""
        return unit[Alerts].get(AlertId(job.subject_id)).audience.targets.areas

    def finish(self, unit: UnitOfWork, job: Job, made: Sound) -> None:
        """Store the sound, or that it failed."""
        sound.finish(
            unit,
            AlertId(job.subject_id),
            made,
            language=str(job.payload.get("language", "")),
            is_again=bool(job.payload.get("is_again", False)),
            now=utc_now(),
        )

    def _make(self, job: Job, work: AudioWorkspace) -> MadeSound:
        discard_abandoned(self.workdir)
        with self.uow().looking() as unit:
            areas = self.areas(unit, job)
            parts = [
                part_of(unit, areas, part.language, part.text)
                if isinstance(part, SpokenText)
                else AnnouncementRecording(part.sha256)
                for part in decoded(str(job.payload["made_from"]))
            ]
        return make_announcement(parts, work, carried_max_bytes=SPEECH_MAX_BYTES, voice=self.voice)
