"""Labels for messages from the central source system. The source language is Vietnamese."""

from __future__ import annotations

from broadcast.exchange.central import ReportKind
from cms.exchange.labels import exchange
from cms.exchange.repository.central import CentralOutcome
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import Words

OUTCOME: dict[str, Words] = {
    CentralOutcome.DRAFTED: _("Bản nháp, chờ người soạn gửi duyệt"),
    CentralOutcome.REDRAFTED: _("Bản nháp đã thay bằng lời mới"),
    CentralOutcome.REPLACES: _("Bản mới của tin đã nhận: hãy xem và quyết định"),
    CentralOutcome.ASKS_WITHDRAWAL: _("Trung ương thu hồi: hãy xem và thu hồi"),
    CentralOutcome.NOTHING_OF_IT: _("Trung ương thu hồi; ở đây không còn gì"),
    CentralOutcome.AWAITS_SOUND: _("Đang chờ tệp âm thanh"),
    CentralOutcome.OLD: _("Đã có bản mới hơn"),
    CentralOutcome.REFUSED: _("Không nhận được"),
}
TONE: dict[str, str] = {
    CentralOutcome.DRAFTED: "brand",
    CentralOutcome.REDRAFTED: "brand",
    CentralOutcome.REPLACES: "wait",
    CentralOutcome.ASKS_WITHDRAWAL: "wait",
    CentralOutcome.AWAITS_SOUND: "wait",
    CentralOutcome.REFUSED: "bad",
}
REPORT: dict[str, Words] = {
    ReportKind.DEVICES: _("Thiết bị và trạng thái"),
    ReportKind.BULLETINS: _("Tình trạng bản tin của trung ương"),
    ReportKind.PLAYED: _("Kết quả phát"),
    ReportKind.STATISTICS: _("Thống kê ngày"),
}
_REASON: dict[str, Words] = {
    "MISSING": _("thiếu trường"),
    "NOT_TEXT": _("không phải văn bản hợp lệ:"),
    "TOO_LONG": _("quá dài:"),
    "NOT_A_VERSION": _("số phiên bản sai:"),
    "NOT_AN_OBJECT": _("sai cấu trúc"),
    "NOT_CODES": _("danh sách mã sai:"),
    "UNKNOWN_VALUE": _("giá trị lạ ở"),
    "EMERGENCY": _("tin khẩn cấp phải gửi bằng CAP, không bằng bản tin:"),
    "AREA_UNKNOWN": _("không có địa bàn mang mã"),
    "NOT_A_HASH": _("mã băm sai:"),
}

_SOUND: dict[str, Words] = {
    "SOUND TOO_LARGE": _("tệp âm thanh quá lớn; hãy báo trung ương gửi tệp nhỏ hơn"),
    "SOUND HASH": _("tệp âm thanh không đúng mã băm đã nêu; hãy báo trung ương"),
}


def reason(code: str) -> str:
    """Translate the first word of the code; the rest (field names, area codes) is kept.

    The sentence for a faulty sound file includes the remedy.
    """
    if code.startswith(("FETCH_", "SOUND ")):
        return str(_SOUND[code]) if code in _SOUND else exchange.fault(code)
    name, _space, rest = code.partition(" ")
    return f"{_REASON[name]} {rest}".strip() if name in _REASON else code
