"""Every kind of file that people send, made by the tests: what has to become a programme, and what is refused and why.

Nothing of it is kept as a file in the repository; each entry writes its own into the folder it is given.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from media.speech import EspeakVoice
from tests.integration.media.sounds import Wave, bursts, chords, ffmpeg, knocks, sine, square, write_wav

Make = Callable[[Path], Path]
LIMIT_MINUTES = 5
"""Of the studio in which the corpus is made."""
NOISE = np.random.default_rng(3).bytes(40_000)


def text(content: str) -> Make:
    return lambda folder: written(folder / "a.mp3", content.encode())


def raw(content: bytes) -> Make:
    return lambda folder: written(folder / "a.mp3", content)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def cut(name: str, share: float, *options: str) -> Make:
    def make(folder: Path) -> Path:
        whole = sine(folder / name, *options, seconds=3).read_bytes()
        return written(folder / f"cut-{name}", whole[: int(len(whole) * share)])

    return make


def patched_wav(at: int, value: bytes) -> Make:
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


def with_video(name: str, *codecs: str) -> Make:
    def make(folder: Path) -> Path:
        picture = ("-f", "lavfi", "-i", "testsrc=d=1:s=64x64:r=5")
        ffmpeg(*picture, "-f", "lavfi", "-i", "sine=d=1", *codecs, str(folder / name))
        return folder / name

    return make


def two_sounds(folder: Path) -> Path:
    tone = ("-f", "lavfi", "-i", "sine=d=1")
    ffmpeg(*tone, *tone, "-map", "0", "-map", "1", "-c:a", "aac", str(folder / "a.m4a"))
    return folder / "a.m4a"


def hours(*, says_so: bool) -> Make:
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


def clicks(count: int) -> Make:
    """Silence for ten seconds with this many clicks of two samples."""

    def make(folder: Path) -> Path:
        sound = np.zeros(441_000)
        for at in np.linspace(44_100, 396_900, count, dtype=int):
            sound[at : at + 2] = 0.9, -0.9
        return write_wav(folder / "a.wav", sound)

    return make


def two_hours(folder: Path) -> Path:
    """One MPEG frame again and again, without a header that tells how many there are."""
    second = sine(folder / "second.mp3", "-ar", "8000", "-b:a", "8k", "-write_xing", "0", "-id3v2_version", "0")
    frame_bytes, frame_ms = 72, 72
    return written(folder / "a.mp3", second.read_bytes()[-frame_bytes:] * (2 * 3_600_000 // frame_ms))


def tag_only(folder: Path) -> Path:
    tagged = sine(folder / "tagged.mp3", "-metadata", "title=Bản tin", "-write_xing", "0").read_bytes()
    size = int.from_bytes(tagged[8:10], "big") + 10
    return written(folder / "a.mp3", tagged[:size])


def spoken(folder: Path) -> Path:
    EspeakVoice().speak("Kính mời bà con đi tiêm phòng tại trạm y tế phường.", "vi", folder / "a.wav")
    return folder / "a.wav"


def wav(*channels: Wave, rate_hz: int = 44_100) -> Make:
    return lambda folder: write_wav(folder / "a.wav", *channels, rate_hz=rate_hz)


def tone(name: str, *options: str) -> Make:
    return lambda folder: sine(folder / name, *options)


def from_speech(name: str, *options: str) -> Make:
    """Speech in the container and codec that the name and the options ask for."""

    def make(folder: Path) -> Path:
        ffmpeg("-i", str(spoken(folder)), *options, str(folder / f"out-{name}"))
        return folder / f"out-{name}"

    return make


def renamed(name: str, to: str, *options: str) -> Make:
    return lambda folder: from_speech(name, *options)(folder).rename(folder / to)


def with_cover(name: str) -> Make:
    def make(folder: Path) -> Path:
        cover, bare, covered = folder / "cover.png", folder / f"bare-{name}", folder / name
        ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", str(cover))
        sine(bare)
        streams = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic")
        ffmpeg("-i", str(bare), "-i", str(cover), *streams, str(covered))
        return covered

    return make


def streamed(folder: Path) -> Path:
    content = bytearray(write_wav(folder / "a.wav", bursts(-24)).read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    return written(folder / "b.wav", bytes(content))


_LEFT, _RIGHT = bursts(-26), bursts(-26, seed=8)
_SIDES = ("-filter_complex", "[0:a]pan=5.1|FL=c0|FR=0.8*c0|FC=0.9*c0|LFE=0.1*c0|BL=0.3*c0|BR=0.3*c0[a]", "-map", "[a]")

READY: dict[str, Make] = {
    "speech": spoken,
    "music": lambda folder: write_wav(folder / "a.wav", chords(0.3), chords(0.2)),
    "quiet speech": wav(bursts(-50)),
    "ordinary speech": wav(bursts(-24), rate_hz=48_000),
    "clipped loud square": wav(square()),
    "clipped noise": wav(np.clip(bursts(6), -1, 1)),
    "knocks over quiet speech": wav(knocks(-45)),
    "stereo": wav(_LEFT, bursts(-32)),
    "two speakers, one a channel": wav(_LEFT, _RIGHT),
    "left channel only": wav(_LEFT, np.zeros(88_200)),
    "right channel only": wav(np.zeros(88_200), _RIGHT),
    "channels turned round": wav(_LEFT, -_LEFT),
    "channels turned round, one softer": wav(_LEFT, -0.7 * _LEFT),
    "5.1": from_speech("a.wav", *_SIDES),
    "offset": wav(bursts(-40) + 0.5),
    "long silence before": wav(np.concatenate([np.zeros(20 * 44_100), bursts(-30)])),
    "telephone": wav(bursts(-30, rate_hz=8_000), rate_hz=8_000),
    "odd sample rate": wav(bursts(-30, rate_hz=12_345), rate_hz=12_345),
    "96 kHz": wav(bursts(-30, rate_hz=96_000), rate_hz=96_000),
    "8 bit": from_speech("a.wav", "-c:a", "pcm_u8"),
    "24 bit": from_speech("a.wav", "-c:a", "pcm_s24le"),
    "float": tone("a.wav", "-c:a", "pcm_f32le"),
    "mu-law": from_speech("a.wav", "-ar", "8000", "-c:a", "pcm_mulaw"),
    "A-law": tone("a.wav", "-ar", "8000", "-c:a", "pcm_alaw"),
    "wav without sizes": streamed,
    "mp3 with tags": tone("a.mp3", "-metadata", "title=Bản tin"),
    "mp3 without a length": tone("a.mp3", "-write_xing", "0"),
    "mp3 with a cover": with_cover("a.mp3"),
    "m4a with a cover": with_cover("a.m4a"),
    "alac": tone("a.m4a", "-c:a", "alac"),
    "vorbis": from_speech("a.ogg", "-c:a", "libvorbis"),
    "opus": from_speech("a.opus", "-c:a", "libopus"),
    "webm, as browsers record": from_speech("a.webm", "-c:a", "libopus", "-live", "1"),
    "flac": tone("a.flac"),
    "mp3 named wav": renamed("a.mp3", "a.wav"),
    "wav named mp3": renamed("a.wav", "a.mp3"),
}
"""What comes out at the promised loudness and peak, in every rendition."""

REFUSED: dict[str, tuple[Make, str]] = {
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
    "video in webm": (with_video("a.webm", "-c:v", "libvpx", "-c:a", "libopus"), "FORMAT"),
    "cut webm": (cut("a.webm", 0.5, "-c:a", "libopus"), "FORMAT"),
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
    "ffmetadata": (text(";FFMETADATA1\ntitle=a\n"), "NOT_AUDIO"),
    "m3u": (text("file:///etc/passwd\n"), "NOT_AUDIO"),
    "tag and nothing else": (tag_only, "NOT_AUDIO"),
    "two hours that tell no length": (two_hours, "TOO_LONG"),
    "one click in silence": (clicks(1), "KNOCKS"),
    "clicks in silence": (clicks(9), "KNOCKS"),
}
"""What is refused, with its reason."""
