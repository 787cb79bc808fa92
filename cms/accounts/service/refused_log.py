"""Refusals in the event log, written without failing the response."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from cms.accounts.service import refused
from cms.accounts.service.refused import Refusals
from cms.platform.store.uow import UowFactory
from province.errors import NotAllowedError
from province.events import Event
from province.people import Actor

log = logging.getLogger(__name__)


def note_right(refusals: Refusals, units: UowFactory, actor: Actor, error: NotAllowedError, source: str) -> None:
    """Note that this person, or a token of theirs, was refused."""
    _note(refusals, units, refused.right(actor, error, source, units.now()), source)


def note_wrong_token(refusals: Refusals, units: UowFactory, source: str) -> None:
    """Note a secret that is no token's, or whose token has expired."""
    _note(refusals, units, refused.wrong_token(source, units.now()), source)


def _note(refusals: Refusals, units: UowFactory, event: Event, source: str) -> None:
    try:
        refusals.note(units, event, source)
    except SQLAlchemyError:
        log.warning("refusal.not_written", exc_info=True)
