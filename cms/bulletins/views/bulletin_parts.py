"""Parts of the pages of a bulletin: the freeze before air, notes on its text, and its signed documents."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import render_template

from broadcast.bulletins.approval_document import ApprovalDocument, ApprovalSignature
from broadcast.bulletins.lifecycle import AIRING
from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.bulletins.remarks import Note
from broadcast.bulletins.remarks import found as place_of
from broadcast.bulletins.transcripts import TranscriptComparison, compared
from cms.bulletins.model import AwaitedSubmission
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.repository.submissions import AwaitedSubmissions
from cms.bulletins.service import freeze, signatures, transmission_withdrawal
from cms.bulletins.service.transmission_withdrawal import Freeze
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import add_template_globals
from province.areas import AreaId
from province.errors import FrozenError
from province.people import Action, UserId

REASON = "override"


def freeze_of(found: Bulletin) -> Freeze | None:
    """Return the freeze by an airing that is about to begin, so that the page shows it beforehand."""
    if found.status not in AIRING:
        return None
    context = request_context.context()
    return transmission_withdrawal.look_at_freeze(context.uow.reading(), found.id, context.now())


def blanks_left(found: Bulletin) -> list[str]:
    """Return the places still to be filled in, each with the words around it."""
    return [each.shown for left in freeze.blanks_left(found).values() for each in left]


def may_override(found: Bulletin) -> bool:
    """Return whether the user may override the freeze with a reason."""
    return all(request_context.can(Action.FREEZE_OVERRIDE, area_id, messages.tree()) for area_id in found.targets.areas)


def frozen_page(error: FrozenError, found: Bulletin) -> tuple[str, int]:
    """Render the same form again, with a field for the reason if the user may override."""
    html = render_template(
        "bulletins/frozen.html",
        bulletin=found,
        error=error,
        may_override=may_override(found),
    )
    return html, HTTPStatus.CONFLICT


@dataclass(frozen=True)
class NoteLine:
    """A remark. ``start``: position of its passage in the text shown; None if it has none, or the passage is gone."""

    note: Note
    start: int | None

    @property
    def is_gone(self) -> bool:
        return self.note.passage is not None and self.start is None


def lines(found: Bulletin, text: str) -> list[NoteLine]:
    """Sort the remarks: open ones in the order of the text, then those whose passage is gone, then settled ones."""
    shown = [NoteLine(note, _start(note, text)) for note in found.notes]
    return sorted(shown, key=lambda line: (line.note.done_at is not None, line.is_gone, line.start or 0))


def note_parts(found: Bulletin, *, can_settle: bool, text: str | None = None) -> dict[str, object]:
    """Return the variables of ``_notes.html``; ``text`` is the text being typed, if any."""
    return {
        "bulletin": found,
        "notes": lines(found, found.text if text is None else text),
        "can_settle": can_settle,
    }


def _start(note: Note, text: str) -> int | None:
    place = place_of(note.passage, text) if note.passage else None
    return None if place is None else place[0]


@dataclass(frozen=True)
class Approval:
    """The last approval of a bulletin: the document, its signatures, and whether the user may sign."""

    document: ApprovalDocument
    signatures: list[ApprovalSignature]
    is_own: bool
    waiting_in: tuple[AreaId, ...] = ()
    """Areas where it does not air before it is signed."""


def approval_of(uow: UnitOfWork, bulletin_id: BulletinId, user_id: UserId) -> Approval | None:
    """Return the last approval; None if it was never approved, or before approvals could be signed."""
    document = next(iter(uow[Approvals].documents(bulletin_id)), None)
    if document is None:
        return None
    made = [each for each in uow[Approvals].signatures(bulletin_id) if each.transmission_id == document.transmission_id]
    waiting = signatures.waiting_of(uow, bulletin_id).get(document.transmission_id, ())
    return Approval(document, made, document.approved_by == user_id, waiting)


def awaited_submission(found: Bulletin) -> AwaitedSubmission | None:
    """Return the submission that waits for the bulletin's sound, or that failed when it was made."""
    with request_context.context().uow.reading() as uow:
        return uow[AwaitedSubmissions].of(found)


def transcript_comparison(found: Bulletin) -> TranscriptComparison | None:
    """Compare the transcript of a recording with its text; None without one of them."""
    if not (found.original_sha256 and found.text and found.transcript):
        return None
    return compared(found.text, found.transcript, found.language, [area.name for area in messages.tree()])


add_template_globals(awaited_submission=awaited_submission, transcript_comparison=transcript_comparison)
