"""Steps of a bulletin: check of the version seen, the next version, and events."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from broadcast.bulletins.lifecycle import next_status
from broadcast.bulletins.model import Bulletin, BulletinAction
from province.errors import ConflictError
from province.events import Event
from province.people import Actor, UserId


def require_current(bulletin: Bulletin, expected_version: int) -> None:
    """Require that the person saw the current version; versions saved by our own processes do not count.

    Raises:
        ConflictError: another person changed it meanwhile.
    """
    if not bulletin.version - bulletin.sound.own_versions <= expected_version <= bulletin.version:
        raise ConflictError("bulletin", bulletin.id, expected_version, bulletin.version)


def with_hands(bulletin: Bulletin, *user_ids: UserId) -> tuple[UserId, ...]:
    """Return the new ``editors``: known ones, the submitter, and these; none may be its second person.

    The author needs no mention; a submitter does, as another may take their place (``Bulletin.is_own``).
    """
    hands = dict.fromkeys((*bulletin.editors, bulletin.submitter_id, *user_ids))
    return tuple(each for each in hands if each and each != bulletin.author_id)


def revised(bulletin: Bulletin, action: BulletinAction, now: datetime, **changes: Any) -> Bulletin:
    """Return the next version, in the state that ``action`` leads to.

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
    """Return the next version, made by one of our processes: a person who saw the one before may still act on it.

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
    """Build the event of a person's action on a bulletin, with its title of that time."""
    frozen = {"version": bulletin.version, "title": bulletin.title, **detail}
    return Event(f"bulletin.{name}", bulletin.id, bulletin.changed_at, actor.user_id, actor.name, frozen)


def machine_event(name: str, bulletin: Bulletin, by: str, **detail: object) -> Event:
    """Build the event of an action by one of our processes, or by a device's report."""
    frozen = {"version": bulletin.version, "title": bulletin.title, **detail}
    return Event(f"bulletin.{name}", bulletin.id, bulletin.changed_at, by, by, frozen)
