"""Graphs of ffmpeg: decode, measure, level, encode."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ffmpeg

from media.errors import RefusedAudioError, ToolError
from media.ffmpeg import probe as probing
from media.ffmpeg.container import WAV, sniff
from media.ffmpeg.limits import AudioLimits
from media.ffmpeg.process import MAX_ALLOC_BYTES, ToolStoppedError, run
from media.loudness import DECODE_HEADROOM_DB
from media.model import AudioCues, FileProbe, Loudness, RenditionSpec, Survey
from media.picture import peaks_of

SAMPLE_RATE_HZ = 48_000
_DECODED_BYTES_PER_MS = 4 * SAMPLE_RATE_HZ // 1000
"""Of one channel."""
_LAYOUTS = {1: "mono", 2: "stereo"}
_OVERSAMPLED_HZ = 192_000
"""Four times, as ITU-R BS.1770 asks for true peak: the limiter sees the values between the samples."""
_RUMBLE_HZ = 30
"""Below it a horn gives nothing, and a constant offset would eat the limiter's room."""
_LIMITER_ATTACK_MS = 5
_LIMITER_RELEASE_MS = 80
_FAST_ABOVE_DB = 2.0
_FAST_ATTACK_MS = 1
_FAST_RELEASE_MS = 10
"""The first of two limiters: for knocks of a few samples, too short to be noticed."""
# At the beginning of a line: a tag of the file may say the same, but stands behind spaces.
_MOMENTARY = re.compile(r"^\[Parsed_ebur128.*\bM:\s*(-?(?:inf|nan|[\d.]+))\s", re.MULTILINE)
_SHORT_TERM = re.compile(r"^\[Parsed_ebur128.*\bS:\s*(-?(?:inf|nan|[\d.]+))\s", re.MULTILINE)
_NO_NUMBERS = re.compile(r"Number of (?:NaNs|Infs): ([\d.]+)")
_SURVEYED = "Number_of_samples+Peak_level+Peak_count"
_FULL_SCALE_FROM_DB = -0.01
_FIGURE = r"\s+(-?(?:inf|nan|[\d.]+)) "
_SILENCE_LUFS = -120.0
"""Written where the meter says minus infinity."""


class FfmpegTools:
    """Implements ``media.ports.AudioTools`` with the ffmpeg and ffprobe found on the path."""

    def __init__(self, limits: AudioLimits | None = None, *, ffmpeg: str = "ffmpeg", ffprobe: str = "ffprobe") -> None:
        self._limits = limits or AudioLimits()
        self._ffmpeg = ffmpeg
        self._ffprobe = ffprobe

    def probe(self, path: Path) -> FileProbe:
        """Probe a file. Raises RefusedAudioError."""
        return probing.probe(self._ffprobe, path, self._limits)

    def measure(self, path: Path) -> Loudness:
        """Measure loudness and length. Raises RefusedAudioError FORMAT where it cannot be decoded."""
        return _as_loudness(self._run_on_source(_measured(self._input(path)), "info"))

    def integrated_lufs(self, path: Path) -> float:
        """Measure the integrated loudness. Raises RefusedAudioError FORMAT where it cannot be decoded."""
        graph = self._input(path).filter("ebur128", framelog="quiet").output("-", format="null")
        return _figure("I:", _summary(self._run_on_source(graph, "info")))

    def survey(self, path: Path) -> Survey:
        """Measure a recording as received. Raises RefusedAudioError FORMAT where it cannot be decoded."""
        graph = (
            self._input(path)
            .filter("aresample", SAMPLE_RATE_HZ)
            .filter("ebur128", framelog="quiet")
            # What a lossy codec decodes to above full scale lies at it in 16 bits, and is counted.
            .filter("aformat", sample_fmts="s16")
            .filter("astats", measure_perchannel="none", measure_overall=_SURVEYED)
            .output("-", format="null")
        )
        return _as_survey(self._run_on_source(graph, "info"))

    def decode(self, path: Path, into: Path, *, only_first_channel: bool = False) -> Loudness:
        """Decode to a WAV, and measure it. Raises RefusedAudioError.

        FORMAT where it cannot be decoded or holds samples that are no numbers, TOO_LONG where it is longer than it
        claims.
        """
        return self._decode(path, into, 1, only_first_channel=only_first_channel)

    def decode_stereo(self, path: Path, into: Path) -> Loudness:
        """Decode both channels, and measure them. Raises RefusedAudioError as ``decode``."""
        return self._decode(path, into, 2)

    def _decode(self, path: Path, into: Path, channels: int, *, only_first_channel: bool = False) -> Loudness:
        node = self._input(path)
        may_hold_no_numbers = sniff(path) is WAV
        if may_hold_no_numbers:
            node = node.filter("astats", measure_perchannel="none", measure_overall="Number_of_NaNs+Number_of_Infs")
        if only_first_channel:
            node = node.filter("channelmap", map="0", channel_layout="mono")
        node = (
            node.filter("aresample", SAMPLE_RATE_HZ)
            .filter("aformat", sample_fmts="flt", channel_layouts=_LAYOUTS[channels])
            .filter("highpass", f=_RUMBLE_HZ)
            .filter("volume", f"{-DECODE_HEADROOM_DB}dB")
        )
        said = self._run_on_source(_written_and_measured(node, into, "pcm_s32le"), "info")
        if may_hold_no_numbers and any(float(count) for count in _NO_NUMBERS.findall(said)):
            raise RefusedAudioError("FORMAT", "holds samples that are no numbers")
        self._refuse_length(into, channels)
        return _as_loudness(said)

    def cut(self, path: Path, into: Path, cues: AudioCues, length_ms: int) -> Loudness:
        """Cut to the cues, faded, and measure the part. Raises ToolError."""
        end_ms = length_ms if cues.out_ms is None else cues.out_ms
        node = self._input(path).filter("atrim", start=f"{cues.in_ms}ms", end=f"{end_ms}ms")
        node = node.filter("asetpts", "PTS-STARTPTS")
        if cues.fade_in_ms:
            node = node.filter("afade", type="in", duration=f"{cues.fade_in_ms}ms")
        if cues.fade_out_ms:
            start_ms = end_ms - cues.in_ms - cues.fade_out_ms
            node = node.filter("afade", type="out", start_time=f"{start_ms}ms", duration=f"{cues.fade_out_ms}ms")
        return self._write(node, into, "pcm_s32le")

    def level(self, path: Path, into: Path, *, gain_db: float, peak_dbtp: float, tame_peaks: bool = False) -> Loudness:
        """Apply gain, a fast limiter where asked for, a true-peak limiter; 24-bit WAV. Raises ToolError."""
        node = self._input(path).filter("volume", f"{gain_db}dB").filter("aresample", _OVERSAMPLED_HZ)
        if tame_peaks:
            node = _limited(node, peak_dbtp + _FAST_ABOVE_DB, _FAST_ATTACK_MS, _FAST_RELEASE_MS)
        node = _limited(node, peak_dbtp, _LIMITER_ATTACK_MS, _LIMITER_RELEASE_MS).filter("aresample", SAMPLE_RATE_HZ)
        return self._write(node, into, "pcm_s24le")

    def conform(self, path: Path, into: Path, *, skip_ms: int, gain_db: float) -> Loudness:
        """Convert to mono 48 kHz PCM WAV of 24 bits, and measure it. Raises ToolError."""
        node = self._input(path).filter("atrim", start=f"{skip_ms}ms").filter("asetpts", "PTS-STARTPTS")
        node = node.filter("volume", f"{gain_db}dB")
        return self._write(node, into, "pcm_s24le", ac=1, ar=SAMPLE_RATE_HZ)

    def encode(self, path: Path, wanted: Mapping[Path, RenditionSpec]) -> None:
        """Encode renditions in one run, each codec in a thread of its own. Raises ToolError."""
        node = self._input(path)
        self._run(ffmpeg.merge_outputs(*(_encoded(node, into, spec) for into, spec in wanted.items())))

    def peaks(self, path: Path, gain_db: float = 0.0) -> tuple[int, ...]:
        """Return the outline. Raises ToolError."""
        return peaks_of(path, gain_db)

    def _input(self, path: Path) -> Any:
        container = sniff(path)
        return ffmpeg.input(
            f"file:{path.absolute()}",
            format=container.demuxer,
            protocol_whitelist="file",
            codec_whitelist=",".join(container.decoders),
            threads=1,
            vn=None,
            # Bounds a file without end; the minute more leaves room for chime and pauses, and shows the excess.
            t=self._limits.max_duration_ms // 1000 + 60,
        ).audio

    def _write(self, node: Any, into: Path, codec: str, **options: object) -> Loudness:
        return _as_loudness(self._run(_written_and_measured(node, into, codec, **options), "info"))

    def _run(self, graph: Any, loglevel: str = "error") -> str:
        bounds = ("-hide_banner", "-nostdin", "-nostats", "-y", "-v", loglevel, "-max_alloc", str(MAX_ALLOC_BYTES))
        command = ffmpeg.compile(graph, cmd=[self._ffmpeg, *bounds, "-filter_complex_threads", "1"])
        return run(command, self._limits.timeout_s)[1]

    def _run_on_source(self, graph: Any, loglevel: str = "error") -> str:
        """Run as ``_run`` on an uploaded file: where it fails, the file is to blame."""
        try:
            return self._run(graph, loglevel)
        except ToolStoppedError:
            raise
        except ToolError as error:
            raise RefusedAudioError("FORMAT", "cannot be decoded") from error

    def _refuse_length(self, wav: Path, channels: int) -> None:
        if wav.stat().st_size // (_DECODED_BYTES_PER_MS * channels) > self._limits.max_duration_ms:
            raise RefusedAudioError("TOO_LONG", f"more than {self._limits.max_duration_ms} ms")


_PLAIN: dict[str, object] = {"map_metadata": -1, "fflags": "+bitexact", "flags:a": "+bitexact", "threads": 1}
"""No tags, no dates, no random serial: the same sound gives the same bytes, so a job done twice has one result."""


def _written_and_measured(node: Any, into: Path, codec: str, **options: object) -> Any:
    """Write a WAV and measure it in one run: starting a run takes longer than half a minute of sound does."""
    both = node.filter("aformat", sample_fmts="s32").filter_multi_output("asplit")
    written = both[0].output(str(into), format="wav", acodec=codec, **options, **_PLAIN)
    return ffmpeg.merge_outputs(written, _measured(both[1]))


def _measured(node: Any) -> Any:
    return (
        node.filter("aresample", SAMPLE_RATE_HZ)
        .filter("astats", measure_perchannel="none", measure_overall="Number_of_samples")
        .filter("ebur128", peak="true", framelog="info")
        .output("-", format="null")
    )


def _encoded(node: Any, into: Path, spec: RenditionSpec) -> Any:
    options: dict[str, object] = {"acodec": spec.codec, "ac": spec.channels, "ar": spec.sample_rate_hz}
    if spec.bitrate_bps:
        options["b:a"] = spec.bitrate_bps
    return node.output(str(into), **options, **_PLAIN)


def _limited(node: Any, ceiling_dbtp: float, attack_ms: int, release_ms: int) -> Any:
    limit = min(1.0, 10 ** (ceiling_dbtp / 20))
    options = {"attack": attack_ms, "release": release_ms, "level": "disabled", "latency": "enabled"}
    return node.filter("alimiter", limit=limit, **options)


def _as_loudness(said: str) -> Loudness:
    """Read the meter's summary and the sample count."""
    summary = _summary(said)
    samples = re.findall(r"Number of samples: (\d+)", said)
    return Loudness(
        integrated_lufs=_figure("I:", summary),
        true_peak_dbtp=_figure("Peak:", summary),
        range_lu=_figure("LRA:", summary),
        threshold_lufs=_figure("Threshold:", summary),
        duration_ms=round(int(samples[-1]) * 1000 / SAMPLE_RATE_HZ) if samples else 0,
        short_term_lufs=tuple(map(_level, _SHORT_TERM.findall(said))),
        max_momentary_lufs=max(map(_level, _MOMENTARY.findall(said)), default=None),
    )


def _as_survey(said: str) -> Survey:
    samples = int(_told("Number of samples", said))
    is_full = _told("Peak level dB", said) > _FULL_SCALE_FROM_DB
    return Survey(
        integrated_lufs=_figure("I:", _summary(said)),
        duration_ms=round(samples * 1000 / SAMPLE_RATE_HZ),
        clipped=_told("Peak count", said) / samples if is_full and samples else 0.0,
    )


def _told(name: str, said: str) -> float:
    """Return the last figure of that name; silence counts as no level."""
    found = re.findall(rf"{name}: (-?(?:inf|nan|[\d.]+))", said)
    return _level(found[-1]) if found else 0.0


def _summary(said: str) -> str:
    return said[said.rfind("Summary:") :]


def _figure(name: str, summary: str) -> float:
    found = re.search(rf"\b{name}{_FIGURE}", summary)
    if found is None:
        raise ToolError("ffmpeg", f"no {name} in what the meter said")
    return _level(found[1])


def _level(figure: str) -> float:
    return _SILENCE_LUFS if "n" in figure else float(figure)
