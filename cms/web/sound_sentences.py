"""Why a recording was not taken, and what to do: one sentence for each of ``media.errors.REASONS``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cms.web import visit
from cms.web.languages import _

REFUSED: Final[Mapping[str, Callable[[], str]]] = {
    "TOO_LARGE": lambda: _("Tệp quá lớn. Hãy nén (mp3) hoặc cắt ngắn rồi tải lại."),
    "TOO_LONG": lambda: _(
        "Bản ghi dài hơn %(minutes)s phút. Hãy cắt ngắn rồi tải lại.",
        minutes=visit.context().settings.upload_max_minutes,
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
    "CUES": lambda: _("Điểm cắt hoặc đoạn vuốt tiếng không khớp với bản ghi. Hãy đặt lại ở phần cắt và vuốt tiếng."),
}
