from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.speech.phonology.syllables import (
    ONSETS,
    RIMES,
    STOPS,
    Syllable,
    SyllableTone,
    parse,
    shapes,
    written,
)
from tests.builders.voices.syllables import inventory

EVERY_SYLLABLE = tuple(inventory())


def parts(word: str) -> str:
    syllable = parse(word)
    if syllable is None:
        return "none"
    glide = "w" if syllable.has_glide else ""
    return " ".join((syllable.onset or "0", f"{glide}{syllable.nucleus}", syllable.coda or "0", syllable.tone))


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("không", "kh ô ng ngang"),
        ("được", "đ ươ c nặng"),
        ("Nguyễn", "ng wiê n ngã"),
        ("nghiêng", "ng iê ng ngang"),
        ("quốc", "c uô c sắc"),
        ("quả", "c wa 0 hỏi"),
        ("quý", "c wi 0 sắc"),
        ("quít", "c wi t sắc"),
        ("quắt", "c wă t sắc"),
        ("quoắt", "c wă t sắc"),
        ("que", "c we 0 ngang"),
        ("quê", "c wê 0 ngang"),
        ("quơ", "c wơ 0 ngang"),
        ("gì", "gi i 0 huyền"),
        ("gìn", "gi i n huyền"),
        ("giêng", "gi iê ng ngang"),
        ("giề", "gi ê 0 huyền"),
        ("già", "gi a 0 huyền"),
        ("ghi", "g i 0 ngang"),
        ("ủy", "0 wi 0 hỏi"),
        ("uỷ", "0 wi 0 hỏi"),
        ("yên", "0 iê n ngang"),
        ("ý", "0 i 0 sắc"),
        ("kỹ", "c i 0 ngã"),
        ("khuya", "kh wiê 0 ngang"),
        ("mía", "m iê 0 sắc"),
        ("mưa", "m ươ 0 ngang"),
        ("mua", "m uô 0 ngang"),
        ("tay", "t ă i ngang"),
        ("tai", "t a i ngang"),
        ("sau", "s ă u ngang"),
        ("sao", "s a u ngang"),
        ("hươu", "h ươ u ngang"),
        ("ngoằn", "ng wă n huyền"),
        ("xoong", "x o ng ngang"),
        ("KHOẺ", "kh we 0 hỏi"),
        ("Tie\u0302\u0301ng", "t iê ng sắc"),
        ("Đắk", "đ ă c sắc"),
        ("mit", "m i t sắc"),
    ],
)
def test_a_syllable_is_read_by_its_spelling(word: str, wanted: str) -> None:
    assert parts(word) == wanted


@pytest.mark.parametrize("word", ["", "\u0301", "b", "qu", "quo", "data", "càc", "hỏt", "tãp", "tốố", "w", "đc", "会"])
def test_what_is_no_syllable_is_none(word: str) -> None:
    assert parse(word) is None


def test_every_syllable_of_the_language_is_parsed_into_the_parts_it_was_spelt_from() -> None:
    """All onsets, rimes and tones: 18,570, of which some 6,900 are in words."""
    spelt = 0
    for onset in ONSETS:
        for rime, (has_glide, nucleus, coda) in ((key, (r.has_glide, r.nucleus, r.coda)) for key, r in RIMES.items()):
            if onset == "gi" and (rime in ("ia", "iu") or rime[0] == "ê"):
                continue
            for tone in (SyllableTone.SAC, SyllableTone.NANG) if coda in STOPS else SyllableTone:
                assert parse(written(onset, rime, tone)) == Syllable(onset, has_glide, nucleus, coda, tone)
                spelt += 1
    assert spelt == len(EVERY_SYLLABLE) == len(set(EVERY_SYLLABLE)) > 18_000


def test_the_shapes_hold_every_onset_and_every_rime_in_its_tones() -> None:
    found = [syllable for word in shapes() if (syllable := parse(word))]
    assert len(found) == len(list(shapes()))
    assert {each.onset for each in found} == set(ONSETS)
    every = {parse(word) for word in EVERY_SYLLABLE}
    wanted = {(each.has_glide, each.nucleus, each.coda, each.tone) for each in every if each}
    assert {(each.has_glide, each.nucleus, each.coda, each.tone) for each in found} == wanted


@given(st.sampled_from(EVERY_SYLLABLE), st.sampled_from(("NFC", "NFD")), st.booleans())
def test_case_and_unicode_form_change_nothing(word: str, form: str, is_upper: bool) -> None:
    other = unicodedata.normalize(form, word)  # type: ignore[arg-type]
    assert parse(other.upper() if is_upper else other) == parse(word)


@given(st.text(max_size=12))
def test_whatever_comes_is_a_syllable_or_none(word: str) -> None:
    syllable = parse(word)
    assert syllable is None or syllable.nucleus
    assert syllable is None or not syllable.is_stopped or syllable.tone in (SyllableTone.SAC, SyllableTone.NANG)


@pytest.mark.parametrize(
    ("onset", "rime", "tone", "wanted"),
    [
        ("h", "oa", SyllableTone.HUYEN, "hòa"),
        ("th", "uy", SyllableTone.HOI, "thủy"),
        ("t", "oan", SyllableTone.SAC, "toán"),
        ("ng", "oai", SyllableTone.HUYEN, "ngoài"),
        ("c", "oa", SyllableTone.SAC, "quá"),
        ("c", "êch", SyllableTone.SAC, "kếch"),
        ("ng", "iêng", SyllableTone.HUYEN, "nghiềng"),
        ("", "iêu", SyllableTone.NGANG, "yêu"),
        ("gi", "iêng", SyllableTone.NGANG, "giêng"),
        ("đ", "ươc", SyllableTone.NANG, "được"),
        ("m", "ưa", SyllableTone.NGANG, "mưa"),
    ],
)
def test_parts_are_spelt_as_they_are_written(onset: str, rime: str, tone: SyllableTone, wanted: str) -> None:
    assert written(onset, rime, tone) == wanted
