"""Worker jobs for the phrase bank, with real tools: checked, accepted or refused, and used in spoken texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from broadcast.bulletins.model import SoundState, Targets
from broadcast.speech.phrase_bank import PhraseRecording
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import new_ulid
from cms.platform.worker.runner import Runner
from cms.speech.jobs import CheckPhrase
from cms.speech.repository import Phrases
from cms.speech.service.phrase_recordings import record_phrase
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from tests.builders.calls import call_of
from tests.contract.jobs.test_sound import NOW, SoundJobs
from tests.fakes.programme import AREAS, AUTHOR, C1
from tests.integration.media.sounds import chords, square, write_wav

TEXT = "Cảnh báo bão tại"


class PhraseJobs(SoundJobs):
    """Small province with a worker that checks phrases."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        checking = CheckPhrase(self.store, FfmpegTools(), PydubEditing(), self.workdir)
        self.listener = Runner(self.units, {JobKind.CHECK_PHRASE: checking}, lease_s=30)
        with self.units() as unit:
            unit[Places].add(AREAS)
            unit.commit()

    def record(self, sound: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> PhraseRecording:
        """Upload a recording of the phrase, and run its check."""
        phrase = record_phrase(
            self.units(),
            area_id=C1,
            language="vi",
            text=TEXT,
            sha256=self.store.put_file(write_wav(self.folder / "a.wav", sound)),
            call=call_of(AUTHOR, NOW, new_id=new_ulid),
        )
        self.listener.run(phrase.job_id)
        with self.units() as unit:
            return unit[Phrases].get(phrase.id)


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[PhraseJobs]:
    jobs = PhraseJobs(tmp_path)
    yield jobs
    jobs.engine.dispose()


def test_a_good_recording_is_taken_and_said_in_bulletins_that_say_so(jobs: PhraseJobs) -> None:
    quiet = np.zeros(22_050)
    phrase = jobs.record(np.concatenate([quiet, chords(0.3, seconds=3.0), quiet]))
    assert (phrase.sha256 != "", phrase.refusal, phrase.by_name) == (True, "", AUTHOR.name)

    bulletin = jobs.bulletin("Cảnh báo bão tại La Ngà.")
    with jobs.units() as unit:
        unit[Bulletins].save(replace(bulletin, targets=Targets((C1,)), version=bulletin.version + 1))
        unit.commit()
    sound = jobs.run(bulletin)

    assert sound.state is SoundState.READY
    assert [(each.text, each.by, each.sha256) for each in sound.said] == [
        ("Cảnh báo bão tại ", AUTHOR.name, phrase.sha256),
        ("La Ngà.", "espeak-ng vi", ""),
    ]


def test_a_bulletin_without_recordings_says_which_engine_spoke(jobs: PhraseJobs) -> None:
    assert [each.by for each in jobs.run(jobs.bulletin("Kính mời bà con.")).said] == ["espeak-ng vi"]


def test_a_bad_recording_is_not_taken_and_says_why(jobs: PhraseJobs) -> None:
    phrase = jobs.record(square())

    assert (phrase.sha256, phrase.candidate_sha256) == ("", "")
    assert phrase.refusal == "AUDIO_REFUSED:CLIPPED"
