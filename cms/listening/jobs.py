"""Sounds of a listening test, made by a worker."""

from collections.abc import Callable
from dataclasses import dataclass

from broadcast.speech.listening import ListeningTestId
from broadcast.speech.normalization import VIETNAMESE, read
from cms.listening import service
from cms.listening.repository import ListeningTests
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply
from cms.platform.worker.sound_jobs import SoundJob
from cms.speech.service.phonology import PHONOLOGY
from media.ports import Progress
from media.use_cases.bulletin_sound import Utterance
from media.use_cases.listening_clip import make_clip
from media.voices import chosen_voices
from province.machine_clock import utc_now


@dataclass(frozen=True)
class MakeListeningTest(SoundJob):
    """Work of ``JobKind.MAKE_LISTENING_TEST``."""

    uow: Callable[[], UnitOfWork]

    def do(self, job: Job, progress: Progress) -> Apply:
        with self.uow().looking() as unit:
            test = unit[ListeningTests].get(ListeningTestId(job.subject_id))
        voices = [chosen_voices(f"{VIETNAMESE}={choice}", PHONOLOGY) for choice in (test.voice_a, test.voice_b)]
        wanted = [(Utterance(VIETNAMESE, read(text).spoken), voice) for text in test.texts for voice in voices]
        clips: list[str] = []
        for utterance, voice in wanted:
            progress(100 * len(clips) // len(wanted), f"speaking {len(clips)}/{len(wanted)}")
            with self.workspace(lambda _pct, _step: None) as work:
                clips.append(make_clip(utterance, work, voice=voice))
        return lambda unit: service.finish(unit, test.id, clips=tuple(clips), now=utc_now())

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        service.finish(unit, ListeningTestId(job.subject_id), error=code, now=utc_now())
