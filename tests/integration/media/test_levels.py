"""Loudness and peak limits of the decoded renditions, for any input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.integration.media.conftest import Studio
from tests.integration.media.sounds import bursts, ffmpeg, write_wav


def decoded_samples(paths: Sequence[Path], folder: Path) -> list[int]:
    """Return the length of each as a plain player decodes it at 48 kHz."""
    raw = [folder / f"{number}.raw" for number in range(len(paths))]
    inputs = [word for path in paths for word in ("-i", str(path))]
    plain = ("-f", "s16le", "-ac", "1", "-ar", "48000")
    outputs = [word for number, path in enumerate(raw) for word in ("-map", f"{number}:a", *plain, str(path))]
    ffmpeg(*inputs, *outputs)
    return [path.stat().st_size // 2 for path in raw]


def test_told_duration_is_the_decoded_one(studio: Studio) -> None:
    made = studio.from_text("Xin chào bà con.")

    samples = decoded_samples([studio.store.path_of(each.sha256) for each in made.renditions], studio.folder)
    assert [each.duration_ms for each in made.renditions] == [count // 48 for count in samples]
    assert len({r.duration_ms for r in made.renditions}) == 1


def test_same_recording_gives_the_same_bytes_without_tags_and_stays_as_it_came(studio: Studio) -> None:
    path = write_wav(studio.folder / "in.wav", np.concatenate([np.zeros(44_100), bursts(-24)]))

    first, second = studio.from_audio(path), studio.from_audio(path)

    assert first == second
    assert studio.store.read_bytes(studio.store.put_file(path)) == path.read_bytes()
    for rendition in first.renditions:
        assert rendition.bytes == studio.store.stat(rendition.sha256).bytes
        assert b"in.wav" not in studio.store.read_bytes(rendition.sha256)
