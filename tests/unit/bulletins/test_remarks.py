from __future__ import annotations

from datetime import timedelta

import pytest

from broadcast.bulletins.model import Bulletin, BulletinStatus
from broadcast.bulletins.remarks import NoteId, Passage, found
from cms.bulletins.service import drafts, remarks, review
from cms.bulletins.service.remarks import NoteDraft
from province.errors import InvalidError, NotAllowedError, NotFoundError, NotPossibleError
from province.people import Action
from tests.builders.in_memory.bulletin_world import World, draft
from tests.fakes.authority import FixedAuthority
from tests.fakes.programme import AUTHOR, NOW, REVIEWER

LATER = NOW + timedelta(minutes=5)
AT_MORNING = NoteDraft("Ghi rõ giờ", "sáng thứ hai")
WHOLE = NoteDraft(" Thiếu nơi liên hệ ")


def send_back(world: World, bulletin: Bulletin, *notes: NoteDraft, reason: str = "") -> Bulletin:
    return review.return_(
        world.store(),
        bulletin.id,
        reason=reason,
        expected_version=bulletin.version,
        call=world.call(REVIEWER, NOW),
        notes=notes,
    )


def settle(world: World, bulletin: Bulletin, note_id: str, *, is_done: bool = True) -> Bulletin:
    return remarks.settle(world.store(), bulletin.id, NoteId(note_id), is_done=is_done, call=world.call(AUTHOR, LATER))


def test_a_return_keeps_its_notes_at_their_places_and_needs_no_other_reason() -> None:
    world = World()
    submitted = world.submitted()
    bulletin = send_back(world, submitted, AT_MORNING, WHOLE)
    first, second = bulletin.notes
    assert first.passage == Passage("sáng thứ hai", 21, "y tế tiêm chủng "[-12:], ".")
    assert (second.passage, second.text, second.by_name, second.at) == (None, "Thiếu nơi liên hệ", REVIEWER.name, NOW)
    assert len({note.id for note in bulletin.notes}) == 2
    assert bulletin.remarks[-1].text == ""
    assert world.store.events()[-1].detail["notes"] == 2


def test_everything_wrong_with_notes_is_told_at_once() -> None:
    world = World()
    notes = (NoteDraft(" ", "tiêm"), NoteDraft("x" * 1001), NoteDraft("Sai", "không có đâu"), NoteDraft("a", "x" * 501))
    with pytest.raises(InvalidError) as refused:
        send_back(world, world.submitted(), *notes, reason="x" * 2001)
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("notes.0.text", "MISSING"),
        ("notes.1.text", "TOO_LONG"),
        ("notes.2.quote", "PASSAGE_UNKNOWN"),
        ("notes.3.quote", "TOO_LONG"),
        ("notes.3.quote", "PASSAGE_UNKNOWN"),
        ("reason", "TOO_LONG"),
    ]
    with pytest.raises(InvalidError) as refused:
        send_back(world, world.submitted(), *[WHOLE] * 51)
    assert [problem.code for problem in refused.value.problems] == ["TOO_MANY"]


def test_notes_stay_through_edits_and_say_when_their_passage_is_gone() -> None:
    world = World()
    returned = send_back(world, world.submitted(), AT_MORNING)
    bulletin = returned
    for text, is_there in (("Mời bà con: Trạm y tế tiêm chủng sáng thứ hai.", True), ("Trạm y tế nghỉ.", False)):
        bulletin = drafts.edit(
            world.store(),
            bulletin.id,
            draft=draft(text=text),
            expected_version=bulletin.version,
            call=world.call(AUTHOR, NOW),
        )
        (note,) = bulletin.notes
        assert note.passage is not None
        assert (found(note.passage, bulletin.text) is not None) is is_there


def test_a_note_is_ticked_off_and_opened_again_while_somebody_edits() -> None:
    world = World()
    returned = send_back(world, world.submitted(), AT_MORNING, WHOLE)
    done = settle(world, returned, returned.notes[0].id)
    assert [(note.done_at, note.done_by_name) for note in done.notes] == [(LATER, AUTHOR.name), (None, "")]
    assert done.status is BulletinStatus.RETURNED
    assert settle(world, done, done.notes[0].id) == done
    # A person who had the editor open before may still save.
    edited = drafts.edit(
        world.store(),
        done.id,
        draft=draft(text="Sáng thứ hai, 7 giờ."),
        expected_version=returned.version,
        call=world.call(AUTHOR, NOW),
    )
    reopened = settle(world, edited, edited.notes[0].id, is_done=False)
    assert reopened.notes[0].done_at is None
    assert world.events()[-1] == "bulletin.note_reopened"


def test_ticking_off_is_for_those_who_may_write_while_it_can_be_edited() -> None:
    world = World()
    returned = send_back(world, world.submitted(), WHOLE)
    with pytest.raises(NotFoundError):
        settle(world, returned, "none")
    with pytest.raises(NotPossibleError):
        settle(world, world.submitted(), "none")
    world.authority = FixedAuthority(frozenset({Action.BULLETIN_WRITE}))
    with pytest.raises(NotAllowedError):
        settle(world, returned, returned.notes[0].id)
