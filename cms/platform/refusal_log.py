"""Refused rights and invalid tokens in the audit log: the first at once, the others of its minute as one, with a count.

Probing leaves a trace, and cannot flood the log.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from cms.platform.store.uow import UowFactory
from province.errors import NotAllowedError
from province.events import Event
from province.people import Actor

log = logging.getLogger(__name__)

SPAN: Final = timedelta(minutes=1)
KEYS_MOST: Final = 500
AREAS_MOST: Final = 10


@dataclass
class _Fold:
    began_at: datetime
    event: Event
    more: int = 0


@dataclass
class Refusals:
    """Log of refusals, one per process. ``note`` writes what is due; held-back ones follow with the next refusal."""

    _folds: dict[tuple[str, str, str], _Fold] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def note(self, units: UowFactory, event: Event, source: str) -> int:
        """Record the refusal or count it; return the number of events written."""
        with self._guard:
            due = self._taken(event, source)
        if due:
            with units() as unit:
                for each in due:
                    unit.record(each)
                unit.commit()
        return len(due)

    def _taken(self, event: Event, source: str) -> list[Event]:
        now, due = event.at, []
        for key, fold in [*self._folds.items()]:
            if not timedelta(0) <= now - fold.began_at < SPAN:
                del self._folds[key]
                if fold.more:
                    due.append(_again(fold, now))
        key = (event.name, event.by, source)
        if key not in self._folds and len(self._folds) >= KEYS_MOST:
            key = (event.name, "", "")
        if key in self._folds:
            self._folds[key].more += 1
        else:
            self._folds[key] = _Fold(now, event)
            due.append(event)
        return due


def right(actor: Actor, error: NotAllowedError, source: str, now: datetime) -> Event:
    """Make the event of a refused right."""
    detail: dict[str, object] = {
        "action": str(error.action),
        "reason": error.reason,
        "areas": list(error.areas[:AREAS_MOST]),
        "source": source,
        "is_token": actor.is_token,
    }
    return Event("right.refused", actor.user_id, now, actor.user_id, actor.name, detail)


def wrong_token(source: str, now: datetime) -> Event:
    """Make the event of an unknown or expired token. The token sent is not recorded."""
    return Event("token.refused", "unknown", now, "unknown", "", {"source": source})


def _again(fold: _Fold, now: datetime) -> Event:
    event = fold.event
    detail: Mapping[str, object] = {**event.detail, "count": fold.more, "since": fold.began_at.isoformat()}
    return Event(event.name, event.subject_id, now, event.by, event.by_name, dict(detail))


def note_right(refusals: Refusals, units: UowFactory, actor: Actor, error: NotAllowedError, source: str) -> None:
    """Note that this person, or a token of theirs, was refused."""
    _note(refusals, units, right(actor, error, source, units.now()), source)


def note_wrong_token(refusals: Refusals, units: UowFactory, source: str) -> None:
    """Note a secret that is no token's, or whose token has expired."""
    _note(refusals, units, wrong_token(source, units.now()), source)


def _note(refusals: Refusals, units: UowFactory, event: Event, source: str) -> None:
    try:
        refusals.note(units, event, source)
    except SQLAlchemyError:
        log.warning("refusal.not_written", exc_info=True)
