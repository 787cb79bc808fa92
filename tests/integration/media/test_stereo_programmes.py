"""Programmes of recordings with two channels: both are kept, and opposite phases do not cancel."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
from wavinfo import WavInfoReader

from media.editing import PydubEditing
from media.model import AudioCues, MadeSound
from media.ports import AudioWorkspace
from media.use_cases.programme_sound import ProgrammeSource, make_programme
from tests.integration.media.conftest import Studio
from tests.integration.media.sounds import Wave, bursts, knocks, write_wav
from tests.integration.media.test_programmes import LABEL

RATE_HZ = 48_000
SECONDS = 6.0


def made(studio: Studio, recording: Path, cues: AudioCues = AudioCues()) -> tuple[MadeSound, MadeSound]:  # noqa: B008 - frozen
    """Make the loudspeakers' sound of a recording, and the stations' programme."""
    aired = studio.from_audio(recording, cues)
    (master,) = [each for each in aired.renditions if each.kind == "master-flac"]
    with tempfile.TemporaryDirectory(dir=studio.folder) as workdir:
        given = make_programme(
            master.sha256,
            AudioWorkspace(studio.tools, PydubEditing(), studio.store, Path(workdir)),
            skip_ms=0,
            label=LABEL,
            recording=ProgrammeSource(studio.store.put_file(recording), cues),
            tools=studio.tools,
        )
    return aired, given


def channels(studio: Studio, sound: MadeSound) -> dict[str, int]:
    """Return the number of channels of each rendition, by ffprobe."""
    found = {}
    for each in sound.renditions:
        command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(studio.store.path_of(each.sha256))]
        output = subprocess.run(command, capture_output=True, check=True)
        found[each.kind] = json.loads(output.stdout)["streams"][0]["channels"]
    return found


def samples(studio: Studio, sound: MadeSound, number: int) -> Wave:
    """Return one row per channel, decoded by ffmpeg; full scale is 1."""
    path = studio.store.path_of(sound.renditions[number].sha256)
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "f64le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, dtype="<f8").reshape(-1, 2).T


def level_db(channel: Wave) -> float:
    return float(10 * np.log10(np.mean(channel**2)))


def stereo(studio: Studio, left: Wave, right: Wave) -> Path:
    return write_wav(studio.folder / "stereo.wav", left, right, rate_hz=RATE_HZ)


def speech(level_dbfs: float, seed: int) -> Wave:
    return bursts(level_dbfs, rate_hz=RATE_HZ, seconds=SECONDS, seed=seed)


def test_a_recording_of_two_channels_is_heard_in_both_as_loud_as_r128_asks(studio: Studio) -> None:
    aired, given = made(studio, stereo(studio, speech(-20.0, 7), speech(-32.0, 9)))
    assert set(channels(studio, given).values()) == {2}
    assert set(channels(studio, aired).values()) == {1}
    for each in given.renditions:
        heard = studio.tools.measure(studio.store.path_of(each.sha256))
        assert heard.integrated_lufs == pytest.approx(-23.0, abs=0.5)
        assert heard.true_peak_dbtp <= -1.0
    for number in range(len(given.renditions)):
        left, right = samples(studio, given, number)
        # The left one stays as much louder as it was, and they are not the same.
        assert level_db(left) - level_db(right) == pytest.approx(12.0, abs=0.5)
        assert abs(float(np.corrcoef(left, right)[0, 1])) < 0.1
    bext = WavInfoReader(str(studio.store.path_of(given.renditions[0].sha256))).bext
    assert bext is not None
    assert bext.coding_history == "A=PCM,F=48000,W=24,M=stereo,T=Loa\r\n"
    assert bext.loudness_value == pytest.approx(-23.0, abs=0.5)
    assert given.loudness.duration_ms == pytest.approx(aired.loudness.duration_ms, abs=30)


def test_what_is_cut_for_the_loudspeakers_is_cut_for_the_station(studio: Studio) -> None:
    cues = AudioCues(1_000, 4_000, 200, 300)
    aired, given = made(studio, stereo(studio, speech(-20.0, 7), speech(-22.0, 9)), cues)
    assert set(channels(studio, given).values()) == {2}
    assert given.loudness.duration_ms == pytest.approx(aired.loudness.duration_ms, abs=30)


def test_one_channel_turned_round_does_not_vanish_on_a_receiver_in_mono(studio: Studio) -> None:
    sound = speech(-20.0, 7)
    _, given = made(studio, stereo(studio, sound, -sound))
    assert set(channels(studio, given).values()) == {1}
    assert given.loudness.integrated_lufs == pytest.approx(-23.0, abs=0.5)


def test_knocks_in_one_channel_are_limited_in_both(studio: Studio) -> None:
    left = np.tile(knocks(-26.0, rate_hz=RATE_HZ), 3)
    _, given = made(studio, stereo(studio, left, speech(-26.0, 9)[: left.size]))
    assert set(channels(studio, given).values()) == {2}
    for each in given.renditions:
        heard = studio.tools.measure(studio.store.path_of(each.sha256))
        assert heard.integrated_lufs == pytest.approx(-23.0, abs=0.5)
        assert heard.true_peak_dbtp <= -1.0


def test_of_one_channel_or_without_the_recording_it_is_the_masters(studio: Studio) -> None:
    mono = write_wav(studio.folder / "mono.wav", speech(-20.0, 7), rate_hz=RATE_HZ)
    aired, given = made(studio, mono)
    assert set(channels(studio, given).values()) == {1}
    (master,) = [each for each in aired.renditions if each.kind == "master-flac"]
    with tempfile.TemporaryDirectory(dir=studio.folder) as workdir:
        again = make_programme(
            master.sha256,
            AudioWorkspace(studio.tools, PydubEditing(), studio.store, Path(workdir)),
            skip_ms=0,
            label=LABEL,
            recording=ProgrammeSource("0" * 64),
            tools=studio.tools,
        )
    assert again.renditions == given.renditions
