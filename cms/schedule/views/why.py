"""Explanation of playback: for a device and an instant, the rule that won, those that lost, and the deliveries."""

from datetime import datetime

from flask import render_template, request

from broadcast.bulletins.transmissions import Reason
from broadcast.scheduling.quotas import QuotaLimit, Refusal
from cms.fleet.queries.overview import device_names
from cms.platform.web import formats, messages, request_context
from cms.platform.web.languages import _, filled
from cms.platform.web.languages import lazy as __
from cms.platform.web.request_context import pages
from cms.platform.web.wording import LabelText
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
    mine = messages.held(Action.DELIVERY_READ)
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
        reason_words=reason_words,
    )


def reason_words(reason: Reason) -> str:
    """Return the planner's reason as a sentence; an unknown code is shown unchanged."""
    if reason.code not in _REASONS:
        return reason.code
    detail = dict(reason.detail)
    figures_ = {name: _clock(detail.get(name, "")) for name in ("start_at", "from", "until")}
    if "limit" in detail:
        figures_["limit"] = messages.quota_refusal(Refusal(QuotaLimit(detail["limit"]), int(detail["max"])))
    return filled(_REASONS[reason.code], {**figures_, "title": detail.get("title", detail.get("name", ""))})


_REASONS: dict[str, LabelText] = {
    "PLACED": __("As scheduled, nothing in the way."),
    "WON_OVER": __("Won over “%(title)s” (%(start_at)s)."),
    "LOST_TO_HIGHER": __("Lost to “%(title)s” (%(start_at)s), which has higher priority."),
    "LOST_TO_EARLIER_APPROVED": __(
        "Lost to “%(title)s” (%(start_at)s), which was approved earlier with the same priority."
    ),
    "LOST_TO_ITSELF": __("The bulletin's own airing before it (%(start_at)s) has not ended."),
    "CUT_BY_HIGHER": __("Cut by “%(title)s” (%(start_at)s), which has higher priority."),
    "OVER_QUOTA": __("Over the area's quota: %(limit)s."),
    "NOT_SIGNED": __("The approval has no digital signature, and this area asks for one."),
    "RELAY_SOURCE_SUSPENDED": __("The relay source “%(title)s” is not approved, or suspended."),
    "RELAY_SOURCE_CHANGED": __(
        "The relay source “%(title)s” has other addresses now: the bulletin has to be approved again."
    ),
    "MADE_GOOD": __("Makes good the airing of %(start_at)s, which this loudspeaker missed."),
    "NO_TIME_LEFT": __("From %(from)s to %(until)s there is no free time to make it good."),
    "QUIET_HOURS": __("Falls into quiet hours, %(from)s–%(until)s."),
}


def _clock(text: str) -> str:
    return formats.local(datetime.fromisoformat(text)).strftime("%H:%M") if text else ""


def _instant(text: str) -> datetime | None:
    try:
        return formats.typed_instant(text)
    except ValueError:
        return None
