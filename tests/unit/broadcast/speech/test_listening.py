from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.speech.listening import (
    ListeningAnswer,
    ListeningErrors,
    ListeningFigures,
    ListeningJudgement,
    ListeningTest,
    ListeningTestId,
    figures_of,
    is_a_first,
)
from province.people import UserId

NOW = datetime(2026, 11, 29, tzinfo=UTC)
TEST = ListeningTestId("t")
SAID = ("bà con đi họp lúc bảy giờ", "tàu thuyền không được ra khơi")


def answer(
    number: int, listener: str, heard: str, clearer: ListeningJudgement, *, is_a: bool = True
) -> ListeningAnswer:
    return ListeningAnswer(f"{number}{listener}", TEST, number, UserId(listener), is_a, heard, clearer, NOW)


def test_the_order_is_drawn_for_each_person_and_text_and_stays() -> None:
    drawn = [is_a_first(TEST, UserId(f"u{person}"), number) for person in range(40) for number in range(10)]

    assert drawn == [is_a_first(TEST, UserId(f"u{person}"), number) for person in range(40) for number in range(10)]
    assert 150 < sum(drawn) < 250
    assert len({tuple(drawn[at : at + 10]) for at in range(0, 400, 10)}) > 30


@given(number=st.integers(0, 1), listener=st.text(max_size=5).map(UserId))
def test_both_voices_say_each_text_to_everybody(number: int, listener: UserId) -> None:
    test = ListeningTest(TEST, "a", "b", SAID, NOW, UserId("u"), "Lan", "j", ("0a", "0b", "1a", "1b"))

    assert sorted(test.clips_for(listener, number)) == [f"{number}a", f"{number}b"]
    assert (test.clips_for(listener, number)[0] == f"{number}a") is is_a_first(TEST, listener, number)


def test_figures_count_preferences_and_the_words_misheard_of_the_first_voice() -> None:
    figures = figures_of(
        SAID,
        [
            answer(0, "lan", "bà con đi họp lúc mấy giờ", ListeningJudgement.A),
            answer(1, "lan", "tàu thuyền được ra khơi", ListeningJudgement.B, is_a=False),
            answer(0, "minh", "", ListeningJudgement.SAME),
        ],
    )

    assert figures == ListeningFigures(2, 1, 1, 1, ListeningErrors(1, 1, 7), ListeningErrors(1, 1, 6))
    assert figures.heard_a.error_rate == pytest.approx(1 / 7)
    assert ListeningErrors(0, 0, 0).error_rate is None


def preferred(a: int, b: int) -> ListeningFigures:
    nothing = ListeningErrors(0, 0, 0)
    return ListeningFigures(a + b, a, b, 0, nothing, nothing)


def test_the_share_has_the_interval_of_wilson() -> None:
    assert preferred(0, 0).share_a is None
    assert preferred(15, 5).share_a == pytest.approx((0.75, 0.5313, 0.8881), abs=1e-3)


@given(a=st.integers(0, 200), b=st.integers(0, 200))
def test_the_interval_lies_around_the_share_and_within_the_possible(a: int, b: int) -> None:
    found = preferred(a, b).share_a
    if found is not None:
        share, low, high = found
        assert -1e-9 <= low <= share + 1e-9
        assert share - 1e-9 <= high <= 1 + 1e-9
