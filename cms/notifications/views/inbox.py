"""Tasks and news of the signed-in person, for the start page and the menu."""

from collections.abc import Sequence
from contextlib import nullcontext

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from broadcast.notifications.model import Notification
from broadcast.user_tasks.model import UserTask
from cms.alerts.views import page
from cms.notifications.repository import Notifications
from cms.notifications.service import choices
from cms.platform.store.uow import UnitOfWork
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import call, new_unit, pages
from cms.user_tasks import service
from cms.user_tasks.queries import holder_of
from province.people import Action


def mine(unit: UnitOfWork | None = None) -> tuple[Sequence[UserTask], Sequence[Notification]]:
    """Return the user's tasks, and news not seen yet, newest first; read once for each request.

    ``unit``: one that is open already.
    """
    if "mine" not in g:
        context, actor = request_context.context(), request_context.actor()
        with nullcontext(unit) if unit else context.uow.reading() as uow:
            alerts = page.submitted()
            rights = page.declared() if alerts and request_context.can_anywhere(Action.ALERT_APPROVE) else ()
            tree = messages.tree(uow)
            tasks = service.tasks(uow, holder_of(actor, tree, rights), tree, context.now(), alerts)
            g.mine = tasks, uow[Notifications].news(actor.user_id, context.now())
    found: tuple[Sequence[UserTask], Sequence[Notification]] = g.mine
    return found


@pages.post("/news/seen")
def see_news() -> Response:
    """Mark one piece of news as seen."""
    choices.acknowledge(new_unit(), request.form.get("event", ""), call=call())
    return redirect(url_for("web.today"))
