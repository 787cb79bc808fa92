"""The console's words for what the central source system sends. The source is Vietnamese."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from cms.store.central import CentralOutcome
from cms.web.wording import Words

OUTCOME: dict[str, Words] = {
    CentralOutcome.DRAFTED: _("Bản nháp, chờ người soạn gửi duyệt"),
    CentralOutcome.REDRAFTED: _("Bản nháp đã thay bằng lời mới"),
    CentralOutcome.REPLACES: _("Bản mới của tin đã nhận: hãy xem và quyết định"),
    CentralOutcome.ASKS_WITHDRAWAL: _("Trung ương thu hồi: hãy xem và thu hồi"),
    CentralOutcome.NOTHING_OF_IT: _("Trung ương thu hồi; ở đây không còn gì"),
    CentralOutcome.OLD: _("Đã có bản mới hơn"),
    CentralOutcome.REFUSED: _("Không nhận được"),
}
TONE: dict[str, str] = {
    CentralOutcome.DRAFTED: "brand",
    CentralOutcome.REDRAFTED: "brand",
    CentralOutcome.REPLACES: "wait",
    CentralOutcome.ASKS_WITHDRAWAL: "wait",
    CentralOutcome.REFUSED: "bad",
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
}


def reason(code: str) -> str:
    """The first word of the code in words, the rest as it is: names of fields, codes of areas."""
    name, _space, rest = code.partition(" ")
    return f"{_REASON[name]} {rest}".strip() if name in _REASON else code
