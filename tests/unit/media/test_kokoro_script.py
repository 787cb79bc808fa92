"""Scripts for Kokoro: symbols of every syllable, durations, pitch and closures."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.speech.phonology.breath_groups import breath_groups
from broadcast.speech.phonology.syllables import parse, shapes
from media.kokoro import prosody
from media.kokoro.script import BETWEEN, LONGEST, SYMBOLS, Part, Script, ScriptSymbol, scripts
from tests.builders.voices.syllables import inventory

SYLLABLES = tuple(inventory())
TONES = {word: str(syllable.tone) for word in SYLLABLES if (syllable := parse(word))}


def script_of(text: str) -> Script:
    (script,) = scripts(breath_groups(text))
    return script


def spelt(script: Script) -> str:
    return "".join(each.symbol for each in script.symbols)


def predicted(script: Script, frames: int = 4) -> prosody.Frames:
    return np.full(len(script.symbols) + 2, frames, np.int64)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("không", "xo→ŋ."),
        ("được", "dɯə↘k."),
        ("Nguyễn", "ŋwiə↗n."),
        ("mười", "mɯəi↘."),
        ("quốc hội", "kuə↗khoi↘."),
        ("bà con chú ý, bão!", "ba↘kɔ→n ʨu↗i↗, bau↗."),
        ("anh?", "ai→ɲ?"),
    ],
)
def test_a_text_is_written_in_the_models_symbols(text: str, wanted: str) -> None:
    assert spelt(script_of(text)) == wanted


@pytest.mark.parametrize("dialect", ["announcer", "southern"])
def test_every_shape_of_a_syllable_has_symbols_for_each_of_its_parts(dialect: str) -> None:
    for word in shapes():
        script = script_of(word)
        assert len(script.tones) == 1, word
        assert all(each.symbol in SYMBOLS for each in script.symbols), word
        parts = {each.part for each in script.symbols}
        assert Part.TONE in parts, word
        assert parts & {Part.VOWEL, Part.SHORT_VOWEL}, word
        syllable = parse(word)
        assert syllable is not None
        assert (Part.GLIDE in parts) >= syllable.has_glide
        assert (Part.STOP in parts) == syllable.is_stopped, word
        assert not syllable.coda or parts & {Part.CODA, Part.STOP, Part.OFFGLIDE}, word


@given(st.lists(st.sampled_from(SYLLABLES), max_size=120), st.sampled_from((" ", ", ", ". ")))
def test_every_syllable_of_a_text_is_in_one_of_its_scripts(words: list[str], between: str) -> None:
    made = list(scripts(breath_groups(between.join(words))))
    tones = [str(syllable.tone) for word in words if (syllable := parse(word))]
    assert [tone for script in made for tone in script.tones] == tones
    for script in made:
        assert {each.syllable for each in script.symbols} - {BETWEEN} == set(range(len(script.tones)))
        assert len(script.symbols) < LONGEST + 20
        assert Script.read(script.encoded()) == script


def test_every_syllable_of_the_language_is_said_whole() -> None:
    made = list(scripts(breath_groups(", ".join(SYLLABLES))))
    assert [tone for script in made for tone in script.tones] == [TONES[word] for word in SYLLABLES]
    for script in made:
        voiced = {each.syllable for each in script.symbols if each.part in (Part.VOWEL, Part.SHORT_VOWEL)}
        assert voiced == set(range(len(script.tones)))
        assert all(each.symbol in SYMBOLS for each in script.symbols)


def test_of_ten_thousand_bulletins_no_syllable_is_lost() -> None:
    chance = random.Random(16)
    for _ in range(10_000):
        words = chance.choices(SYLLABLES, k=chance.randrange(1, 13))
        text = "".join(word + chance.choice((" ", " ", " ", ", ", ". ", " – ", "? ", "\n")) for word in words)
        said = [tone for script in scripts(breath_groups(text)) for tone in script.tones]
        assert said == [TONES[word] for word in words], text


def test_final_stops_are_closures_and_glides_give_their_time_to_the_vowel() -> None:
    script = script_of("mát mới mắt")
    frames = prosody.durations(script, predicted(script))
    by_symbol = {(each.syllable, each.part): int(frames[at]) for at, each in enumerate(script.symbols, 1)}
    assert by_symbol[0, Part.STOP] == by_symbol[2, Part.STOP] == prosody.CLOSURE_FRAMES
    assert by_symbol[1, Part.VOWEL] == 4 + prosody.LONGER_VOWEL_FRAMES
    assert by_symbol[1, Part.OFFGLIDE] == prosody.OFFGLIDE_MAX_FRAMES
    assert by_symbol[2, Part.SHORT_VOWEL] == 3
    assert by_symbol[BETWEEN, Part.SPACE] == prosody.FOOT_FRAMES


def contour(word: str) -> list[float]:
    """Return the pitch of a word's rime, in semitones about the middle."""
    script = script_of(word)
    frames = prosody.durations(script, predicted(script, 8))
    flat = np.full(int(frames.sum()) * prosody.PITCH_PER_FRAME, 200, np.float32)
    ((_, start, end, _),) = prosody._spans(script, frames)
    return [float(each) for each in 12 * np.log2(prosody.pitch(script, frames, flat, 200.0)[start:end] / 200)]


def test_the_six_tones_have_their_shapes() -> None:
    middle = {word: contour(word)[len(contour(word)) // 2] for word in ("ma", "mà", "má", "mả", "mã", "mạ")}
    last = {word: contour(word)[-3] for word in middle}
    assert max(middle["mả"], middle["mạ"], middle["mà"]) < middle["ma"] - 2
    assert min(contour("mả")) < last["mả"] - 1
    assert last["má"] > 2 > abs(last["ma"])
    assert last["mã"] > middle["mã"]
    assert last["mà"] < -2
    assert last["mạ"] < -3


def test_a_closure_has_no_voice_and_the_broken_tone_breaks() -> None:
    script = script_of("mát mã mạ")
    frames = prosody.durations(script, predicted(script))
    places = list(prosody.dampings(script, frames))
    assert [each.level for each in places] == [0.0, 0.25, 0.05]
    flat = np.full(int(frames.sum()) * prosody.PITCH_PER_FRAME, 200, np.float32)
    hertz = prosody.pitch(script, frames, flat, 200.0)
    assert not hertz[int(places[0].start + 0.5) : int(places[0].end)].any()
    samples = np.ones(flat.size * prosody.SAMPLES_PER_PITCH, np.float32)
    damped = prosody.damped(samples, iter(places))
    assert damped.size == samples.size
    middle = int((places[0].start + places[0].end) / 2 * prosody.SAMPLES_PER_PITCH)
    assert damped[middle] == pytest.approx(0, abs=0.01)
    assert damped[0] == pytest.approx(1)


def test_a_symbol_is_kept_with_its_part() -> None:
    assert script_of("ba").symbols[0] == ScriptSymbol("b", Part.ONSET, 0)
