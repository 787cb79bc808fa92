"""Programmes of recordings with two channels: both are kept, and opposite phases do not cancel."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
from wavinfo import WavInfoReader

from media.editing import PydubEditing
from media.model import AudioCues, MadeSound
from media.ports import AudioWorkspace
from media.use_cases.bulletin_sound import WHOLE
from media.use_cases.programme_sound import ProgrammeSource, make_programme
from tests.integration.media.conftest import Studio
from tests.integration.media.sounds import Wave, bursts, knocks, write_wav
from tests.integration.media.test_programmes import LABEL

RATE_HZ = 48_000
FRAMES = 6 * RATE_HZ
MONO, STEREO = {"mono"}, {"stereo"}


def made(studio: Studio, recording: Path, cues: AudioCues = WHOLE) -> tuple[MadeSound, MadeSound]:
    """Make the loudspeakers' sound of a recording, and the stations' programme."""
    aired = studio.from_audio(recording, cues)
    return aired, programme(studio, master_of(aired), ProgrammeSource(studio.store.put_file(recording), cues))


def master_of(aired: MadeSound) -> str:
    (master,) = [each for each in aired.renditions if each.kind == "master-flac"]
    return master.sha256


def programme(studio: Studio, master_sha256: str, recording: ProgrammeSource) -> MadeSound:
    with tempfile.TemporaryDirectory(dir=studio.folder) as workdir:
        return make_programme(
            master_sha256,
            AudioWorkspace(studio.tools, PydubEditing(), studio.store, Path(workdir)),
            skip_ms=0,
            label=LABEL,
            recording=recording,
            tools=studio.tools,
        )


def channels(studio: Studio, sound: MadeSound) -> list[str]:
    """Return the layout of each rendition, as ffmpeg tells it of its inputs."""
    inputs = [word for each in sound.renditions for word in ("-i", str(studio.store.path_of(each.sha256)))]
    told = subprocess.run(["ffmpeg", "-hide_banner", *inputs], capture_output=True, check=False, text=True).stderr
    found = re.findall(r"Stream #\d+:0.*?: Audio: .*? Hz, (\w+),", told)
    assert len(found) == len(sound.renditions)
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


def tone(level_dbfs: float, hz: float) -> Wave:
    """Return a steady tone of this RMS level: it is levelled at the first try."""
    return np.asarray(np.sqrt(2) * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * hz * np.arange(FRAMES) / RATE_HZ))


def test_a_recording_of_two_channels_is_heard_in_both_as_loud_as_r128_asks(studio: Studio) -> None:
    aired, given = made(studio, stereo(studio, tone(-20.0, 440), tone(-32.0, 550)))
    assert set(channels(studio, given)) == STEREO
    assert set(channels(studio, aired)) == MONO
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
    aired, given = made(studio, stereo(studio, tone(-20.0, 440), tone(-22.0, 550)), cues)
    assert set(channels(studio, given)) == STEREO
    assert given.loudness.duration_ms == pytest.approx(aired.loudness.duration_ms, abs=30)


def test_one_channel_turned_round_does_not_vanish_on_a_receiver_in_mono(studio: Studio) -> None:
    sound = tone(-20.0, 440)
    _, given = made(studio, stereo(studio, sound, -sound))
    assert set(channels(studio, given)) == MONO
    assert given.loudness.integrated_lufs == pytest.approx(-23.0, abs=0.5)


def test_knocks_in_one_channel_are_limited_in_both(studio: Studio) -> None:
    left = np.tile(knocks(-26.0, rate_hz=RATE_HZ), 3)
    recording = stereo(studio, left, bursts(-26.0, rate_hz=RATE_HZ, seconds=6.0, seed=9))
    sha256 = studio.store.put_file(recording)
    # Made of the recording alone: its master is not opened.
    given = programme(studio, sha256, ProgrammeSource(sha256))
    assert set(channels(studio, given)) == STEREO
    for each in given.renditions:
        heard = studio.tools.measure(studio.store.path_of(each.sha256))
        assert heard.integrated_lufs == pytest.approx(-23.0, abs=0.5)
        assert heard.true_peak_dbtp <= -1.0


def test_of_one_channel_or_without_the_recording_it_is_the_masters(studio: Studio) -> None:
    mono = write_wav(studio.folder / "mono.wav", tone(-20.0, 440), rate_hz=RATE_HZ)
    aired, given = made(studio, mono)
    assert set(channels(studio, given)) == MONO
    again = programme(studio, master_of(aired), ProgrammeSource("0" * 64))
    assert again.renditions == given.renditions
