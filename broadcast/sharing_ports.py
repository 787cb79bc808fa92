"""Templates and shares, as the rules see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from broadcast.model.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from devices.areas import AreaId


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
