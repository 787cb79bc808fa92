"""Error sentences for remote commands. The source language is Vietnamese."""

from __future__ import annotations

from collections.abc import Callable

from cms.platform.web.languages import _
from province.errors import Problem

PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "DOUBT_MISSING": lambda _p: _("Hãy chọn vì sao khóa tiếng: việc này quyết định cảnh báo khẩn cấp có phát không."),
    "NOT_TAKEN": lambda _p: _("Lệnh này không dùng mục này. Hãy để trống."),
    "NONE_CHOSEN": lambda _p: _("Chưa chọn thiết bị nào. Hãy đánh dấu địa bàn hoặc ghi mã thiết bị."),
    "NOTHING_NARROWED": lambda _p: _("Chưa chọn điều kiện nào: mọi thiết bị đã là danh sách sẵn có."),
    "NONE_LEFT": lambda _p: _(
        "Mọi thiết bị đã chọn đều phải bỏ qua lúc này. Hãy xem lý do bên dưới, hoặc thử lại sau."
    ),
    "QUIET_THEN": lambda _p: _("Giờ này, hoặc một giờ sau đó, là giờ yên tĩnh ở đó. Hãy chọn giờ khác."),
    "NOTHING_SEEN": lambda _p: _(
        "Máy chủ không thấy thiết bị làm điều không ai yêu cầu, nên cần người thứ hai. Hãy bỏ đánh dấu rồi gửi lại; "
        "nếu loa đang phát tiếng lạ, hãy khóa tiếng ngay."
    ),
    "TOO_MANY_AT_ONCE": lambda p: _(
        "Trong một giờ chỉ được khóa ngay %(max)s thiết bị khi chưa có người thứ hai. Hãy bỏ đánh dấu rồi gửi lại để "
        "người thứ hai đồng ý.",
        **p.detail,
    ),
    "NO_ADDRESS": lambda _p: _("Hãy ghi địa chỉ thư như truc@tinh.vn, hoặc địa chỉ bắt đầu bằng https://."),
    "WINDOW_TOO_LONG": lambda p: _("Dài nhất %(days)s ngày. Hãy chọn giờ kết thúc sớm hơn.", **p.detail),
}
