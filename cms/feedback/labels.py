"""Labels of citizens' feedback. The source language is Vietnamese."""

from __future__ import annotations

from broadcast.feedback.model import Channel, FeedbackKind, FeedbackState
from cms.platform.web.languages import lazy as _
from cms.platform.web.wording import Words

STATE: dict[str, Words] = {
    FeedbackState.OPEN: _("Chờ trả lời"),
    FeedbackState.ANSWERED: _("Đã trả lời"),
    FeedbackState.CLOSED: _("Đã đóng"),
}
TONE: dict[str, str] = {FeedbackState.OPEN: "wait", FeedbackState.ANSWERED: "brand", FeedbackState.CLOSED: "good"}
CHANNEL: dict[str, Words] = {
    Channel.PHONE: _("Điện thoại"),
    Channel.IN_PERSON: _("Gặp trực tiếp"),
    Channel.PAPER: _("Đơn, thư giấy"),
    Channel.EMAIL: _("Thư điện tử"),
    Channel.WEB: _("Trang mạng"),
}
KIND: dict[str, Words] = {
    FeedbackKind.NOISE: _("Loa ồn"),
    FeedbackKind.NOT_HEARD: _("Không nghe được"),
    FeedbackKind.CONTENT: _("Nội dung tin"),
    FeedbackKind.PRAISE: _("Khen"),
    FeedbackKind.OTHER: _("Việc khác"),
}
EVENT: dict[str, Words] = {
    "feedback.taken_down": _("Ghi phản ánh"),
    "feedback.corrected": _("Sửa phản ánh"),
    "feedback.answered": _("Trả lời phản ánh"),
    "feedback.closed": _("Đóng phản ánh"),
    "feedback.received": _("Nhận từ trang công khai"),
    "feedback.published": _("Đăng lên trang công khai"),
    "feedback.hidden": _("Gỡ khỏi trang công khai"),
}
