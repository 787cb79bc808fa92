"""Corpus of uploads, made by the tests: every kind of file that people send, to be made a programme or refused.

The repository holds none of these files; each entry writes its own into the folder it is given.
"""

from __future__ import annotations

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from media.speech import EspeakVoice
from tests.integration.media.sounds import Wave, bursts, chords, ffmpeg, knocks, sine, square, write_wav

Make = Callable[[Path], Path]
LIMIT_MINUTES = 5
"""Longest recording of the studio for which the corpus is made."""
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
        """Make an hour of silence in 2 MB; with ``says_so`` False the header does not give its length."""
        path = folder / "a.flac"
        ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=3600", str(path))
        content = bytearray(path.read_bytes())
        if not says_so:
            content[21] &= 0xF0
            content[22:26] = bytes(4)
        return written(path, bytes(content))

    return make


def clicks(count: int) -> Make:
    """Make ten seconds of silence with this many clicks of two samples."""

    def make(folder: Path) -> Path:
        sound = np.zeros(441_000)
        for at in np.linspace(44_100, 396_900, count, dtype=int):
            sound[at : at + 2] = 0.9, -0.9
        return write_wav(folder / "a.wav", sound)

    return make


def two_hours(folder: Path) -> Path:
    """Repeat one MPEG frame for two hours, without a header that says how many there are."""
    second = sine(folder / "second.mp3", "-ar", "8000", "-b:a", "8k", "-write_xing", "0", "-id3v2_version", "0")
    frame_bytes, frame_ms = 72, 72
    return written(folder / "a.mp3", second.read_bytes()[-frame_bytes:] * (2 * 3_600_000 // frame_ms))


def tag_only(folder: Path) -> Path:
    tagged = sine(folder / "tagged.mp3", "-metadata", "title=Bản tin", "-write_xing", "0").read_bytes()
    size = int.from_bytes(tagged[8:10], "big") + 10
    return written(folder / "a.mp3", tagged[:size])


def spoken(folder: Path) -> Path:
    return written(folder / "a.wav", _speech())


@cache
def _speech() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.wav"
        EspeakVoice().speak("Kính mời bà con đi tiêm phòng tại trạm y tế phường.", "vi", path)
        return path.read_bytes()


def wav(*channels: Wave, rate_hz: int = 44_100) -> Make:
    return lambda folder: write_wav(folder / "a.wav", *channels, rate_hz=rate_hz)


def tone(name: str, *options: str) -> Make:
    return lambda folder: sine(folder / name, *options)


def from_speech(name: str, *options: str) -> Make:
    """Make speech in the container and codec of the name and the options."""

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


def tagged(folder: Path) -> Path:
    """Put five megabytes of private data before the first frame."""
    return _behind_tag(folder, b"PRIV", np.random.default_rng(5).bytes(5_000_000))


def bomb_for_a_cover(folder: Path) -> Path:
    """Make a cover picture of 112 MB in some 100 kB."""
    side = 30_000
    pixels = zlib.compress(bytes((side // 8 + 1) * side), 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*c) for c in ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b"")))
    return _behind_tag(folder, b"APIC", b"\0image/png\0\x03\0" + png)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _behind_tag(folder: Path, name: bytes, data: bytes) -> Path:
    sound = sine(folder / "bare.mp3", "-id3v2_version", "0").read_bytes()
    frame = name + _syncsafe(len(data)) + b"\0\0" + data
    return written(folder / "a.mp3", b"ID3\x04\0\0" + _syncsafe(len(frame)) + frame + sound)


def _syncsafe(size: int) -> bytes:
    """Encode a size with seven bits a byte (ID3v2.4, 6.2)."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def listed(folder: Path) -> Path:
    """Put three megabytes of LIST before the samples."""
    content = write_wav(folder / "a.wav", bursts(-24)).read_bytes()
    text = b"INFO" + np.random.default_rng(6).bytes(3_000_000)
    body = content[12:36] + b"LIST" + struct.pack("<I", len(text)) + text + content[36:]
    return written(folder / "b.wav", b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body)


def with_chapters(name: str) -> Make:
    def make(folder: Path) -> Path:
        marks = (f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={at}\nEND={at + 1000}\ntitle={at}\n" for at in (0, 1000))
        (folder / "marks").write_text(";FFMETADATA1\n" + "".join(marks))
        plain = sine(folder / f"plain-{name}")
        ffmpeg(
            *("-i", str(plain), "-i", str(folder / "marks"), "-map_metadata", "1"),
            *("-map", "0", "-c", "copy", str(folder / name)),
        )
        return folder / name

    return make


def floats(samples: Wave, rate_hz: int = 48_000) -> Make:
    """Write 32-bit floats unchanged, also above full scale or not finite."""

    def make(folder: Path) -> Path:
        data = samples.astype("<f4").tobytes()
        form = struct.pack("<IHHIIHH", 16, 3, 1, rate_hz, rate_hz * 4, 4, 32)
        body = b"WAVEfmt " + form + b"data" + struct.pack("<I", len(data)) + data
        return written(folder / "a.wav", b"RIFF" + struct.pack("<I", len(body)) + body)

    return make


def spoilt(value: float) -> Make:
    sound = bursts(-24, rate_hz=48_000)
    sound[5_000::9_000] = value
    return floats(sound)


def flipped(name: str, *options: str) -> Make:
    """Flip bits in the middle third, as a worn memory stick does."""

    def make(folder: Path) -> Path:
        content = bytearray(from_speech(name, *options)(folder).read_bytes())
        for at in range(len(content) // 3, 2 * len(content) // 3, 97):
            content[at] ^= 0x5A
        return written(folder / f"flipped-{name}", bytes(content))

    return make


def twice(name: str, *options: str) -> Make:
    """Put a file behind itself, as some recorders go on after a pause."""

    def make(folder: Path) -> Path:
        content = from_speech(name, *options)(folder).read_bytes()
        return written(folder / f"twice-{name}", content + content)

    return make


def zip_bomb(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.mp3", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", bytes(50_000_000))
    return folder / "a.mp3"


def whistle(hz: float) -> Make:
    return wav(0.5 * np.sin(2 * np.pi * hz * np.arange(3 * 44_100) / 44_100))


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
    "megabytes of tags": tagged,
    "picture bomb for a cover": bomb_for_a_cover,
    "megabytes of LIST": listed,
    "mp3 with chapters": with_chapters("a.mp3"),
    "floats above full scale": floats(bursts(2, rate_hz=48_000)),
    "96 kHz, 24 bit, stereo": from_speech("a.wav", "-ar", "96000", "-ac", "2", "-c:a", "pcm_s24le"),
    "offset, another a channel": wav(bursts(-30) + 0.4, bursts(-30) - 0.4),
    "half a second": lambda f: sine(f / "a.wav", seconds=0.5),
    "flac in ogg": from_speech("a.ogg", "-c:a", "flac"),
    "m4a in fragments": from_speech("a.m4a", "-movflags", "frag_keyframe+empty_moov"),
    "mp3 of 8 kbit/s": from_speech("a.mp3", "-ar", "8000", "-b:a", "8k"),
    "mp3 with turned bits": flipped("a.mp3"),
    "opus twice": twice("a.opus", "-c:a", "libopus"),
    "white noise": wav(0.3 * np.random.default_rng(9).normal(size=5 * 44_100)),
    "hum": wav(0.5 * np.sin(2 * np.pi * 40 * np.arange(3 * 44_100) / 44_100)),
    "loud, then soft": wav(np.concatenate([bursts(-6, seconds=5), bursts(-40, seconds=20)])),
    "mp3 named wav": renamed("a.mp3", "a.wav"),
    "wav named mp3": renamed("a.wav", "a.mp3"),
}
"""Files that become a programme with the promised loudness and peak, in every rendition."""

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
    "zip bomb": (zip_bomb, "NOT_AUDIO"),
    "m4a with a chapter track": (with_chapters("a.m4a"), "NOT_AUDIO"),
    "samples that are no numbers": (spoilt(np.nan), "FORMAT"),
    "samples without end": (spoilt(np.inf), "FORMAT"),
    "opus with turned bits": (flipped("a.opus", "-c:a", "libopus"), "FORMAT"),
    "m4a with turned bits": (flipped("a.m4a"), "FORMAT"),
    "flac with turned bits": (flipped("a.flac"), "FORMAT"),
    "384 kHz": (tone("a.wav", "-ar", "384000"), "FORMAT"),
    "a whistle at the end of what Opus carries": (whistle(15_000), "KNOCKS"),
    "a whistle above what devices play": (whistle(20_000), "SILENT"),
    "ffmetadata": (text(";FFMETADATA1\ntitle=a\n"), "NOT_AUDIO"),
    "m3u": (text("file:///etc/passwd\n"), "NOT_AUDIO"),
    "tag and nothing else": (tag_only, "NOT_AUDIO"),
    "two hours that tell no length": (two_hours, "TOO_LONG"),
    "one click in silence": (clicks(1), "KNOCKS"),
    "clicks in silence": (clicks(9), "KNOCKS"),
}
"""Files that are refused, with the reason."""
