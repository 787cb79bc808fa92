"""Labels for devices that are not ready and for missed airings."""

from __future__ import annotations

from typing import Any, TypeAlias

from broadcast.bulletins.make_good_rules import MakeGoodMode
from broadcast.scheduling.missed_airings import Left, Remedy
from cms.platform.queries.readiness import Hold
from cms.platform.web.languages import lazy as _

Words: TypeAlias = Any

HOLD: dict[str, Words] = {
    Hold.SILENT: _("chưa bao giờ kết nối"),
    Hold.OFFLINE: _("mất kết nối"),
    Hold.REFUSED: _("loa báo không phát được"),
    Hold.FETCHING: _("chưa tải xong âm thanh"),
    Hold.UNSENT: _("kế hoạch chưa gửi đi"),
    Hold.NO_PLAN: _("chưa nhận kế hoạch mới"),
}
REMEDY_FOR: dict[str, Words] = {
    Hold.SILENT: _("Kiểm tra điện, SIM và việc lắp đặt tại cột."),
    Hold.OFFLINE: _(
        "Gọi người trông loa xem điện và mạng; nối lại trước giờ phát thì vẫn kịp. Nếu đã tải trước đó, loa vẫn phát."
    ),
    Hold.REFUSED: _("Xem lý do loa báo; nếu là thiết bị, giao kỹ thuật viên."),
    Hold.FETCHING: _("Đợi thêm vài phút; nếu đứng yên, xem sóng 4G và dung lượng còn lại."),
    Hold.UNSENT: _("Hệ thống đang gửi. Nếu quá 5 phút, báo người vận hành máy chủ."),
    Hold.NO_PLAN: _("Loa đang nối nhưng chưa lấy kế hoạch: đợi vài phút, rồi khởi động lại loa."),
}
MODE: dict[str, Words] = {
    MakeGoodMode.NONE: _("Không phát bù"),
    MakeGoodMode.ASK: _("Hỏi người duyệt"),
    MakeGoodMode.NEXT_SESSION: _("Phát bù ngay sau buổi phát kế tiếp"),
    MakeGoodMode.SAME_DAY: _("Phát bù trong ngày"),
}
REMEDY: dict[str, Words] = {
    Remedy.ASKED: _("chờ quyết định"),
    Remedy.PLANNED: _("phát bù"),
    Remedy.LEFT: _("không phát bù"),
}
REMEDY_TONE: dict[str, str] = {Remedy.ASKED: "wait", Remedy.PLANNED: "brand", Remedy.LEFT: ""}
LEFT: dict[str, Words] = {
    Left.POLICY: _("địa bàn đặt là không phát bù"),
    Left.PERSON: _("người duyệt quyết định"),
    Left.TOO_LATE: _("không còn kịp giờ"),
    Left.AIRS_AGAIN: _("bản tin sắp tự phát lại"),
    Left.WITHDRAWN: _("bản tin đã thu hồi"),
    Left.STOPPED: _("loa bị dừng theo lệnh"),
    Left.HEARD: _("loa đã phát rồi"),
}
