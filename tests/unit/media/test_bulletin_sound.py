from __future__ import annotations

import json
from pathlib import Path

import pytest

from media import picture
from media.errors import ContentMissingError, NoVoiceError, RefusedAudioError
from media.model import AudioCues, MadeSound
from media.ports import AudioWorkspace
from media.use_cases.bulletin_sound import WHOLE, Utterance, make_from_audio, make_from_text
from tests.fakes.sound import CopyEditing, DictContentStore, FigureTools, FigureVoice, Item


class Studio:
    """Store, tools and folders for making a sound."""

    def __init__(self, folder: Path) -> None:
        (folder / "work").mkdir()
        (folder / "content").mkdir()
        self.workdir = folder / "work"
        self.store = DictContentStore(folder / "content")
        self.tools = FigureTools()
        self.editing = CopyEditing()
        self.steps: list[tuple[int, str]] = []

    def from_audio(self, item: Item, cues: AudioCues = WHOLE) -> MadeSound:
        sha256 = self.store.put_file(item.write(self.workdir / "upload"))
        return make_from_audio(
            sha256,
            AudioWorkspace(
                self.tools, self.editing, self.store, self.workdir, lambda pct, step: self.steps.append((pct, step))
            ),
            cues=cues,
        )

    def from_text(self, text: str, language: str = "vi") -> MadeSound:
        return make_from_text(
            Utterance(language, text),
            AudioWorkspace(
                self.tools, self.editing, self.store, self.workdir, lambda pct, step: self.steps.append((pct, step))
            ),
            voice=FigureVoice(),
        )


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def test_text_is_spoken_after_a_chime(studio: Studio) -> None:
    made = studio.from_text("Xin chào bà con")

    assert [r.kind for r in made.renditions] == ["device-opus", "browser-mp3", "master-flac"]
    assert all(studio.store.has(r.sha256) for r in made.renditions)
    assert studio.editing.asked == [(-32.0, True)]
    assert made.loudness.integrated_lufs == pytest.approx(-16.0, abs=0.3)


def test_recording_gets_no_chime_and_keeps_its_original(studio: Studio) -> None:
    item = Item(-30.0, -12.0)

    made = studio.from_audio(item)

    assert studio.editing.asked == [(-42.0, False)]
    assert made.renditions[0].duration_ms == item.duration_ms
    assert studio.store.has(studio.store.put_file(item.write(studio.workdir / "again")))


def test_what_came_and_what_is_aired_are_drawn_side_by_side(studio: Studio) -> None:
    made = studio.from_audio(Item(-30.0, -12.0))

    drawn = picture.decoded(studio.store.read_bytes(made.documents[-1].sha256))
    assert (drawn.before.integrated_lufs, drawn.before.true_peak_dbtp) == (-30.0, -12.0)
    assert drawn.before.peaks == (25,)
    assert drawn.after.integrated_lufs == round(made.loudness.integrated_lufs, 1)
    assert drawn.after.peaks[0] > drawn.before.peaks[0]


def test_what_the_cues_leave_is_measured_drawn_and_aired_and_the_outline_is_of_the_whole(studio: Studio) -> None:
    cues = AudioCues(2_000, 9_000, 100, 200)
    made = studio.from_audio(Item(-30.0, -12.0, duration_ms=12_000), cues)

    assert studio.tools.cuts == [cues]
    assert {r.duration_ms for r in made.renditions} == {7_000}
    assert made.outline is not None
    body = json.loads(studio.store.read_bytes(made.outline.sha256))
    assert (made.outline.kind, made.outline.duration_ms, body["duration_ms"]) == ("outline", 12_000, 12_000)
    drawn = picture.decoded(studio.store.read_bytes(made.documents[-1].sha256))
    assert drawn.before.duration_ms == 7_000


@pytest.mark.parametrize(
    ("cues", "reason"),
    [
        (AudioCues(0, 12_001), "CUES"),
        (AudioCues(11_001), "CUES"),
        (AudioCues(0, 5_000, 3_000, 2_001), "CUES"),
    ],
)
def test_cues_that_do_not_fit_the_recording_are_refused(studio: Studio, cues: AudioCues, reason: str) -> None:
    with pytest.raises(RefusedAudioError) as refused:
        studio.from_audio(Item(-30.0, -12.0, duration_ms=12_000), cues)
    assert refused.value.reason == reason


def test_progress_rises_to_a_hundred(studio: Studio) -> None:
    studio.from_text("Xin chào bà con")

    percents = [pct for pct, _ in studio.steps]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert {step for _, step in studio.steps} == {"speaking", "probing", "levelling", "encoding", "storing"}


def test_foreign_language_is_not_read_by_another_voice(studio: Studio) -> None:
    with pytest.raises(NoVoiceError):
        studio.from_text("Hello", "en")


def test_unknown_original_is_missing(studio: Studio) -> None:
    with pytest.raises(ContentMissingError):
        make_from_audio("0" * 64, AudioWorkspace(studio.tools, studio.editing, studio.store, studio.workdir))


def test_cut_off_recording_is_refused(studio: Studio) -> None:
    studio.tools.claimed_ms = 60_000

    with pytest.raises(RefusedAudioError) as refused:
        studio.from_audio(Item(-20.0, -3.0, duration_ms=12_000))
    assert refused.value.reason == "FORMAT"


def test_recording_that_claims_no_length_is_taken(studio: Studio) -> None:
    studio.tools.claimed_ms = 0

    assert studio.from_audio(Item(-20.0, -3.0)).renditions


@pytest.mark.parametrize(
    ("item", "reason"),
    [(Item(-80.0, -75.0), "SILENT"), (Item(-20.0, -3.0, duration_ms=100), "TOO_SHORT")],
)
def test_unfit_recording_is_refused(studio: Studio, item: Item, reason: str) -> None:
    with pytest.raises(RefusedAudioError) as refused:
        studio.from_audio(item)
    assert refused.value.reason == reason


def test_recording_whose_channels_cancel_is_saved(studio: Studio) -> None:
    made = studio.from_audio(Item(-20.0, -3.0, channels=2, mono_sum_loss_lu=50.0))

    assert made.loudness.integrated_lufs == pytest.approx(-16.0, abs=0.3)
