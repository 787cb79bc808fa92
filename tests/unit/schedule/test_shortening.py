"""Shortened recordings: as a way out of a clash, or to a length that a person asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.bulletins.cues import ADDED_MAX_MS, FADE_MS, Cutting, NoCut, problems_of_cues
from broadcast.bulletins.model import Bulletin, BulletinStatus, Cues, Rendition, SoundState
from broadcast.scheduling.concessions import OfferKind, WayOut
from broadcast.scheduling.rescheduling import MoveEdit, MoveScope, Shift
from cms.schedule.service import concessions, rescheduling
from cms.schedule.service.rescheduling import Outlook
from province.errors import ClashError, InvalidError, NotAllowedError
from province.people import Action
from tests.builders.calls import with_call
from tests.builders.in_memory.bulletin_world import World
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, C1, MONDAY, NOW, SOUND, local, schedule, wall

RECORDING = "c" * 64
# Source of SOUND: two minutes, of which half a second is the pause at its end.
OUTLINE = Rendition("outline", "e" * 64, 900, SOUND.duration_ms - 500, "application/json")
ALL_ON = MoveEdit(Shift("s1", MONDAY, wall("2026-03-02T17:59"), MoveScope.ALL))
DAILY = (schedule(rrule="FREQ=DAILY"),)


def recorded(world: World, **more: Any) -> Bulletin:
    made = world.draft(**{"text": "", "original_sha256": RECORDING, "schedules": DAILY, **more})
    return world.sound(made, SOUND, OUTLINE)


def approved(world: World, **more: Any) -> Bulletin:
    return world.approve(world.submit(recorded(world, **more)))


def look(world: World, found: Bulletin, edit: MoveEdit) -> Outlook:
    return rescheduling.look(world.store(), found.id, edit=edit, call=world.call(AUTHOR, NOW))


def save(world: World, found: Bulletin, edit: MoveEdit, **more: Any) -> Bulletin:
    asked = with_call({"actor": AUTHOR, "authority": world.authority, "now": NOW, "new_id": world.new_id, **more})
    return rescheduling.reschedule(world.store(), found.id, edit=edit, **{"expected_version": found.version, **asked})


def shorten(world: World, found: Bulletin, edit: MoveEdit) -> WayOut:
    (offer,) = (each for each in look(world, found, edit).offers if each.kind is OfferKind.SHORTEN)
    return offer


def codes(refused: pytest.ExceptionInfo[InvalidError]) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in refused.value.problems]


# ---- the offer


def in_the_way(world: World, starts: str = "2026-03-04T18:00") -> None:
    world.approved(schedules=(schedule(starts),), title="Khác")


def test_a_recording_is_cut_to_the_room_before_what_it_collides_with_and_fades_out() -> None:
    world = World()
    in_the_way(world)
    found = approved(world)
    offer = shorten(world, found, ALL_ON)
    assert (offer.length_ms, offer.why_not) == (60_000, None)
    assert offer.edit == replace(ALL_ON, length_ms=60_000)
    outlook = look(world, found, offer.edit)
    assert outlook.is_clear
    assert outlook.cues == Cues(0, 60_000 - ADDED_MAX_MS, 0, FADE_MS)
    assert (outlook.takes_back, outlook.needs_approval) == (True, False)


def test_taking_the_offer_is_an_edit_that_asks_for_sound_and_approval_again() -> None:
    world = World()
    in_the_way(world)
    found = approved(world)
    offer = shorten(world, found, ALL_ON)
    assert offer.edit is not None
    saved = save(world, found, offer.edit)
    assert (saved.status, saved.sound.state, saved.proposal) == (BulletinStatus.DRAFT, SoundState.MAKING, None)
    assert saved.cues == Cues(0, 59_000, 0, FADE_MS)
    assert saved.original_sha256 == RECORDING
    assert [each.starts.time() for each in saved.schedules] == [wall("2026-03-02T17:59").time()]
    assert world.transmission(found).withdrawn_at == NOW
    assert world.events()[-1] == "bulletin.edited"


def test_a_change_that_waits_goes_into_what_is_shortened() -> None:
    world = World()
    found = save(world, approved(world), MoveEdit(raise_class=True))
    assert found.proposal is not None
    saved = save(world, found, MoveEdit(length_ms=90_000))
    assert (saved.proposal, saved.priority) == (None, found.proposal.priority)


def test_where_a_part_is_split_off_that_part_keeps_all_of_the_sound() -> None:
    world = World()
    found = recorded(world)
    save(world, found, MoveEdit(length_ms=90_000, split=(C1,)))
    (other,) = (each for each in world.store.all(Bulletin) if each.id != found.id)
    assert (other.cues, other.targets.areas) == (Cues(), (C1,))


@pytest.mark.parametrize(
    ("starts", "why_not"), [("2026-03-04T17:59:59", NoCut.TOO_LITTLE), ("2026-03-04T17:59:09", NoCut.TOO_LITTLE)]
)
def test_what_would_leave_next_to_nothing_is_not_offered(starts: str, why_not: NoCut) -> None:
    world = World()
    in_the_way(world, starts)
    found = approved(world)
    offer = shorten(world, found, ALL_ON)
    assert (offer.edit, offer.why_not) == (None, why_not)


def test_what_a_voice_reads_is_not_cut_short_and_says_so() -> None:
    world = World()
    in_the_way(world)
    found = world.approved(schedules=DAILY)
    assert shorten(world, found, ALL_ON).why_not is NoCut.SPOKEN
    with pytest.raises(InvalidError) as refused:
        look(world, found, MoveEdit(length_ms=60_000))
    assert codes(refused) == [("length_ms", "NO_CUT_SPOKEN")]


def test_what_is_with_a_reviewer_is_taken_back_first() -> None:
    world = World()
    in_the_way(world)
    found = world.submit(recorded(world))
    assert shorten(world, found, ALL_ON).why_not is NoCut.SUBMITTED


def test_whoever_may_not_edit_it_is_not_offered_to() -> None:
    world = World()
    in_the_way(world)
    found = approved(world)
    world.authority = FixedAuthority(frozenset({Action.BULLETIN_WITHDRAW}))
    offer = shorten(world, found, ALL_ON)
    assert (offer.edit, offer.why_not) == (None, NoCut.NOT_YOURS)
    draft = recorded(world, title="Khác nữa")
    assert isinstance(look(world, draft, ALL_ON).cutting, Cutting)


def test_nobody_cuts_what_they_may_not_write() -> None:
    world = World(authority=FixedAuthority(frozenset({Action.BULLETIN_WRITE})))
    with pytest.raises(NotAllowedError):
        recorded(world)


def test_while_the_sound_is_being_made_nobody_knows_what_to_cut() -> None:
    world = World()
    made = world.draft(text="", original_sha256=RECORDING, schedules=DAILY)
    assert look(world, made, ALL_ON).cutting is NoCut.UNMEASURED
    assert _looked(world, made) is NoCut.UNMEASURED


# ---- a length asked for


def _looked(world: World, found: Bulletin) -> Cutting | NoCut:
    return concessions.look_for_cut(world.store(), found, call=world.call(AUTHOR, NOW))


def test_how_long_it_is_and_can_be_is_told_without_an_edit() -> None:
    world = World()
    assert _looked(world, recorded(world)) == Cutting(Cues(), OUTLINE.duration_ms, SOUND.duration_ms, 0)


def test_a_clash_of_the_length_asked_for_is_found_and_what_is_handed_over_is_not_saved_with_it() -> None:
    world = World()
    in_the_way(world, "2026-03-04T17:01:30")
    found = recorded(world)
    assert look(world, found, MoveEdit(length_ms=100_000)).clashes[0].start_at == local("2026-03-04T17:00")
    assert look(world, found, MoveEdit(length_ms=90_000)).is_clear
    assert save(world, found, MoveEdit(length_ms=100_000)).cues.out_ms == 99_000
    other = approved(world, schedules=(schedule("2026-03-05T17:00"),))
    in_the_way(world, "2026-03-05T18:01:30")
    with pytest.raises(ClashError):
        save(
            world,
            other,
            MoveEdit(Shift("s1", wall("2026-03-05T17:00").date(), wall("2026-03-05T18:00")), length_ms=100_000),
        )


def test_the_length_it_has_changes_nothing() -> None:
    world = World()
    found = recorded(world)
    with pytest.raises(InvalidError) as refused:
        save(world, found, MoveEdit(length_ms=SOUND.duration_ms))
    assert codes(refused) == [("to", "NOTHING_CHANGED")]


@pytest.mark.parametrize(
    ("length_ms", "code"),
    [(SOUND.duration_ms + 1, "LONGER_THAN_RECORDING"), (ADDED_MAX_MS + 999, "LENGTH_TOO_SHORT")],
)
def test_it_gets_no_longer_than_its_recording_and_no_shorter_than_a_second(length_ms: int, code: str) -> None:
    world = World()
    with pytest.raises(InvalidError) as refused:
        look(world, recorded(world), MoveEdit(length_ms=length_ms))
    assert codes(refused) == [("length_ms", code)]


def test_what_airs_in_ten_minutes_is_not_cut_nor_offered_to_be() -> None:
    world = World()
    found = approved(world)
    call = world.call(AUTHOR, local("2026-03-03T16:50"))
    assert concessions.look_for_cut(world.store(), found, call=call) is NoCut.FROZEN
    with pytest.raises(InvalidError) as refused:
        save(world, found, MoveEdit(length_ms=90_000), now=local("2026-03-03T16:50"))
    assert codes(refused) == [("length_ms", "NO_CUT_FROZEN")]


# ---- which cues


def test_what_was_cut_is_aired_whole_again_and_its_own_fades_stay() -> None:
    cutting = Cutting(Cues(5_000, 30_000, 1_000, 3_000), 60_000, airing_ms=35_500, around_ms=10_000)
    assert cutting.longest_ms == 10_000 + 55_000 + ADDED_MAX_MS
    assert cutting.to(cutting.longest_ms) == Cues(5_000, None, 1_000, 3_000)
    assert cutting.to(41_000) == Cues(5_000, 35_000, 1_000, 3_000)
    assert cutting.to(cutting.airing_ms) == cutting.cues


def test_fades_give_way_where_little_is_left() -> None:
    cutting = Cutting(Cues(0, None, 20_000, 0), 60_000, airing_ms=60_500, around_ms=0)
    assert cutting.to(4_000) == Cues(0, 3_000, 1_500, 1_500)


@st.composite
def cuttings(draw: st.DrawFn) -> Cutting:
    recording_ms = draw(st.integers(5_000, 4_000_000))
    in_ms = draw(st.integers(0, recording_ms - 3_000))
    out_ms = draw(st.one_of(st.none(), st.integers(in_ms + 2_000, recording_ms)))
    aired_ms = (out_ms or recording_ms) - in_ms
    fade_in_ms = draw(st.integers(0, aired_ms))
    cues = Cues(in_ms, out_ms, fade_in_ms, draw(st.integers(0, aired_ms - fade_in_ms)))
    around_ms = draw(st.integers(0, 60_000))
    return Cutting(cues, recording_ms, around_ms + aired_ms + draw(st.integers(-500, 520)), around_ms)


@given(cuttings(), st.floats(0, 1))
def test_whatever_length_is_given_the_cues_are_good_and_nothing_is_longer(cutting: Cutting, part: float) -> None:
    length_ms = round(cutting.shortest_ms + part * (cutting.longest_ms - cutting.shortest_ms))
    cues = cutting.to(length_ms)
    assert problems_of_cues(cues, cutting.recording_ms) == []
    aired_ms = (cutting.recording_ms if cues.out_ms is None else cues.out_ms) - cues.in_ms
    if cues != cutting.cues:
        assert cutting.around_ms + aired_ms + ADDED_MAX_MS <= length_ms
    assert cues.in_ms == cutting.cues.in_ms
