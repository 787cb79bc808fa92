"""``loa bench speaking``: seconds until an alert is spoken on a busy machine, and until a long bulletin is ready.

The engine is the one that the server would use, with its deadline; a row's name tells which spoke in the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from bench.speed.rows import Row, print_rows
from bench.speed.speech import BULLETINS
from broadcast.speech.normalization import VIETNAMESE, read
from cms.bootstrap import voices_of
from cms.platform.settings import Settings
from media.editing import PydubEditing
from media.ffmpeg import FfmpegTools
from media.ports import AudioWorkspace, Voice
from media.speech import EspeakVoice
from media.storage import FolderContentStore
from media.use_cases.alert_speech import SPEAKING_S
from media.use_cases.bulletin_sound import BROWSER_MP3, Utterance, make_from_text
from media.voices import URGENT

ALERT: Final = (
    "Cảnh báo bão tại xã Hàm Thuận. Bão đang đến rất nhanh, gió giật mạnh, mưa rất to. "
    "Đề nghị bà con không ra khơi, vào nhà kiên cố, tắt điện, khóa ga, nghe theo hướng dẫn của cán bộ."
)
"""Forty words."""
_BULLETIN: Final = " ".join(BULLETINS[:14])
"""About two minutes."""


@click.command()
@click.option("--busy", default=4, show_default=True, type=click.IntRange(0, 64), help="Processes that only count.")
@click.option("--alert-only", is_flag=True, help="Leave out the bulletin of two minutes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
def speaking(*, busy: int, alert_only: bool, as_json: bool) -> None:
    """Measure the time until an alert of 40 words is spoken, and a bulletin of two minutes is ready."""
    print_rows(measured(busy, is_alert_only=alert_only), as_json=as_json)


def measured(busy: int, *, is_alert_only: bool) -> Iterator[Row]:
    """Measure the alert beside busy processes, the engine not loaded and loaded; then the bulletin without them."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        with _load(busy):
            voices = voices_of(Settings(), URGENT)
            yield _alert("first", voices, folder)
            yield _alert("next", voices, folder)
            yield _alert("fallback", EspeakVoice(), folder)
            yield Row("speaking_load_average", busy, round(os.getloadavg()[0], 1), "")
        if not is_alert_only:
            yield from _bulletin(folder)


def _alert(name: str, voice: Voice, folder: Path) -> Row:
    began_s = time.monotonic()
    by = voice.speak(ALERT, VIETNAMESE, folder / "alert.wav", until_s=began_s + SPEAKING_S)
    took_s = time.monotonic() - began_s
    return Row(f"speaking_alert_{name}_by_{by.replace(' ', '_')}", len(ALERT.split()), round(took_s, 2), "s")


def _bulletin(folder: Path) -> Iterator[Row]:
    reports: set[str] = set()
    store = FolderContentStore(folder / "content")
    work = AudioWorkspace(FfmpegTools(), PydubEditing(), store, folder, lambda _pct, step: reports.add(step))
    began_s = time.monotonic()
    made = make_from_text(Utterance(VIETNAMESE, read(_BULLETIN).spoken), work, voice=voices_of(Settings()))
    took_s = time.monotonic() - began_s
    length_s = next(each.duration_ms for each in made.renditions if each.kind == BROWSER_MP3.kind) / 1000
    engines = {each.by for each in made.said}
    yield Row("speaking_bulletin_length", len(engines), round(length_s, 1), "s")
    yield Row("speaking_bulletin_ready", 1, round(took_s / length_s, 2), "s/s")
    yield Row("speaking_bulletin_progress_reports", 1, len([each for each in reports if "/" in each]), "")


@contextmanager
def _load(busy: int) -> Iterator[None]:
    """Keep the machine busy; each process counts for ever, and is killed at the end."""
    processes = [subprocess.Popen((sys.executable, "-c", "while True: pass")) for _ in range(busy)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
