"""Reasons for refusing a recording, with remedies: one sentence for each of ``media.errors.REASONS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cms.platform.web import request_context
from cms.platform.web.languages import _
from media.errors import RefusedAudioError
from province.errors import Problem

REFUSED: Final[Mapping[str, Callable[[], str]]] = {
    "TOO_LARGE": lambda: _("Tệp quá lớn. Hãy nén (mp3) hoặc cắt ngắn rồi tải lại."),
    "TOO_LONG": lambda: _(
        "Bản ghi dài hơn %(minutes)s phút. Hãy cắt ngắn rồi tải lại.",
        minutes=request_context.context().settings.upload_max_minutes,
    ),
    "TOO_SHORT": lambda: _("Bản ghi quá ngắn. Hãy chọn tệp khác."),
    "NOT_AUDIO": lambda: _("Đây không phải tệp âm thanh. Hãy chọn tệp wav, mp3, m4a hoặc ogg."),
    "FORMAT": lambda: _("Tệp bị cụt hoặc không đúng kiểu. Hãy tải lại, hoặc xuất ra wav, mp3, m4a hay ogg."),
    "SILENT": lambda: _("Bản ghi không có tiếng. Hãy ghi lại."),
    "MANY_STREAMS": lambda: _("Tệp có nhiều luồng tiếng. Hãy xuất ra một luồng rồi tải lại."),
    "CLIPPED": lambda: _("Tiếng quá to, bị rè. Hãy lùi xa micrô rồi ghi lại."),
    "QUIET": lambda: _("Tiếng nhỏ quá. Hãy nói gần micrô hơn rồi ghi lại."),
    "NOISY": lambda: _("Phòng ồn, chỗ nối giữa các câu sẽ nghe thấy. Hãy tắt quạt, đóng cửa rồi ghi lại."),
    "KNOCKS": lambda: _("Bản ghi gần như chỉ có tiếng gõ, tiếng nổ nên không đưa về độ to chuẩn được. Hãy ghi lại."),
    "CHIME_LONG": lambda: _("Nhạc hiệu dài hơn 30 giây. Hãy cắt ngắn rồi tải lại."),
    "DAY_FULL": lambda: _(
        "Hôm nay bạn đã gửi đủ mức một ngày (%(count)s tệp hoặc %(mb)s MB). Hãy gửi tiếp vào ngày mai, hoặc nhờ quản "
        "trị viên nâng mức.",
        count=request_context.context().settings.upload_day_count,
        mb=request_context.context().settings.upload_day_mb,
    ),
    "ALL_FULL": lambda: _(
        "Máy chủ đang giữ quá nhiều tệp ghi âm chưa được dùng. Tệp không dùng đến sẽ tự bị xóa sau 3 ngày; cần gửi "
        "ngay, hãy báo quản trị viên."
    ),
    "DISK_FULL": lambda: _(
        "Ổ đĩa máy chủ sắp đầy nên tạm không nhận tệp ghi âm. Bản tin bằng văn bản và cảnh báo vẫn làm được; "
        "hãy báo kỹ thuật viên trực máy chủ."
    ),
    "CUES": lambda: _("Điểm cắt hoặc đoạn vuốt tiếng không khớp với bản ghi. Hãy đặt lại ở phần cắt và vuốt tiếng."),
}


def problem_of(error: RefusedAudioError) -> Problem:
    """Return the refusal as a problem of the form's field."""
    return Problem("recording", f"{error.code}:{error.reason}")


REMARKS: Final[Mapping[str, Callable[[], str]]] = {
    "CLIPPED": lambda: _("Tiếng quá to, nhiều chỗ bị rè. Hãy nghe lại; nếu rè, ghi lại hoặc chọn tệp khác."),
    "QUIET": lambda: _("Tiếng rất nhỏ, khi phát sẽ nghe cả tiếng ồn. Hãy nghe lại; nếu ồn, ghi lại gần micrô hơn."),
}
"""Remarks on a recording that is accepted all the same."""
