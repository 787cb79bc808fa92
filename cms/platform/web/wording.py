"""Labels of the rules' enums, topics and languages: message ids, translated when they are shown."""

from __future__ import annotations

from typing import Any, TypeAlias

from broadcast.bulletins.chimes import ChimePlace
from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import After, BulletinStatus, PriorityClass
from broadcast.scheduling.closed_days import HOLIDAYS, TET
from cms.platform.web.languages import lazy as _
from devices.protocol.boards import Colour, Colours, Motion, Template
from province.people import Role

# Lazy strings, translated into the reader's language when they are shown.
Words: TypeAlias = Any

STATUS: dict[str, Words] = {
    BulletinStatus.DRAFT: _("Đang soạn"),
    BulletinStatus.SUBMITTED: _("Chờ duyệt"),
    BulletinStatus.RETURNED: _("Bị trả lại"),
    BulletinStatus.REJECTED: _("Bị từ chối"),
    BulletinStatus.APPROVED: _("Đã duyệt, đang lập lịch"),
    BulletinStatus.SCHEDULED: _("Đã lên lịch"),
    BulletinStatus.PLAYED: _("Đã phát xong"),
    BulletinStatus.HANDED_DOWN: _("Đã gửi xuống xã"),
    BulletinStatus.WITHDRAWN: _("Đã thu hồi"),
}
STATUS_TONE: dict[str, str] = {
    BulletinStatus.SUBMITTED: "wait",
    BulletinStatus.RETURNED: "wait",
    BulletinStatus.REJECTED: "bad",
    BulletinStatus.APPROVED: "brand",
    BulletinStatus.SCHEDULED: "brand",
    BulletinStatus.PLAYED: "good",
    BulletinStatus.HANDED_DOWN: "brand",
}
PRIORITY: dict[str, Words] = {
    PriorityClass.NORMAL: _("Thông thường"),
    PriorityClass.PRIORITY: _("Ưu tiên"),
}
DATE_SET: dict[str, Words] = {
    TET: _("Tết Nguyên đán (từ 30 tháng Chạp đến mùng 4)"),
    HOLIDAYS: _("Ngày lễ của cả nước, gồm Tết"),
}
CHIME_PLACE: dict[str, Words] = {
    ChimePlace.OPENING: _("Mở đầu"),
    ChimePlace.CLOSING: _("Kết thúc"),
}
AFTER: dict[str, Words] = {
    After.RESTART: _("Phát lại từ đầu"),
    After.RESUME: _("Phát tiếp chỗ bị ngắt"),
    After.DROP: _("Bỏ phần còn lại"),
}
BOARD_TEMPLATE: dict[str, Words] = {
    Template.BANNER: _("Tiêu đề trong dải màu"),
    Template.PLAIN: _("Tiêu đề không có dải"),
    Template.CENTRED: _("Mọi dòng ở giữa"),
}
BOARD_COLOUR: dict[str, Words] = {
    Colour.AMBER: _("Hổ phách"),
    Colour.WHITE: _("Trắng"),
    Colour.YELLOW: _("Vàng"),
    Colour.RED: _("Đỏ"),
    Colour.GREEN: _("Xanh lá"),
    Colour.BLUE: _("Xanh da trời"),
}
BOARD_MOTION: dict[str, Words] = {
    Motion.PAGES: _("Lật từng trang"),
    Motion.SCROLL: _("Chữ chạy một dòng"),
}
BOARD_COLOURS: dict[str, Words] = {
    Colours.MONO: _("một màu"),
    Colours.THREE: _("ba màu"),
    Colours.FULL: _("nhiều màu"),
}
TOPIC: dict[str, Words] = {
    "notice": _("Thông báo của chính quyền"),
    "policy": _("Chính sách, pháp luật"),
    "economy": _("Kinh tế, nông nghiệp"),
    "health": _("Y tế, sức khỏe"),
    "education": _("Giáo dục"),
    "culture": _("Văn hóa, thể thao"),
    "security": _("An ninh, trật tự"),
    "environment": _("Môi trường"),
    "disaster": _("Phòng chống thiên tai"),
    "other": _("Việc khác"),
}
LANGUAGE: dict[str, Words] = {
    "vi": _("Tiếng Việt"),
    "en": _("Tiếng Anh"),
    "cjm": _("Tiếng Chăm"),
    "rog": _("Tiếng Ra Glai"),
    "kpm": _("Tiếng Cơ Ho"),
    "cma": _("Tiếng Mạ"),
    "stt": _("Tiếng Xtiêng"),
    "tyz": _("Tiếng Tày"),
    "nut": _("Tiếng Nùng"),
    "zh": _("Tiếng Hoa"),
}
DELIVERY: dict[str, Words] = {
    DeliveryState.PLANNED: _("Trong kế hoạch"),
    DeliveryState.SENT: _("Đã gửi"),
    DeliveryState.RECEIVED: _("Đã nhận"),
    DeliveryState.READY: _("Sẵn sàng"),
    DeliveryState.STARTED: _("Đang phát"),
    DeliveryState.DONE: _("Đã phát"),
    DeliveryState.CUT: _("Bị ngắt"),
    DeliveryState.MISSED: _("Không phát"),
}
SHOWN: dict[str, Words] = {
    DeliveryState.PLANNED: _("Trong kế hoạch"),
    DeliveryState.SENT: _("Đã gửi"),
    DeliveryState.RECEIVED: _("Đã nhận"),
    DeliveryState.READY: _("Sẵn sàng"),
    DeliveryState.STARTED: _("Đang hiện"),
    DeliveryState.DONE: _("Đã hiện"),
    DeliveryState.CUT: _("Đã gỡ"),
    DeliveryState.MISSED: _("Không hiện"),
}
DELIVERY_TONE: dict[str, str] = {
    DeliveryState.READY: "brand",
    DeliveryState.STARTED: "brand",
    DeliveryState.DONE: "good",
    DeliveryState.CUT: "wait",
    DeliveryState.MISSED: "bad",
}
ROLE: dict[str, Words] = {
    Role.PROVINCE_EDITOR: _("Biên tập viên tỉnh"),
    Role.APPROVER: _("Người duyệt"),
    Role.COMMUNE_OPERATOR: _("Cán bộ xã"),
    Role.STATION: _("Đài truyền thanh"),
    Role.EMERGENCY_OFFICER: _("Cán bộ ứng phó thiên tai"),
    Role.TECHNICIAN: _("Kỹ thuật viên"),
    Role.AUDITOR: _("Người kiểm tra"),
    Role.ADMIN: _("Quản trị hệ thống"),
}
AREA_KIND: dict[str, Words] = {
    "province": _("Tỉnh"),
    "district": _("Huyện"),
    "city": _("Thành phố"),
    "town": _("Thị xã"),
    "commune": _("Xã"),
    "ward": _("Phường"),
    "township": _("Thị trấn"),
    "special_zone": _("Đặc khu"),
    "hamlet": _("Thôn"),
}
STEP: dict[str, Words] = {
    "": _("Đang chờ đến lượt"),
    "probing": _("Đang kiểm tra tệp"),
    "speaking": _("Đang đọc văn bản"),
    "levelling": _("Đang cân âm lượng"),
    "encoding": _("Đang mã hóa"),
    "storing": _("Đang lưu"),
    "counting": _("Đang tính số liệu"),
    "writing": _("Đang viết tệp"),
}
EXEMPTION: dict[str, Words] = {
    "proposed": _("chờ duyệt"),
    "confirmed": _("đã duyệt"),
    "declined": _("từ chối"),
}
# Ordinal of a weekday in a month; -1 is the last.
NTH: dict[str, Words] = {
    "1": _("đầu tiên trong tháng"),
    "2": _("thứ hai trong tháng"),
    "3": _("thứ ba trong tháng"),
    "4": _("thứ tư trong tháng"),
    "5": _("thứ năm trong tháng"),
    "-1": _("cuối cùng trong tháng"),
}
WEEKDAY: dict[str, Words] = {
    "MO": _("Thứ Hai"),
    "TU": _("Thứ Ba"),
    "WE": _("Thứ Tư"),
    "TH": _("Thứ Năm"),
    "FR": _("Thứ Sáu"),
    "SA": _("Thứ Bảy"),
    "SU": _("Chủ Nhật"),
}
EVENT: dict[str, Words] = {
    "bulletin.created": _("Tạo bản tin"),
    "bulletin.edited": _("Sửa bản tin"),
    "bulletin.submitted": _("Gửi duyệt"),
    "bulletin.approved": _("Duyệt"),
    "bulletin.handed_down": _("Gửi xuống xã"),
    "bulletin.returned": _("Trả lại"),
    "bulletin.rejected": _("Từ chối"),
    "bulletin.signed": _("Đính chữ ký số"),
    "bulletin.withdrawn": _("Thu hồi"),
    "bulletin.unlisted": _("Gỡ khỏi trang công khai"),
    "bulletin.listed": _("Đưa lại lên trang công khai"),
    "bulletin.scheduled": _("Lên lịch phát"),
    "bulletin.played": _("Phát xong"),
    "programme.made": _("Tệp cho đài đã sẵn sàng"),
    "programme.failed": _("Không làm được tệp cho đài"),
    "bulletin.rescheduled": _("Đổi giờ phát"),
    "bulletin.change_proposed": _("Xin đổi giờ phát"),
    "bulletin.change_confirmed": _("Duyệt đổi giờ phát"),
    "bulletin.change_dropped": _("Giữ giờ phát cũ"),
    "bulletin.note_settled": _("Xong một góp ý"),
    "bulletin.note_reopened": _("Mở lại một góp ý"),
    "bulletin.filled": _("Xếp lại lịch trong khung được giao"),
    "bulletin.sounded": _("Làm xong âm thanh"),
    "bulletin.sound_failed": _("Không làm được âm thanh"),
}


def word(table: dict[str, Words], key: str) -> str:
    """Return the label in the reader's language; a key without one is shown unchanged."""
    return str(table[key]) if key in table else key


def options(table: dict[str, Words]) -> list[tuple[str, Words]]:
    return list(table.items())


def voice(name: str) -> str:
    """Return the name of a voice: that given by its owners, or that of the built-in one."""
    return _("giọng máy đơn giản") if name.startswith("espeak-ng") else name
