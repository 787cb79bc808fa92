"""Sound of a recorded live address, made fit for air."""

from dataclasses import replace

from broadcast.bulletins.model import Sound, SoundState
from broadcast.live.model import LiveId
from cms.live.service import held_addresses
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply
from cms.platform.worker.sound_jobs import SoundJob, made_from, recording_of, sound_of
from media.ports import Progress
from media.use_cases.bulletin_sound import make_address
from province.machine_clock import utc_now


class MakeAddress(SoundJob):
    """Work of ``JobKind.MAKE_ADDRESS``: the payload's ``sha256`` is the recording."""

    def do(self, job: Job, progress: Progress) -> Apply:
        with self.workspace(progress) as work:
            sound = sound_of(job, make_address(recording_of(job), work))
        return lambda unit: _end(unit, job, sound)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        _end(unit, job, Sound(SoundState.FAILED, made_from(job), error=code))


def _end(unit: UnitOfWork, job: Job, sound: Sound) -> None:
    held_addresses.take(unit, LiveId(job.subject_id), replace(sound, job_id=job.id), now=utc_now())
