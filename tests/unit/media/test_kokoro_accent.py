"""The accent of a voice: additions by sound and tone, kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from broadcast.speech.phonology.breath_groups import breath_groups
from media.kokoro import accent
from media.kokoro.accent import EDGE, FEATURES, Accent, sounds_of
from media.kokoro.model import STYLE_VALUES
from media.kokoro.script import Part, Script, scripts
from media.kokoro.voice import VOICES


def script_of(text: str) -> Script:
    (script,) = scripts(breath_groups(text))
    return script


def vector(value: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.full(FEATURES + 1, value, np.float32)


def test_each_symbol_has_what_its_sound_and_its_tone_add() -> None:
    script = script_of("bà.")
    made = Accent({"onset:b": vector(1), "vowel:a": vector(2), "tone:huyền": vector(10), "edge": vector(7)}, vector(0))
    assert [each.symbol for each in script.symbols] == ["b", "a", "↘", "."]
    assert made.of(script)[0].tolist() == [7, 1, 12, 10, 0, 7]
    assert made.of(script).shape == (FEATURES + 1, 6)


def test_a_tone_colours_the_rime_and_not_what_stands_before_it() -> None:
    script = script_of("toàn")
    assert [list(sounds_of(script, each))[1:] for each in script.symbols] == [
        [],
        ["tone:huyền"],
        ["tone:huyền"],
        ["tone:huyền"],
        ["tone:huyền"],
        [],
    ]


def test_a_file_holds_each_vector_to_a_127th_of_its_largest_value(tmp_path: Path) -> None:
    sounds = {"vowel:a": np.linspace(-3, 2, FEATURES + 1, dtype=np.float32), "edge": vector(0)}
    style = np.linspace(0, 0.5, 256, dtype=np.float32)
    file = tmp_path / "accent.json"
    file.write_text(accent.written({"female": Accent(sounds, style), "male": Accent({}, 0 * style)}), encoding="utf-8")
    read = accent.read(file)
    assert np.abs(read["female"].sounds["vowel:a"] - sounds["vowel:a"]).max() <= 3 / 127
    assert not read["female"].sounds["edge"].any()
    assert np.abs(read["female"].style - style).max() <= 0.5 / 127
    assert not read["male"].sounds
    assert not read["male"].style.any()


def test_a_file_that_is_written_again_stays_as_it_is() -> None:
    assert accent.written(accent.read()) == accent.FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("voice", VOICES)
def test_the_accent_in_use_knows_every_tone_and_is_of_the_models_size(voice: str) -> None:
    used = accent.read()[voice]
    assert {f"tone:{tone}" for tone in ("ngang", "huyền", "sắc", "hỏi", "ngã", "nặng")} <= used.sounds.keys()
    assert {each.size for each in used.sounds.values()} == {FEATURES + 1}
    assert used.style.size == STYLE_VALUES
    assert {name.partition(":")[0] for name in used.sounds} == {*map(str, Part), "tone", EDGE}
