"""Loudness and peak limits of the decoded renditions, for any input."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from media.model import MadeSound
from tests.integration.media.conftest import Studio
from tests.integration.media.sounds import bursts, write_wav


def decoded_samples(path: Path) -> int:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", "48000", "-"]
    return len(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout) // 2


def test_told_duration_is_the_decoded_one(studio: Studio) -> None:
    made = studio.from_text("Xin chào bà con.")

    for rendition in made.renditions:
        samples = decoded_samples(studio.store.path_of(rendition.sha256))
        assert rendition.duration_ms == samples // 48, rendition.kind
    assert len({r.duration_ms for r in made.renditions}) == 1


def test_same_recording_gives_the_same_bytes(studio: Studio) -> None:
    path = write_wav(studio.folder / "in.wav", bursts(-24))

    first, second = studio.from_audio(path), studio.from_audio(path)

    assert first == second


def test_original_stays_as_it_came(studio: Studio) -> None:
    path = write_wav(studio.folder / "in.wav", np.concatenate([np.zeros(44_100), bursts(-24)]))

    studio.from_audio(path)

    assert studio.store.read_bytes(studio.store.put_file(path)) == path.read_bytes()


def test_renditions_carry_no_tags_of_the_upload(studio: Studio) -> None:
    made: MadeSound = studio.from_audio(write_wav(studio.folder / "in.wav", bursts(-24)))

    for rendition in made.renditions:
        assert rendition.bytes == studio.store.stat(rendition.sha256).bytes
        assert b"in.wav" not in studio.store.read_bytes(rendition.sha256)
