"""Why: a device and an instant in, the rule that won, what lost, and how far delivery got, out."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import render_template, request
from flask_babel import gettext as _

from broadcast.errors import NotFoundError
from broadcast.model.people import Action
from broadcast.model.transmissions import Reason
from cms.store.queries.fleet import device_list
from cms.store.queries.why import Why
from cms.store.queries.why import why as ask
from cms.web import figures, sentences, visit
from cms.web.visit import pages
from devices.model import DeviceId

SUGGESTED = 300


@pages.get("/why")
def why() -> str:
    tree = sentences.tree()
    visit.require(Action.DELIVERY_READ, (), tree)
    device_id, typed = request.args.get("device", "").strip(), request.args.get("at", "")
    at = _instant(typed) or visit.context().now()
    mine = [area.id for area in tree if visit.can(Action.DELIVERY_READ, area.id, tree)]
    found: Why | None = None
    problem = ""
    with visit.context().uow() as uow:
        suggested = device_list(uow.session, mine, limit=SUGGESTED).rows
        if device_id:
            try:
                found = ask(uow, DeviceId(device_id), at)
            except NotFoundError:
                problem = _("Không có loa mã này ở địa bàn của bạn.")
    if found is not None and not visit.can(Action.DELIVERY_READ, found.area_id, tree):
        found, problem = None, _("Không có loa mã này ở địa bàn của bạn.")
    return render_template(
        "why.html",
        device_id=device_id,
        at=at,
        found=found,
        problem=problem,
        suggested=suggested,
        area_name=sentences.area_name,
        wire_reason=sentences.wire_reason,
        reason_words=reason_words,
    )


def reason_words(reason: Reason) -> str:
    """The planner's reason as a sentence; an unknown code is shown as it is."""
    detail = dict(reason.detail)
    title, start = detail.get("title", ""), _clock(detail.get("start_at", ""))
    match reason.code:
        case "PLACED":
            return _("Đúng lịch, không vướng gì.")
        case "WON_OVER":
            return _("Thắng “%(title)s” (%(start)s).", title=title, start=start)
        case "LOST_TO_HIGHER":
            return _("Nhường “%(title)s” (%(start)s) vì tin đó ưu tiên cao hơn.", title=title, start=start)
        case "LOST_TO_EARLIER_APPROVED":
            return _(
                "Nhường “%(title)s” (%(start)s) vì tin đó được duyệt trước, cùng mức ưu tiên.", title=title, start=start
            )
        case "LOST_TO_ITSELF":
            return _("Lần phát trước của chính bản tin này (%(start)s) chưa hết.", start=start)
        case "CUT_BY_HIGHER":
            return _("Bị “%(title)s” (%(start)s) ngắt vì tin đó ưu tiên cao hơn.", title=title, start=start)
        case "QUIET_HOURS":
            until = _clock(detail.get("until", ""))
            return _("Rơi vào giờ yên tĩnh %(start)s–%(until)s.", start=_clock(detail.get("from", "")), until=until)
        case _:
            return reason.code


def _clock(text: str) -> str:
    return figures.local(datetime.fromisoformat(text)).strftime("%H:%M") if text else ""


def _instant(text: str) -> datetime | None:
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    return wall.astimezone(UTC) if wall.tzinfo else wall.replace(tzinfo=figures.LOCAL).astimezone(UTC)
