"""What is no plain sound is refused by its own bytes, with its reason."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from media.errors import RefusedAudioError, ToolError
from media.ffmpeg import AudioLimits, FfmpegTools
from tests.integration.media.conftest import Studio
from tests.integration.media.sounds import bursts, ffmpeg, sine, write_wav

NOISE = np.random.default_rng(3).bytes(40_000)


def text(content: str) -> Callable[[Path], Path]:
    return lambda folder: written(folder / "a.mp3", content.encode())


def raw(content: bytes) -> Callable[[Path], Path]:
    return lambda folder: written(folder / "a.mp3", content)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def cut(name: str, share: float, *options: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        whole = sine(folder / name, *options, seconds=3).read_bytes()
        return written(folder / f"cut-{name}", whole[: int(len(whole) * share)])

    return make


def patched_wav(at: int, value: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        content = bytearray(write_wav(folder / "a.wav", bursts(-24)).read_bytes())
        content[at : at + len(value)] = value
        return written(folder / "patched.wav", bytes(content))

    return make


def wav_and_zip(folder: Path) -> Path:
    path = write_wav(folder / "a.wav", bursts(-24))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("page.html", "<p>")
    return path


def with_video(name: str, *codecs: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        picture = ("-f", "lavfi", "-i", "testsrc=d=1:s=64x64:r=5")
        ffmpeg(*picture, "-f", "lavfi", "-i", "sine=d=1", *codecs, str(folder / name))
        return folder / name

    return make


def two_sounds(folder: Path) -> Path:
    tone = ("-f", "lavfi", "-i", "sine=d=1")
    ffmpeg(*tone, *tone, "-map", "0", "-map", "1", "-c:a", "aac", str(folder / "a.m4a"))
    return folder / "a.m4a"


def hours(*, says_so: bool) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        """An hour of silence in 2 MB; with ``says_so`` False the header keeps its length to itself."""
        path = folder / "a.flac"
        ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=3600", str(path))
        content = bytearray(path.read_bytes())
        if not says_so:
            content[21] &= 0xF0
            content[22:26] = bytes(4)
        return written(path, bytes(content))

    return make


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty": (raw(b""), "NOT_AUDIO"),
    "HLS playlist": (text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:1/a.ts\n"), "NOT_AUDIO"),
    "concat list": (text("ffconcat version 1.0\nfile /etc/passwd\n"), "NOT_AUDIO"),
    "SDP": (text("v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 1 RTP/AVP 0\n"), "NOT_AUDIO"),
    "playlist behind a tag": (raw(b"ID3\x04\0\0\0\0\0\0#EXTM3U\nfile:///etc/passwd"), "NOT_AUDIO"),
    "list behind a tag": (raw(b"ID3\x04\0\0\0\0\0\0ffconcat version 1.0\nfile x\n"), "NOT_AUDIO"),
    "page in the head": (raw(b"ID3\x04\0\0\0\0\0\x30<html><script>alert(1)</script>" + NOISE), "NOT_AUDIO"),
    "noise": (raw(NOISE), "NOT_AUDIO"),
    "noise behind RIFF": (raw(b"RIFF\xff\xff\xff\xffWAVE" + NOISE), "NOT_AUDIO"),
    "noise behind ftyp": (raw(b"\0\0\0\x20ftypM4A " + NOISE), "NOT_AUDIO"),
    "noise behind OggS": (raw(b"OggS" + NOISE), "FORMAT"),
    "noise behind fLaC": (raw(b"fLaC" + NOISE), "NOT_AUDIO"),
    "a few bytes of RIFF": (raw(b"RIFF\x24\0\0\0WAVEfmt "), "FORMAT"),
    "Matroska": (lambda f: sine(f / "a.mp3", "-f", "matroska"), "NOT_AUDIO"),
    "ADTS": (lambda f: sine(f / "a.mp3", "-c:a", "aac", "-f", "adts"), "NOT_AUDIO"),
    "wav that is a zip as well": (wav_and_zip, "NOT_AUDIO"),
    "video in mp4": (with_video("a.m4a", "-c:v", "libx264", "-c:a", "aac", "-f", "mp4"), "FORMAT"),
    "video in ogg": (with_video("a.ogg", "-c:v", "libtheora", "-c:a", "libvorbis"), "FORMAT"),
    "motion pictures": (with_video("a.m4a", "-c:v", "mjpeg", "-c:a", "aac", "-f", "mp4"), "NOT_AUDIO"),
    "two sounds": (two_sounds, "MANY_STREAMS"),
    "hours of silence": (hours(says_so=True), "TOO_LONG"),
    "hours of silence that tell no length": (hours(says_so=False), "TOO_LONG"),
    "one hertz": (patched_wav(24, b"\x01\0\0\0"), "FORMAT"),
    "four gigahertz": (patched_wav(24, b"\xf0\xff\xff\xff"), "NOT_AUDIO"),
    "255 channels": (patched_wav(22, b"\xff\0"), "FORMAT"),
    "another codec in wav": (patched_wav(20, b"\x55\0"), "FORMAT"),
    "cut wav": (cut("a.wav", 0.5), "FORMAT"),
    "cut mp3": (cut("a.mp3", 0.5), "FORMAT"),
    "cut m4a": (cut("a.m4a", 0.5), "NOT_AUDIO"),
    "cut m4a with its index in front": (cut("a.m4a", 0.6, "-movflags", "+faststart"), "FORMAT"),
    "cut vorbis": (cut("a.ogg", 0.9, "-c:a", "libvorbis"), "FORMAT"),
    "cut opus": (cut("a.ogg", 0.6, "-c:a", "libopus"), "FORMAT"),
    "cut flac": (cut("a.flac", 0.5), "FORMAT"),
    "silence": (lambda f: write_wav(f / "a.wav", np.zeros(88_200)), "SILENT"),
    "hiss": (lambda f: write_wav(f / "a.wav", bursts(-66)), "SILENT"),
    "a click": (lambda f: write_wav(f / "a.wav", bursts(-20, seconds=0.2)), "TOO_SHORT"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_with_its_reason(studio: Studio, name: str) -> None:
    make, reason = HOSTILE[name]
    path = make(studio.folder)

    with pytest.raises(RefusedAudioError) as refused:
        studio.from_audio(path)

    assert refused.value.reason == reason
    assert str(studio.folder) not in refused.value.detail


def test_probe_alone_refuses_what_is_too_large(tmp_path: Path) -> None:
    tools = FfmpegTools(AudioLimits(max_bytes=1000))

    with pytest.raises(RefusedAudioError) as refused:
        tools.probe(write_wav(tmp_path / "a.wav", bursts(-24)))
    assert refused.value.reason == "TOO_LARGE"


def test_too_many_streams_are_refused(tmp_path: Path) -> None:
    tools = FfmpegTools(AudioLimits(max_streams=1))

    with pytest.raises(RefusedAudioError) as refused:
        tools.probe(two_sounds(tmp_path))
    assert refused.value.reason == "MANY_STREAMS"


GOOD: dict[str, tuple[str, ...]] = {
    "16 bit.wav": (),
    "24 bit.wav": ("-c:a", "pcm_s24le"),
    "float.wav": ("-c:a", "pcm_f32le"),
    "telephone.wav": ("-ar", "8000", "-c:a", "pcm_alaw"),
    "tagged.mp3": ("-metadata", "title=Bản tin"),
    "untagged.mp3": ("-id3v2_version", "0"),
    "without a length.mp3": ("-write_xing", "0"),
    "aac.m4a": ("-c:a", "aac"),
    "alac.m4a": ("-c:a", "alac"),
    "vorbis.ogg": ("-c:a", "libvorbis"),
    "opus.ogg": ("-c:a", "libopus"),
    "flac.flac": (),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_accepted_kind_is_read(studio: Studio, name: str) -> None:
    made = studio.from_audio(sine(studio.folder / name, *GOOD[name]))

    assert made.renditions[0].duration_ms == pytest.approx(2500, abs=60)


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a"])
def test_cover_picture_is_let_be(studio: Studio, name: str) -> None:
    cover, bare, covered = studio.folder / "cover.png", studio.folder / f"bare-{name}", studio.folder / name
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", str(cover))
    sine(bare)
    streams = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic")
    ffmpeg("-i", str(bare), "-i", str(cover), *streams, str(covered))

    assert studio.from_audio(covered).renditions


def test_streamed_wav_without_sizes_is_taken(studio: Studio) -> None:
    content = bytearray(write_wav(studio.folder / "a.wav", bursts(-24)).read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"

    assert studio.from_audio(written(studio.folder / "b.wav", bytes(content))).renditions


def test_missing_tool_is_no_fault_of_the_file(tmp_path: Path) -> None:
    tools = FfmpegTools(ffmpeg="no-such-ffmpeg", ffprobe="no-such-ffprobe")
    path = write_wav(tmp_path / "a.wav", bursts(-24))

    for use in (tools.probe, tools.measure):
        with pytest.raises(ToolError, match="not installed"):
            use(path)


def test_hanging_tool_is_killed(tmp_path: Path) -> None:
    tool = written(tmp_path / "slow", b"#!/bin/sh\nexec sleep 600\n")
    tool.chmod(0o755)
    tools = FfmpegTools(AudioLimits(timeout_s=0.2), ffmpeg=str(tool))

    with pytest.raises(ToolError, match="killed"):
        tools.decode(write_wav(tmp_path / "a.wav", bursts(-24)), tmp_path / "out.wav")


def test_full_disk_is_no_fault_of_the_file(tmp_path: Path) -> None:
    tool = written(tmp_path / "full", b"#!/bin/sh\necho 'out.wav: No space left on device' >&2\nexit 1\n")
    tool.chmod(0o755)

    with pytest.raises(ToolError, match="No space left"):
        FfmpegTools(ffmpeg=str(tool)).decode(write_wav(tmp_path / "a.wav", bursts(-24)), tmp_path / "out.wav")


def test_tool_that_says_no_figures_is_an_error(tmp_path: Path) -> None:
    tool = written(tmp_path / "mute", b"#!/bin/sh\nexit 0\n")
    tool.chmod(0o755)

    with pytest.raises(ToolError, match="meter"):
        FfmpegTools(ffmpeg=str(tool)).measure(write_wav(tmp_path / "a.wav", bursts(-24)))
