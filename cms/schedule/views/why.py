"""Explanation of playback: for a device and an instant, the rule that won, those that lost, and the deliveries."""

from collections.abc import Callable
from datetime import datetime

from flask import render_template, request

from broadcast.bulletins.transmissions import Reason
from broadcast.scheduling.quotas import QuotaLimit, Refusal
from cms.fleet.queries.overview import device_names
from cms.platform.web import formats, messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.schedule import labels as after_air_labels
from cms.schedule.queries.why import Why
from cms.schedule.queries.why import why as ask
from cms.schedule.views.dashboard import where
from devices.model import DeviceId
from province.errors import NotFoundError
from province.people import Action

SUGGESTED = 300


@pages.get("/why")
def why() -> str:
    tree = messages.tree_for(Action.DELIVERY_READ)
    device_id, typed = request.args.get("device", "").strip(), request.args.get("at", "")
    at = _instant(typed) or request_context.context().now()
    mine = [area.id for area in tree if request_context.can(Action.DELIVERY_READ, area.id, tree)]
    found: Why | None = None
    problem = ""
    with request_context.context().uow.reading() as uow:
        suggested = device_names(uow.session, where(mine, tree), SUGGESTED)
        if device_id:
            try:
                found = ask(uow, DeviceId(device_id), at)
            except NotFoundError:
                problem = _("No loudspeaker has this id in your places.")
    if found is not None and not request_context.can(Action.DELIVERY_READ, found.area_id, tree):
        found, problem = None, _("No loudspeaker has this id in your places.")
    return render_template(
        "schedule/why.html",
        device_id=device_id,
        at=at,
        found=found,
        problem=problem,
        suggested=suggested,
        area_name=messages.area_name,
        wire_reason=messages.wire_reason,
        reason_words=reason_words,
        words=after_air_labels,
    )


def reason_words(reason: Reason) -> str:
    """Return the planner's reason as a sentence; an unknown code is shown unchanged."""
    if reason.code not in _REASONS:
        return reason.code
    detail = dict(reason.detail)
    figures_ = {name: _clock(detail.get(name, "")) for name in ("start_at", "from", "until")}
    if "limit" in detail:
        figures_["limit"] = messages.quota_refusal(Refusal(QuotaLimit(detail["limit"]), int(detail["max"])))
    return _REASONS[reason.code]({**figures_, "title": detail.get("title", detail.get("name", ""))})


_REASONS: dict[str, Callable[[dict[str, str]], str]] = {
    "PLACED": lambda _d: _("As scheduled, nothing in the way."),
    "WON_OVER": lambda d: _("Won over “%(title)s” (%(start_at)s).", **d),
    "LOST_TO_HIGHER": lambda d: _("Lost to “%(title)s” (%(start_at)s), which has higher priority.", **d),
    "LOST_TO_EARLIER_APPROVED": lambda d: _(
        "Lost to “%(title)s” (%(start_at)s), which was approved earlier with the same priority.", **d
    ),
    "LOST_TO_ITSELF": lambda d: _("The bulletin's own airing before it (%(start_at)s) has not ended.", **d),
    "CUT_BY_HIGHER": lambda d: _("Cut by “%(title)s” (%(start_at)s), which has higher priority.", **d),
    "OVER_QUOTA": lambda d: _("Over the area's quota: %(limit)s.", **d),
    "NOT_SIGNED": lambda _d: _("The approval has no digital signature, and this area asks for one."),
    "RELAY_SOURCE_SUSPENDED": lambda d: _("The relay source “%(title)s” is not approved, or suspended.", **d),
    "RELAY_SOURCE_CHANGED": lambda d: _(
        "The relay source “%(title)s” has other addresses now: the bulletin has to be approved again.", **d
    ),
    "MADE_GOOD": lambda d: _("Makes good the airing of %(start_at)s, which this loudspeaker missed.", **d),
    "NO_TIME_LEFT": lambda d: _("From %(from)s to %(until)s there is no free time to make it good.", **d),
    "QUIET_HOURS": lambda d: _("Falls into quiet hours, %(from)s–%(until)s.", **d),
}


def _clock(text: str) -> str:
    return formats.local(datetime.fromisoformat(text)).strftime("%H:%M") if text else ""


def _instant(text: str) -> datetime | None:
    try:
        return formats.typed_instant(text)
    except ValueError:
        return None
