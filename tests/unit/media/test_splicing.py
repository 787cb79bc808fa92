from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from media.engine import sentences
from media.errors import ContentMissingError, NoVoiceError, RefusedAudioError
from media.model import MadeSound, VoicedSpeech
from media.ports import AudioWorkspace
from media.use_cases.alert_speech import make_announcement
from media.use_cases.bulletin_sound import (
    CLAUSE_PAUSE_MS,
    SENTENCE_PAUSE_MS,
    Assembly,
    Phrase,
    Utterance,
    make_from_text,
    pause_ms,
)
from media.use_cases.recording_check import Audition, audition
from tests.fakes.sound import CopyEditing, DictContentStore, FigureTools, FigureVoice, Item


class Studio:
    def __init__(self, folder: Path) -> None:
        (folder / "content").mkdir()
        self.workdir = folder
        self.store = DictContentStore(folder / "content")
        self.editing = CopyEditing()

    def recorded(self, item: Item) -> str:
        return self.store.put_file(item.write(self.workdir / "upload"))

    def phrase(self, text: str, lufs: float = -26.0, duration_ms: int = 1500) -> Phrase:
        return Phrase(text, self.recorded(Item(lufs, lufs + 14, duration_ms)), "Lan")

    def make(self, *pieces: Utterance | Phrase) -> MadeSound:
        return make_from_text(
            Assembly(pieces), AudioWorkspace(FigureTools(), self.editing, self.store, self.workdir), voice=FigureVoice()
        )

    def audition(self, item: Item) -> Audition:
        return audition(self.recorded(item), AudioWorkspace(FigureTools(), self.editing, self.store, self.workdir))


class TwoEngines(FigureVoice):
    """Speaks by sentences; those with "bão" only its second engine says, 6 dB softer."""

    def pieces(self, text: str, language: str) -> tuple[str, ...]:
        return sentences(text)

    def speak(self, text: str, language: str, into: Path, *, until_s: float = inf) -> str:
        is_second = "bão" in text
        Item(-26.0 if is_second else -20.0, -3.0, duration_ms=60 * len(text)).write(into)
        return "second" if is_second else "first"


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def test_the_sound_tells_who_says_which_part(studio: Studio) -> None:
    recorded = studio.phrase("Cảnh báo bão tại ")
    made = studio.make(recorded, Utterance("vi", "xã Hàm Thuận."))

    assert made.said == (
        VoicedSpeech("Cảnh báo bão tại ", "Lan", recorded.sha256),
        VoicedSpeech("xã Hàm Thuận.", "figures"),
    )
    assert made.loudness.integrated_lufs == pytest.approx(-16.0, abs=0.3)


def test_every_piece_comes_with_its_loudness_and_the_pause_after_it(studio: Studio) -> None:
    studio.make(
        studio.phrase("Cảnh báo, ", -26.0),
        Utterance("vi", "xã Hàm Thuận. "),
        studio.phrase("Bão ", -30.0),
        Utterance("vi", "rất to"),
    )

    # Lowered by the decoder's headroom; all speech of the voice has one loudness, that of its longest piece.
    assert studio.editing.spliced == [[(-38.0, CLAUSE_PAUSE_MS), (-32.0, SENTENCE_PAUSE_MS), (-42.0, 0), (-32.0, 0)]]


def test_what_is_too_short_to_be_measured_is_left_as_loud_as_the_softest_recording(studio: Studio) -> None:
    studio.make(studio.phrase("Cảnh báo bão", -26.0), Utterance("vi", "ở"), studio.phrase("Bão", -30.0))

    assert [level for level, _pause in studio.editing.spliced[0]] == [-38.0, -42.0, -42.0]


def test_a_text_that_is_recorded_as_a_whole_needs_no_voice(studio: Studio) -> None:
    made = studio.make(studio.phrase("Kính thưa bà con. "), studio.phrase("Xin cảm ơn"))

    assert [each.by for each in made.said] == ["Lan", "Lan"]


def test_a_sentence_that_the_first_engine_does_not_say_is_said_by_the_next_and_the_sound_tells(studio: Studio) -> None:
    shares: list[int] = []
    steps: list[str] = []

    def tell(pct: int, step: str) -> None:
        shares.append(pct)
        steps.append(step)

    work = AudioWorkspace(FigureTools(), studio.editing, studio.store, studio.workdir, tell)
    text = "Kính thưa bà con. Mời nghe tin. Có bão. Xin cảm ơn"
    made = make_from_text(Utterance("vi", text), work, voice=TwoEngines())

    assert made.said == (
        VoicedSpeech("Kính thưa bà con. Mời nghe tin. ", "first"),
        VoicedSpeech("Có bão. ", "second"),
        VoicedSpeech("Xin cảm ơn", "first"),
    )
    level = [(-32.0, SENTENCE_PAUSE_MS), (-32.0, SENTENCE_PAUSE_MS), (-38.0, SENTENCE_PAUSE_MS), (-32.0, 0)]
    assert studio.editing.spliced == [level]
    assert shares == sorted(shares)
    assert shares[:5] == [0, 20, 40, 60, 80]
    assert steps[:5] == ["speaking", "speaking 1/4", "speaking 2/4", "speaking 3/4", "speaking 4/4"]


def test_what_is_missing_in_a_language_without_a_voice_is_never_read_by_another(studio: Studio) -> None:
    with pytest.raises(NoVoiceError):
        studio.make(studio.phrase("Bão"), Utterance("cjm", "Rabuk"))


def test_a_recording_that_is_gone_is_told(studio: Studio) -> None:
    with pytest.raises(ContentMissingError):
        studio.make(Phrase("Bão", "0" * 64, "Lan"))


def test_an_alert_is_assembled_within_its_parts(studio: Studio) -> None:
    recorded = studio.phrase("Đây là diễn tập. ")
    made = make_announcement(
        [Assembly((recorded, Utterance("vi", "Bão đang đến xã Hàm Thuận.")))],
        AudioWorkspace(FigureTools(), studio.editing, studio.store, studio.workdir),
        carried_max_bytes=48 * 1024,
        voice=FigureVoice(),
    )

    assert [(each.by, bool(each.sha256)) for each in made.said] == [("Lan", True), ("figures", False)]
    assert not list(studio.workdir.glob("*piece*"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Bão. ", SENTENCE_PAUSE_MS),
        ("Bão!", SENTENCE_PAUSE_MS),
        ("Bão\n", SENTENCE_PAUSE_MS),
        ("Bão, ", CLAUSE_PAUSE_MS),
        ("Bão – ", CLAUSE_PAUSE_MS),
        ("Bão ", 0),
        ("", 0),
    ],
)
def test_pauses_are_an_announcers(text: str, wanted: int) -> None:
    assert pause_ms(text) == wanted


def test_a_good_phrase_is_told_with_its_levels_as_recorded(studio: Studio) -> None:
    assert studio.audition(Item(-26.0, -10.0)) == Audition(-26.0, -66.0)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (Item(-26.0, -10.0, duration_ms=300), "TOO_SHORT"),
        (Item(-26.0, -10.0, duration_ms=31_000), "TOO_LONG"),
        (Item(-70.0, -60.0), "SILENT"),
        (Item(-45.0, -30.0), "QUIET"),
        (Item(-26.0, -10.0, room_below_db=15.0), "NOISY"),
        (Item(-10.0, 0.0, clipped=0.01), "CLIPPED"),
    ],
)
def test_a_bad_phrase_is_refused_with_the_reason(studio: Studio, item: Item, reason: str) -> None:
    with pytest.raises(RefusedAudioError) as raised:
        studio.audition(item)
    assert raised.value.reason == reason
