"""Worker jobs for sound, with real tools: from a bulletin's text or recording to its renditions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadcast.bulletins.model import Bulletin, BulletinId, Sound, SoundState, Targets
from broadcast.bulletins.priority import PriorityClass
from cms.audit.queries import job_progress
from cms.bulletins.jobs import MakeSound
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.store.engine import make_engine, reading
from cms.platform.store.jobs import JobState
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UowFactory, make_uow_factory, new_ulid
from cms.platform.worker.runner import Runner
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from media.speech import EspeakVoice
from media.storage import FolderContentStore
from province.people import UserId
from tests.databases import new_sqlite
from tests.integration.media.sounds import chords, write_wav

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


class SoundJobs:
    """Bulletins, their content, and a runner with real tools."""

    def __init__(self, folder: Path, ffmpeg: str = "ffmpeg") -> None:
        self.engine = make_engine(new_sqlite(folder / "loa.db"))
        self.units: UowFactory = make_uow_factory(self.engine)
        self.store = FolderContentStore(folder / "content")
        self.workdir = folder / "run"
        self.workdir.mkdir()
        tools = FfmpegTools(ffmpeg=ffmpeg)
        making = MakeSound(self.store, tools, PydubEditing(), self.workdir, EspeakVoice(), self.units)
        self.runner = Runner(self.units, {JobKind.MAKE_SOUND: making}, lease_s=30)

    def bulletin(self, text: str = "", language: str = "vi", original_sha256: str = "") -> Bulletin:
        """Save a bulletin, with its job waiting."""
        plain = Bulletin(
            id=BulletinId(new_ulid()),
            title="Bản tin",
            text=text,
            topic="",
            priority=PriorityClass.NORMAL,
            language=language,
            targets=Targets(),
            author_id=UserId("u1"),
            author_name="An",
            created_at=NOW,
            changed_at=NOW,
            original_sha256=original_sha256,
        )
        with self.units() as unit:
            job_id = unit.jobs.add(JobKind.MAKE_SOUND, plain.id, {"made_from": plain.sound_input})
            sound = Sound(state=SoundState.MAKING, made_from=plain.sound_input, job_id=job_id)
            made = replace(plain, sound=sound)
            unit[Bulletins].add(made)
            unit.commit()
        return made

    def run(self, bulletin: Bulletin) -> Sound:
        self.runner.run(bulletin.sound.job_id)
        with self.units() as unit:
            return unit[Bulletins].get(bulletin.id).sound

    def job_state(self, bulletin: Bulletin) -> JobState:
        with reading(self.engine) as session:
            found = job_progress(session, bulletin.sound.job_id)
        assert found is not None
        return found.state


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[SoundJobs]:
    jobs = SoundJobs(tmp_path)
    yield jobs
    jobs.engine.dispose()


def test_text_becomes_renditions_of_the_bulletin(jobs: SoundJobs) -> None:
    bulletin = jobs.bulletin("Kính mời bà con đi họp: lúc 7 giờ.")

    sound = jobs.run(bulletin)

    assert sound.state is SoundState.READY
    assert sound.made_from == bulletin.sound_input
    assert {r.kind for r in sound.renditions} == {"device-opus", "browser-mp3", "master-flac", "waveform"}
    assert all(jobs.store.stat(r.sha256).bytes == r.bytes for r in sound.renditions)
    assert sound.loudness_lufs == pytest.approx(-16.0, abs=1.0)
    assert sound.true_peak_dbtp is not None
    assert sound.true_peak_dbtp <= -1.0
    assert list(jobs.workdir.iterdir()) == []
    assert jobs.job_state(bulletin) is JobState.DONE


def test_recording_becomes_renditions(jobs: SoundJobs, tmp_path: Path) -> None:
    sha256 = jobs.store.put_file(write_wav(tmp_path / "a.wav", chords(0.1, seconds=3.0)))

    assert jobs.run(jobs.bulletin(original_sha256=sha256)).state is SoundState.READY


def test_refused_recording_says_why(jobs: SoundJobs) -> None:
    bulletin = jobs.bulletin(original_sha256=jobs.store.put_bytes(b"#EXTM3U\nhttp://127.0.0.1:1/\n"))

    sound = jobs.run(bulletin)

    assert (sound.state, sound.error) == (SoundState.FAILED, "AUDIO_REFUSED:NOT_AUDIO")
    assert jobs.job_state(bulletin) is JobState.FAILED


@pytest.mark.parametrize(
    ("language", "original_sha256", "code"), [("cjm", "", "NO_VOICE"), ("vi", "0" * 64, "CONTENT_MISSING")]
)
def test_what_cannot_be_made_says_why(jobs: SoundJobs, language: str, original_sha256: str, code: str) -> None:
    sound = jobs.run(jobs.bulletin("Halei ka", language, original_sha256))

    assert (sound.state, sound.error) == (SoundState.FAILED, code)


def test_result_for_a_text_that_has_changed_is_not_used(jobs: SoundJobs) -> None:
    bulletin = jobs.bulletin("Văn bản cũ.")
    with jobs.units() as unit:
        unit[Bulletins].save(replace(bulletin, text="Văn bản mới.", version=bulletin.version + 1))
        unit.commit()

    sound = jobs.run(bulletin)

    assert sound.state is SoundState.MAKING
    assert jobs.job_state(bulletin) is JobState.DONE


def test_missing_tool_is_tried_again(tmp_path: Path) -> None:
    jobs = SoundJobs(tmp_path, ffmpeg="no-such-ffmpeg")
    bulletin = jobs.bulletin("Xin chào.")

    sound = jobs.run(bulletin)
    state = jobs.job_state(bulletin)
    jobs.engine.dispose()

    assert sound.state is SoundState.MAKING
    assert state is JobState.QUEUED


def test_scratch_of_a_killed_worker_is_removed_and_a_living_ones_is_not(jobs: SoundJobs) -> None:
    for name in ("sound-dead", "sound-living"):
        (jobs.workdir / name).mkdir()
    os.utime(jobs.workdir / "sound-dead", (0, 0))

    jobs.run(jobs.bulletin(original_sha256=jobs.store.put_bytes(b"no sound")))

    assert [p.name for p in jobs.workdir.iterdir()] == ["sound-living"]
