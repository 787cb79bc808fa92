"""Texts as phrases of syllables: what is said of each word, and that no word is lost."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.speech.normalization import read
from broadcast.speech.normalization.numbers import letters
from broadcast.speech.phonology.breath_groups import BreathGroup, Pause, UnreadableError, breath_groups
from broadcast.speech.phonology.dialects import Dialect
from broadcast.speech.phonology.loan_words import LISTED, respelled
from broadcast.speech.phonology.syllables import Syllable, parse
from tests.builders.voices.syllables import inventory

SYLLABLES = tuple(inventory())
READINGS = sorted((Path(__file__).parents[3] / "contract" / "spoken").glob("*.tsv"))


def syllables_of(found: tuple[BreathGroup, ...]) -> list[Syllable]:
    return [syllable for group in found for syllable in group.syllables]


def parsed(words: str) -> list[Syllable]:
    return [syllable for word in words.split() if (syllable := parse(word))]


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("được", "được"),
        ("Facebook", "phây búc"),
        ("ZALO", "da lô"),
        ("B", "bê"),
        ("TNHH", "tê nờ hát hát"),
        ("Krông", "cờ rông"),
        ("Plông", "pờ lông"),
        ("Kalmaegi", "ca lờ ma e gi"),
        ("Agribank", "a gờ ri ban cờ"),
        ("Paracetamon", "pa ra xe ta mon"),
        ("Oép", "oép"),
        ("taluy", "ta luy"),
        ("app", "áp"),
        ("Yagi", "i a gi"),
        ("ăâ", "á ớ"),
        ("iq", "i cờ"),
        ("ñ", "nờ"),
    ],
)
def test_a_word_from_elsewhere_is_read_as_vietnamese_syllables(word: str, wanted: str) -> None:
    assert respelled(word) == tuple(parsed(wanted))


@pytest.mark.parametrize("word", ["会议", "Москва", "façade", "bcdfghk", "\u0301"])
def test_a_word_that_no_rule_reads_has_no_reading(word: str) -> None:
    assert respelled(word) is None


@given(st.text(alphabet=st.characters(categories=["L"], max_codepoint=0x1EFF), min_size=1, max_size=10))
def test_whatever_word_comes_is_read_or_refused_never_left_out(word: str) -> None:
    try:
        found: Sequence[object] = syllables_of(breath_groups(word))
    except UnreadableError as error:
        found = error.words
    assert found


def test_listed_words_and_names_of_letters_are_vietnamese() -> None:
    for said in (*LISTED.values(), *(letters(letter) for letter in "ABCDĐEFGHIJKLMNOPQRSTUVWXYZ")):
        assert len(parsed(said)) == len(said.split()), said


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Kính mời bà con.", [Pause.STATEMENT]),
        ("Bà con chú ý: bão đến", [Pause.CLAUSE, Pause.STATEMENT]),
        ("Có nghe rõ không? Có!", [Pause.QUESTION, Pause.STATEMENT]),
        ("Một,\nhai", [Pause.STATEMENT, Pause.STATEMENT]),
        ("Một. , hai", [Pause.STATEMENT, Pause.STATEMENT]),
        ("ki-lô-mét", [Pause.STATEMENT]),
        ("Mưa - gió", [Pause.CLAUSE, Pause.STATEMENT]),
        ("“Mưa” gió", [Pause.STATEMENT]),
        ("… , .", []),
        ("", []),
    ],
)
def test_marks_are_pauses(text: str, ends: list[Pause]) -> None:
    assert [group.end for group in breath_groups(text)] == ends


def test_a_long_sentence_is_said_in_breaths_that_begin_with_small_words() -> None:
    text = "Ủy ban nhân dân phường thông báo lịch tiêm chủng mở rộng cho trẻ dưới năm tuổi vào sáng thứ bảy"
    found = breath_groups(text)
    assert [len(group.syllables) for group in found] == [12, 5, 4]
    assert [group.end for group in found] == [Pause.GROUP, Pause.GROUP, Pause.STATEMENT]
    assert syllables_of(found) == parsed(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Họp 会议 lúc 7 giờ, 会议", ("会议", "7")),
        ("Vui 🎉", ("🎉",)),
        ("Một % hai", ("%",)),
    ],
)
def test_a_text_with_something_unreadable_is_refused_and_says_what(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableError) as raised:
        breath_groups(text)
    assert raised.value.words == words


@given(st.lists(st.sampled_from(SYLLABLES), max_size=60), st.sampled_from((" ", ", ", ". ", " - ", "\n", "? ")))
def test_as_many_syllables_come_out_as_went_in(words: list[str], between: str) -> None:
    assert syllables_of(breath_groups(between.join(words))) == [parse(word) for word in words]


@pytest.mark.parametrize("table", READINGS, ids=lambda path: path.stem)
def test_every_judged_reading_is_said_word_for_word(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if len(line) > 1]
    assert lines
    for line in lines:
        spoken = line[1].replace("\\n", "\n")
        assert len(syllables_of(breath_groups(spoken))) >= len(re.findall(r"[^\W\d_]+", spoken)), spoken


def test_a_bulletin_as_it_is_read_is_said_whole() -> None:
    spoken = read("UBND xã họp lúc 7g30 ngày 2/12 tại TP. Phan Thiết, gió cấp 8-9, điện thoại 0252.3821.234.").spoken
    assert len(syllables_of(breath_groups(spoken))) == len(re.findall(r"[^\W\d_]+", spoken))


@pytest.mark.parametrize(
    ("dialect", "wanted"),
    [
        (Dialect.ANNOUNCER, "tr s r gi d | inh ngã"),
        (Dialect.NORTHERN, "ch x d d d | inh ngã"),
        (Dialect.SOUTHERN, "tr s r y y | in hỏi"),
    ],
)
def test_regions_keep_apart_different_sounds(dialect: Dialect, wanted: str) -> None:
    *onsets, last = syllables_of(breath_groups("tra sa ra gia da mĩnh", dialect))
    assert f"{' '.join(each.onset for each in onsets)} | i{last.coda} {last.tone}" == wanted


def test_the_south_says_final_ch_as_t_and_keeps_anh() -> None:
    codas = [each.coda for each in syllables_of(breath_groups("lịch anh tách bệnh", Dialect.SOUTHERN))]
    assert codas == ["t", "nh", "ch", "n"]
