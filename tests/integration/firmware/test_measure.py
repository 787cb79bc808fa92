"""Comparison of a recording with its reference, from samples alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bench.recordings import NotRecordedError, decode_mono, main, measure, similarity
from firmware_sim.sound.decoder import DecodeError, PcmCache, Samples
from firmware_sim.sound.wav import WavSegment
from tests.integration.firmware.sound import opus

RATE_HZ = 16_000
T0 = 1_795_496_400_000


def noise(count: int, seed: int = 1) -> Samples:
    return (np.random.default_rng(seed).normal(size=count) * 3_000).astype(np.int16)


def recording(folder: Path, signal: Samples, rate_hz: int = RATE_HZ) -> None:
    segment = WavSegment.open(folder, rate_hz, T0)
    segment.write(signal)
    segment.close()


def test_the_same_sound_is_wholly_alike_whatever_its_gain_and_place() -> None:
    reference = noise(8_000)
    heard = np.concatenate([np.zeros(1_234, np.int16), reference // 2, np.zeros(500, np.int16)])
    found = similarity(heard, reference)
    assert found.offset == 1_234
    assert found.similarity > 0.999


def test_another_sound_is_not_alike() -> None:
    assert similarity(noise(20_000, seed=2), noise(8_000)).similarity < 0.1


def test_half_a_sound_is_half_alike() -> None:
    reference = noise(8_000)
    heard = np.concatenate([np.zeros(100, np.int16), reference[:4_000], np.zeros(4_000, np.int16)])
    assert 0.6 < similarity(heard, reference).similarity < 0.8


def test_a_sound_that_hangs_over_the_end_is_found() -> None:
    reference = noise(8_000)
    assert similarity(reference[2_000:], reference).offset == -2_000


@pytest.mark.parametrize("heard", [np.zeros(0, np.int16), np.zeros(100, np.int16)])
def test_silence_is_like_nothing(heard: Samples) -> None:
    assert similarity(heard, noise(50)).similarity == 0
    assert similarity(noise(50), np.zeros(50, np.int16)).similarity == 0


def test_the_start_is_told_to_a_fraction_of_a_millisecond(tmp_path: Path) -> None:
    sound = opus(tmp_path, 1.0)
    (tmp_path / "content").write_bytes(sound)
    reference = decode_mono(tmp_path / "content", RATE_HZ)
    planned = T0 + 2_000
    late = RATE_HZ * 2 + 104  # 6.5 ms
    signal = np.zeros(late + len(reference) + RATE_HZ, np.int16)
    signal[late : late + len(reference)] = reference
    recording(tmp_path / "heard", signal)
    heard = measure(tmp_path / "heard", tmp_path / "content", planned)
    assert heard.start_skew_ms == 6.5
    assert heard.similarity > 0.999
    assert -40 < heard.rms_dbfs < 0


def test_the_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "content").write_bytes(opus(tmp_path, 1.0))
    recording(tmp_path / "heard", decode_mono(tmp_path / "content", RATE_HZ))
    options = ["--heard", str(tmp_path / "heard"), "--reference", str(tmp_path / "content")]
    assert main([*options, "--planned-at-ms", str(T0)]) == 0
    assert json.loads(capsys.readouterr().out)["start_skew_ms"] == 0
    assert main([*options, "--planned-at-ms", str(T0 - 60_000)]) == 1
    assert "nothing recorded" in json.loads(capsys.readouterr().out)["error"]


def test_an_instant_that_nobody_recorded_is_said_so(tmp_path: Path) -> None:
    recording(tmp_path / "heard", noise(RATE_HZ))
    with pytest.raises(NotRecordedError):
        measure(tmp_path / "heard", tmp_path / "content", T0 + 5_000)


def test_content_that_is_no_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "content").write_bytes(b"no audio at all")
    with pytest.raises(DecodeError):
        decode_mono(tmp_path / "content", RATE_HZ)


def test_decoded_content_is_kept_and_the_oldest_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_sim.sound.decoder.FILES_KEPT", 1)
    content = tmp_path / "content"
    content.write_bytes(opus(tmp_path, 0.5))
    cache = PcmCache(tmp_path / "pcm", RATE_HZ)
    first = cache.decode("a", content)
    assert abs(len(first) - RATE_HZ // 2) < RATE_HZ // 100
    content.unlink()
    assert np.array_equal(cache.decode("a", content), first)
    content.write_bytes(opus(tmp_path, 0.5, seed=2))
    cache.decode("b", content)
    assert [path.name for path in (tmp_path / "pcm").glob("*.s16")] == [f"b-{RATE_HZ}.s16"]
