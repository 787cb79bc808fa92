"""Labels of remote commands. The source language is Vietnamese."""

from __future__ import annotations

from cms.platform.web import messages
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from devices.commands import lifecycle
from devices.commands.model import Arguments, BatchDanger, BatchExclusion, BatchState, CommandKind, CommandState
from devices.protocol.messages import TestResult

KIND: dict[str, Words] = {
    CommandKind.RESYNC: __("Đồng bộ lại"),
    CommandKind.LOG: __("Lấy nhật ký thiết bị"),
    CommandKind.SELFTEST: __("Tự kiểm tra"),
    CommandKind.VOLUME: __("Đặt âm lượng"),
    CommandKind.REBOOT: __("Khởi động lại"),
    CommandKind.QUARANTINE: __("Khóa tiếng"),
    CommandKind.RELEASE: __("Mở khóa tiếng"),
    CommandKind.REVOKE: __("Thu hồi chứng thư"),
    CommandKind.RETIRE: __("Thôi dùng"),
}
WHAT: dict[str, Words] = {
    CommandKind.RESYNC: __(
        "Thiết bị hỏi lại máy chủ những gì còn thiếu: kế hoạch, cấu hình, khóa. Không ai nghe thấy."
    ),
    CommandKind.LOG: __("Thiết bị gửi về những việc đã xảy ra từ lần khởi động này. Không ai nghe thấy."),
    CommandKind.SELFTEST: __(
        "Thiết bị đo ampli và đường loa. Nếu chọn phát tiếng thử, người dân nghe một hồi chuông 2 giây; trong giờ yên "
        "tĩnh và khi loa đang hoặc sắp phát thì thiết bị từ chối."
    ),
    CommandKind.VOLUME: __(
        "Âm lượng mới có hiệu lực ngay, cho đến khi thiết bị nhận cấu hình mới. Cảnh báo vẫn phát theo âm lượng riêng."
    ),
    CommandKind.REBOOT: __(
        "Thiết bị tắt rồi khởi động lại, mất kết nối khoảng một phút. Khi loa đang phát hoặc sắp phát trong 1 phút thì "
        "thiết bị từ chối."
    ),
    CommandKind.QUARANTINE: __(
        "Thiết bị vẫn kết nối nhưng không phát bản tin, lời nói trực tiếp hay diễn tập cho đến khi mở khóa tiếng. "
        "Cảnh báo khẩn cấp vẫn phát, trừ khi có kẻ gian hoặc khóa bị lộ. Luôn cần người thứ hai."
    ),
    CommandKind.RELEASE: __("Thiết bị lại phát theo lịch, theo lệnh và cảnh báo. Luôn cần người thứ hai."),
    CommandKind.REVOKE: __(
        "Kết nối bị ngắt, chứng thư không dùng được nữa: thiết bị im, kể cả cảnh báo, cho đến khi có người nhận lại "
        "tại cột bằng mã trên nhãn. Luôn cần người thứ hai."
    ),
    CommandKind.RETIRE: __(
        "Thiết bị rời khỏi mạng loa mãi mãi, không phát gì nữa, kể cả cảnh báo; nhật ký phát vẫn giữ. "
        "Luôn cần người thứ hai."
    ),
}
STATE: dict[str, Words] = {
    CommandState.QUEUED: __("Chờ gửi"),
    CommandState.SENT: __("Đã gửi"),
    CommandState.RECEIVED: __("Thiết bị đã nhận"),
    CommandState.DONE: __("Xong"),
    CommandState.FAILED: __("Không được"),
    CommandState.EXPIRED: __("Hết hạn"),
    CommandState.ABORTED: __("Đã hủy"),
}
STATE_TONE: dict[str, str] = {
    CommandState.QUEUED: "wait",
    CommandState.SENT: "brand",
    CommandState.RECEIVED: "brand",
    CommandState.DONE: "good",
    CommandState.FAILED: "bad",
    CommandState.EXPIRED: "bad",
}
BATCH: dict[str, Words] = {
    BatchState.WAITING: __("Chờ người thứ hai"),
    BatchState.RUNNING: __("Đang chạy"),
    BatchState.ENDED: __("Đã xong"),
    BatchState.REFUSED: __("Bị từ chối"),
    BatchState.ABORTED: __("Đã hủy"),
    BatchState.LAPSED: __("Quá hạn đồng ý"),
}
BATCH_TONE: dict[str, str] = {
    BatchState.WAITING: "wait",
    BatchState.RUNNING: "brand",
    BatchState.ENDED: "good",
    BatchState.REFUSED: "bad",
}
DANGER: dict[str, Words] = {
    BatchDanger.MANY: __("nhiều thiết bị một lúc"),
    BatchDanger.REBOOT_SEVERAL: __("khởi động lại nhiều thiết bị"),
    BatchDanger.AUDIBLE_SEVERAL: __("phát tiếng thử ở nhiều nơi"),
    BatchDanger.ABOVE_CAP: __("to hơn mức của địa bàn"),
    BatchDanger.SILENCES: __("thiết bị im hẳn, kể cả cảnh báo"),
    BatchDanger.RESTRICTS: __("thiết bị không phát gì ngoài cảnh báo khẩn cấp"),
    BatchDanger.LIFTS: __("thiết bị phát trở lại"),
    BatchDanger.LASTS: __("không đảo lại được từ xa"),
}
LEFT: dict[str, Words] = {
    BatchExclusion.RETIRED: __("đã ngừng sử dụng"),
    BatchExclusion.UNKNOWN: __("không có mã này"),
    BatchExclusion.BOARD: __("là bảng tin, không phát tiếng"),
    BatchExclusion.IN_ALERT: __("đang trong cảnh báo"),
    BatchExclusion.ON_AIR: __("đang phát hoặc sắp phát"),
    BatchExclusion.AS_IT_IS: __("vốn đã như vậy"),
    BatchExclusion.NOT_IN_SERVICE: __("chưa hoạt động, hoặc đã bị thu hồi"),
}
CODE: dict[str, Words] = {
    lifecycle.NOT_SENT: __("chưa gửi được trong thời hạn"),
    lifecycle.NO_ANSWER: __("thiết bị không trả lời"),
    lifecycle.NO_RESULT: __("thiết bị đã nhận nhưng không báo kết quả"),
    lifecycle.GONE: __("thiết bị đã ngừng sử dụng"),
    lifecycle.NOT_ENTITLED: __("người yêu cầu không còn quyền ở đây"),
    lifecycle.AS_IT_IS: __("lúc đồng ý, thiết bị đã như vậy hoặc không còn hoạt động"),
    lifecycle.SPOILT: __("nhật ký gửi về bị hỏng"),
    "BUSY": __("loa đang phát hoặc sắp phát; hãy thử lại sau"),
    "AMP_FAULT": __("ampli hoặc đường loa hỏng; hãy cho người đến xem"),
    "UNSUPPORTED": __("thiết bị đời cũ chưa biết lệnh này"),
}
LINE: dict[str, Words] = {
    "ok": __("đường loa tốt"),
    "open": __("đường loa đứt"),
    "short": __("đường loa chập"),
    "earth": __("đường loa chạm đất"),
}


def code(name: str) -> str:
    """Return the reason for which a command failed, in words."""
    return str(CODE[name]) if name in CODE else messages.wire_reason(name)


DOUBT: dict[str, Words] = {
    "no": __("Loa trục trặc, phát nhầm hoặc làm phiền: cảnh báo khẩn cấp vẫn phát"),
    "yes": __("Có kẻ gian hoặc khóa bị lộ: im hoàn toàn, kể cả cảnh báo khẩn cấp"),
}
"""Reasons to shut a device off, each with what follows from it."""


def argument(kind: CommandKind, arguments: Arguments) -> str:
    """Return the arguments of a command in words; empty if it has none."""
    if kind is CommandKind.QUARANTINE:
        return _("cảnh báo khẩn cấp vẫn phát") if arguments.alerts_pass else _("im cả cảnh báo khẩn cấp")
    if arguments.volume_pct is not None:
        return f"{arguments.volume_pct}%"
    return _("có phát tiếng thử") if arguments.is_audible else ""


def measured(test: TestResult) -> str:
    """Return the results of a self-test in words."""
    found = []
    if test.spk:
        found.append(str(LINE.get(test.spk, test.spk)))
    if test.line_ohm is not None:
        found.append(_("%(n)s Ω", n=round(test.line_ohm, 1)))
    if test.amp_ma is not None:
        found.append(_("ampli %(n)s mA", n=test.amp_ma))
    if test.mic_db is not None:
        found.append(_("micrô %(n)s dB", n=round(test.mic_db)))
    return ", ".join(found)
