"""Labels of live addresses. The source language is Vietnamese."""

from __future__ import annotations

from collections.abc import Callable

from broadcast.alerts.orders import ReachState
from broadcast.live.model import LiveEnd, LiveState
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from province.errors import Problem

STATE: dict[str, Words] = {
    LiveState.HELD: __("Ghi âm, chưa phát"),
    LiveState.PREPARING: __("Đang chuẩn bị"),
    LiveState.ON_AIR: __("Đang phát trực tiếp"),
    LiveState.ENDED: __("Đã kết thúc"),
}
TONE: dict[str, str] = {
    LiveState.HELD: "wait",
    LiveState.PREPARING: "wait",
    LiveState.ON_AIR: "bad",
    LiveState.ENDED: "good",
}
END: dict[str, Words] = {
    LiveEnd.OWNER: __("người nói bấm dừng"),
    LiveEnd.STOPPED: __("có người dừng loa"),
    LiveEnd.SILENT: __("không còn nghe tiếng từ máy người nói"),
    LiveEnd.NEVER: __("chuẩn bị rồi mà không lên sóng"),
    LiveEnd.TIME_LIMIT: __("hết thời lượng cho phép"),
    LiveEnd.QUIET_HOURS: __("đến giờ yên tĩnh"),
    LiveEnd.BROKER: __("mất liên lạc với máy chủ nhắn tin"),
    LiveEnd.GATEWAY: __("máy chủ phát khởi động lại"),
    LiveEnd.HEARD: __("phát xong bản ghi"),
    LiveEnd.DISCARDED: __("bỏ, không phát"),
}
REACH: dict[str, Words] = {
    ReachState.WAITING: __("chưa trả lời"),
    ReachState.SILENT: __("không trả lời"),
    ReachState.RECEIVED: __("đã mở loa"),
    ReachState.REFUSED: __("không phát"),
    ReachState.SOUNDING: __("đang phát"),
    ReachState.CUT: __("bị ngắt"),
    ReachState.DONE: __("đã phát"),
    ReachState.CANCELLED: __("đã dừng"),
}
REACH_TONE: dict[str, str] = {
    ReachState.RECEIVED: "brand",
    ReachState.SOUNDING: "brand",
    ReachState.DONE: "good",
    ReachState.CUT: "wait",
    ReachState.CANCELLED: "wait",
    ReachState.REFUSED: "bad",
}
EVENT: dict[str, Words] = {
    "live.prepared": __("Chuẩn bị phát trực tiếp"),
    "live.held": __("Chọn ghi âm trước"),
    "live.said": __("Ghi âm"),
    "live.made": __("Làm xong âm thanh"),
    "live.released": __("Phát bản ghi ra loa"),
    "live.on_air": __("Lên sóng"),
    "live.ended": __("Kết thúc phát trực tiếp"),
    "live.recorded": __("Lưu bản ghi"),
}
PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "QUIET_HOURS_NOW": lambda p: _(
        "%(area)s đang trong giờ yên tĩnh. Hãy đợi hết giờ yên tĩnh, hoặc bỏ nơi này.", **p.detail
    ),
    "QUIET_HOURS_SOON": lambda p: _(
        "Bản ghi phát chưa xong thì %(area)s đã đến giờ yên tĩnh. Hãy đợi hết giờ yên tĩnh, hoặc ghi bản ngắn hơn.",
        **p.detail,
    ),
    "LIVE_TOO_LONG": lambda p: _("Bản ghi dài hơn %(minutes)s phút. Hãy ghi bản ngắn hơn.", **p.detail),
    "LIVE_STALE": lambda p: _(
        "Bản ghi đã quá %(hours)s giờ, có thể không còn đúng. Hãy bỏ rồi ghi bản mới.", **p.detail
    ),
    "LIVE_NOT_HELD": lambda _p: _("Lần này đã phát hoặc đã bỏ, không ghi âm thêm được. Hãy bắt đầu lần mới."),
    "NO_LOUDSPEAKER": lambda _p: _("Nơi đã chọn không có loa nào. Hãy chọn nơi có loa."),
    "LIVE_UNSIGNED": lambda p: _(
        "%(area)s chỉ phát tin đã ký số, nên không phát trực tiếp được. Hãy ghi âm rồi gửi duyệt.", **p.detail
    ),
    "LIVE_TAKEN": lambda p: _("%(by)s đang phát trực tiếp ở %(area)s. Hãy đợi xong, hoặc bỏ nơi này.", **p.detail),
}
