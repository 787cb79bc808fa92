"""Remarks at places in the text: added when a bulletin is returned, ticked off when they are dealt with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction, BulletinId
from broadcast.bulletins.remarks import Note, NoteId, chosen
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service.revisions import event_of, progressed
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import NotFoundError, Problem, problem_if, too_long
from province.people import Action

NOTE_MAX = 1000
QUOTE_MAX = 500
NOTES_MAX = 50


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """Remark as a reviewer enters it. ``quote`` is copied from the text; of several, the one nearest to ``near``."""

    text: str
    quote: str = ""
    near: int = 0


def problems_of(drafts: Sequence[NoteDraft], text: str) -> list[Problem]:
    """Return everything wrong with the drafts; fields are ``notes.{number}.quote`` and ``.text``, counted from 0."""
    if len(drafts) > NOTES_MAX:
        return [Problem("notes", "TOO_MANY", {"max": NOTES_MAX})]
    found: list[Problem] = []
    for number, draft in enumerate(drafts):
        found += problem_if(not draft.text.strip(), f"notes.{number}.text", "MISSING")
        for name, typed, most in (("text", draft.text, NOTE_MAX), ("quote", draft.quote, QUOTE_MAX)):
            found += too_long(f"notes.{number}.{name}", typed, most)
        if draft.quote and chosen(text, draft.quote, draft.near) is None:
            found.append(Problem(f"notes.{number}.quote", "PASSAGE_UNKNOWN"))
    return found


def notes_of(drafts: Sequence[NoteDraft], bulletin: Bulletin, call: Call) -> tuple[Note, ...]:
    """Return the remarks to store; call only after :func:`problems_of`."""
    return tuple(
        Note(
            NoteId(f"{bulletin.version}-{number}"),
            chosen(bulletin.text, draft.quote, draft.near),
            draft.text.strip(),
            call.actor.user_id,
            call.actor.name,
            call.now,
        )
        for number, draft in enumerate(drafts, start=1)
    )


def settle(uow: UnitOfWork, bulletin_id: BulletinId, note_id: NoteId, *, is_done: bool, call: Call) -> Bulletin:
    """Tick the remark off, or reopen it; any number of times. A person editing meanwhile may go on.

    Raises:
        NotFoundError, NotAllowedError: see their remedies.
        NotPossibleError: the bulletin cannot be edited now.
    """
    with uow:
        old = uow[Bulletins].get(bulletin_id)
        call.require(Action.BULLETIN_WRITE, old.targets.areas, uow[Places].tree())
        next_status(old.status, BulletinAction.EDIT)
        note = next((each for each in old.notes if each.id == note_id), None)
        if note is None:
            raise NotFoundError("note", note_id)
        if is_done == (note.done_at is not None):
            return old
        settled = replace(note, done_at=call.now if is_done else None, done_by_name=call.actor.name if is_done else "")
        notes = tuple(settled if each.id == note_id else each for each in old.notes)
        bulletin = progressed(old, call.now, notes=notes)
        uow[Bulletins].save(bulletin)
        uow.record(event_of("note_settled" if is_done else "note_reopened", bulletin, call.actor, note=note_id))
        uow.commit()
    return bulletin
