"""Labels of the audit log: subjects and actions. The source language is Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cms.alerts.labels import alerts
from cms.feedback import labels as feedback_labels
from cms.fleet.labels import lifecycle
from cms.health import labels as fault_labels
from cms.live import labels as live_labels
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import Words

SUBJECTS: Final[Mapping[str, Words]] = {
    "alert": _("Cảnh báo"),
    "user": _("Tài khoản"),
    "token": _("Token của chương trình"),
    "right": _("Quyền"),
    "site": _("Trang điều hành"),
    "bulletin": _("Bản tin"),
    "sound": _("Dừng loa"),
    "live": _("Phát trực tiếp"),
    "device": _("Máy"),
    "command_batch": _("Lệnh từ xa"),
    "area": _("Địa bàn"),
    "drill_plan": _("Lịch diễn tập"),
    "declaration_right": _("Quyền ban bố cảnh báo"),
    "alert_policy": _("Quy định về cảnh báo"),
    "relay_source": _("Nguồn tiếp sóng"),
    "cap": _("Bản tin CAP"),
    "ticket": _("Phiếu việc"),
    "feedback": _("Ý kiến của người dân"),
    "station": _("Đài truyền thanh"),
    "rollout": _("Đợt cập nhật phần mềm"),
    "report": _("Báo cáo"),
    "server": _("Máy chủ"),
}
"""Kinds to filter by: the part of an event's name before the first dot."""
OTHER: Final = _("Việc khác")
EVENT: Final[Mapping[str, Words]] = {
    **lifecycle.EVENT,
    **alerts.EVENT,
    **live_labels.EVENT,
    **fault_labels.EVENT,
    **feedback_labels.EVENT,
    "user.added": _("Thêm tài khoản"),
    "user.granted": _("Giao quyền"),
    "user.ungranted": _("Thôi giao quyền"),
    "user.locked": _("Khóa tài khoản"),
    "user.unlocked": _("Mở khóa tài khoản"),
    "user.password_set": _("Cấp mật khẩu mới"),
    "user.password_changed": _("Tự đổi mật khẩu"),
    "user.password_change_failed": _("Đổi mật khẩu: gõ sai mật khẩu cũ"),
    "user.password_given": _("Gõ đúng mật khẩu, chờ mã"),
    "user.signed_in": _("Đăng nhập"),
    "user.signed_out": _("Đăng xuất"),
    "user.sessions_ended": _("Đăng xuất nơi khác"),
    "user.sign_in_failed": _("Đăng nhập không được"),
    "user.second_factor_enrolled": _("Cài xác thực hai bước"),
    "user.second_factor_given": _("Nhập đúng mã xác thực"),
    "user.second_factor_failed": _("Nhập sai mã xác thực"),
    "user.second_factor_reset": _("Đặt lại xác thực hai bước"),
    "user.second_factor_shown": _("Dòng lệnh cho xem mã (chạy thử)"),
    "user.recovery_codes_renewed": _("Tạo mã dự phòng mới"),
    "token.created": _("Tạo token"),
    "token.revoked": _("Thu hồi token"),
    "token.refused": _("Token sai hoặc hết hạn"),
    "right.refused": _("Bị từ chối vì không có quyền"),
    "site.sign_ins_sprayed": _("Có người dò mật khẩu"),
    "sound.stopped": _("Dừng loa"),
    "sound.stop_lifted": _("Cho loa phát lại"),
    "command_batch.asked": _("Yêu cầu lệnh từ xa"),
    "command_batch.agreed": _("Đồng ý lệnh từ xa"),
    "command_batch.refused": _("Từ chối lệnh từ xa"),
    "alert_policy.set": _("Đổi quy định về cảnh báo"),
    "declaration_right.given": _("Giao quyền ban bố"),
    "declaration_right.taken": _("Thôi giao quyền ban bố"),
    "bulletin.created": _("Soạn bản tin"),
    "bulletin.edited": _("Sửa bản tin"),
    "bulletin.submitted": _("Gửi duyệt bản tin"),
    "bulletin.approved": _("Duyệt bản tin"),
    "bulletin.returned": _("Trả lại bản tin"),
    "bulletin.rejected": _("Từ chối bản tin"),
    "bulletin.withdrawn": _("Rút bản tin"),
    "bulletin.signed": _("Ký số bản tin"),
    "server.restored": _("Khôi phục từ bản sao lưu"),
}

PROGRAMS: Final[Mapping[str, Words]] = {
    "gateway": _("Cổng phát của máy chủ"),
    "health": _("Bộ phận theo dõi máy"),
    "broker": _("Máy chủ nhắn tin"),
    "clock": _("Đồng hồ máy chủ"),
}
"""Labels of server programs: an action by the server is logged under its program's name."""
REASONS: Final[Mapping[str, Mapping[str, Words]]] = {"live.ended": live_labels.END}
"""Labels of reasons, for events whose reason is a code."""


def who(by: str, by_name: str) -> Words:
    """Return the label of the person or program that did it."""
    return PROGRAMS.get(by_name) or by_name or PROGRAMS.get(by) or _("Không rõ")


def said(name: str) -> Words:
    """Return the sentence of an event; without one of its own, its kind."""
    return EVENT.get(name) or SUBJECTS.get(name.partition(".")[0]) or OTHER
