"""Background work for bulletins: making their sound and the chimes of areas, and collecting unused content."""

import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from broadcast.bulletins.framing import ChimeId
from broadcast.bulletins.model import BulletinId, Cues, Sound, SoundState
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import chimes, recordings, sound
from cms.bulletins.service.content_collection import collect
from cms.platform.context import Context
from cms.platform.process.loops import keep_doing
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.celery_app import LONGEST_TASK_S
from cms.platform.worker.runner import Apply
from cms.platform.worker.sound_jobs import SoundJob, recording_of, sound_of
from cms.speech.jobs import part_of, said_of
from media.model import AudioCues, MadeSound
from media.ports import AudioWorkspace, Progress, Voice
from media.use_cases.bulletin_sound import make_chime, make_from_audio, make_from_text
from province.machine_clock import unix_s, utc_now
from province.people import program
from province.wall_clock import local_date

_SHA256_CHARS = 64
_ABANDONED_AFTER_S = 2 * LONGEST_TASK_S
_SCHEDULER: Final = program("scheduler")
_COLLECT_LOOK_S: Final = 600.0
_COLLECT_AFTER: Final = timedelta(hours=1)
"""Past midnight, when offices are closed and the first airings far."""


@dataclass(frozen=True)
class MakeSound(SoundJob):
    """Work of ``JobKind.MAKE_SOUND``: the payload's ``made_from`` is ``Bulletin.sound_input`` as it was.

    Its files are below ``workdir`` until they are in the content store, and are deleted afterwards.
    """

    voice: Voice
    uow: Callable[[], UnitOfWork]

    def do(self, job: Job, progress: Progress) -> Apply:
        made_from = str(job.payload["made_from"])
        with self.workspace(progress) as work:
            made = self._make(job, made_from, work)
        ready = sound_of(job, made, job_id=job.id, made_from=made_from, said=said_of(made))
        return lambda unit: _finish(unit, job, ready)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        _finish(unit, job, Sound(SoundState.FAILED, str(job.payload.get("made_from", "")), job.id, error=code))

    def _make(self, job: Job, made_from: str, work: AudioWorkspace) -> MadeSound:
        discard_abandoned(self.workdir)
        kind, _, rest = made_from.partition(":")
        if kind == "audio":
            sha256, mark = rest[:_SHA256_CHARS], rest[_SHA256_CHARS:]
            return make_from_audio(sha256, work, cues=AudioCues(**asdict(Cues.read(mark))))
        language, _, text = rest.partition(":")
        with self.uow().looking() as unit:
            areas = unit[Bulletins].get(BulletinId(job.subject_id)).targets.areas
            part = part_of(unit, areas, language, text)
        return make_from_text(part, work, voice=self.voice)


def discard_abandoned(workdir: Path) -> None:
    """Delete scratch files of killed workers: half an hour of sound takes a gigabyte."""
    oldest_s = unix_s() - _ABANDONED_AFTER_S
    for left in workdir.glob("sound-*"):
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < oldest_s:
                shutil.rmtree(left, ignore_errors=True)


def _finish(unit: UnitOfWork, job: Job, made: Sound) -> None:
    sound.finish(unit, BulletinId(job.subject_id), made, now=utc_now())


class MakeChime(SoundJob):
    """Work of ``JobKind.MAKE_CHIME``: the payload's ``sha256`` is the recording."""

    def do(self, job: Job, progress: Progress) -> Apply:
        with self.workspace(progress) as work:
            sound = sound_of(job, make_chime(recording_of(job), work))
        return lambda unit: _take(unit, job, sound)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        chimes.refuse(unit, ChimeId(job.subject_id), sha256=recording_of(job), refusal=code, now=utc_now())


def _take(unit: UnitOfWork, job: Job, sound: Sound) -> None:
    chimes.take(unit, ChimeId(job.subject_id), sha256=recording_of(job), sound=sound, now=utc_now())


class ContentCollector:
    """Job that deletes abandoned uploads, and once a night collects content that nothing names."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._collected_on = self._night()

    def run(self, stopping: threading.Event) -> None:
        keep_doing(lambda: self.step(stopping.wait), stopping, "collecting unused content", look_s=_COLLECT_LOOK_S)

    def step(self, wait: Callable[[float], object] = lambda _s: False) -> None:
        recordings.fold(self._context)
        if (night := self._night()) > self._collected_on:
            collect(self._context, _SCHEDULER, wait)
            self._collected_on = night

    def _night(self) -> date:
        return local_date(self._context.now() - _COLLECT_AFTER)
