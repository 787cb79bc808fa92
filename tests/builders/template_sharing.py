"""Console in which templates are written and shared."""

from __future__ import annotations

from broadcast.bulletins.sharing import BulletinTemplate, Share, ShareKind
from cms.bulletins.service import sharing
from cms.bulletins.service.sharing import TemplateWording
from province.areas import AreaId
from tests.console import COMMUNE, PROVINCE, Console

WORDING = TemplateWording(
    "Tiêm phòng", "Lịch tiêm phòng dại", "Trạm y tế mời bà con đưa chó, mèo đi tiêm ngày …", "health"
)


def write(
    console: Console, area_id: AreaId = COMMUNE, *, by: str = "editor", wording: TemplateWording = WORDING
) -> BulletinTemplate:
    context = console.context
    return sharing.write_template(context.uow(), area_id=area_id, wording=wording, call=context.call(console.actor(by)))


def share(
    console: Console, subject_id: str, area_id: AreaId = COMMUNE, *, kind: ShareKind = ShareKind.TEMPLATE
) -> Share:
    """Share the subject as the province's editor."""
    context = console.context
    return sharing.share(
        context.uow(), kind=kind, subject_id=subject_id, area_id=area_id, call=context.call(console.actor("editor"))
    )


def shared(console: Console) -> Share:
    """Share a new template of the province with the commune."""
    return share(console, write(console, PROVINCE).id)
