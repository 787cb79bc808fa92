"""Sentences for the rules' findings in an alert, and the field of the form to which each belongs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from province.errors import Problem

_BESIDE = {
    "audience": "areas",
    "targets": "areas",
    "exclude": "areas",
    "rings": "shape",
    "discs": "shape",
    "rounds": "again_at",
    "text": "text-vi",
    "wordings": "text-vi",
    "hush_for": "hush_hours",
    "lasts_ms": "minutes",
}
FIELDS: dict[str, Words] = {
    "areas": __("Nơi phát"),
    "shape": __("Hình vẽ"),
    "headline": __("Dòng đầu"),
    "level": __("Cấp độ"),
    "expires_at": __("Hết hạn lúc"),
    "happens_at": __("Xảy ra lúc"),
    "place": __("Nơi xảy ra"),
    "intensity": __("Cường độ"),
    "forecast": __("Dự báo"),
    "advice": __("Khuyến cáo"),
    "authority": __("Cơ quan ban hành"),
    "basis": __("Căn cứ"),
    "again_at": __("Phát lại sau (phút)"),
    "updates_id": __("Cảnh báo được cập nhật"),
    "word": __("Chữ xác nhận"),
    "cause": __("Lý do hủy"),
    "cancel_reason": __("Nói rõ thêm"),
    "mutes_alerts": __("Dừng cả cảnh báo"),
    "hush_hours": __("Giữ im lặng"),
    "minutes": __("Mỗi lần kéo dài"),
}
PROBLEMS: Mapping[str, Callable[[Problem], str]] = {
    "EXPIRED": lambda _p: _("Đã qua. Hãy chọn giờ hết hạn ở phía trước."),
    "TOO_LONG_AHEAD": lambda p: _("Xa quá: một cảnh báo kéo dài tối đa %(hours)s giờ.", **p.detail),
    "TOO_MUCH_TO_SEND": lambda _p: _("Lời và hình dài quá để gửi trong một lần. Hãy rút gọn."),
    "OTHER_KIND": lambda _p: _("Diễn tập không thay được cảnh báo thật, và ngược lại."),
    "NOT_ACTIVE": lambda _p: _("Cảnh báo này không còn hiệu lực để cập nhật."),
    "FACT_MISSING": lambda _p: _("Luật yêu cầu nêu mục này."),
    "NOBODY_HEARS": lambda _p: _("Nơi đã chọn chưa có loa nào."),
    "SOUND_FAILED": lambda _p: _("Không làm được âm thanh. Hãy sửa lời rồi thử lại."),
    "SPEECH_TOO_LONG": lambda p: _(
        "Đọc mất %(seconds)s giây, tối đa %(most)s giây. Hãy rút gọn.",
        seconds=int(p.detail["ms"]) // 1000,
        most=int(p.detail["max"]) // 1000,
    ),
    "LANGUAGE_TWICE": lambda _p: _("Mỗi tiếng nói chỉ một lời đọc."),
    "SHAPE_TOO_FINE": lambda p: _("Hình có %(points)s góc, tối đa %(max)s. Hãy vẽ đơn giản hơn.", **p.detail),
    "RING_MALFORMED": lambda p: _("Hình thứ %(part)s có tọa độ không đúng.", **p.detail),
    "RING_OPEN": lambda p: _("Hình thứ %(part)s cần ít nhất ba góc.", **p.detail),
    "RING_CROSSED": lambda p: _("Hình thứ %(part)s tự cắt nhau. Hãy vẽ lại.", **p.detail),
    "DISC_MALFORMED": lambda p: _("Vòng tròn thứ %(part)s không đúng tâm hoặc bán kính.", **p.detail),
    "TOO_OFTEN": lambda _p: _("Các lần phát phải cách nhau ít nhất 1 phút."),
    "ONLY_A_DRILL_IS_SILENT": lambda _p: _("Chỉ diễn tập mới có thể không tiếng."),
    "NOT_A_SHAPE": lambda p: _("Dòng %(line)s không phải vùng hay vòng tròn.", **p.detail),
    "NOT_MINUTES": lambda _p: _("Hãy gõ số phút, cách nhau bằng dấu phẩy."),
    "NOT_THE_WORD": lambda p: _("Gõ đúng chữ %(word)s để xác nhận.", **p.detail),
    "HUSH_TOO_LONG": lambda p: _("Giữ im lặng tối đa %(hours)s giờ.", **p.detail),
    "ELSEWHERE": lambda p: _("Cảnh báo “%(headline)s” không phát ở nơi nào trong số này.", **p.detail),
    "ALERT_IN_FORCE": lambda p: _(
        "Ở đây đang có cảnh báo khác: “%(headline)s”. Không báo hết nguy hiểm khi cảnh báo đó còn hiệu lực.", **p.detail
    ),
    "WOULD_MUTE": lambda p: _("Cảnh báo “%(headline)s” sẽ im.", **p.detail),
    "NOT_A_DRILL": lambda _p: _("Chỉ diễn tập mới đặt lịch được."),
    "OUT_OF_BOUNDS": lambda _p: _("Ngoài giới hạn cho phép."),
}


def beside(problem: Problem) -> Problem:
    """Map the rules' name of a field to that of the form."""
    top, _dot, rest = problem.field.partition(".")
    if top == "wordings" and rest:
        return replace(problem, field=f"text-{rest}")
    return replace(problem, field=_BESIDE.get(problem.field, problem.field))
