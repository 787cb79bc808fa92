"""Worker job for listening tests, with real tools: both voices say each text through the horn, at one loudness."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast.speech.listening import ListeningTestId
from cms.audit.queries import job_progress
from cms.listening import service
from cms.listening.jobs import MakeListeningTest
from cms.listening.repository import ListeningTests
from cms.platform.store.jobs import Job
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import new_ulid
from cms.platform.worker.runner import Runner
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from tests.builders.calls import call_of
from tests.builders.listening import TEXTS, VOICES
from tests.contract.jobs.test_sound import NOW, SoundJobs
from tests.fakes.programme import AUTHOR


def begun(jobs: SoundJobs, *voices: str) -> tuple[ListeningTestId, str]:
    a, b = voices
    call = call_of(AUTHOR, NOW, new_id=new_ulid)
    test = service.begin(jobs.units(), voice_a=a, voice_b=b, texts=TEXTS, offered=frozenset(voices), call=call)
    return test.id, test.job_id


def making(jobs: SoundJobs) -> MakeListeningTest:
    return MakeListeningTest(jobs.store, FfmpegTools(), PydubEditing(), jobs.workdir, jobs.units)


def runner(jobs: SoundJobs) -> Runner:
    return Runner(jobs.units, {JobKind.MAKE_LISTENING_TEST: making(jobs)}, lease_s=30)


def test_both_voices_say_each_text_through_the_horn_at_one_loudness(tmp_path: Path) -> None:
    jobs = SoundJobs(tmp_path)
    test_id, job_id = begun(jobs, *VOICES)

    runner(jobs).run(job_id)

    with jobs.units() as unit:
        test = unit[ListeningTests].get(test_id)
    assert test.is_open
    assert len(set(test.clips)) == 2 * len(TEXTS)
    for sha256 in test.clips:
        with jobs.store.local_file(sha256) as path:
            assert FfmpegTools().measure(path).integrated_lufs == pytest.approx(-16, abs=1)
    jobs.engine.dispose()


def test_a_voice_that_does_not_say_all_of_it_itself_fails_the_test(tmp_path: Path) -> None:
    jobs = SoundJobs(tmp_path)
    # The folder holds no voice: espeak-ng would say it instead, and would be judged under another name.
    test_id, job_id = begun(jobs, "espeak-ng", f"{tmp_path}/none")

    runner(jobs).run(job_id)

    with jobs.units() as unit:
        assert unit[ListeningTests].get(test_id).clips == ()
        progress = job_progress(unit.session, job_id)
    assert progress is not None
    assert progress.error == "TOOL_FAILED"
    job = Job(job_id, JobKind.MAKE_LISTENING_TEST, test_id, {}, "lease", 5)
    making(jobs).give_up(jobs.units(), job, "TOOL_FAILED")
    with jobs.units() as unit:
        test = unit[ListeningTests].get(test_id)
    assert (test.clips, test.error, test.is_open) == ((), "TOOL_FAILED", False)
    jobs.engine.dispose()
