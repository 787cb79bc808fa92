"""Authorities with fixed answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from province.areas import AreaId, AreaTree
from province.errors import NotAllowedError, TokenRefusedError
from province.people import Action, Actor


@dataclass
class FixedAuthority:
    """Authority that allows all but ``refused`` (an action anywhere, or an action in an area)."""

    refused: frozenset[Action | tuple[Action, AreaId]] = frozenset()
    asked: list[tuple[str, Action, tuple[AreaId, ...]]] = field(default_factory=list)

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        wanted = tuple(areas)
        self.asked.append((actor.user_id, action, wanted))
        out = tuple(a for a in wanted if (action, a) in self.refused)
        if action in self.refused:
            raise NotAllowedError(action, "ROLE", wanted)
        if out:
            raise NotAllowedError(action, "AREA", out)


class TokenAuthority(FixedAuthority):
    """Authority of a program: allows all but to end alerts."""

    def require(self, actor: Actor, action: Action, areas: Iterable[AreaId], tree: AreaTree) -> None:
        if action is Action.ALERT_CANCEL:
            raise TokenRefusedError(action, "PERSON", tuple(areas))
        super().require(actor, action, areas, tree)
