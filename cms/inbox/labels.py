"""Labels of bulletins handed down. The source language is Vietnamese."""

from __future__ import annotations

from broadcast.inbox.model import First, HandedDown, HandedDownState
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import Words

STATE: dict[str, Words] = {
    HandedDownState.OFFERED: _("Chờ xã trả lời"),
    HandedDownState.PLACING: _("Đang xếp lịch"),
    HandedDownState.COLLIDING: _("Trùng tin ưu tiên của xã"),
    HandedDownState.PLACED: _("Đã nhận, đã xếp lịch"),
    HandedDownState.DECLINED: _("Đã từ chối"),
    HandedDownState.LAPSED: _("Hết hạn, không phát"),
    HandedDownState.TAKEN_BACK: _("Nơi gửi đã thu hồi"),
}
TONE: dict[str, str] = {
    HandedDownState.OFFERED: "wait",
    HandedDownState.PLACING: "wait",
    HandedDownState.COLLIDING: "wait",
    HandedDownState.PLACED: "good",
    HandedDownState.DECLINED: "bad",
    HandedDownState.LAPSED: "bad",
}
FIRST: dict[str, Words] = {
    First.ABOVE: _("Tin cấp trên phát trước, tin của xã phát ngay sau"),
    First.OWN: _("Tin của xã phát trước, tin cấp trên phát ngay sau"),
}
REASON: dict[str, Words] = {
    "DEFAULT": _("Xã không trả lời kịp; đã xếp theo quy định sẵn."),
    "NO_ROOM": _("Không còn giờ nào trống để phát."),
    "NOTHING_LEFT_TO_AIR": _("Đã qua hết các giờ phát."),
}


def reason(item: HandedDown) -> str:
    """Return the commune's own reason, or the label of a code."""
    if item.state is HandedDownState.LAPSED and not item.reason:
        return str(_("Xã không trả lời trong hạn."))
    return str(REASON.get(item.reason, item.reason))
