"""Sounds of an alert, with real tools: from the form's text or recording to the devices' renditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast.alerts.local_alerts import LocalAlertStatus
from broadcast.alerts.model import Alert, AlertKind, Wording
from broadcast.bulletins.model import SoundState
from cms.alerts.jobs import MakeAlertSound
from cms.alerts.repository.alerts import Alerts
from cms.alerts.service.sound import with_sounds
from cms.areas.repository import Places
from cms.local_alerts.jobs import MakeLocalSpeech
from cms.local_alerts.repository import LocalAlerts
from cms.local_alerts.service.speech import with_speech
from cms.platform.store.engine import make_engine
from cms.platform.store.jobs import LATER_S
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UowFactory, make_uow_factory, new_ulid
from cms.platform.worker.runner import Runner
from devices.protocol.limits import SPEECH_MAX_BYTES
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from media.speech import ALERT_WORDS_PER_MINUTE, EspeakVoice
from media.storage import FolderContentStore
from province.machine_clock import utc_now
from tests.databases import new_sqlite
from tests.fakes.programme import AREAS, C1
from tests.fakes.warnings import alert
from tests.integration.media.sounds import chords, write_wav
from tests.unit.alerts.test_local_alert_rules import OTHER

VOICE = EspeakVoice(words_per_minute=ALERT_WORDS_PER_MINUTE)


class AlertSoundJobs:
    """Alerts, their content, and a runner with real tools."""

    def __init__(self, folder: Path, ffmpeg: str = "ffmpeg") -> None:
        self.engine = make_engine(new_sqlite(folder / "loa.db"))
        self.units: UowFactory = make_uow_factory(self.engine)
        self.store = FolderContentStore(folder / "content")
        workdir = folder / "run"
        workdir.mkdir()
        means = (self.store, FfmpegTools(ffmpeg=ffmpeg), PydubEditing(), workdir, VOICE, self.units)
        alerting = MakeAlertSound(*means)
        work = {
            JobKind.MAKE_ALERT_SOUND: alerting,
            JobKind.PREPARE_ALERT_SOUND: alerting,
            JobKind.MAKE_LOCAL_SPEECH: MakeLocalSpeech(*means),
        }
        self.runner = Runner(self.units, work, lease_s=30)

    def draft(self, *wordings: Wording, kind: AlertKind = AlertKind.LIVE, is_prepared: bool = False) -> Alert:
        """Save a draft, with its jobs waiting."""
        plain = alert(new_ulid(), kind=kind, wordings=wordings, is_prepared=is_prepared)
        with self.units() as unit:
            made = with_sounds(unit, plain, VOICE)
            unit[Alerts].add(made)
            unit.commit()
        return made

    def work(self, draft: Alert, *, only_first: bool = False) -> Alert:
        """Do its jobs; ``only_first`` leaves out those of the repeated wording, which take the tools longest."""
        for wording in draft.wordings:
            for sound in (wording.sound,) if only_first else (wording.sound, wording.again):
                self.runner.run(sound.job_id)
        with self.units() as unit:
            return unit[Alerts].get(draft.id)


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[AlertSoundJobs]:
    jobs = AlertSoundJobs(tmp_path)
    yield jobs
    jobs.engine.dispose()


def test_what_is_said_first_and_again_is_made_small_enough_to_travel(jobs: AlertSoundJobs) -> None:
    text = "Nước sông đang lên nhanh. Người dân ven sông di chuyển ngay đến nơi cao, không quay lại lấy đồ."
    made = jobs.work(jobs.draft(Wording("vi", text)))
    (wording,) = made.wordings
    for sound in (wording.sound, wording.again):
        assert sound.state is SoundState.READY
        small = sound.rendition("alert-opus")
        assert small is not None
        assert 0 < small.bytes <= SPEECH_MAX_BYTES
        assert jobs.store.has(small.sha256)
        assert sound.rendition("browser-mp3") is not None
        assert sound.loudness_lufs == pytest.approx(-16.0, abs=0.6)
    first, again = wording.sound.rendition("alert-opus"), wording.again.rendition("alert-opus")
    assert first is not None
    assert again is not None
    assert again.duration_ms > first.duration_ms
    assert (made.version, made.own_versions) == (3, 2)


def test_what_an_approval_waits_for_is_spoken_before_repeats_and_all_clears(jobs: AlertSoundJobs) -> None:
    all_clear = jobs.draft(Wording("vi", "Hết nguy hiểm."), is_prepared=True).wordings[0]
    warning = jobs.draft(Wording("vi", "Nước sông đang lên nhanh.")).wordings[0]
    units = replace(jobs.units, now=lambda: utc_now() + timedelta(seconds=LATER_S))
    due = replace(jobs.runner, uow=units).due(only_urgent=True)
    assert due[0] == warning.sound.job_id
    assert set(due[1:]) == {all_clear.sound.job_id, all_clear.again.job_id, warning.again.job_id}


def test_a_drills_recording_is_framed_by_words_that_say_so(jobs: AlertSoundJobs, tmp_path: Path) -> None:
    path = tmp_path / "cham.wav"
    write_wav(path, chords(0.3, seconds=3.0))
    sha256 = jobs.store.put_file(path)
    recorded = Wording("cjm", "", sha256)
    made = jobs.work(jobs.draft(recorded), only_first=True)
    live = made.wordings[0].sound.rendition("alert-opus")
    made = jobs.work(jobs.draft(recorded, kind=AlertKind.DRILL), only_first=True)
    drill = made.wordings[0].sound.rendition("alert-opus")
    assert live is not None
    assert drill is not None
    assert drill.duration_ms > live.duration_ms + 3000


def test_a_long_speech_is_made_to_be_fetched(jobs: AlertSoundJobs) -> None:
    made = jobs.work(jobs.draft(Wording("vi", "Người dân ven sông di chuyển ngay đến nơi cao. " * 7)), only_first=True)
    small = made.wordings[0].sound.rendition("alert-opus")
    assert small is not None
    assert small.duration_ms > 30_000
    assert small.bytes > SPEECH_MAX_BYTES


def test_a_recording_that_is_gone_fails_with_its_code(jobs: AlertSoundJobs) -> None:
    made = jobs.work(jobs.draft(Wording("cjm", "", "0" * 64)))
    assert made.wordings[0].sound.state is SoundState.FAILED
    assert made.wordings[0].sound.error == "CONTENT_MISSING"


def test_a_tool_that_fails_is_tried_again(tmp_path: Path) -> None:
    jobs = AlertSoundJobs(tmp_path, ffmpeg="/nothing/ffmpeg")
    draft = jobs.draft(Wording("vi", "Nước lên."))
    jobs.runner.run(draft.wordings[0].sound.job_id)
    with jobs.units() as unit:
        assert unit[Alerts].get(draft.id) == replace(draft)
    jobs.engine.dispose()


def test_a_text_changed_meanwhile_is_not_spoken_by_the_old_result(jobs: AlertSoundJobs) -> None:
    draft = jobs.draft(Wording("vi", "Nước lên."))
    with jobs.units() as unit:
        changed = replace(draft, version=2, wordings=(Wording("vi", "Nước rút."),))
        unit[Alerts].save(with_sounds(unit, changed, VOICE))
        unit.commit()
    after = jobs.work(draft, only_first=True)
    assert after.wordings[0].sound.state is SoundState.MAKING


def test_the_speech_of_an_alert_at_the_loudspeaker_is_made_once_for_alerts_with_its_words(jobs: AlertSoundJobs) -> None:
    """Made by the same tools; an alert with these very words has it without a job of its own."""
    with jobs.units() as unit:
        unit[Places].add(AREAS)
        agreed = replace(OTHER, area_id=C1, status=LocalAlertStatus.APPROVED, approved_at=OTHER.proposed_at)
        asked = with_speech(unit, agreed, VOICE)
        unit[LocalAlerts].add(asked)
        unit.commit()
    jobs.runner.run(asked.sound.job_id)
    with jobs.units() as unit:
        made = unit[LocalAlerts].get(asked.id)
        same = alert(new_ulid(), headline=made.headline, wordings=(Wording("vi", made.text),))
        (found,) = with_sounds(unit, same, VOICE).wordings
    assert made.again.state is SoundState.MAKING
    assert [clip.first.bytes <= SPEECH_MAX_BYTES for clip in made.spoken] == [True]
    assert (found.sound, found.again.state) == (made.sound, SoundState.MAKING)
