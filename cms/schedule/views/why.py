"""Explanation of playback: for a device and an instant, the rule that won, those that lost, and the deliveries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import render_template, request

from broadcast.bulletins.transmissions import Reason
from broadcast.scheduling.quotas import QuotaLimit, Refusal
from cms.fleet.queries.overview import device_names
from cms.platform.web import formats, messages, request_context
from cms.platform.web.languages import _
from cms.platform.web.request_context import pages
from cms.schedule.labels import after_air as after_air_labels
from cms.schedule.queries.why import Why
from cms.schedule.queries.why import why as ask
from cms.schedule.views.today import where
from devices.model import DeviceId
from province.errors import NotFoundError
from province.people import Action

SUGGESTED = 300


@pages.get("/why")
def why() -> str:
    tree = messages.tree()
    request_context.require(Action.DELIVERY_READ, (), tree)
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
                problem = _("Không có loa mã này ở địa bàn của bạn.")
    if found is not None and not request_context.can(Action.DELIVERY_READ, found.area_id, tree):
        found, problem = None, _("Không có loa mã này ở địa bàn của bạn.")
    return render_template(
        "why.html",
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
    "PLACED": lambda _d: _("Đúng lịch, không vướng gì."),
    "WON_OVER": lambda d: _("Thắng “%(title)s” (%(start_at)s).", **d),
    "LOST_TO_HIGHER": lambda d: _("Nhường “%(title)s” (%(start_at)s) vì tin đó ưu tiên cao hơn.", **d),
    "LOST_TO_EARLIER_APPROVED": lambda d: _(
        "Nhường “%(title)s” (%(start_at)s) vì tin đó được duyệt trước, cùng mức ưu tiên.", **d
    ),
    "LOST_TO_ITSELF": lambda d: _("Lần phát trước của chính bản tin này (%(start_at)s) chưa hết.", **d),
    "CUT_BY_HIGHER": lambda d: _("Bị “%(title)s” (%(start_at)s) ngắt vì tin đó ưu tiên cao hơn.", **d),
    "OVER_QUOTA": lambda d: _("Quá hạn mức của địa bàn: %(limit)s.", **d),
    "NOT_SIGNED": lambda _d: _("Phê duyệt chưa có chữ ký số mà địa bàn này đòi hỏi."),
    "RELAY_SOURCE_SUSPENDED": lambda d: _("Nguồn tiếp sóng “%(title)s” chưa được duyệt hoặc đang ngừng.", **d),
    "RELAY_SOURCE_CHANGED": lambda d: _("Nguồn tiếp sóng “%(title)s” đã đổi địa chỉ: duyệt lại bản tin.", **d),
    "MADE_GOOD": lambda d: _("Phát bù cho lần %(start_at)s mà loa này đã lỡ.", **d),
    "NO_TIME_LEFT": lambda d: _("Từ %(from)s đến %(until)s không còn chỗ trống để phát bù.", **d),
    "QUIET_HOURS": lambda d: _("Rơi vào giờ yên tĩnh %(from)s–%(until)s.", **d),
}


def _clock(text: str) -> str:
    return formats.local(datetime.fromisoformat(text)).strftime("%H:%M") if text else ""


def _instant(text: str) -> datetime | None:
    try:
        return formats.typed_instant(text)
    except ValueError:
        return None
