"""What somebody may read of a bulletin or an alert: one rule for screens and API."""

from __future__ import annotations

from broadcast.model.alerts import Alert
from broadcast.model.bulletins import Bulletin
from broadcast.model.sharing import BulletinTemplate, ShareKind, TemplateId
from broadcast.ports import UnitOfWork
from province.areas import AreaTree
from province.errors import NotFoundError
from province.people import Action, Actor
from province.policy import may, visible_areas


def require_readable(actor: Actor, bulletin: Bulletin, tree: AreaTree) -> None:
    """Return if it addresses a place the actor may read in, or is the actor's own.

    Raises:
        NotFoundError: what one may not read is not told to exist.
    """
    if bulletin.author_id == actor.user_id and may(actor, Action.BULLETIN_READ, None, tree):
        return
    if visible_areas(actor, Action.BULLETIN_READ, tree).isdisjoint(bulletin.targets.areas):
        raise NotFoundError("bulletin", bulletin.id)


def usable_template(uow: UnitOfWork, actor: Actor, template_id: TemplateId) -> BulletinTemplate:
    """The template, if the actor may write where it is from, or where it is shared; within a unit of work.

    Raises:
        NotFoundError: what one may not use is not told to exist.
    """
    found, tree = uow.templates.get(template_id), uow.places.tree()
    given = [
        area.id for share in uow.shares.of(ShareKind.TEMPLATE, template_id) for area in tree.subtree(share.area_id)
    ]
    if not any(may(actor, Action.BULLETIN_WRITE, area_id, tree) for area_id in (found.area_id, *given)):
        raise NotFoundError("template", template_id)
    return found


def require_alert_readable(actor: Actor, alert: Alert, tree: AreaTree) -> None:
    """Return if it addresses a place the actor may read alerts in (or none yet), or is the actor's own.

    Raises:
        NotFoundError: what one may not read is not told to exist.
    """
    areas = alert.audience.targets.areas
    is_own = actor.user_id in (alert.author_id, alert.submitter_id)
    if may(actor, Action.ALERT_READ, None, tree) and (is_own or not areas):
        return
    if visible_areas(actor, Action.ALERT_READ, tree).isdisjoint(areas):
        raise NotFoundError("alert", alert.id)
