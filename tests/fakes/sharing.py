from __future__ import annotations

from collections.abc import Iterable, Sequence

from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from province.areas import AreaId
from province.errors import NotFoundError


class MemoryTemplates:
    def __init__(self, rows: dict[TemplateId, BulletinTemplate]) -> None:
        self._rows = rows

    def get(self, template_id: TemplateId) -> BulletinTemplate:
        if template_id not in self._rows:
            raise NotFoundError("template", template_id)
        return self._rows[template_id]

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[BulletinTemplate]:
        wanted = set(area_ids)
        return self._by_name(each for each in self._rows.values() if each.area_id in wanted)

    def named(self, template_ids: Iterable[TemplateId]) -> Sequence[BulletinTemplate]:
        wanted = set(template_ids)
        return self._by_name(each for each in self._rows.values() if each.id in wanted)

    def put(self, template: BulletinTemplate) -> None:
        self._rows[template.id] = template

    def remove(self, template_id: TemplateId) -> None:
        self._rows.pop(template_id, None)

    @staticmethod
    def _by_name(found: Iterable[BulletinTemplate]) -> Sequence[BulletinTemplate]:
        return sorted(found, key=lambda each: (each.name.casefold(), each.id))


class MemoryShares:
    def __init__(self, rows: dict[ShareId, Share]) -> None:
        self._rows = rows

    def get(self, share_id: ShareId) -> Share:
        if share_id not in self._rows:
            raise NotFoundError("share", share_id)
        return self._rows[share_id]

    def with_areas(self, area_ids: Iterable[AreaId], kind: ShareKind) -> Sequence[Share]:
        wanted = set(area_ids)
        return [each for each in self._all(kind) if each.area_id in wanted]

    def of(self, kind: ShareKind, *subject_ids: str) -> Sequence[Share]:
        return [each for each in self._all(kind) if each.subject_id in subject_ids]

    def add(self, share: Share) -> None:
        assert share.id not in self._rows
        self._rows[share.id] = share

    def remove(self, share_id: ShareId) -> None:
        self._rows.pop(share_id, None)

    def _all(self, kind: ShareKind) -> Sequence[Share]:
        found = [each for each in self._rows.values() if each.kind is kind]
        return sorted(found, key=lambda each: (each.shared_at, each.id))
