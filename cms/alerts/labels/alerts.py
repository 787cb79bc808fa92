"""Labels of alerts: hazards, levels, states, and the responses of devices."""

from __future__ import annotations

from broadcast.alerts.drills import DrillPlanStatus
from broadcast.alerts.model import AlertLevel, AlertStatus, CancelCause, Hazard, Purpose
from broadcast.alerts.orders import ReachState
from broadcast.alerts.rounds import StandingNow
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import Words
from devices.health.sound_proof import SoundVerdict

HAZARD: dict[str, Words] = {
    Hazard.STORM: _("Bão"),
    Hazard.FLOOD: _("Lũ, ngập lụt"),
    Hazard.FLASH_FLOOD: _("Lũ quét"),
    Hazard.LANDSLIDE: _("Sạt lở đất"),
    Hazard.DAM_RELEASE: _("Xả lũ hồ chứa"),
    Hazard.TSUNAMI: _("Sóng thần"),
    Hazard.EARTHQUAKE: _("Động đất"),
    Hazard.FOREST_FIRE: _("Cháy rừng"),
    Hazard.EPIDEMIC: _("Dịch bệnh"),
    Hazard.CHEMICAL: _("Sự cố hóa chất"),
    Hazard.PUBLIC_ORDER: _("An ninh trật tự"),
    Hazard.MISSING_PERSON: _("Tìm người mất tích"),
    Hazard.OTHER: _("Việc khẩn cấp khác"),
}
LEVEL: dict[int, Words] = {AlertLevel.ONE: _("Cấp 1"), AlertLevel.TWO: _("Cấp 2"), AlertLevel.THREE: _("Cấp 3")}
DECLARED_BY: dict[int, Words] = {
    AlertLevel.ONE: _("Chủ tịch xã ban bố"),
    AlertLevel.TWO: _("Chủ tịch tỉnh ban bố"),
    AlertLevel.THREE: _("Thủ tướng ban bố"),
}
LEVEL_CLASS: dict[int, str] = {AlertLevel.ONE: "one", AlertLevel.TWO: "two", AlertLevel.THREE: "three"}
STATUS: dict[str, Words] = {
    AlertStatus.DRAFT: _("Đang soạn"),
    AlertStatus.SUBMITTED: _("Chờ người thứ hai"),
    AlertStatus.REJECTED: _("Bị từ chối"),
    AlertStatus.DISCARDED: _("Đã xóa"),
    AlertStatus.ACTIVE: _("Đang hiệu lực"),
    AlertStatus.SUPERSEDED: _("Đã thay bằng bản cập nhật"),
    AlertStatus.CANCELLED: _("Đã hủy"),
    AlertStatus.EXPIRED: _("Đã hết hạn"),
}
STATUS_TONE: dict[str, str] = {
    AlertStatus.SUBMITTED: "wait",
    AlertStatus.REJECTED: "bad",
    AlertStatus.ACTIVE: "brand",
    AlertStatus.CANCELLED: "bad",
}
CANCEL_CAUSE: dict[str, Words] = {
    CancelCause.MISTAKE: _("Phát nhầm, không có nguy hiểm"),
    CancelCause.WRONG_PLACE: _("Phát nhầm nơi"),
    CancelCause.WRONG_CONTENT: _("Nội dung chưa đúng"),
    CancelCause.DUPLICATE: _("Trùng cảnh báo khác"),
    CancelCause.OTHER: _("Lý do khác"),
}
PURPOSE: dict[str, Words] = {
    Purpose.WARNING: _("Cảnh báo"),
    Purpose.UPDATE: _("Bản cập nhật"),
    Purpose.ALL_CLEAR: _("Hết cảnh báo"),
}
REACH: dict[str, Words] = {
    ReachState.WAITING: _("Chưa trả lời"),
    ReachState.SILENT: _("Không trả lời"),
    ReachState.RECEIVED: _("Đã nhận"),
    ReachState.REFUSED: _("Từ chối"),
    ReachState.SOUNDING: _("Đang phát"),
    ReachState.CUT: _("Bị ngắt"),
    ReachState.DONE: _("Đã phát xong"),
    ReachState.CANCELLED: _("Đã dừng"),
    StandingNow.LOST: _("Mất kết nối"),
}
VERDICT: dict[str, Words] = {
    SoundVerdict.HEARD: _("✓ nghe được"),
    SoundVerdict.NOT_HEARD: _("✕ không nghe được"),
    SoundVerdict.NOT_MEASURED: _("? không đo được"),
}
# A sign beside the word: colour is never the only mark.
REACH_SIGN: dict[str, str] = {
    ReachState.WAITING: "…",
    ReachState.SILENT: "✕",
    ReachState.RECEIVED: "↓",
    ReachState.REFUSED: "✕",
    ReachState.SOUNDING: "♪",
    ReachState.CUT: "‖",
    ReachState.DONE: "✓",
    ReachState.CANCELLED: "■",
    StandingNow.LOST: "✕",
}
REACH_TONE: dict[str, str] = {
    ReachState.RECEIVED: "brand",
    ReachState.SOUNDING: "wait",
    ReachState.DONE: "good",
    ReachState.CUT: "wait",
    ReachState.REFUSED: "bad",
    ReachState.SILENT: "bad",
    StandingNow.LOST: "bad",
}
WHERE: dict[str, Words] = {
    "inside": _("trong vùng"),
    "outside": _("ngoài vùng"),
    "unknown": _("chưa biết vị trí"),
    "none": _("không thuộc cảnh báo"),
    "not_heard": _("đã phát, không nghe được"),
}
EVENT: dict[str, Words] = {
    "alert.drafted": _("Soạn cảnh báo"),
    "alert.edited": _("Sửa cảnh báo"),
    "alert.submitted": _("Gửi người thứ hai"),
    "alert.approved": _("Duyệt và phát đi"),
    "alert.returned": _("Trả lại"),
    "alert.rejected": _("Từ chối hẳn"),
    "alert.discarded": _("Xóa"),
    "alert.cancelled": _("Hủy"),
    "alert.superseded": _("Thay bằng bản cập nhật"),
    "alert.ended_in_part": _("Kết thúc ở một số nơi"),
    "alert.sounded_again": _("Phát lại sau khi bị dừng"),
    "alert.cancel_undone": _("Hoàn tác việc hủy"),
    "alert.restored": _("Phát lại cảnh báo vừa hủy"),
    "alert.expired": _("Hết hạn"),
    "alert.all_clear_sent": _("Phát tin kết thúc"),
    "alert.drill_sent": _("Diễn tập theo lịch đã phát"),
    "alert.sounded": _("Làm xong âm thanh"),
    "alert.sound_failed": _("Không làm được âm thanh"),
    "alert.sent_alone": _("Một người tự phát"),
    "alert.signed_off": _("Xem lại việc phát một mình"),
    "alert.unanswered": _("Còn loa không trả lời"),
    "alert.not_sent": _("Không gửi đi được"),
    "cap.published": _("Đưa lên bản tin CAP cho nơi khác"),
    "cap.refused": _("Bản tin CAP của cảnh báo này có lỗi, không gửi cho nơi khác"),
}
DRILL_PLAN: dict[str, Words] = {
    DrillPlanStatus.PROPOSED: _("Chờ người thứ hai"),
    DrillPlanStatus.APPROVED: _("Đã duyệt"),
    DrillPlanStatus.ENDED: _("Đã kết thúc"),
}
EVERY: dict[str, Words] = {
    "0": _("Không lặp lại"),
    "20": _("20 phút một lần"),
    "30": _("30 phút một lần"),
    "60": _("1 giờ một lần"),
    "120": _("2 giờ một lần"),
    "180": _("3 giờ một lần"),
    "360": _("6 giờ một lần"),
}
