"""Worker jobs for opening and closing sounds, with real tools: brought to the common loudness, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcast.bulletins.framing import Chime, ChimePlace
from broadcast.bulletins.model import SoundState
from cms.areas.repository import Places
from cms.bulletins.jobs import MakeChime
from cms.bulletins.repository.sharing import Chimes
from cms.bulletins.service.chimes import set_chime
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import new_ulid
from cms.platform.worker.runner import Runner
from media import picture
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from tests.builders.calls import call_of
from tests.contract.jobs.test_sound import NOW, SoundJobs
from tests.fakes.programme import AREAS, AUTHOR, C1
from tests.integration.media.sounds import Wave, bursts, chords, write_wav


class ChimeJobs(SoundJobs):
    """Small province with a worker that makes chimes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        making = MakeChime(self.store, FfmpegTools(), PydubEditing(), self.workdir)
        self.maker = Runner(self.units, {JobKind.MAKE_CHIME: making}, lease_s=30)
        with self.units() as unit:
            unit[Places].add(AREAS)
            unit.commit()

    def make(self, sound: Wave) -> Chime:
        chime = set_chime(
            self.units(),
            area_id=C1,
            place=ChimePlace.OPENING,
            sha256=self.store.put_file(write_wav(self.folder / "a.wav", sound)),
            name="nhac.wav",
            call=call_of(AUTHOR, NOW, new_id=new_ulid),
        )
        self.maker.run(chime.job_id)
        with self.units() as unit:
            return unit[Chimes].get(chime.id)


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[ChimeJobs]:
    jobs = ChimeJobs(tmp_path)
    yield jobs
    jobs.engine.dispose()


def test_a_chime_is_brought_to_the_loudness_of_everything_and_both_loudnesses_are_kept(jobs: ChimeJobs) -> None:
    chime = jobs.make(chords(0.05, seconds=3.0))

    assert (chime.sound.state, chime.refusal, chime.original_name) == (SoundState.READY, "", "nhac.wav")
    assert chime.sound.loudness_lufs == pytest.approx(-16.0, abs=1.0)
    drawn = chime.sound.rendition(picture.KIND)
    assert drawn is not None
    shown = picture.decoded(jobs.store.read_bytes(drawn.sha256))
    assert shown.before.integrated_lufs < -25
    assert shown.after.integrated_lufs == pytest.approx(-16.0, abs=1.0)
    assert list(jobs.workdir.iterdir()) == []


def test_a_chime_that_goes_on_for_too_long_is_refused_and_the_one_before_stays(jobs: ChimeJobs) -> None:
    used = jobs.make(chords(0.05, seconds=3.0))

    refused = jobs.make(bursts(-24, rate_hz=44_100, seconds=32.0))

    assert refused.refusal == "AUDIO_REFUSED:CHIME_LONG"
    assert refused.sound == used.sound
