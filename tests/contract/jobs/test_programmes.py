"""Worker jobs for station programmes and offers, with real tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broadcast.bulletins.model import Cues, Sound, SoundState
from broadcast.stations.model import Programme
from broadcast.stations.rules import MP3, WAV, made_from
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import new_ulid
from cms.platform.worker.runner import Runner, Work
from cms.stations.jobs import MakeOffer, MakeProgramme, label_of
from cms.stations.repository import Offers, Programmes, Stations
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from tests.builders.in_memory.station_world import OFFER, PROGRAMME, STATION
from tests.contract.jobs.test_sound import SoundJobs
from tests.fakes.programme import AREAS, BULLETINS
from tests.integration.media.sounds import bursts, chords, ffmpeg, write_wav


class ProgrammeJobs(SoundJobs):
    """Small province with its station, and a worker for programmes and offers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        work: dict[JobKind, Work] = {
            JobKind.MAKE_PROGRAMME: MakeProgramme(
                self.store, FfmpegTools(), PydubEditing(), self.workdir, self.units, "http://loa"
            ),
            JobKind.MAKE_OFFER: MakeOffer(self.store, FfmpegTools(), PydubEditing(), self.workdir, new_ulid),
        }
        self.maker = Runner(self.units, work, lease_s=30)
        with self.units() as unit:
            unit[Places].add(AREAS)
            unit[Bulletins].add(BULLETINS[0])
            unit[Stations].add(STATION)
            unit.commit()


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[ProgrammeJobs]:
    jobs = ProgrammeJobs(tmp_path)
    yield jobs
    jobs.engine.dispose()


def made(jobs: ProgrammeJobs, programme: Programme) -> Sound:
    """Make the programme's sound as the worker does."""
    with jobs.units() as unit:
        wanted = made_from(programme)
        job_id = unit.jobs.add(JobKind.MAKE_PROGRAMME, programme.id, {"made_from": wanted})
        unit[Programmes].add(replace(programme, sound=Sound(SoundState.MAKING, wanted, job_id)))
        unit.commit()
    jobs.maker.run(job_id)
    with jobs.units() as unit:
        return unit[Programmes].get(programme.id).sound


def mastered(jobs: ProgrammeJobs) -> Programme:
    wav = write_wav(jobs.folder / "m.wav", bursts(-14, rate_hz=48_000, seconds=4.0), rate_hz=48_000)
    ffmpeg("-i", str(wav), str(jobs.folder / "m.flac"))
    return replace(PROGRAMME, master_sha256=jobs.store.put_file(jobs.folder / "m.flac"), skip_ms=1_000)


def test_a_programme_is_made_from_its_master_with_its_label_and_told(jobs: ProgrammeJobs) -> None:
    sound = made(jobs, mastered(jobs))
    assert sound.state is SoundState.READY
    assert sound.loudness_lufs == pytest.approx(-23.0, abs=0.5)
    files = {each.kind: jobs.store.read_bytes(each.sha256) for each in sound.renditions}
    assert files[WAV][:4] == b"RIFF"
    assert b"Lich tiem chung" in files[WAV][:2048]
    assert b"http://loa/bulletins/b-t1" in files[WAV][:8192]
    assert b"M=mono" in files[WAV][:2048]
    assert sound.rendition(MP3) is not None
    assert list(jobs.workdir.iterdir()) == []


def test_a_programme_of_a_recording_of_two_channels_is_made_of_that_as_it_was_cut(jobs: ProgrammeJobs) -> None:
    channels = [bursts(-20, rate_hz=48_000, seconds=4.0, seed=seed) for seed in (7, 9)]
    original = jobs.store.put_file(write_wav(jobs.folder / "o.wav", *channels, rate_hz=48_000))
    sound = made(jobs, replace(mastered(jobs), original_sha256=original, cues=Cues(0, 2_000)))
    wav = sound.rendition(WAV)
    assert wav is not None
    assert b"M=stereo" in jobs.store.read_bytes(wav.sha256)[:2048]
    assert 2_000 <= wav.duration_ms < 3_000


def test_a_programme_whose_master_is_gone_is_told_to_have_failed(jobs: ProgrammeJobs) -> None:
    with jobs.units() as unit:
        job_id = unit.jobs.add(JobKind.MAKE_PROGRAMME, PROGRAMME.id, {"made_from": "x"})
        unit[Programmes].add(replace(PROGRAMME, sound=Sound(SoundState.MAKING, "x", job_id)))
        unit.commit()
    jobs.maker.run(job_id)
    with jobs.units() as unit:
        failed = unit[Programmes].get(PROGRAMME.id).sound
    assert (failed.state, failed.error) == (SoundState.FAILED, "CONTENT_MISSING")


@pytest.mark.parametrize(("level", "state"), [(0.1, SoundState.READY), (0.0, SoundState.FAILED)])
def test_an_offer_is_made_fit_for_loudspeakers_or_refused(jobs: ProgrammeJobs, level: float, state: SoundState) -> None:
    sha256 = jobs.store.put_file(write_wav(jobs.folder / "a.wav", chords(level, seconds=3.0)))
    with jobs.units() as unit:
        job_id = unit.jobs.add(JobKind.MAKE_OFFER, OFFER.id, {"sha256": sha256})
        sound = Sound(SoundState.MAKING, f"audio:{sha256}", job_id)
        unit[Offers].add(replace(OFFER, original_sha256=sha256, sound=sound))
        unit.commit()
    jobs.maker.run(job_id)
    with jobs.units() as unit:
        made = unit[Offers].get(OFFER.id).sound
    assert (made.state, made.made_from) == (state, f"audio:{sha256}")
    assert bool(made.error) is (state is SoundState.FAILED)


def test_a_label_tells_the_provinces_wall_clock() -> None:
    label = label_of(PROGRAMME, "http://loa", "Sở Y tế")
    assert (f"{label.made_at:%d %H:%M}", f"{label.start_at:%d %H:%M}") == ("02 08:00", "02 17:00")
    assert label_of(replace(PROGRAMME, end_at=None), "http://loa", "Phan Thiết").end_at is None
