"""Templates, shares and what is handed down, as the rules see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from broadcast.model.bulletins import BulletinId
from broadcast.model.handed_down import HandedDown, HandedDownId, InboxRules
from broadcast.model.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from province.areas import AreaId


class Templates(Protocol):
    """Templates of bulletins."""

    def get(self, template_id: TemplateId) -> BulletinTemplate:
        """Raises NotFoundError."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[BulletinTemplate]:
        """Those of these very areas, by name."""

    def named(self, template_ids: Iterable[TemplateId]) -> Sequence[BulletinTemplate]:
        """Those of these ids that are there, by name."""

    def put(self, template: BulletinTemplate) -> None:
        """In the place of the one of the same id, or new."""

    def remove(self, template_id: TemplateId) -> None: ...


class Shares(Protocol):
    """What is shared with whom: once for each kind, subject and area."""

    def get(self, share_id: ShareId) -> Share:
        """Raises NotFoundError."""

    def with_areas(self, area_ids: Iterable[AreaId], kind: ShareKind) -> Sequence[Share]:
        """What was shared with these very areas, the oldest first."""

    def of(self, kind: ShareKind, *subject_ids: str) -> Sequence[Share]:
        """With whom these are shared, the oldest first."""

    def add(self, share: Share) -> None: ...

    def remove(self, share_id: ShareId) -> None: ...


class HandedDowns(Protocol):
    """What was handed down to communes, and what holds where one does not answer."""

    def get(self, item_id: HandedDownId) -> HandedDown:
        """Raises NotFoundError."""

    def add(self, item: HandedDown) -> None: ...

    def save(self, item: HandedDown) -> None:
        """Store ``item`` whose ``version`` is one above the stored one; else raises ConflictError."""

    def of_bulletin(self, bulletin_id: BulletinId) -> Sequence[HandedDown]:
        """Those of one sender's bulletin, by area."""

    def due(self, now: datetime, limit: int) -> Sequence[HandedDownId]:
        """Those to be placed, and those whose answer is overdue, oldest first."""

    def is_placed(self, bulletin_id: BulletinId) -> bool:
        """Whether it is a commune's bulletin made of what was handed down."""

    def rules(self, area_id: AreaId) -> InboxRules:
        """Effective: the nearest ancestor's that sets any, else the default."""

    def set_rules(self, area_id: AreaId, rules: InboxRules) -> None: ...
