"""Labels of relays. The source language is Vietnamese."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from broadcast.relays.model import Health, RelayOrder, RelayRun, SourceKind, SourceState, StreamForm
from cms.platform.web import formats, request_context
from cms.platform.web.languages import _
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import Words
from cms.public.queries.public import AiredRelay
from province.errors import NotFoundError, Problem

STATE: dict[str, Words] = {
    SourceState.DRAFT: __("Chờ duyệt"),
    SourceState.APPROVED: __("Đã duyệt"),
    SourceState.SUSPENDED: __("Đang ngừng"),
}
STATE_TONE: dict[str, str] = {SourceState.DRAFT: "wait", SourceState.APPROVED: "good", SourceState.SUSPENDED: "bad"}
KIND: dict[str, Words] = {
    SourceKind.NATIONAL: __("Đài quốc gia"),
    SourceKind.PROVINCIAL: __("Đài tỉnh"),
    SourceKind.STATION: __("Đài cơ sở"),
}
FORM: dict[str, Words] = {
    StreamForm.STREAM: __("Luồng liền (Icecast: MP3, AAC, Opus)"),
    StreamForm.HLS: __("HLS (.m3u8)"),
}
HEALTH: dict[str, Words] = {
    Health.HEARD: __("Nghe được"),
    Health.SILENT: __("Im lặng"),
    Health.UNREADABLE: __("Không giải mã được"),
    Health.UNREACHABLE: __("Không kết nối được"),
    Health.REFUSED: __("Địa chỉ nội bộ: máy chủ không nghe thử"),
}
HEALTH_TONE: dict[str, str] = {
    Health.HEARD: "good",
    Health.SILENT: "wait",
    Health.UNREADABLE: "bad",
    Health.UNREACHABLE: "bad",
}


def _day(text: object) -> str:
    return formats.day(date.fromisoformat(str(text)))


PROBLEMS: dict[str, Callable[[Problem], str]] = {
    "NOT_A_STREAM_URL": lambda p: _(
        "“%(url)s” không phải địa chỉ luồng: bắt đầu bằng http:// hoặc https://, không dấu, không khoảng trắng.",
        **p.detail,
    ),
    "RELAY_LENGTH": lambda _p: _("Thời lượng tiếp sóng từ 1 phút đến 4 giờ."),
    "RELAY_HANDED_DOWN": lambda _p: _("Tiếp sóng thì xếp lịch ngay, không gửi xuống xã được."),
    "RELAY_SOURCE_UNKNOWN": lambda _p: _("Không có nguồn tiếp sóng này. Hãy chọn nguồn khác."),
    "RELAY_SOURCE_NOT_APPROVED": lambda p: _(
        "Nguồn tiếp sóng “%(name)s” chưa được duyệt hoặc đang ngừng. Hãy chờ duyệt, hoặc chọn nguồn khác.", **p.detail
    ),
    "RELAY_SOURCE_ELSEWHERE": lambda p: _(
        "Nguồn tiếp sóng “%(name)s” không dùng cho nơi phát này. Hãy chọn nơi phát nằm trong địa bàn của nguồn.",
        **p.detail,
    ),
    "RELAY_SLOT_LICENCE": lambda p: _("Giấy phép chỉ cho mỗi lần %(max)s phút. Hãy ghi ngắn hơn.", **p.detail),
    "RELAY_DAY_LICENCE": lambda p: _(
        "Ngày %(day)s sẽ tiếp sóng nguồn này %(minutes)s phút, giấy phép chỉ cho %(max)s phút một ngày.",
        day=_day(p.detail["on"]),
        minutes=p.detail["minutes"],
        max=p.detail["max"],
    ),
}


def line(order: RelayOrder | None) -> str:
    """Return the name of the relayed source, and the length; empty if nothing is relayed."""
    if order is None:
        return ""
    with request_context.context().uow.reading() as uow:
        try:
            name = uow.relays.get(order.source_id).name
        except NotFoundError:
            name = order.source_id
    return _("%(name)s, %(length)s", name=name, length=formats.duration(order.length_ms))


def how_it_went(relayed: RelayRun | None) -> str:
    """Return the lengths heard of the stream and of the stand-in."""
    if relayed is None:
        return ""
    stream, fallback = formats.duration(relayed.stream_ms), formats.duration(relayed.fallback_ms)
    if not relayed.fallback_ms:
        return _("tiếp sóng %(stream)s", stream=stream)
    return _("tiếp sóng %(stream)s, bản thay thế %(fallback)s", stream=stream, fallback=fallback)


def public_sentence(relay: AiredRelay) -> str:
    """Return a sentence for citizens on the source relayed, the length heard of it, and that of the stand-in."""
    line_ = _("Tiếp sóng %(name)s, %(length)s.", name=relay.source_name, length=formats.duration(relay.length_ms))
    if not (relay.stream_ms or relay.stand_in_ms):
        return line_
    stream, stand_in = formats.duration(relay.stream_ms), formats.duration(relay.stand_in_ms)
    if not relay.stand_in_ms:
        return line_ + " " + _("Nghe được sóng của đài %(stream)s.", stream=stream)
    return (
        line_
        + " "
        + _("Nghe được sóng của đài %(stream)s, bản thay thế %(stand_in)s.", stream=stream, stand_in=stand_in)
    )
