"""Call: who asks a service for something, by what right and when, and where its new ids come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from province.areas import AreaId, AreaTree
from province.events import Event
from province.people import Action, Actor

NewId = Callable[[], str]


class Authority(Protocol):
    """Access control: decides whether an actor may do something in an area."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        """Return if allowed in every area (in any one, where none is named), else raise NotAllowedError."""


@dataclass(frozen=True, slots=True)
class Call:
    """Call of a service by one person or system.

    ``now``: aware UTC, read once for the whole call. ``new_id()`` returns a fresh lower-case ULID.
    """

    actor: Actor
    authority: Authority
    now: datetime
    new_id: NewId

    def require(self, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        """Return if the actor may act in every area (in any one, where none is named), else raise NotAllowedError."""
        self.authority.require(self.actor, action, areas, tree)

    def event(self, name: str, subject_id: str, /, **detail: object) -> Event:
        """Build the audit event of something that the actor does now, with these details."""
        return Event.of(self.actor, name, subject_id, self.now, **detail)

    def with_id(self, new_id: str) -> Call:
        """Return the same call, whose new object gets this id."""
        return replace(self, new_id=lambda: new_id)
