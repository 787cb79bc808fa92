"""Speech in the worker: checks of recorded phrases, their use in a text, and previews."""

from collections.abc import Callable
from dataclasses import dataclass

from broadcast.bulletins.model import VoicedText
from broadcast.speech.phrase_bank import PhraseId, assembled
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply
from cms.platform.worker.sound_jobs import SoundJob, recording_of
from cms.speech.repository import SpeechPreviews
from cms.speech.service import phrase_recordings, previews
from media.model import MadeSound
from media.ports import Progress, Voice
from media.use_cases.bulletin_sound import Assembly, Phrase, Utterance
from media.use_cases.preview_clip import make_preview
from media.use_cases.recording_check import Audition, audition
from province.areas import AreaId
from province.machine_clock import utc_now


class CheckPhrase(SoundJob):
    """Work of ``JobKind.CHECK_PHRASE``: the payload's ``sha256`` is the recording to listen to."""

    def do(self, job: Job, progress: Progress) -> Apply:
        progress(0, "probing")
        with self.workspace(progress) as work:
            heard = audition(recording_of(job), work)
        return lambda unit: _take(unit, job, heard)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        phrase_recordings.refuse(unit, PhraseId(job.subject_id), sha256=recording_of(job), refusal=code, now=utc_now())


@dataclass(frozen=True)
class MakePreview(SoundJob):
    """Work of ``JobKind.MAKE_PREVIEW``: somebody waits at the screen."""

    voice: Voice
    uow: Callable[[], UnitOfWork]

    def do(self, job: Job, progress: Progress) -> Apply:
        with self.uow().looking() as unit:
            wanted = unit[SpeechPreviews].find(job.subject_id)
            if wanted is None or not wanted.is_open:
                # Ordered twice, or so long ago that nobody waits for it.
                return lambda _unit: None
            part = part_of(unit, wanted.areas, wanted.language, wanted.text)
        progress(0, "speaking")
        with self.workspace(lambda _pct, _step: None) as work:
            clip = make_preview(part, work, voice=self.voice)
        return lambda unit: previews.finish(unit, job.subject_id, clip=clip)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        previews.finish(unit, job.subject_id, error=code)


def part_of(unit: UnitOfWork, areas: tuple[AreaId, ...], language: str, text: str) -> Utterance | Assembly:
    """Return the text for one voice, or assembled from phrases recorded for all these areas; within a unit of work."""
    pieces = assembled(text, phrase_recordings.bank_of(unit, areas, language))
    if all(piece.recording is None for piece in pieces):
        return Utterance(language, text)
    return Assembly(
        tuple(
            Utterance(language, piece.text)
            if piece.recording is None
            else Phrase(piece.text, piece.recording.sha256, piece.recording.by_name)
            for piece in pieces
        )
    )


def said_of(made: MadeSound) -> tuple[VoicedText, ...]:
    """Return the voices of the made sound, as they are kept with it."""
    return tuple(VoicedText(each.text, each.by, each.sha256) for each in made.said)


def _take(unit: UnitOfWork, job: Job, heard: Audition) -> None:
    phrase_recordings.take(
        unit,
        PhraseId(job.subject_id),
        sha256=recording_of(job),
        level_lufs=heard.level_lufs,
        floor_dbfs=heard.floor_dbfs,
        now=utc_now(),
    )
