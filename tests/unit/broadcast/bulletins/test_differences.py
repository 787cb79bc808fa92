from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.differences import DifferencePart, Differences, Fate, differences, parts
from broadcast.bulletins.framing import DEVICE_RENDITION
from broadcast.bulletins.model import Sound, SoundState, Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.review_snapshots import shown_of
from tests.fakes.programme import C1, C2, C3, SOUND, bulletin, schedule

SHOWN = shown_of(
    bulletin(targets=Targets((C1, C2), (C3,)), sound=Sound(SoundState.READY, renditions=(SOUND,))), DEVICE_RENDITION
)


def test_what_is_the_same_has_no_difference() -> None:
    assert differences(SHOWN, SHOWN) == Differences()
    assert SHOWN.sound_sha256 == SOUND.sha256
    assert shown_of(bulletin(), DEVICE_RENDITION).sound_sha256 == ""


def test_words_places_times_and_sound_are_told_apart() -> None:
    other = schedule("2026-03-02T18:00")
    after = replace(
        SHOWN,
        title="Tiêu đề khác",
        priority=PriorityClass.PRIORITY,
        text="Trạm y tế tiêm chủng chiều thứ hai.",
        spoken="khác",
        targets=Targets((C2, C3), (C1,)),
        schedules=(other,),
        sound_sha256="b" * 64,
    )
    found = differences(SHOWN, after)
    assert found.fields == ("title", "priority")
    assert found.text == (
        DifferencePart(Fate.SAME, "Trạm y tế tiêm chủng "),
        DifferencePart(Fate.REMOVED, "sáng "),
        DifferencePart(Fate.ADDED, "chiều "),
        DifferencePart(Fate.SAME, "thứ hai."),
    )
    assert found.spoken == ()
    assert (found.areas_added, found.areas_removed) == ((C3,), (C1,))
    assert (found.excluded, found.included_again) == ((C1,), (C3,))
    assert (found.schedules_added, found.schedules_removed) == ((other,), SHOWN.schedules)
    assert found.is_sound_other


def test_another_reading_of_the_same_text_is_told_as_spoken_text() -> None:
    found = differences(replace(SHOWN, spoken="một hai"), replace(SHOWN, spoken="một ba"))
    assert found.text == ()
    assert [part.text for part in found.spoken if part.fate is Fate.ADDED] == ["ba"]


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_the_parts_hold_both_texts(before: str, after: str) -> None:
    found = parts(before, after)
    assert "".join(part.text for part in found if part.fate is not Fate.ADDED) == before
    assert "".join(part.text for part in found if part.fate is not Fate.REMOVED) == after
