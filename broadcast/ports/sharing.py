"""Ports of templates, shares and bulletins handed down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from broadcast.inbox.model import HandedDown, HandedDownId, InboxRules
from province.areas import AreaId


class Templates(Protocol):
    """Templates of bulletins."""

    def get(self, template_id: TemplateId) -> BulletinTemplate:
        """Return the one of this id. Raises NotFoundError."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[BulletinTemplate]:
        """Return the templates of these very areas, by name."""

    def named(self, template_ids: Iterable[TemplateId]) -> Sequence[BulletinTemplate]:
        """Return the templates of these ids that exist, by name."""

    def put(self, template: BulletinTemplate) -> None:
        """Replace the template of the same id, or add a new one."""

    def remove(self, template_id: TemplateId) -> None: ...


class Shares(Protocol):
    """Shares: once for each kind, subject and area."""

    def get(self, share_id: ShareId) -> Share:
        """Return the one of this id. Raises NotFoundError."""

    def with_areas(self, area_ids: Iterable[AreaId], kind: ShareKind) -> Sequence[Share]:
        """Return the shares with these very areas, the oldest first."""

    def of(self, kind: ShareKind, *subject_ids: str) -> Sequence[Share]:
        """Return the shares of these subjects, the oldest first."""

    def add(self, share: Share) -> None: ...

    def remove(self, share_id: ShareId) -> None: ...


class HandedDowns(Protocol):
    """Bulletins handed down to communes, and the rules for communes that do not answer."""

    def get(self, item_id: HandedDownId) -> HandedDown:
        """Return the one of this id. Raises NotFoundError."""

    def add(self, item: HandedDown) -> None: ...

    def save(self, item: HandedDown) -> None:
        """Store ``item`` whose ``version`` is one above the stored one; else raises ConflictError."""

    def of_bulletin(self, bulletin_id: BulletinId) -> Sequence[HandedDown]:
        """Return the copies handed down of one sender's bulletin, by area."""

    def due(self, now: datetime, limit: int) -> Sequence[HandedDownId]:
        """Return items to place, and items whose answer is overdue, oldest first."""

    def is_placed(self, bulletin_id: BulletinId) -> bool:
        """Return whether it is a commune's bulletin made from one handed down."""

    def rules(self, area_id: AreaId) -> InboxRules:
        """Return the rules in effect: the nearest ancestor's that sets any, else the default."""

    def set_rules(self, area_id: AreaId, rules: InboxRules) -> None: ...
