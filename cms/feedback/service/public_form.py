"""Feedback from the public page, and the part of it that is published there."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from broadcast.feedback.model import PUBLIC, Channel, Feedback, FeedbackAction, FeedbackId
from cms.areas.repository import Places
from cms.feedback.repository import FeedbackRegister
from cms.feedback.service.register import FeedbackDraft, event_of, step, text_of, typed
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import NotFoundError, refuse, too_long
from province.people import Actor

SENT_MAX: Final = 2000
"""Characters that a citizen may send: an official can note more."""
_NOBODY: Final = Actor(PUBLIC, PUBLIC, ())


def receive(
    uow: UnitOfWork, feedback_id: FeedbackId, *, draft: FeedbackDraft, code_hash: str, now: datetime
) -> Feedback:
    """Register feedback sent now by the public page, anonymously. The same id again changes nothing.

    Raises:
        NotFoundError: no such place is on the public page.
        InvalidError: with everything wrong with it.
    """
    with uow:
        known = uow[FeedbackRegister].find(feedback_id)
        if known is not None:
            return known
        tree = uow[Places].tree()
        if draft.area_id not in tree or not uow[Places].rules(draft.area_id).is_public:
            raise NotFoundError("area", draft.area_id)
        refuse(too_long("text", draft.text, SENT_MAX))
        noted = typed(uow, replace(draft, channel=Channel.WEB, said_at=now), tree, now)
        sent = Feedback(
            id=feedback_id, taken_by=PUBLIC, taken_by_name=PUBLIC, taken_at=now, code_hash=code_hash, **noted
        )
        uow[FeedbackRegister].add(sent)
        uow.record(event_of("received", sent, _NOBODY, now))
        uow.commit()
    return sent


def publish(uow: UnitOfWork, feedback_id: FeedbackId, *, text: str, expected_version: int, call: Call) -> Feedback:
    """Publish question, as ``text`` words it, and answer on the public page; again replaces the one before.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
        InvalidError: the text is empty or too long.
    """

    def shown(old: Feedback) -> dict[str, Any]:
        worded = text_of("published_text", text)
        by = {"published_by": call.actor.user_id, "published_by_name": call.actor.name}
        return {"published_text": worded, "published_at": old.published_at or call.now, **by}

    return step(uow, feedback_id, FeedbackAction.PUBLISH, expected_version, shown, call=call)


def hide(uow: UnitOfWork, feedback_id: FeedbackId, *, expected_version: int, call: Call) -> Feedback:
    """Remove it from the public page and delete the published text.

    Raises:
        NotFoundError, NotAllowedError, ConflictError, NotPossibleError: see their remedies.
    """
    gone = {"published_text": "", "published_at": None, "published_by": None, "published_by_name": ""}
    return step(uow, feedback_id, FeedbackAction.HIDE, expected_version, lambda _: gone, call=call)
