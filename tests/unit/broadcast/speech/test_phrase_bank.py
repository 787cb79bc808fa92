from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from broadcast.alerts.wanted_phrases import COMMON, wanted_phrases
from broadcast.speech.phrase_bank import PhraseId, PhraseKey, PhrasePiece, PhraseRecording, assembled, key_of
from province.areas import AreaId
from province.people import UserId

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def recorded(text: str) -> PhraseRecording:
    return PhraseRecording(PhraseId(text), AreaId("a"), "vi", text, NOW, UserId("u"), "Lan", "f" * 64, "Lan")


def sentences_of(found: Sequence[PhrasePiece]) -> list[list[bool]]:
    """Return for each word of each sentence whether it is recorded; a recorded opening is a sentence of its own."""
    sentences: list[list[bool]] = [[]]
    for each in found:
        ends = [*(match.start() for match in re.finditer(r"\w+", each.text)), len(each.text)]
        for at, (start, end) in enumerate(pairwise(ends), start=1):
            sentences[-1].append(each.recording is not None)
            is_within = each.recording is not None and at < len(ends) - 1
            marks = ",.\n" if len(sentences) == 1 and all(sentences[0]) else ".\n"
            if not is_within and any(mark in each.text[start:end] for mark in marks):
                sentences.append([])
    return sentences


def bank(*texts: str) -> dict[PhraseKey, PhraseRecording]:
    return {key_of(text): recorded(text) for text in texts if key_of(text)}


def pieces(text: str, *phrases: str) -> list[tuple[str, str]]:
    return [(each.text, each.recording.text if each.recording else "") for each in assembled(text, bank(*phrases))]


WORDS = st.sampled_from(["bão", "Bão", "lũ", "tại", "xã", "Hàm", "chín"])
GAPS = st.sampled_from([" ", ", ", ". ", "\n", "  "])


@st.composite
def texts(draw: st.DrawFn, most: int = 12) -> str:
    parts = draw(st.lists(st.tuples(WORDS, GAPS), max_size=most))
    return draw(st.sampled_from(["", "– ", "\n"])) + "".join(word + gap for word, gap in parts)


@given(text=texts(), phrases=st.lists(texts(most=4), max_size=6))
def test_what_is_said_is_exactly_the_text_in_order_and_nothing_twice(text: str, phrases: list[str]) -> None:
    found = assembled(text, bank(*phrases))

    assert "".join(each.text for each in found) == text


@given(text=texts(), phrases=st.lists(texts(most=4), max_size=6))
def test_a_recording_says_the_words_of_its_piece(text: str, phrases: list[str]) -> None:
    for each in assembled(text, bank(*phrases)):
        if each.recording is not None:
            assert key_of(each.text) == key_of(each.recording.text)


@given(text=texts(), phrases=st.lists(texts(most=4), max_size=6))
def test_at_each_recorded_piece_no_longer_phrase_fits(text: str, phrases: list[str]) -> None:
    known = bank(*phrases)
    found = assembled(text, known)
    for number, each in enumerate(found):
        if each.recording is not None:
            rest = key_of("".join(later.text for later in found[number:]))
            fitting = [key for key in known if rest[: len(key)] == key]
            assert max(fitting, key=len) == key_of(each.text)


@given(text=texts(), phrases=st.lists(texts(most=4), max_size=6))
def test_one_voice_says_what_stands_together_and_half_of_the_words_are_recorded(text: str, phrases: list[str]) -> None:
    found = assembled(text, bank(*phrases))
    kinds = [each.recording is None for each in found]
    assert not any(one and other for one, other in pairwise(kinds))
    for sentence in sentences_of(found):
        assert not any(sentence) or sum(sentence) >= len(sentence) / 2


def test_the_longest_phrase_is_taken_and_a_voice_says_the_rest() -> None:
    assert pieces("Cảnh báo bão tại xã Hàm Thuận. Bão đang ảnh hưởng.", "Cảnh báo", "cảnh báo BÃO tại", "Bão đang") == [
        ("Cảnh báo bão tại ", "cảnh báo BÃO tại"),
        ("xã Hàm Thuận. ", ""),
        ("Bão đang ", "Bão đang"),
        ("ảnh hưởng.", ""),
    ]


def test_marks_within_a_phrase_count_and_around_it_do_not() -> None:
    assert pieces("“Lũ, ngập”!", "lũ, ngập") == [("“Lũ, ngập”!", "lũ, ngập")]
    assert pieces("Lũ. Ngập", "lũ, ngập") == [("Lũ. Ngập", "")]


def test_below_half_of_the_words_one_voice_says_all_of_it() -> None:
    assert pieces("bão ở rất xa", "bão") == [("bão ở rất xa", "")]
    assert pieces("bão rất xa lắm", "bão rất") == [("bão rất ", "bão rất"), ("xa lắm", "")]


def test_each_sentence_is_judged_by_its_own_words() -> None:
    text = "Chiều nay có bão ở rất xa. Thời gian: bảy giờ ngày năm. Xã sẽ báo tin sau. Xin cảm ơn bà con."
    assert pieces(text, "bão", "thời gian", "bảy giờ", "ngày năm", "xin cảm ơn bà con") == [
        ("Chiều nay có bão ở rất xa. ", ""),
        ("Thời gian: ", "thời gian"),
        ("bảy giờ ", "bảy giờ"),
        ("ngày năm. ", "ngày năm"),
        ("Xã sẽ báo tin sau. ", ""),
        ("Xin cảm ơn bà con.", "xin cảm ơn bà con"),
    ]


def test_a_recorded_opening_is_used_whatever_follows_it() -> None:
    phrases = ("kính thưa bà con", "xã")
    assert pieces("Kính thưa bà con, chiều nay xã sẽ phun thuốc diệt muỗi ở chợ.", *phrases) == [
        ("Kính thưa bà con, ", "kính thưa bà con"),
        ("chiều nay xã sẽ phun thuốc diệt muỗi ở chợ.", ""),
    ]
    assert pieces("Hôm nay, kính thưa bà con, xã sẽ phun thuốc diệt muỗi ở chợ.", *phrases)[0][1] == ""


def test_what_has_no_word_is_left_to_the_voice() -> None:
    assert pieces("…", "bão") == [("…", "")]
    assert pieces("", "bão") == [("", "")]


def test_an_announcer_is_asked_for_the_fixed_parts_as_they_are_spoken_each_once() -> None:
    wanted = wanted_phrases(("Xã Hàm Thuận", "TP. Phan Thiết", "Xã Hàm Thuận"))

    assert len({key_of(each) for each in wanted}) == len(wanted)
    assert {"chạy lên nơi cao ngay", "Lũ quét sắp đổ về", "Nhắc lại cảnh báo", *COMMON} <= set(wanted)
    assert wanted[-2:] == ("Xã Hàm Thuận", "thành phố Phan Thiết")
    assert not any(sign in each for each in wanted for sign in "{}.0123456789")
