"""Labels of stations. The source language is Vietnamese."""

from __future__ import annotations

from collections.abc import Callable

from broadcast.bulletins.model import SoundState
from broadcast.stations.model import LicenceState, ProgrammeProgress
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from province.errors import Problem

LICENCE: dict[str, Words] = {
    LicenceState.NOT_NEEDED: __("Không phát sóng"),
    LicenceState.MISSING: __("Chưa ghi giấy phép"),
    LicenceState.VALID: __("Còn hạn"),
    LicenceState.EXPIRING: __("Sắp hết hạn"),
    LicenceState.EXPIRED: __("Hết hạn"),
}
LICENCE_TONE: dict[str, str] = {
    LicenceState.NOT_NEEDED: "",
    LicenceState.MISSING: "wait",
    LicenceState.VALID: "good",
    LicenceState.EXPIRING: "wait",
    LicenceState.EXPIRED: "bad",
}
RUNG: dict[str, Words] = {
    ProgrammeProgress.DOWNLOADED: __("Đã tải"),
    ProgrammeProgress.VERIFIED: __("Đã kiểm tra"),
    ProgrammeProgress.SCHEDULED: __("Đã lên lịch"),
    ProgrammeProgress.AIRED: __("Đã phát"),
}
RUNG_TONE: dict[str, str] = {
    ProgrammeProgress.DOWNLOADED: "",
    ProgrammeProgress.VERIFIED: "brand",
    ProgrammeProgress.SCHEDULED: "wait",
    ProgrammeProgress.AIRED: "good",
}
SOUND: dict[str, Words] = {
    SoundState.MISSING: __("Chưa có tệp"),
    SoundState.MAKING: __("Đang làm tệp"),
    SoundState.READY: __("Sẵn sàng"),
    SoundState.FAILED: __("Không làm được tệp"),
}
PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "DAY_PAST": lambda _p: _("Ngày này đã qua."),
    "PROGRAMME_UNKNOWN": lambda p: _("Đài không có chương trình mang mã %(programme)s.", **p.detail),
    "FILE_UNKNOWN": lambda _p: _("Mã băm không phải của tệp nào đã giao."),
    "COLUMNS_MISSING": lambda _p: _("Dòng đầu cần có các cột “programme” (hoặc “cut_id”) và “at”."),
    "LINE_UNREADABLE": lambda p: _(
        "Dòng %(line)s không đọc được: giờ “%(at)s” cần viết như 28/11/2026 17:30:00, và cột rung, duration nếu có "
        "phải đúng mẫu.",
        **p.detail,
    ),
    "BEFORE_APPROVAL": lambda p: _("“%(programme)s” chưa được duyệt vào giờ này. Hãy xem lại giờ phát.", **p.detail),
    "NOT_UTF8": lambda _p: _("Tệp không phải văn bản UTF-8. Hãy lưu lại dạng CSV UTF-8."),
}
