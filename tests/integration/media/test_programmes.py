"""Programme of a station, made by the real tools and read back with parsers other than ours."""

from __future__ import annotations

import json
import subprocess
import wave
from datetime import datetime
from pathlib import Path

import pytest
import wave_chunk_parser.chunks as cart_reader
from wavinfo import WavInfoReader

from media.broadcast_wave import ProgrammeLabel, plain_ascii, write
from media.editing import PydubEditing
from media.errors import RefusedAudioError
from media.model import MadeSound
from media.ports import AudioWorkspace
from media.use_cases.programme_sound import make_programme
from tests.integration.media.conftest import Studio
from tests.integration.media.sounds import bursts, ffmpeg, write_wav

LABEL = ProgrammeLabel(
    title="Phòng chống đuối nước",
    artist="Sở VHTTDL",
    originator="Loa",
    cut_id="01jd8programme",
    category="health",
    made_at=datetime(2026, 11, 24, 9, 0, 5),  # noqa: DTZ001 wall time
    start_at=datetime(2026, 11, 24, 17),  # noqa: DTZ001
    end_at=datetime(2026, 12, 1, 23, 59, 59),  # noqa: DTZ001
    url="https://loa.example/p/1",
    text="Trông trẻ khi ở gần nước.",
)


def programme(studio: Studio, *, skip_ms: int = 0, level_dbfs: float = -14.0, seconds: float = 6.0) -> MadeSound:
    """Make a programme from a master such as the worker makes: FLAC, near -16 LUFS."""
    wav = write_wav(studio.folder / "m.wav", bursts(level_dbfs, rate_hz=48_000, seconds=seconds), rate_hz=48_000)
    master = studio.folder / "m.flac"
    ffmpeg("-i", str(wav), "-ac", "1", str(master))
    return make_programme(
        studio.store.put_file(master),
        AudioWorkspace(studio.tools, PydubEditing(), studio.store, studio.folder),
        skip_ms=skip_ms,
        label=LABEL,
        tools=studio.tools,
    )


def test_a_programme_opens_everywhere_and_is_as_loud_as_r128_asks(studio: Studio) -> None:
    made = programme(studio, skip_ms=1_000)
    wav, mp3 = (studio.store.path_of(each.sha256) for each in made.renditions)

    output = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(wav)],
        capture_output=True,
        check=True,
    )
    stream = json.loads(output.stdout)["streams"][0]
    assert (stream["codec_name"], stream["sample_rate"], stream["bits_per_raw_sample"]) == ("pcm_s24le", "48000", "24")
    assert float(stream["duration"]) == pytest.approx(5.0, abs=0.01)
    assert b"320000" in subprocess.run(["ffprobe", "-show_streams", str(mp3)], capture_output=True, check=True).stdout
    for path in (wav, mp3):
        heard = studio.tools.measure(path)
        assert heard.integrated_lufs == pytest.approx(-23.0, abs=0.5)
        assert heard.true_peak_dbtp <= -1.0
    with wave.open(str(wav)) as file:
        assert file.getnframes() == 5 * 48_000


def test_bext_and_cart_read_back_with_independent_readers(studio: Studio) -> None:
    made = programme(studio)
    path = studio.store.path_of(made.renditions[0].sha256)
    bext = WavInfoReader(str(path)).bext

    assert bext is not None
    assert (bext.description, bext.originator, bext.originator_ref) == ("Phong chong duoi nuoc", "Loa", LABEL.cut_id)
    assert (bext.originator_date, bext.originator_time, bext.time_reference) == ("2026-11-24", "09:00:05", 0)
    assert bext.version == 2
    assert bext.loudness_value == pytest.approx(-23.0, abs=0.5)
    assert bext.loudness_range == pytest.approx(made.loudness.range_lu)
    assert bext.max_true_peak == pytest.approx(made.loudness.true_peak_dbtp)
    assert bext.max_momentary_loudness == pytest.approx(made.loudness.max_momentary_lufs)
    assert bext.max_shortterm_loudness == pytest.approx(max(made.loudness.short_term_lufs))
    assert bext.coding_history == "A=PCM,F=48000,W=24,M=mono,T=Loa\r\n"

    at = path.read_bytes()[:8192].index(b"cart")
    with path.open("rb") as file:
        cart = cart_reader.CartChunk.from_file(file, at)

    assert (cart.title, cart.artist, cart.cut_id) == ("Phong chong duoi nuoc", "So VHTTDL", LABEL.cut_id)
    assert (cart.start_date, cart.end_date) == (LABEL.start_at, LABEL.end_at)
    assert (cart.category, cart.client_id, cart.ref_0db) == ("health", "Loa", 32_768)
    assert (cart.url, cart.tag_text.strip()) == (LABEL.url, "Trong tre khi o gan nuoc.")
    with wave.open(str(path)) as sound:
        end = sound.getnframes()
    assert [(each.name, each.time) for each in cart.timers[:2]] == [("AUDs", 0), ("AUDe", end)]
    assert cart.out_cue == "Trong tre khi o gan nuoc."


def test_the_mp3_names_itself_to_any_player(studio: Studio) -> None:
    mp3 = studio.store.path_of(programme(studio).renditions[1].sha256)
    command = ["ffprobe", "-v", "error", "-show_format", "-of", "json", str(mp3)]
    tags = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["format"]["tags"]
    told = {name: tags[name] for name in ("title", "artist", "genre", "publisher", "lyrics-vie", "date")}
    assert told == {
        "title": LABEL.title,
        "artist": LABEL.artist,
        "genre": LABEL.category,
        "publisher": LABEL.originator,
        "lyrics-vie": LABEL.text,
        "date": "2026-11-24",
    }


def test_the_same_programme_made_twice_is_the_same_bytes(studio: Studio) -> None:
    assert programme(studio).renditions == programme(studio).renditions


def test_what_cannot_be_brought_to_both_loudness_and_peak_is_refused(studio: Studio) -> None:
    sound = bursts(-60.0, rate_hz=48_000, seconds=4.0)
    sound[::48_000] = 0.9
    wav = write_wav(studio.folder / "m.wav", sound, rate_hz=48_000)
    ffmpeg("-i", str(wav), str(studio.folder / "m.flac"))
    with pytest.raises(RefusedAudioError) as refused:
        make_programme(
            studio.store.put_file(studio.folder / "m.flac"),
            AudioWorkspace(studio.tools, PydubEditing(), studio.store, studio.folder),
            skip_ms=0,
            label=LABEL,
            tools=studio.tools,
        )
    assert refused.value.reason == "KNOCKS"


def test_letters_lose_their_marks_and_what_is_no_letter_is_a_question_mark() -> None:
    assert plain_ascii("Đường phố ướt ☔") == "Duong pho uot ?"


@pytest.mark.parametrize("wrong", [b"OggS" + b"\0" * 40, b"RIFF\x24\0\0\0WAVELIST\x04\0\0\0INFO"])
def test_chunks_are_written_into_a_wav_of_ours_alone(tmp_path: Path, wrong: bytes) -> None:
    (tmp_path / "a").write_bytes(wrong)
    with pytest.raises(ValueError, match="WAV"):
        write(tmp_path / "a", tmp_path / "b", ())
