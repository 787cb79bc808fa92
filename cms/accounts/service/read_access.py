"""Read access to bulletins and alerts: one rule for screens and API."""

from broadcast.alerts.model import Alert
from broadcast.bulletins.model import Bulletin
from broadcast.bulletins.sharing import BulletinTemplate, ShareKind, TemplateId
from cms.areas.repository import Places
from cms.bulletins.repository.sharing import Shares, Templates
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaTree
from province.errors import NotFoundError
from province.people import Action, Actor
from province.policy import may, visible_areas


def require_readable(actor: Actor, bulletin: Bulletin, tree: AreaTree) -> None:
    """Check that it addresses an area in which the actor may read, or is the actor's own.

    Raises:
        NotFoundError: not readable; its existence is not revealed.
    """
    if not is_readable(actor, bulletin, tree):
        raise NotFoundError("bulletin", bulletin.id)


def is_readable(actor: Actor, bulletin: Bulletin, tree: AreaTree) -> bool:
    """Return whether it addresses an area in which the actor may read, or is the actor's own."""
    if bulletin.author_id == actor.user_id and may(actor, Action.BULLETIN_READ, None, tree):
        return True
    return not visible_areas(actor, Action.BULLETIN_READ, tree).isdisjoint(bulletin.targets.areas)


def usable_template(uow: UnitOfWork, actor: Actor, template_id: TemplateId) -> BulletinTemplate:
    """Return the template if the actor may write in its area, or where it is shared; within a unit of work.

    Raises:
        NotFoundError: not usable; its existence is not revealed.
    """
    found, tree = uow[Templates].get(template_id), uow[Places].tree()
    given = [
        area.id for share in uow[Shares].of(ShareKind.TEMPLATE, template_id) for area in tree.subtree(share.area_id)
    ]
    if not any(may(actor, Action.BULLETIN_WRITE, area_id, tree) for area_id in (found.area_id, *given)):
        raise NotFoundError("template", template_id)
    return found


def require_alert_readable(actor: Actor, alert: Alert, tree: AreaTree) -> None:
    """Check that it addresses an area in which the actor may read alerts (or none yet), or is the actor's own.

    Raises:
        NotFoundError: not readable; its existence is not revealed.
    """
    areas = alert.audience.targets.areas
    is_own = actor.user_id in (alert.author_id, alert.submitter_id)
    if may(actor, Action.ALERT_READ, None, tree) and (is_own or not areas):
        return
    if visible_areas(actor, Action.ALERT_READ, tree).isdisjoint(areas):
        raise NotFoundError("alert", alert.id)
