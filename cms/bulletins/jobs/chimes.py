"""Opening or closing sound of an area, made from a recording."""

from datetime import UTC, datetime

from broadcast.bulletins.chimes import ChimeId
from broadcast.bulletins.model import Sound
from cms.bulletins.service import chimes
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply
from cms.platform.worker.sound_jobs import SoundJob, recording_of, sound_of
from media.ports import Progress
from media.use_cases.bulletin_sound import make_chime


class MakeChime(SoundJob):
    """Work of ``JobKind.MAKE_CHIME``: the payload's ``sha256`` is the recording."""

    def do(self, job: Job, progress: Progress) -> Apply:
        with self.workspace(progress) as work:
            sound = sound_of(job, make_chime(recording_of(job), work))
        return lambda unit: _take(unit, job, sound)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        chimes.refuse(unit, ChimeId(job.subject_id), sha256=recording_of(job), refusal=code, now=datetime.now(UTC))


def _take(unit: UnitOfWork, job: Job, sound: Sound) -> None:
    chimes.take(unit, ChimeId(job.subject_id), sha256=recording_of(job), sound=sound, now=datetime.now(UTC))
