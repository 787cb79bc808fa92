"""Changing a bulletin: the version the person saw, the table of steps, and the next version."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from broadcast.lifecycle import next_status
from broadcast.model.bulletins import Bulletin, BulletinAction
from province.errors import ConflictError
from province.events import Event
from province.people import Actor, UserId


def require_current(bulletin: Bulletin, expected_version: int) -> None:
    """The person saw the bulletin as it is; what our own processes have changed since does not count.

    Raises:
        ConflictError: somebody changed it meanwhile.
    """
    if not bulletin.version - bulletin.sound.own_versions <= expected_version <= bulletin.version:
        raise ConflictError("bulletin", bulletin.id, expected_version, bulletin.version)


def with_hands(bulletin: Bulletin, *user_ids: UserId) -> tuple[UserId, ...]:
    """The one rule of who has a hand in a bulletin, as its ``editors``: whoever changed or submitted it, and these.

    The author needs no mention; a submitter does, as another may take their place (``Bulletin.is_own``).
    """
    hands = dict.fromkeys((*bulletin.editors, bulletin.submitter_id, *user_ids))
    return tuple(each for each in hands if each and each != bulletin.author_id)


def revised(bulletin: Bulletin, action: BulletinAction, now: datetime, **changes: Any) -> Bulletin:
    """The next version, in the state that ``action`` leads to.

    Raises:
        NotPossibleError: the table has no such step.
    """
    return replace(
        bulletin,
        status=next_status(bulletin.status, action),
        version=bulletin.version + 1,
        changed_at=now,
        sound=replace(bulletin.sound, own_versions=0),
        **changes,
    )


def progressed(bulletin: Bulletin, now: datetime, action: BulletinAction | None = None, **changes: Any) -> Bulletin:
    """The next version, made by one of our processes: whoever looks at the one before may still act on it.

    Raises:
        NotPossibleError: the table has no such step.
    """
    sound = changes.pop("sound", bulletin.sound)
    return replace(
        bulletin,
        status=bulletin.status if action is None else next_status(bulletin.status, action),
        version=bulletin.version + 1,
        changed_at=now,
        sound=replace(sound, own_versions=bulletin.sound.own_versions + 1),
        **changes,
    )


def event_of(name: str, bulletin: Bulletin, actor: Actor, **detail: object) -> Event:
    """What a person did to a bulletin, titled as it was then."""
    frozen = {"version": bulletin.version, "title": bulletin.title, **detail}
    return Event(f"bulletin.{name}", bulletin.id, bulletin.changed_at, actor.user_id, actor.name, frozen)


def machine_event(name: str, bulletin: Bulletin, by: str, **detail: object) -> Event:
    """What one of our processes, or a device's word, did to a bulletin."""
    frozen = {"version": bulletin.version, "title": bulletin.title, **detail}
    return Event(f"bulletin.{name}", bulletin.id, bulletin.changed_at, by, by, frozen)
