"""Labels, links and deadlines of user tasks."""

from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for
from markupsafe import Markup, escape

from broadcast.user_tasks.model import UserTask, UserTaskKind
from cms.platform.web import formats
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText

KIND: Final[dict[str, LabelText]] = {
    UserTaskKind.ALERT: __("Alert that needs a second person"),
    UserTaskKind.STANDING_ORDER: __("Standing order that needs a second person"),
    UserTaskKind.FIRING: __("Sounded by a standing order, to be reviewed"),
    UserTaskKind.REVIEW: __("Bulletin to approve"),
    UserTaskKind.CHANGE: __("Change of times to decide on"),
    UserTaskKind.ANSWER: __("Handed down, to be answered"),
    UserTaskKind.RETURNED: __("Returned to you, to be corrected"),
    UserTaskKind.SOURCE: __("Relay source to approve"),
    UserTaskKind.BATCH: __("Remote command that needs a second person"),
    UserTaskKind.ACCESS: __("Rights or a new password that need a second person"),
    UserTaskKind.LOCKED: __("Sign-in locked after wrong passwords"),
    UserTaskKind.INVITATION: __("Invitation of yours that expires unused"),
    UserTaskKind.EXPIRED: __("Invitation of yours that has expired unused"),
}
_PAGES: Final[dict[UserTaskKind, tuple[str, str]]] = {
    UserTaskKind.ALERT: ("web.alert", "alert_id"),
    UserTaskKind.STANDING_ORDER: ("web.standing_order", "order_id"),
    UserTaskKind.FIRING: ("web.standing_order", "order_id"),
    UserTaskKind.REVIEW: ("web.approval", "bulletin_id"),
    UserTaskKind.CHANGE: ("web.change", "bulletin_id"),
    UserTaskKind.ANSWER: ("web.inbox_item", "item_id"),
    UserTaskKind.RETURNED: ("web.bulletin", "bulletin_id"),
    UserTaskKind.SOURCE: ("web.relay_sources", ""),
    UserTaskKind.BATCH: ("web.command_batch", "batch_id"),
    UserTaskKind.ACCESS: ("web.people_list", ""),
    UserTaskKind.LOCKED: ("web.person", "user_id"),
    UserTaskKind.INVITATION: ("web.person", "user_id"),
    UserTaskKind.EXPIRED: ("web.person", "user_id"),
}
_AIRS: Final = frozenset({UserTaskKind.REVIEW, UserTaskKind.CHANGE, UserTaskKind.RETURNED})
PRESSING: Final = timedelta(minutes=30)
SOON: Final = timedelta(hours=2)


def link(task: UserTask) -> str:
    """Return the address of the page on which the task is done."""
    endpoint, argument = _PAGES[task.kind]
    values: dict[str, Any] = {argument: task.subject_id} if argument else {}
    return url_for(endpoint, **values)


def tone(task: UserTask, now: datetime) -> str:
    """Return the colour of the deadline; the words beside it say the same."""
    if task.kind is UserTaskKind.ALERT:
        return "bad"
    if task.due_at is None or task.kind is UserTaskKind.LOCKED:
        return ""
    left = task.due_at - now
    return "bad" if left <= PRESSING else "wait" if left <= SOON else ""


def deadline(task: UserTask, now: datetime) -> Markup | str:
    """Return until when it has to be done, and how much time is left."""
    if task.due_at is None:
        return ""
    at = formats.clock(task.due_at) if formats.local(task.due_at).date() == formats.local(now).date() else None
    form = _("airs at %(at)s") if task.kind in _AIRS else _("until %(at)s")
    # Escaped here: the catalogue is text, the instant is markup.
    said = str(escape(form)) % {"at": at or formats.instant(task.due_at)}
    return Markup(f"{said}, {escape(formats.time_left(task.due_at, now))}")  # noqa: S704 - of escaped parts
