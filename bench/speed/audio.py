"""``loa bench audio``: preparation of a recording, against the bare ffmpeg commands that the same result takes.

The recording is speech, as an MP3 from a phone or a studio. The bare commands are the least that gives the result, in
one pass: decode and measure, level and limit, encode twice and losslessly, measure both lossy encodings as decoded.
They run one after the other, as typed into a shell, with a gain that is known beforehand: nothing is searched for.
Timed against them is the worker's whole job: judge, trim, level until it holds, store by hash.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Final

import click

from bench.speed.rows import Row, print_rows
from media.editing import PydubEditing
from media.ffmpeg import AudioLimits, FfmpegTools
from media.loudness import MAX_TRUE_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU
from media.model import MadeSound
from media.ports import AudioWorkspace
from media.speech import EspeakVoice
from media.storage import FolderContentStore
from media.use_cases.bulletin_sound import make_from_audio

TEXT: Final = (
    "Ủy ban nhân dân phường thông báo lịch tiêm phòng dại cho chó mèo tại nhà văn hóa khu phố, từ bảy giờ đến mười một "
    "giờ sáng thứ bảy. Đề nghị bà con đưa vật nuôi đến đúng giờ và mang theo sổ theo dõi.\n"
)
_METER: Final = ("-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-")
_SOFTER_DB: Final = -9
"""Gain of the recording, below the level of the voice, so that there is something to level."""


@click.command()
@click.option("--minutes", default=10, show_default=True, help="Length of the recording.")
@click.option("--rounds", default=3, show_default=True, help="Times each way is taken, in turn; the median counts.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
def audio(*, minutes: int, rounds: int, as_json: bool) -> None:
    """Measure the time until a recording is ready to be aired."""
    with tempfile.TemporaryDirectory(prefix="loa-bench-audio-") as folder:
        print_rows(measured(Path(folder), minutes * 60, rounds), as_json=as_json)


def measured(folder: Path, seconds: int, rounds: int) -> Iterator[Row]:
    """Yield the rows. Raises AssertionError if the prepared sound does not keep what the product promises."""
    recording = recorded(folder, seconds)
    bare_s, ready_s = [], []
    for number in range(rounds):
        bare_s.append(_bare_s(recording, folder))
        workdir = folder / str(number)
        workdir.mkdir()
        store = FolderContentStore(workdir / "content")
        tools = FfmpegTools(AudioLimits(max_duration_ms=(seconds + 1) * 1000))
        started = perf_counter()
        made = _made(recording, store, tools, workdir)
        ready_s.append(perf_counter() - started)
        _check(made, store, tools)
    ready = statistics.median(ready_s)
    yield Row.against("audio_ready_s", seconds, ready, "s", baseline=statistics.median(bare_s))
    yield Row("audio_times_real", seconds, round(seconds / ready, 1), "x")


def recorded(folder: Path, seconds: int) -> Path:
    """Make speech of this length as a stereo MP3 of 128 kbit/s."""
    spoken, recording = folder / "spoken.wav", folder / "recording.mp3"
    EspeakVoice().speak(TEXT * (1 + seconds // 15), "vi", spoken)
    _run(
        *("-stream_loop", "-1", "-i", str(spoken), "-t", str(seconds), "-ac", "2", "-ar", "44100"),
        *("-af", f"volume={_SOFTER_DB}dB", "-b:a", "128k", str(recording)),
    )
    spoken.unlink()
    return recording


def _bare_s(recording: Path, folder: Path) -> float:
    decoded, levelled = folder / "decoded.wav", folder / "levelled.wav"
    opus, mp3, flac = folder / "out.opus", folder / "out.mp3", folder / "out.flac"
    limiter = "alimiter=limit=0.79:attack=5:release=80:level=disabled:latency=enabled"
    started = perf_counter()
    _run("-i", str(recording), "-ac", "1", "-ar", "48000", "-c:a", "pcm_s32le", str(decoded))
    _run("-i", str(decoded), *_METER)
    graph = f"volume=6dB,aresample=192000,{limiter},aresample=48000"
    _run("-i", str(decoded), "-af", graph, "-c:a", "pcm_s24le", str(levelled))
    _run("-i", str(levelled), "-c:a", "libopus", "-b:a", "32000", str(opus))
    _run("-i", str(levelled), "-c:a", "libmp3lame", "-b:a", "64000", str(mp3))
    _run("-i", str(levelled), "-c:a", "flac", str(flac))
    _run("-i", str(opus), *_METER)
    _run("-i", str(mp3), *_METER)
    return perf_counter() - started


def _made(recording: Path, store: FolderContentStore, tools: FfmpegTools, workdir: Path) -> MadeSound:
    return make_from_audio(store.put_file(recording), AudioWorkspace(tools, PydubEditing(), store, workdir))


def _check(made: MadeSound, store: FolderContentStore, tools: FfmpegTools) -> None:
    for rendition in made.renditions:
        found = tools.measure(store.path_of(rendition.sha256))
        assert abs(found.integrated_lufs - TARGET_LUFS) <= TOLERANCE_LU
        assert found.true_peak_dbtp <= MAX_TRUE_PEAK_DBTP


def _run(*arguments: str) -> None:
    command: Sequence[str] = ("ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-v", "error", "-y", *arguments)
    subprocess.run(command, check=True)
