"""Repositories of bulletin templates and of shares down the tree."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, insert, update

from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareId, ShareKind, TemplateId
from cms.bulletins.tables.sharing import ShareRow, TemplateRow
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import among, change, columns_of, values_of
from province.areas import AreaId


class Templates(KeyedRepository[TemplateId, BulletinTemplate], kind=BulletinTemplate, row=TemplateRow, noun="template"):
    """Templates of bulletins."""

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[BulletinTemplate]:
        """Return the templates of these very areas, by name."""
        return _by_name(values_of(self._session, BulletinTemplate, TemplateRow, among(TemplateRow.area_id, area_ids)))

    def named(self, template_ids: Iterable[TemplateId]) -> Sequence[BulletinTemplate]:
        """Return the templates of these ids that exist, by name."""
        return _by_name(values_of(self._session, BulletinTemplate, TemplateRow, among(TemplateRow.id, template_ids)))

    def put(self, template: BulletinTemplate) -> None:
        """Replace the template of the same id, or add a new one."""
        values = columns_of(template)
        if not change(self._session, update(TemplateRow).where(TemplateRow.id == template.id).values(values)):
            self._session.execute(insert(TemplateRow), [values])

    def remove(self, template_id: TemplateId) -> None:
        change(self._session, delete(TemplateRow).where(TemplateRow.id == template_id))


class Shares(KeyedRepository[ShareId, Share], kind=Share, row=ShareRow, noun="share"):
    """Shares: once for each kind, subject and area."""

    def with_areas(self, area_ids: Iterable[AreaId], kind: ShareKind) -> Sequence[Share]:
        """Return the shares with these very areas, the oldest first."""
        return self._of_kind(kind, among(ShareRow.area_id, area_ids))

    def of(self, kind: ShareKind, *subject_ids: str) -> Sequence[Share]:
        """Return the shares of these subjects, the oldest first."""
        return self._of_kind(kind, among(ShareRow.subject_id, subject_ids))

    def remove(self, share_id: ShareId) -> None:
        change(self._session, delete(ShareRow).where(ShareRow.id == share_id))

    def _of_kind(self, kind: ShareKind, where: ColumnElement[bool]) -> Sequence[Share]:
        found = values_of(self._session, Share, ShareRow, ShareRow.kind == kind, where)
        return sorted(found, key=lambda each: (each.shared_at, each.id))


def _by_name(templates: Iterable[BulletinTemplate]) -> Sequence[BulletinTemplate]:
    """Sort here, as databases differ in where they put Vietnamese letters."""
    return sorted(templates, key=lambda each: (each.name.casefold(), each.id))
