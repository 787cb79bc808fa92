"""Error pages: the problem in words, and the remedy. Never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from cms.accounts.service import refused_log
from cms.alerts.labels import alerts as alert_labels
from cms.alerts.views import recordings
from cms.bulletins.views import chimes
from cms.commands.labels import commands as acting_labels
from cms.exchange.views import check
from cms.feedback import labels as feedback_labels
from cms.firmware import labels as firmware_labels
from cms.firmware import views as firmware
from cms.live import labels as live_labels
from cms.live.views import recordings as live_recordings
from cms.platform.errors import PROBLEMS, RETRY_AFTER_S
from cms.platform.process.disk import DiskReserve
from cms.platform.store.outages import FULL, OUTAGES, outage_of
from cms.platform.web import request_context, unsaved, uploads, wording
from cms.platform.web.languages import _, choose, is_public
from cms.platform.web.messages import area_names, problem_sentences
from cms.speech.views import phrases
from cms.stations.views import shelf
from cms.tickets import labels as work_labels
from province.errors import ConflictError, DomainError, NotAllowedError, NotFoundError, NotPossibleError

log = logging.getLogger(__name__)

Answer = tuple[str, int]


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(DomainError, _rules)
    for kind in OUTAGES:
        app.register_error_handler(kind, _not_working)


def _not_working(error: Exception) -> Answer | Response:
    """Answer a failure of the database or its disk with a page that needs neither."""
    if not (code := outage_of(error)):
        raise error
    g.pop("actor", None)
    if code in FULL:
        DiskReserve(request_context.context().settings, request_context.context().disk).release()
    log.warning("database.unavailable %s %s answered with %s", request.method, request.path, code)
    row = PROBLEMS[code]
    is_change = request.method not in {"GET", "HEAD"}
    html = render_template(
        "not_working.html", sentence=_(row.sentence), code=code, is_change=is_change, language=choose()
    )
    return Response(html, row.status, headers={"Retry-After": str(RETRY_AFTER_S)}, content_type="text/html")


def page(status: int, heading: str, remedy: str, code: str = "", details: list[str] | None = None) -> Answer:
    """Render the page; ``code`` is the stable error code to report to a technician."""
    if is_public():
        return render_template("public/refusal.html", heading=heading, remedy=remedy, in_force=[]), status
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    html = render_template(
        "refusal.html",
        status=status,
        heading=heading,
        remedy=remedy,
        code=code,
        details=details or [],
        back=back if status in _RELOADABLE else "",
    )
    return html, status


_RELOADABLE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR})


_TOO_LARGE: Mapping[str, Callable[..., Answer | str | Response]] = {
    "web.upload": uploads.too_large,
    "web.upload_image": firmware.too_large,
    "web.alert_recording": recordings.too_large,
    "web.record_live": live_recordings.too_large,
    "web.record_phrase": phrases.too_large,
    "web.set_chime": chimes.too_large,
    "web.make_offer": shelf.too_large,
    "web.check_message": check.too_large,
}
"""Endpoints whose own form shows that the request was too large."""


def _http(error: HTTPException) -> Answer | str | Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    if status == HTTPStatus.UNAUTHORIZED and request.blueprint == "web":
        return unsaved.signed_out()
    tell = _TOO_LARGE.get(request.endpoint or "") if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else None
    if tell is not None:
        return tell(**(request.view_args or {}))
    heading, remedy = _words(status)
    return page(status, heading, remedy)


def _words(status: int) -> tuple[str, str]:
    match status:
        case HTTPStatus.NOT_FOUND:
            return _("Không tìm thấy trang này"), _(
                "Địa chỉ có thể gõ sai, hoặc mục đã chuyển chỗ. Hãy tìm lại từ trang hôm nay."
            )
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return _("Không mở được theo cách này"), _("Hãy quay lại trang trước và bấm nút trên trang.")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _("Tệp quá lớn"), _("Hãy nén hoặc cắt ngắn bản ghi rồi tải lên lại.")
        case HTTPStatus.TOO_MANY_REQUESTS:
            return _("Thử quá nhiều lần"), _("Hãy đợi vài phút rồi thử lại.")
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return (
                _("Máy chủ gặp trục trặc"),
                _("Việc vừa rồi có thể chưa được lưu. Hãy tải lại trang rồi kiểm tra. Nếu vẫn vậy, báo kỹ thuật viên."),
            )
        case _:
            return _("Không làm được việc này"), _("Hãy quay lại trang trước và thử lại.")


def _stale_form(_error: CSRFError) -> Answer | str | Response:
    return unsaved.stale()


def _rules(error: DomainError) -> Answer:
    match error:
        case NotFoundError():
            heading, remedy = _words(HTTPStatus.NOT_FOUND)
            return page(HTTPStatus.NOT_FOUND, heading, remedy, error.code)
        case NotAllowedError():
            who = request_context.visitor()
            if who is not None:
                context = request_context.context()
                refused_log.note_right(context.refusals, context.uow, who, error, request_context.source())
            return page(HTTPStatus.FORBIDDEN, _("Bạn không có quyền làm việc này"), _not_allowed(error), error.code)
        case ConflictError():
            remedy = _("Trong lúc bạn xem, người khác đã thay đổi mục này. Hãy tải lại trang rồi làm lại.")
            return page(HTTPStatus.CONFLICT, _("Nội dung vừa thay đổi"), remedy, error.code)
        case NotPossibleError():
            words = next((known for path, known in _STATES.items() if request.path.startswith(path)), wording.STATUS)
            state = wording.word(words, error.state)
            remedy = _("Mục này đang ở tình trạng “%(state)s” nên không làm bước này được.", state=state)
            return page(HTTPStatus.CONFLICT, _("Không còn làm được bước này"), remedy, error.code)
        case _:
            details = problem_sentences(error)
            remedy = _("Hãy quay lại và sửa các chỗ dưới đây.")
            return page(HTTPStatus.UNPROCESSABLE_ENTITY, _("Cần sửa trước đã"), remedy, error.code, details)


def _not_allowed(error: NotAllowedError) -> str:
    if error.reason == "LEVEL":
        return _("Bạn không được ban bố cấp độ này ở: %(areas)s.", areas=area_names(error.areas))
    if error.reason in _REASONS:
        return _REASONS[error.reason]()
    if error.areas:
        return _(
            "Bạn chưa được giao quyền ở: %(areas)s. Hãy nhờ người quản trị cấp quyền.", areas=area_names(error.areas)
        )
    return _("Vai trò của bạn không gồm việc này. Hãy nhờ người có quyền, hoặc người quản trị.")


_STATES = {
    "/alerts": alert_labels.STATUS,
    "/feedback": feedback_labels.STATE,
    "/live": live_labels.STATE,
    "/commands": acting_labels.BATCH,
    "/firmware": firmware_labels.STATE,
    "/tickets": work_labels.STATE,
    "/faults": work_labels.STATE,
}
_REASONS = {
    "NOT_YOUR_APPROVAL": lambda: _("Chỉ người đã duyệt mới đính được chữ ký số vào phê duyệt của mình."),
    "OWN_BULLETIN": lambda: _("Người gửi duyệt không tự duyệt bản tin của mình. Hãy nhờ người duyệt khác."),
    "OTHERS_ADDRESS": lambda: _("Người khác đang phát trực tiếp lần này. Bạn chỉ dừng được, không nói thay được."),
    "OWN_ROLLOUT": lambda: _("Người lập hay bắt đầu đợt cập nhật không tự cho phép được. Hãy nhờ người thứ hai."),
    "OWN_SLOT": lambda: _("Không tự giao khung giờ cho mình được. Hãy nhờ người duyệt khác."),
    "ALL_CLOSED": lambda: _("Các địa bàn giao cho bạn đã đóng. Hãy nhờ người quản trị giao địa bàn mới."),
    "SLOT": lambda: _("Có lần phát nằm ngoài khung được giao. Hãy chọn giờ khác, hoặc sửa bản tin rồi gửi duyệt lại."),
    "OWN_COMMAND": lambda: _("Người yêu cầu lệnh không tự đồng ý được. Hãy nhờ người thứ hai."),
    "OWN_ALERT": lambda: _("Người soạn hoặc gửi cảnh báo không tự duyệt được. Hãy nhờ người thứ hai."),
    "SECOND_FACTOR": lambda: _("Cần mã xác thực vừa mới nhập. Hãy quay lại và nhập mã."),
    "POLICY": lambda: _("Tỉnh không cho phép một người tự phát. Hãy nhờ người thứ hai."),
    "DRILL": lambda: _("Diễn tập luôn đợi được người thứ hai."),
}
