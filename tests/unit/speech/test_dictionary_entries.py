"""Dictionary: the area of each word, the words that may be taught, and no effect on approved bulletins."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from broadcast.bulletins.model import Targets
from broadcast.speech.dictionary import occurring, problems_of_saying, reach_of, sayings_of
from broadcast.speech.readings import DictionaryEntry, PronunciationId, Saying
from cms.bulletins.service import drafts
from cms.speech.service import dictionary
from province.areas import Area, AreaId, AreaTree
from province.errors import InvalidError, NotAllowedError, NotFoundError
from province.people import Action
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AREAS, AUTHOR, C1, C2, C3, NORTH, NOW, PROVINCE, SOUTH, TREE

KA_PET = Saying("La Ngà", "Lờ a Ngà")


def teach(world: World, saying: Saying, area_id: AreaId = PROVINCE) -> DictionaryEntry:
    return dictionary.teach(world.store(), area_id=area_id, saying=saying, call=world.call(AUTHOR, NOW))


def word(area_id: AreaId, written: str, spoken: str) -> DictionaryEntry:
    return DictionaryEntry(
        PronunciationId(f"{area_id}-{written}"), area_id, Saying(written, spoken), NOW, AUTHOR.user_id, AUTHOR.name
    )


def test_a_word_holds_in_its_area_and_below() -> None:
    words = [word(NORTH, "Cà Ty", "bắc"), word(C3, "Cà Ty", "xã ba")]
    assert [s.spoken for s in sayings_of(words, reach_of([C1], TREE))] == ["bắc"]
    assert [s.spoken for s in sayings_of(words, reach_of([C3], TREE))] == ["xã ba"]
    assert sayings_of(words, reach_of([SOUTH], TREE)) == ()


def test_the_nearest_area_is_followed_first() -> None:
    words = [word(PROVINCE, "cà ty", "tỉnh"), word(C1, "Cà  Ty", "xã"), word(NORTH, "Cà Ty", "bắc")]
    assert [s.spoken for s in sayings_of(words, reach_of([C1], TREE))] == ["xã"]


def test_only_what_holds_in_every_area_of_a_bulletin_counts() -> None:
    assert reach_of([C1, C2], TREE) == (NORTH, PROVINCE)
    assert reach_of([C1, C3], TREE) == (PROVINCE,)
    assert reach_of([C1], TREE) == (C1, NORTH, PROVINCE)
    assert reach_of([AreaId("nowhere")], TREE) == reach_of([], TREE) == ()


def test_what_an_area_came_out_of_still_counts_after_a_reform() -> None:
    new = Area(AreaId("new"), "Xã mới", "commune", PROVINCE, date(2025, 7, 1), predecessors=(C1,))
    assert reach_of([AreaId("new")], AreaTree([*AREAS, new])) == (AreaId("new"), PROVINCE, NORTH, C1)


def test_longer_forms_go_first_for_they_hold_shorter_ones() -> None:
    words = [word(PROVINCE, "La", "a"), word(PROVINCE, "La Gi", "b")]
    assert [s.written for s in sayings_of(words, (PROVINCE,))] == ["La Gi", "La"]


def test_only_what_a_text_can_hold_is_kept_with_it() -> None:
    assert occurring([KA_PET, Saying("Cà Ty", "x")], "Sông LA  NGÀ lên") == (KA_PET,)


def test_what_is_taught_is_said_from_the_next_saving_on() -> None:
    world = World()
    old = world.draft(text="Sông La Ngà lên")
    made = teach(world, Saying("  la   ngà ", " La Ngà lớn "))
    assert made.saying == Saying("la ngà", "La Ngà lớn")
    assert old.spoken == "Sông La Ngà lên"
    assert world.draft(text="Sông La Ngà lên").spoken == "Sông La Ngà lớn lên"
    assert world.events()[1] == "word.taught"
    assert world.store.events()[1].detail["before"] == ""


def test_teaching_again_takes_the_place_of_the_old_and_says_what_that_was() -> None:
    world = World()
    first = teach(world, KA_PET)
    again = teach(world, Saying("LA NGÀ", "La Ngà"))
    assert world.store.all(DictionaryEntry) == [again]
    assert world.store.events()[-1].detail["before"] == first.saying.spoken


def test_teaching_the_same_again_changes_nothing() -> None:
    world = World()
    assert teach(world, KA_PET) == teach(world, KA_PET)
    assert world.events() == ["word.taught"]


def test_a_new_word_never_changes_what_was_approved() -> None:
    world = World()
    approved = world.approved(text="Cấp 8-9 ở La Ngà")
    teach(world, Saying("La Ngà", "khác hẳn"))
    assert world.bulletin(approved.id).spoken == "Cấp tám đến cấp chín ở La Ngà"
    assert world.bulletin(approved.id).sound.made_from == approved.sound_input


def test_a_saying_of_the_bulletin_goes_before_the_dictionary() -> None:
    world = World()
    teach(world, KA_PET)
    made = world.draft(text="La Ngà 2 km", sayings=(Saying("La Ngà", "riêng"),))
    assert made.spoken == "riêng hai ki-lô-mét"
    assert made.sound.made_from == "text:vi:riêng hai ki-lô-mét"


def test_another_language_is_read_as_it_is_written() -> None:
    assert World().draft(text="Meet at 8:30", language="en").spoken == "Meet at 8:30"


def test_what_cannot_be_taught_is_told_all_at_once() -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        teach(world, Saying(" ", "số 5"), AreaId("nowhere"))
    assert [(p.field, p.code) for p in refused.value.problems] == [
        ("written", "MISSING"),
        ("spoken", "NOT_IN_WORDS"),
        ("area", "AREA_UNKNOWN"),
    ]
    assert world.store.all(DictionaryEntry) == []


def test_too_long_is_told_with_its_limit() -> None:
    found = problems_of_saying(Saying("a" * 101, "b" * 201))
    assert [(p.field, p.code, p.detail["max"]) for p in found] == [
        ("written", "TOO_LONG", 100),
        ("spoken", "TOO_LONG", 200),
    ]


def test_a_draft_with_sayings_that_cannot_be_said_is_refused() -> None:
    with pytest.raises(InvalidError) as refused:
        World().draft(sayings=(Saying("x", "5"),) * 101)
    assert {(p.field, p.code) for p in refused.value.problems} == {
        ("sayings", "TOO_MANY"),
        ("sayings.spoken", "NOT_IN_WORDS"),
    }


def test_only_whom_the_policy_lets_may_teach_and_forget() -> None:
    world = World()
    made = teach(world, KA_PET)
    world.authority = FixedAuthority(frozenset({Action.WORD_TEACH}))
    with pytest.raises(NotAllowedError):
        teach(world, KA_PET)
    with pytest.raises(NotAllowedError):
        dictionary.forget(world.store(), made.id, call=world.call(AUTHOR, NOW))


def test_a_forgotten_word_is_said_as_before_and_its_event_keeps_it() -> None:
    world = World()
    made = teach(world, KA_PET, C1)
    dictionary.forget(world.store(), made.id, call=world.call(AUTHOR, NOW + timedelta(minutes=1)))
    assert world.draft(text="La Ngà", targets=Targets((C1,))).spoken == "La Ngà"
    event = world.store.events()[1]
    assert (event.name, event.detail) == (
        "word.forgotten",
        {"area": C1, "written": "La Ngà", "spoken": "Lờ a Ngà"},
    )
    with pytest.raises(NotFoundError):
        dictionary.forget(world.store(), made.id, call=world.call(AUTHOR, NOW))


def test_saving_again_reads_by_the_dictionary_of_that_moment() -> None:
    world = World()
    old = world.draft(text="La Ngà")
    teach(world, KA_PET)
    saved = drafts.edit(
        world.store(), old.id, draft=draft(text="La Ngà"), expected_version=1, call=world.call(AUTHOR, NOW)
    )
    assert (saved.spoken, saved.sound.job_id) == ("Lờ a Ngà", "job2")
