"""Corpus through the whole chain: right in every rendition as a player decodes it, or refused with its reason."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from media.errors import RefusedAudioError
from media.loudness import MAX_TRUE_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU
from tests.integration.media.conftest import Studio
from tests.integration.media.corpus import READY, REFUSED


def heard(paths: Sequence[Path]) -> list[tuple[float, float]]:
    """Return LUFS and dBTP of files as a plain player decodes them: none of our own options, bounds or readers."""
    inputs = [word for path in paths for word in ("-i", str(path))]
    meters = ";".join(f"[{number}:a]ebur128=peak=true[m{number}]" for number in range(len(paths)))
    outputs = [word for number in range(len(paths)) for word in ("-map", f"[m{number}]", "-f", "null", "-")]
    told = ["ffmpeg", "-nostats", *inputs, "-filter_complex", meters, *outputs]
    said = subprocess.run(told, check=True, capture_output=True, text=True, timeout=60).stderr
    summaries = dict(re.findall(r"\[Parsed_ebur128_(\d+) @ \w+\] Summary:(.*?Peak:\s+\S+ dBFS)", said, re.DOTALL))
    return [_figures(summaries[str(number)]) for number in range(len(paths))]


def _figures(summary: str) -> tuple[float, float]:
    loudness, peak = re.search(r"I:\s+(\S+) LUFS", summary), re.search(r"Peak:\s+(\S+) dBFS", summary)
    assert loudness
    assert peak
    return float(loudness[1]), float(peak[1])


@pytest.mark.parametrize("name", READY)
def test_every_rendition_holds_loudness_and_peak(studio: Studio, name: str) -> None:
    made = studio.from_audio(READY[name](studio.folder))

    figures = heard([studio.store.path_of(rendition.sha256) for rendition in made.renditions])
    for rendition, (lufs, dbtp) in zip(made.renditions, figures, strict=True):
        assert lufs == pytest.approx(TARGET_LUFS, abs=TOLERANCE_LU), rendition.kind
        assert dbtp <= MAX_TRUE_PEAK_DBTP, rendition.kind
    if name == "long silence before":  # it begins with what is heard
        assert {r.duration_ms for r in made.renditions} <= set(range(2_000, 3_000))


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_or_useless_file_is_refused_with_its_reason(studio: Studio, name: str) -> None:
    make, reason = REFUSED[name]
    path = make(studio.folder)

    with pytest.raises(RefusedAudioError) as refused:
        studio.from_audio(path)

    assert refused.value.reason == reason
    assert str(studio.folder) not in refused.value.detail
