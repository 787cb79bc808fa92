"""Server state: for machines at `/health/ready`, for people on a page and in a line on every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final, cast

from flask import Flask, Response, current_app, jsonify, render_template
from sqlalchemy.exc import SQLAlchemyError

from cms.platform import readiness
from cms.platform.readiness import ContentProbe, DatabaseProbe, FindingSeverity, ReadinessFinding
from cms.platform.store.engine import reading
from cms.platform.store.outages import UNREACHABLE, outage_of
from cms.platform.web import request_context
from cms.platform.web.languages import _
from cms.platform.web.metrics import may_read
from cms.platform.web.request_context import pages

_PROBE: Final = "loa.database-probe"
_CONTENT_PROBE: Final = "loa.content-probe"
_QUEUE: Final = "loa.queue-is-away"


def install(app: Flask) -> None:
    app.jinja_env.globals.update(server_line=server_line)


def watch_queue(app: Flask, is_away: Callable[[], bool]) -> None:
    """Register ``is_away``, which returns whether the queue has not taken this process's events."""
    app.extensions[_QUEUE] = is_away


@pages.get("/health/ready")
def ready() -> tuple[Response, int]:
    """Return 200 if everything works, else 503; with the reasons for clients that may read ``/metrics``."""
    context = request_context.context()
    _state, found = readiness.of_server(_probe(), context.disk(), context.now())
    found = readiness.ranked([*found, *readiness.of_clock(context.now), *_of_queue(), *_content_probe().ask()])
    is_ready = not any(each.severity is FindingSeverity.FAULT for each in found)
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    told: dict[str, object] = {"ready": is_ready}
    if may_read():
        told["reasons"] = [_told(each) for each in found]
    return jsonify(told), status


@pages.get("/server")
def server_state() -> str:
    """Show the problems of the server, each with its remedy."""
    return render_template("server_state.html", found=[_told(each) for each in _findings()])


@pages.get("/server/line")
def server_state_line() -> str:
    """Render the line of every page, which open pages poll."""
    return render_template("_server_line.html")


def server_line() -> Mapping[str, object] | None:
    """Return the worst problem and the number of others; None if there is none."""
    found = _findings()
    return {**_told(found[0]), "more": len(found) - 1} if found else None


def _findings() -> Sequence[ReadinessFinding]:
    """Return the problems. Cheap if there are none: the database is written to only if a process seems silent."""
    context = request_context.context()
    now = context.now()
    try:
        with reading(context.engine) as session:
            state = readiness.look(session, now)
    except SQLAlchemyError as error:
        return [ReadinessFinding(outage_of(error) or UNREACHABLE, FindingSeverity.FAULT)]
    found = readiness.findings(state, context.disk(), now)
    if any(each.code.endswith("_SILENT") for each in found):
        found = readiness.without_consequences(found, _probe().ask(now)[1])
    return readiness.ranked([*found, *readiness.of_clock(context.now), *_of_queue(), *_content_probe().ask()])


def _probe() -> DatabaseProbe:
    """Return the probe of this process, made again if it serves another database."""
    context = request_context.context()
    held = cast("DatabaseProbe | None", current_app.extensions.get(_PROBE))
    if held is None or held.engine is not context.engine:
        held = DatabaseProbe(context.engine)
        current_app.extensions[_PROBE] = held
    return held


def _content_probe() -> ContentProbe:
    """Return the probe of this process, made again if it serves another store."""
    store = request_context.context().content
    held = cast("ContentProbe | None", current_app.extensions.get(_CONTENT_PROBE))
    if held is None or held.store is not store:
        held = ContentProbe(store)
        current_app.extensions[_CONTENT_PROBE] = held
    return held


def _of_queue() -> Sequence[ReadinessFinding]:
    is_away = current_app.extensions.get(_QUEUE)
    return [ReadinessFinding("QUEUE_AWAY", FindingSeverity.WARNING)] if is_away is not None and is_away() else []


def _told(finding: ReadinessFinding) -> Mapping[str, object]:
    sentence, remedy = _SENTENCES[finding.code]
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "text": sentence() % finding.values,
        "remedy": remedy(),
        **finding.values,
    }


def _call() -> str:
    return _("Báo kỹ thuật viên trực máy chủ ngay.")


def _restarting() -> str:
    return _(
        "Hệ thống đang tự khởi động lại phần này. Nếu sau 2 phút dòng này chưa mất, báo kỹ thuật viên trực máy chủ."
    )


def _set_the_clock() -> str:
    return _(
        "Báo kỹ thuật viên trực máy chủ ngay: bật đồng bộ giờ (NTP) hoặc đặt lại đồng hồ. Nếu đồng hồ đã đúng, xác "
        "nhận bằng lệnh loa clock accept. Khi giờ đúng, hệ thống tự gửi tiếp."
    )


def _no_alert_is_saved() -> str:
    return _(
        "Chưa soạn, duyệt hay dừng được gì. Báo kỹ thuật viên trực máy chủ ngay; nếu đang có việc khẩn, dùng kênh khác "
        "(điện thoại, loa tay, đến tận nơi)."
    )


_SENTENCES: Final[Mapping[str, tuple[Callable[[], str], Callable[[], str]]]] = {
    "DATABASE_UNREACHABLE": (lambda: _("Không kết nối được cơ sở dữ liệu."), _no_alert_is_saved),
    "DATABASE_SILENT": (lambda: _("Cơ sở dữ liệu không trả lời."), _no_alert_is_saved),
    "DATABASE_FULL": (
        lambda: _("Ổ đĩa của cơ sở dữ liệu đã đầy: không ghi được gì thêm."),
        lambda: _("Báo kỹ thuật viên giải phóng ổ đĩa ngay. Loa vẫn phát những lịch đã nhận."),
    ),
    "DATABASE_READ_ONLY": (lambda: _("Cơ sở dữ liệu chỉ cho đọc, không ghi được."), _no_alert_is_saved),
    "DATABASE_LOCKED": (
        lambda: _("Cơ sở dữ liệu đang bận ghi quá lâu."),
        lambda: _("Hãy thử lại sau một phút. Nếu vẫn vậy, báo kỹ thuật viên trực máy chủ."),
    ),
    "GATEWAY_SILENT": (
        lambda: _("Cổng gửi lệnh tới loa không hoạt động: cảnh báo chưa đi được."),
        _restarting,
    ),
    "GATEWAY_STUCK": (lambda: _("Một phần của cổng gửi lệnh tới loa bị treo."), _restarting),
    "BROKER_LOST": (
        lambda: _("Mất kết nối tới máy chủ tin nhắn của loa: cảnh báo chưa tới được loa nào."),
        _restarting,
    ),
    "BROKER_FLAPPING": (
        lambda: _("Kết nối tới máy chủ tin nhắn của loa chập chờn: nối lại %(count)s lần trong 5 phút."),
        lambda: _("Lệnh vẫn đi nhưng có thể chậm. Báo kỹ thuật viên trực máy chủ xem nhật ký máy chủ tin nhắn."),
    ),
    "CLOCK_IN_DOUBT": (
        lambda: _("Đồng hồ máy chủ vừa nhảy %(ahead_s)s giây: hệ thống tạm tính giờ tiếp từ trước đó."),
        lambda: _("Báo kỹ thuật viên kiểm tra đồng bộ giờ (NTP) ngay, rồi xác nhận giờ đúng bằng lệnh loa clock."),
    ),
    "CLOCK_AGAINST_DEVICES": (
        lambda: _("Đồng hồ máy chủ lệch %(ahead_s)s giây so với phần lớn loa: chỉ cảnh báo và lệnh dừng còn được gửi."),
        _set_the_clock,
    ),
    "CLOCK_BEHIND_EVENTS": (
        lambda: _("Đồng hồ máy chủ chậm hơn nhật ký %(ahead_s)s giây: chỉ cảnh báo và lệnh dừng còn được gửi."),
        _set_the_clock,
    ),
    "CLOCK_WITHOUT_NTP": (
        lambda: _("Máy chủ chưa đồng bộ giờ (NTP): chỉ cảnh báo và lệnh dừng còn được gửi."),
        _set_the_clock,
    ),
    "URGENT_SILENT": (
        lambda: _("Phần làm âm thanh cảnh báo không hoạt động."),
        _restarting,
    ),
    "URGENT_STUCK": (lambda: _("Phần làm âm thanh cảnh báo bị treo."), _restarting),
    "URGENT_WAITING": (
        lambda: _("Âm thanh cảnh báo đã chờ %(seconds)s giây mà chưa được làm."),
        _restarting,
    ),
    "CONTENT_AWAY": (
        lambda: _("Kho nội dung (âm thanh, tệp) không trả lời: chưa nhận, chưa làm được âm thanh mới."),
        lambda: _("Báo kỹ thuật viên trực máy chủ ngay. Loa vẫn phát những gì đã tải về."),
    ),
    "DISK_RESERVE_SPENT": (
        lambda: _("Phần đĩa dự trữ cho cảnh báo không còn: ổ đĩa máy chủ còn trống %(free_mb)s MB."),
        lambda: _("Báo kỹ thuật viên giải phóng ổ đĩa ngay. Có chỗ lại, máy chủ tự lập phần dự trữ mới."),
    ),
    "RECORDINGS_REFUSED": (
        lambda: _("Ổ đĩa máy chủ chỉ còn trống %(free_mb)s MB: không nhận tệp ghi âm nữa, trừ của cảnh báo."),
        lambda: _("Báo kỹ thuật viên giải phóng ổ đĩa. Bản tin bằng văn bản và cảnh báo vẫn làm được."),
    ),
    "DISK_LOW": (
        lambda: _("Ổ đĩa máy chủ sắp đầy: còn trống %(pct)s%% (%(gb)s GB)."),
        lambda: _("Báo kỹ thuật viên giải phóng ổ đĩa. Khi đầy, không duyệt được gì nữa."),
    ),
    "SCHEDULER_SILENT": (
        lambda: _("Phần theo dõi thiết bị, báo sự cố và trao đổi với hệ thống khác không hoạt động."),
        _restarting,
    ),
    "SCHEDULER_STUCK": (lambda: _("Một phần việc theo dõi và trao đổi bị treo."), _restarting),
    "WORKER_SILENT": (lambda: _("Phần làm âm thanh bản tin và báo cáo không hoạt động."), _restarting),
    "WORKER_STUCK": (lambda: _("Phần làm âm thanh bản tin và báo cáo bị treo."), _restarting),
    "QUEUE_AWAY": (
        lambda: _("Hàng đợi công việc không hoạt động. Việc vẫn được làm, chậm hơn khoảng một giây."),
        _call,
    ),
}
assert set(_SENTENCES) == set(readiness.CODES)
