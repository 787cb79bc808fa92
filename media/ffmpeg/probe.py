"""Probing of a file by ffprobe; anything but one plain sound is refused."""

import json
from pathlib import Path
from typing import Any

from media.errors import RefusedAudioError, ToolError
from media.ffmpeg.container import Container, sniff
from media.ffmpeg.limits import AudioLimits
from media.ffmpeg.process import MAX_ALLOC_BYTES, ToolStoppedError, run
from media.model import FileProbe

_PROBE_TIMEOUT_S = 20.0
_PICTURES = ("mjpeg", "png")
"""Covers inside MP3 and M4A. They are opened by the probe alone, in a process of its own, and never decoded further."""
_GUESSED = "Estimating duration"
_ENTRIES = "format=format_name,duration:stream=index,codec_type,codec_name,sample_rate,channels,duration"


def probe(ffprobe: str, path: Path, limits: AudioLimits) -> FileProbe:
    """Probe a file. Raises RefusedAudioError; its own claims count only against it."""
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise RefusedAudioError("TOO_LARGE", f"{size} bytes")
    container = sniff(path)
    found, guessed = _ask(ffprobe, path, container)
    streams = found.get("streams", [])
    if len(streams) > limits.max_streams:
        raise RefusedAudioError("MANY_STREAMS", f"{len(streams)} streams")
    sound = _only_sound(streams)
    codec = str(sound.get("codec_name", ""))
    if codec not in container.decoders:
        raise RefusedAudioError("FORMAT", f"codec {codec or 'unknown'}")
    return _within(_as_probe(container, sound, found, guessed=guessed), limits)


def _ask(ffprobe: str, path: Path, container: Container) -> tuple[dict[str, Any], bool]:
    command = [
        *(ffprobe, "-hide_banner", "-v", "warning", "-max_alloc", str(MAX_ALLOC_BYTES)),
        *("-protocol_whitelist", "file", "-f", container.demuxer),
        *("-codec_whitelist", ",".join((*container.decoders, *_PICTURES))),
        *("-show_entries", f"{_ENTRIES}:stream_disposition=attached_pic", "-of", "json"),
        *("-i", f"file:{path.absolute()}"),
    ]
    try:
        out, said = run(command, _PROBE_TIMEOUT_S)
    except ToolStoppedError:
        raise
    except ToolError as error:
        if "not on whitelist" in error.tail:
            raise RefusedAudioError("FORMAT", "a codec that is not taken") from error
        raise RefusedAudioError("NOT_AUDIO", "cannot be read") from error
    return json.loads(out), _GUESSED in said


def _only_sound(streams: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the one audio stream; cover pictures are ignored."""
    others = [s for s in streams if s.get("codec_type") != "audio" and not _is_picture(s)]
    sounds = [s for s in streams if s.get("codec_type") == "audio"]
    if others:
        raise RefusedAudioError("NOT_AUDIO", f"holds {others[0].get('codec_type', 'something else')}")
    if not sounds:
        raise RefusedAudioError("NOT_AUDIO", "no sound in it")
    if len(sounds) > 1:
        raise RefusedAudioError("MANY_STREAMS", f"{len(sounds)} sounds")
    return sounds[0]


def _is_picture(stream: dict[str, Any]) -> bool:
    return stream.get("codec_type") == "video" and bool(stream.get("disposition", {}).get("attached_pic"))


def _as_probe(container: Container, sound: dict[str, Any], told: dict[str, Any], *, guessed: bool) -> FileProbe:
    duration = sound.get("duration") or told.get("format", {}).get("duration") or 0
    return FileProbe(
        container=container.demuxer,
        codec=str(sound["codec_name"]),
        sample_rate_hz=int(sound.get("sample_rate", 0)),
        channels=int(sound.get("channels", 0)),
        duration_ms=0 if guessed else round(float(duration) * 1000),
    )


def _within(found: FileProbe, limits: AudioLimits) -> FileProbe:
    if not limits.min_sample_rate_hz <= found.sample_rate_hz <= limits.max_sample_rate_hz:
        raise RefusedAudioError("FORMAT", f"{found.sample_rate_hz} Hz")
    if not 1 <= found.channels <= limits.max_channels:
        raise RefusedAudioError("FORMAT", f"{found.channels} channels")
    if found.duration_ms > limits.max_duration_ms:
        raise RefusedAudioError("TOO_LONG", f"{found.duration_ms} ms")
    if 0 < found.duration_ms < limits.min_duration_ms:
        raise RefusedAudioError("TOO_SHORT", f"{found.duration_ms} ms")
    return found
