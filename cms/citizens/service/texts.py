"""Sentences of messages to citizens, who read them outside of the public pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from broadcast.alerts.orders import Order
from cms.notifications.service.news import clock

LISTED_MOST: Final = 12


def confirmation(place: str) -> tuple[str, str]:
    text = (
        f"Có người nhập địa chỉ này để theo dõi loa truyền thanh {place}.\n"
        "Nếu là bạn, mời bạn mở liên kết và bấm Xác nhận trong hai ngày. Nếu không phải bạn, xin bỏ qua thư này: "
        "địa chỉ tự xóa."
    )
    return f"Xác nhận theo dõi loa truyền thanh {place}", text


def alert(order: Order, now: datetime) -> tuple[str, str]:
    """Return the words of an alert, which are those that people hear, and its time."""
    lasts = f"Từ {clock(order.issued_at, now)} đến {clock(order.expires_at, now)}."
    head = "" if order.is_calm else "CẢNH BÁO: "
    return _title(f"{head}{order.headline}"), order.text if order.is_calm else f"{order.text}\n{lasts}"


def alert_end(order: Order, ended_at: datetime, now: datetime) -> tuple[str, str]:
    text = f"Cảnh báo “{order.headline}” đã được hủy lúc {clock(ended_at, now)}. Theo dõi thông tin mới của địa phương:"
    return _title(f"Đã hủy cảnh báo: {order.headline}"), text


def digest(place: str, heard: Sequence[tuple[str, datetime]], now: datetime) -> tuple[str, str]:
    """Return the day's bulletins, each title with the time at which it was heard last."""
    lines = [f"• {title} ({clock(at, now).removesuffix(' hôm nay')})" for title, at in heard[:LISTED_MOST]]
    if len(heard) > LISTED_MOST:
        lines.append(f"và {len(heard) - LISTED_MOST} bản tin khác")
    return _title(f"Loa {place}: {len(heard)} bản tin trong ngày"), "\n".join([*lines, "Đọc và nghe lại:"])


def _title(text: str) -> str:
    return " ".join(text.split())[:300]
