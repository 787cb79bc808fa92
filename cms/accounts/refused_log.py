"""Refusals written into the event log, without failing the answer that tells of them."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from broadcast.errors import NotAllowedError
from broadcast.events import Event
from broadcast.model.people import Actor
from cms.accounts import refused
from cms.context import Context

log = logging.getLogger(__name__)


def note_right(context: Context, actor: Actor, error: NotAllowedError, source: str) -> None:
    """This person, or a token of theirs, was refused."""
    _note(context, refused.right(actor, error, source, context.now()), source)


def note_wrong_token(context: Context, source: str) -> None:
    """A secret came that is no token's, or whose token is over."""
    _note(context, refused.wrong_token(source, context.now()), source)


def _note(context: Context, event: Event, source: str) -> None:
    try:
        context.refusals.note(context.uow, event, source)
    except SQLAlchemyError:
        log.warning("refusal.not_written", exc_info=True)
