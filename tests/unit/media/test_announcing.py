from __future__ import annotations

from pathlib import Path

import pytest

from media.errors import NoVoiceError, RefusedAudioError
from media.model import MadeSound
from media.ports import AudioWorkspace
from media.use_cases.alert_speech import (
    ALERT_OPUS,
    BITRATE_LONG_BPS,
    BITRATE_MIN_BPS,
    AnnouncementRecording,
    bitrate_bps,
    make_announcement,
)
from media.use_cases.bulletin_sound import Utterance
from tests.fakes.sound import CopyEditing, DictContentStore, FigureTools, FigureVoice, Item

LIMIT = 48 * 1024


class Studio:
    def __init__(self, folder: Path) -> None:
        (folder / "content").mkdir()
        self.workdir = folder
        self.store = DictContentStore(folder / "content")
        self.editing = CopyEditing()
        self.steps: list[int] = []

    def recording(self, item: Item) -> AnnouncementRecording:
        return AnnouncementRecording(self.store.put_file(item.write(self.workdir / "upload")))

    def make(self, *parts: Utterance | AnnouncementRecording) -> MadeSound:
        return make_announcement(
            parts,
            AudioWorkspace(
                FigureTools(), self.editing, self.store, self.workdir, lambda pct, _step: self.steps.append(pct)
            ),
            carried_max_bytes=LIMIT,
            voice=FigureVoice(),
        )


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def test_parts_are_joined_at_their_own_loudness_and_levelled_as_one(studio: Studio) -> None:
    made = studio.make(Utterance("vi", "Đây là diễn tập."), studio.recording(Item(-30.0, -12.0)))
    assert [rendition.kind for rendition in made.renditions] == ["alert-opus", "browser-mp3"]
    ((spoken_lufs, recorded_lufs),) = studio.editing.joined
    assert recorded_lufs < spoken_lufs
    assert made.loudness.integrated_lufs == pytest.approx(-16.0, abs=0.3)
    assert studio.steps == sorted(studio.steps)
    assert studio.steps[-1] == 100


def test_what_no_voice_speaks_is_never_read_by_another(studio: Studio) -> None:
    with pytest.raises(NoVoiceError):
        studio.make(Utterance("cjm", "…"))


def test_a_recording_cut_off_on_the_way_is_refused(studio: Studio) -> None:
    with pytest.raises(RefusedAudioError) as refused:
        studio.make(studio.recording(Item(-30.0, -12.0, duration_ms=100)))
    assert refused.value.reason == "TOO_SHORT"


@pytest.mark.parametrize("seconds", [1.0, 10.0, 15.0, 20.0, 28.0])
def test_a_short_speech_gets_the_best_rate_that_still_fits(seconds: float) -> None:
    rate = bitrate_bps(seconds, LIMIT)
    assert BITRATE_MIN_BPS <= rate <= ALERT_OPUS.bitrate_bps
    assert rate * seconds / 8 < LIMIT


@pytest.mark.parametrize("seconds", [40.0, 120.0])
def test_a_long_speech_is_fetched_and_gets_the_rate_for_that(seconds: float) -> None:
    assert bitrate_bps(seconds, LIMIT) == BITRATE_LONG_BPS


def test_nothing_at_all_gets_some_rate() -> None:
    assert bitrate_bps(0.0, LIMIT) == ALERT_OPUS.bitrate_bps
