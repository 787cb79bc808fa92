"""Where refusals of one database are folded, and written without failing the answer that tells of them."""

from __future__ import annotations

import logging
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from broadcast.errors import NotAllowedError
from broadcast.events import Event
from broadcast.model.people import Actor
from cms.accounts import refused
from cms.accounts.refused import Refusals
from cms.store.uow import UowFactory

log = logging.getLogger(__name__)
_OF: Final[WeakKeyDictionary[Engine, Refusals]] = WeakKeyDictionary()


def note_right(units: UowFactory, actor: Actor, error: NotAllowedError, source: str) -> None:
    """This person, or a token of theirs, was refused."""
    told = refused.right(actor, error, source, units.now())
    _note(units, told, source)


def note_wrong_token(units: UowFactory, source: str) -> None:
    """A secret came that is no token's, or whose token is over."""
    _note(units, refused.wrong_token(source, units.now()), source)


def _note(units: UowFactory, event: Event, source: str) -> None:
    try:
        _OF.setdefault(units.engine, Refusals()).note(units, event, source)
    except SQLAlchemyError:
        log.warning("refusal.not_written", exc_info=True)
