"""Worker job for a preview of a sentence, with real tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import new_ulid
from cms.platform.worker.runner import Runner
from cms.speech.jobs import MakePreview
from cms.speech.model import SpeechPreview
from cms.speech.repository import SpeechPreviews
from cms.speech.service import previews
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from media.speech import EspeakVoice
from tests.builders.calls import call_of
from tests.contract.jobs.test_sound import NOW, SoundJobs
from tests.fakes.programme import AUTHOR


def runner_of(jobs: SoundJobs) -> Runner:
    making = MakePreview(jobs.store, FfmpegTools(), PydubEditing(), jobs.workdir, EspeakVoice(), jobs.units)
    return Runner(jobs.units, {JobKind.MAKE_PREVIEW: making}, lease_s=30)


def made(jobs: SoundJobs, language: str) -> SpeechPreview:
    call = call_of(AUTHOR, NOW, new_id=new_ulid)
    ordered = previews.order(jobs.units(), language=language, text="Mưa to.", areas=(), call=call)
    runner = runner_of(jobs)
    (job_id,) = runner.due(only_urgent=False)
    assert runner.run(job_id)
    with jobs.units() as unit:
        return unit[SpeechPreviews].get(ordered.id)


def test_a_sentence_is_made_as_loud_as_what_is_aired(tmp_path: Path) -> None:
    jobs = SoundJobs(tmp_path)
    preview = made(jobs, "vi")
    assert preview.clip is not None
    clip = tmp_path / "clip.mp3"
    clip.write_bytes(preview.clip)
    assert FfmpegTools().measure(clip).integrated_lufs == pytest.approx(-16, abs=1)
    assert (preview.error, preview.is_open) == ("", False)
    jobs.engine.dispose()


def test_a_language_without_a_voice_is_told(tmp_path: Path) -> None:
    jobs = SoundJobs(tmp_path)
    preview = made(jobs, "cjm")
    assert (preview.clip, preview.error) == (None, "NO_VOICE")
    jobs.engine.dispose()


def test_a_preview_that_nobody_waits_for_any_more_is_not_made(tmp_path: Path) -> None:
    jobs = SoundJobs(tmp_path)
    failed = made(jobs, "cjm")
    with jobs.units() as unit:
        again = [unit.jobs.add(JobKind.MAKE_PREVIEW, each, {}) for each in (failed.id, "deleted")]
        unit.commit()
    runner = runner_of(jobs)
    assert all(runner.run(job_id) for job_id in again)
    with jobs.units() as unit:
        assert unit[SpeechPreviews].get(failed.id) == failed
    jobs.engine.dispose()
