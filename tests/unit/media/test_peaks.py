from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from media import picture
from media.errors import ToolError

TOP = 2**15


def wav(path: Path, samples: NDArray[np.int64], *, width: int = 2) -> Path:
    """Write 16-bit ``samples``, each ``width`` bytes wide."""
    wide = (samples << (8 * (width - 2))).astype("<i8")
    data = wide.view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(width)
        out.setframerate(48_000)
        out.writeframes(data)
    return path


@pytest.mark.parametrize("width", [2, 3, 4])
def test_each_stretch_shows_its_furthest_swing_to_either_side(tmp_path: Path, width: int) -> None:
    samples = np.zeros(picture.COUNT * 10, dtype=np.int64)
    samples[5], samples[15], samples[-1] = TOP // 2, -TOP, TOP // 4
    found = picture.peaks_of(wav(tmp_path / "a.wav", samples, width=width))
    assert len(found) == picture.COUNT
    assert (found[0], found[1], found[2], found[-1]) == (50, 100, 0, 25)


def test_reading_piece_by_piece_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(7).integers(-TOP, TOP, 10_007)
    path = wav(tmp_path / "a.wav", samples)
    whole = picture.peaks_of(path)
    monkeypatch.setattr(picture, "_CHUNK_FRAMES", 101)
    assert picture.peaks_of(path) == whole


def test_headroom_is_given_back_and_nothing_passes_full_scale(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", np.array([TOP // 4, TOP - 1], dtype=np.int64))
    assert picture.peaks_of(path, 6.02) == (50, 100)


def test_a_sound_shorter_than_the_drawing_has_a_figure_a_sample(tmp_path: Path) -> None:
    assert picture.peaks_of(wav(tmp_path / "a.wav", np.array([], dtype=np.int64))) == ()


def test_what_is_no_wav_is_a_tools_failure(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound")
    with pytest.raises(ToolError):
        picture.peaks_of(tmp_path / "a.wav")


@pytest.mark.parametrize("missing", [b"fmt ", b"data"])
def test_a_wav_without_its_parts_is_a_tools_failure(tmp_path: Path, missing: bytes) -> None:
    path = wav(tmp_path / "a.wav", np.array([TOP // 4], dtype=np.int64))
    path.write_bytes(path.read_bytes().replace(missing, b"junk"))
    with pytest.raises(ToolError):
        picture.peaks_of(path)


def test_the_extensible_form_that_ffmpeg_writes_is_read_by_every_python(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", np.array([TOP // 2, 0], dtype=np.int64), width=4)
    plain = path.read_bytes()
    fmt, extension = plain[20:36], struct.pack("<HHI", 22, 32, 4) + b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    head = b"fmt " + struct.pack("<I", 40) + b"\xfe\xff" + fmt[2:] + extension
    path.write_bytes(plain[:12] + head + plain[36:])
    assert picture.peaks_of(path) == (50, 0)
