"""Labels of faults and causes, as message ids for screens; for mails in the default language, with the stages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cms.platform.errors import N_
from cms.translations import in_default_language
from devices.health.incidents import Cause
from devices.health.kinds import FaultKind
from devices.health.notices import IncidentStage

FAULT: Final[Mapping[FaultKind, str]] = {
    FaultKind.SHUT_OFF: N_("Đang bị khóa tiếng hoặc đã thu hồi chứng thư"),
    FaultKind.IDENTITY_SHARED: N_("Hai thiết bị dùng chung một chứng thư"),
    FaultKind.SOUND_UNORDERED: N_("Có tiếng không do lệnh phát"),
    FaultKind.MAINS_LOST: N_("Mất điện lưới"),
    FaultKind.LINK_LOST: N_("Mất kết nối"),
    FaultKind.AMP_FAULT: N_("Hỏng tăng âm"),
    FaultKind.SPEAKER_SHORT: N_("Chập đường dây loa"),
    FaultKind.SPEAKER_OPEN: N_("Đứt đường dây loa"),
    FaultKind.SILENT_PLAYBACK: N_("Báo đang phát nhưng không ra tiếng"),
    FaultKind.SELF_TEST_FAILED: N_("Tự kiểm tra không đạt"),
    FaultKind.DISK_READ_ONLY: N_("Bộ nhớ không ghi được"),
    FaultKind.DISK_FULL: N_("Bộ nhớ đầy"),
    FaultKind.CLOCK_OFF: N_("Sai giờ"),
    FaultKind.SPEAKER_EARTH: N_("Đường dây loa chạm đất"),
    FaultKind.BATTERY_LOW: N_("Ắc quy yếu"),
    FaultKind.AMP_HOT: N_("Tăng âm quá nóng"),
    FaultKind.LINE_DRIFT: N_("Trở kháng đường dây loa lệch"),
    FaultKind.PLAN_NOT_HELD: N_("Chưa nhận lịch phát mới"),
    FaultKind.LINK_FLAPS: N_("Kết nối chập chờn"),
    FaultKind.MESSAGES_BAD: N_("Nhận nhiều lệnh lạ hoặc sai"),
    FaultKind.TRESPASSES: N_("Đòi nghe hoặc ghi thứ không phải của mình"),
    FaultKind.TALKS_TOO_MUCH: N_("Gửi tin dồn dập"),
    FaultKind.TELEMETRY_LOST: N_("Không báo tình trạng"),
    FaultKind.DOOR_OPEN: N_("Cửa tủ mở"),
    FaultKind.CERTIFICATE_ENDS: N_("Chứng thư sắp hết hạn"),
    FaultKind.DATA_PLAN_ENDS: N_("Sắp hết dung lượng dữ liệu trong ngày"),
    FaultKind.FIRMWARE_OLD: N_("Phần mềm cũ"),
}
CAUSE: Final[Mapping[Cause, str]] = {
    Cause.SERVER: N_("Máy chủ hoặc đường truyền trung tâm"),
    Cause.CLOCK: N_("Đồng hồ máy chủ"),
    Cause.POWER: N_("Mất điện"),
    Cause.CARRIER: N_("Mạng di động"),
    Cause.FIRMWARE: N_("Phần mềm vừa cài"),
    Cause.LINK: N_("Mất kết nối hàng loạt"),
}
STAGE: Final[Mapping[IncidentStage, str]] = {
    IncidentStage.OPENED: "Sự cố mới",
    IncidentStage.ESCALATED: "Sự cố chưa ai nhận",
    IncidentStage.OVER: "Sự cố đã hết",
}


def fault_name(kind: FaultKind) -> str:
    """Return the label of a fault in the default language."""
    return in_default_language(FAULT[kind])


def cause_name(cause: Cause) -> str:
    """Return the label of a cause in the default language."""
    return in_default_language(CAUSE[cause])
