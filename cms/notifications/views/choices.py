"""Page on which a person chooses how they are notified."""

from collections.abc import Sequence
from datetime import time
from http import HTTPStatus
from typing import Final

from flask import render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from broadcast.notifications.model import NotificationChannel, NotificationChoice
from cms.accounts.views.account import browser_name
from cms.notifications import labels
from cms.notifications.channels.web_push import public_key
from cms.notifications.repository import NotificationChoices, PushSubscriptions
from cms.notifications.service import choices
from cms.notifications.service.writer import NotificationWriter, available
from cms.platform.web import messages, request_context, typed_time
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from province.errors import Problem, refuse

_TEXT_MOST: Final = 1200


@pages.get("/account/notifications")
def notifications(typed: MultiDict[str, str] | None = None, problems: Sequence[Problem] = ()) -> str:
    user_id, settings = request_context.actor().user_id, context().settings
    with context().uow.reading() as uow:
        chosen = uow[NotificationChoices].of([user_id])[user_id]
        browsers = uow[PushSubscriptions].of(user_id)
    usable = [each for each in labels.CHANNEL if each in available(settings)]
    return render_template(
        "notifications/choices.html",
        typed=_typed(chosen) if typed is None else typed,
        ticked=set(chosen.channels if typed is None else typed.getlist("channels")),
        problems=messages.by_field(problems),
        channels=[(each, labels.CHANNEL[each]) for each in usable],
        browsers=browsers,
        agent_name=browser_name,
        push_key=public_key(settings.keys_dir),
    )


@pages.post("/account/notifications")
def choose_notifications() -> Answer:
    form = request.form
    with redisplay(notifications, form):
        choices.choose(new_unit(), _read(form), call=call())
    return confirmed(_("Saved: this is how you are notified from now on."), "web.notifications")


@pages.post("/account/notifications/test")
def test_notifications() -> Answer:
    """Send the user a notification by all of their channels."""
    writer = NotificationWriter(available(context().settings), context().new_id)
    choices.send_test(new_unit(), writer, call().now, call=call())
    return confirmed(_("A test is on its way by each of your channels. It takes a few seconds."), "web.notifications")


@pages.post("/account/notifications/browsers")
def subscribe_browser() -> Response:
    """Take the subscription that a script of the page made."""
    form = request.form
    parts = {name: form.get(name, "")[:_TEXT_MOST] for name in ("endpoint", "p256dh", "auth")}
    choices.subscribe(new_unit(), **parts, agent=request_context.agent(), call=call())
    return Response(status=HTTPStatus.NO_CONTENT)


@pages.post("/account/notifications/browsers/<subscription_id>/remove")
def remove_browser(subscription_id: str) -> Answer:
    choices.unsubscribe(new_unit(), subscription_id, call=call())
    return confirmed(_("That browser shows no notifications any more."), "web.notifications")


def _typed(choice: NotificationChoice) -> MultiDict[str, str]:
    is_quiet = choice.quiet_from != choice.quiet_until
    quiet = {"quiet_from": f"{choice.quiet_from:%H:%M}", "quiet_until": f"{choice.quiet_until:%H:%M}"}
    return MultiDict({"email": choice.email, "phone": choice.phone, **(quiet if is_quiet else {})})


def _read(form: MultiDict[str, str]) -> NotificationChoice:
    """Return what the form says. Raises InvalidError."""
    times: dict[str, time] = {}
    problems: list[Problem] = []
    for name in ("quiet_from", "quiet_until"):
        try:
            times[name] = typed_time.read_clock(form.get(name, "") or "00:00")
        except ValueError:
            problems.append(Problem(name, "NOT_A_TIME"))
    refuse(problems)
    chosen = [NotificationChannel(each) for each in form.getlist("channels") if each in labels.CHANNEL]
    return NotificationChoice(
        request_context.actor().user_id,
        form.get("email", "").strip(),
        "".join(form.get("phone", "").split()),
        tuple(dict.fromkeys(chosen)),
        **times,
    )
