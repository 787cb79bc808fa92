"""Sentences of notifications. People read them away from the console: each names the thing, when, where, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.notifications.model import NotificationKind, NotificationUrgency
from province.areas import AreaId, AreaTree
from province.wall_clock import DEFAULT_ZONE

NAMED_MOST: Final = 3
TITLE_MOST: Final = 300
_LEFT_OUT: Final = {
    "unapproved": "khi chốt buổi phát, bản tin chưa được duyệt",
    "anchor": "giờ cố định của bản tin đã có mục khác",
}
_NO_OTHERWISE: Final = "Chưa được duyệt trước giờ phát thì lần phát này không diễn ra."


@dataclass(frozen=True, slots=True)
class News:
    """News for people. ``event_key``: the same event is told to each person once by each channel.

    ``path``: the page of the console on which the person acts. Later than ``expires_at`` it is not sent.
    """

    event_key: str
    kind: NotificationKind
    urgency: NotificationUrgency
    title: str
    text: str
    path: str
    expires_at: datetime
    step: int = 0


def clock(at: datetime, now: datetime) -> str:
    """Return the local time in words: with the date only where it is not today's."""
    here, today = at.astimezone(ZoneInfo(DEFAULT_ZONE)), now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    return f"{here:%H:%M} hôm nay" if here.date() == today else f"{here:%H:%M ngày %d/%m/%Y}"


def places(areas: Iterable[AreaId], tree: AreaTree) -> str:
    """Return the names of the areas, the first few of them."""
    names = [tree.get(each).name for each in areas if each in tree]
    more = f" và {len(names) - NAMED_MOST} nơi khác" if len(names) > NAMED_MOST else ""
    return ", ".join(names[:NAMED_MOST]) + more


def review(title: str, by_name: str, where: str, airs_at: datetime | None, now: datetime) -> tuple[str, str]:
    lines = [f"{by_name} gửi bản tin “{title}” ({where}) và chờ bạn duyệt."]
    if airs_at is not None:
        lines.append(f"Phát lúc {clock(airs_at, now)}. {_NO_OTHERWISE}")
    lines.append("Mời bạn nghe thử, rồi duyệt hoặc trả lại:")
    when = "" if airs_at is None else f", phát {clock(airs_at, now)}"
    return titled(f"Chờ duyệt: {title}{when}"), "\n".join(lines)


def unapproved(title: str, where: str, airs_at: datetime, now: datetime, *, is_author: bool) -> tuple[str, str]:
    minutes = max(1, int((airs_at - now).total_seconds() // 60))
    lines = [f"Bản tin “{title}” ({where}) phát lúc {clock(airs_at, now)} mà chưa ai duyệt.", _NO_OTHERWISE]
    lines.append("Hãy gọi người duyệt, hoặc đổi giờ phát:" if is_author else "Mời bạn duyệt hoặc trả lại ngay:")
    return titled(f"Còn {minutes} phút, chưa duyệt: {title}"), "\n".join(lines)


def not_submitted(title: str, airs_at: datetime | None, now: datetime) -> tuple[str, str]:
    lines = [f"Âm thanh của bản tin “{title}” đã xử lý xong, nhưng bản tin chưa gửi duyệt được."]
    if airs_at is not None:
        lines.append(f"Giờ phát đã hẹn: {clock(airs_at, now)}.")
    return titled(f"Chưa gửi duyệt được: {title}"), "\n".join([*lines, "Xem lý do và cách xử lý:"])


def returned(title: str, by_name: str, remark: str, airs_at: datetime | None, now: datetime) -> tuple[str, str]:
    said = f": {remark}" if remark else "."
    lines = [f"{by_name} trả lại bản tin “{title}”{said}"]
    if airs_at is not None:
        lines.append(f"Giờ phát đã hẹn: {clock(airs_at, now)}.")
    return titled(f"Bị trả lại: {title}"), "\n".join([*lines, "Hãy sửa rồi gửi duyệt lại:"])


def rejected(title: str, by_name: str, remark: str) -> tuple[str, str]:
    said = f": {remark}" if remark else "."
    return titled(f"Không được duyệt: {title}"), f"{by_name} từ chối bản tin “{title}”{said}\nXem bản tin:"


def approved(title: str, by_name: str) -> tuple[str, str]:
    return titled(f"Đã duyệt: {title}"), f"{by_name} đã duyệt bản tin “{title}”.\nXem bản tin:"


def withdrawn(title: str, by_name: str) -> tuple[str, str]:
    return titled(
        f"Đã thu hồi: {title}"
    ), f"{by_name} đã thu hồi bản tin “{title}”: bản tin không phát nữa.\nXem bản tin:"


def change(title: str, by_name: str, airs_at: datetime | None, now: datetime) -> tuple[str, str]:
    due = "" if airs_at is None else f" Hãy quyết định trước {clock(airs_at, now)}; chưa quyết thì vẫn phát như cũ."
    text = f"{by_name} đề nghị đổi giờ phát bản tin “{title}”.{due}\nXem giờ mới và quyết định:"
    return titled(f"Đề nghị đổi giờ phát: {title}"), text


def change_decided(title: str, by_name: str, *, is_confirmed: bool) -> tuple[str, str]:
    if is_confirmed:
        said = f"{by_name} đồng ý đổi giờ phát bản tin “{title}”."
        return titled(f"Đã đổi giờ phát: {title}"), f"{said}\nXem bản tin:"
    said = f"{by_name} không đồng ý đổi giờ phát bản tin “{title}”: bản tin phát như cũ."
    return titled(f"Không đổi giờ phát: {title}"), f"{said}\nXem bản tin:"


def answer(title: str, by_name: str, where: str, until_at: datetime, now: datetime) -> tuple[str, str]:
    text = f"{by_name} gửi bản tin “{title}” xuống {where}.\nTrả lời trước {clock(until_at, now)}:"
    return titled(f"Tin gửi xuống, chờ trả lời: {title}"), text


def declined(title: str, by_name: str, where: str, reason: str) -> tuple[str, str]:
    text = f"{by_name} ({where}) không nhận bản tin “{title}”: {reason}\nXem các xã đã trả lời:"
    return titled(f"{where} không nhận: {title}"), text


def left_out(title: str, session: str, reason: str) -> tuple[str, str]:
    because = _LEFT_OUT.get(reason, "buổi phát đã hết thời lượng")
    text = f"Bản tin “{title}” không phát trong {session}: {because}.\nCho vào buổi sau, hoặc chọn giờ phát khác:"
    return titled(f"Không vào được buổi phát: {title}"), text


def programme_killed(title: str, station: str, by_name: str) -> tuple[str, str]:
    text = f"{by_name} đã thu hồi chương trình “{title}” gửi {station}. Hãy gỡ khỏi lịch phát của đài:"
    return titled(f"Chương trình bị thu hồi, không phát: {title}"), text


def order_changed(session: str, on: date, station: str) -> tuple[str, str]:
    title = titled(f"Thứ tự phát đã đổi: {session}, {on:%d/%m}")
    return title, f"Thứ tự các tin của {session} ngày {on:%d/%m/%Y} gửi {station} đã đổi. Xem lại lịch phát của đài:"


def alert(title: str, by_name: str, where: str, until_at: datetime, now: datetime, *, call: int = 1) -> tuple[str, str]:
    """Return the sentences for who may approve it. ``call``: 1 for the first one."""
    again = f"Gọi lần {call}, chưa ai quyết định. " if call > 1 else ""
    said = f"{again}{by_name} gửi cảnh báo “{title}” ({where}), cần người thứ hai duyệt."
    until = f"Hết hạn lúc {clock(until_at, now)}. Xem và quyết định ngay:"
    return titled(f"CẢNH BÁO chờ bạn duyệt: {title}"), f"{said}\n{until}"


def unanswered(title: str, called: int, since_at: datetime, now: datetime) -> tuple[str, str]:
    """Return the sentences for who raised it: nobody answers."""
    minutes = max(1, int((now - since_at).total_seconds() // 60))
    told = f"Đã gọi {called} người trong {minutes} phút" if called else "Không có ai khác đủ quyền duyệt"
    text = f"{told}: chưa ai nhận duyệt cảnh báo “{title}”. Hãy gọi điện ngay; xem số điện thoại và cách xử lý:"
    return titled(f"CHƯA AI NHẬN DUYỆT: {title}"), text


def unspoken(title: str, where: str) -> tuple[str, str]:
    """Return the sentences for who sent it and who was called: its speech could not be made."""
    said = f"Máy không tạo được tiếng đọc của cảnh báo “{title}” ({where}), nên chưa duyệt phát được."
    todo = "Người duyệt trả lại ngay; người gửi sửa lời hoặc dùng bản thu âm, rồi gửi lại:"
    return titled(f"CHƯA CÓ TIẾNG ĐỌC: {title}"), f"{said}\n{todo}"


def water(title: str, basis: str, where: str, *, call: int = 1) -> tuple[str, str]:
    """Return the sentences for who may raise the alert that gauges call for. ``call``: 1 for the first one."""
    again = f"Gọi lần {call}, chưa ai xem. " if call > 1 else ""
    said = f"{again}Trạm đo đã chạm ngưỡng ở {where}: {basis}."
    return titled(f"CHẠM NGƯỠNG: {title}"), f"{said}\nBản nháp cảnh báo đã sẵn sàng. Xem và gửi duyệt ngay:"


def water_without_draft(rule: str) -> tuple[str, str]:
    text = f"Trạm đo đã chạm ngưỡng “{rule}”, nhưng không tạo được bản nháp cảnh báo. Tự phát cảnh báo ngay nếu cần:"
    return titled(f"CHẠM NGƯỠNG, CHƯA CÓ BẢN NHÁP: {rule}"), text


def raised(title: str, by_name: str, where: str, at: datetime, now: datetime, *, is_over: bool) -> tuple[str, str]:
    """Return the sentences on an alert that was raised at a loudspeaker with a key. ``is_over``: when it is told."""
    text = f"{by_name} đã phát cảnh báo “{title}” tại cụm loa ở {where} lúc {clock(at, now)}, bằng chìa khóa và mã PIN."
    todo = "Cảnh báo đã kết thúc. Xem lại diễn biến:" if is_over else "Loa đang phát. Xem, và dừng nếu cần:"
    return titled(f"CẢNH BÁO PHÁT TẠI CỤM LOA: {title}"), f"{text}\n{todo}"


def ticket(what: str, where: str, next_at: datetime | None, now: datetime) -> tuple[str, str]:
    lines = [f"{what} ở {where}."]
    if next_at is not None:
        lines.append(f"Phát tiếp theo ở đó: {clock(next_at, now)}.")
    return titled(f"Phiếu việc mới: {what}, {where}"), "\n".join([*lines, "Mời bạn nhận phiếu, hoặc gọi người ở gần:"])


def locked(name: str, until_at: datetime, now: datetime) -> tuple[str, str]:
    text = f"Có người nhập sai mật khẩu của {name} nhiều lần: đăng nhập từ nơi ấy bị khóa đến {clock(until_at, now)}."
    return titled(f"Tài khoản bị khóa: {name}"), f"{text} Hỏi {name} có phải chính họ không, rồi mở khóa nếu đúng:"


def invitation_due(name: str, expires_at: datetime, now: datetime) -> tuple[str, str]:
    text = f"{name} chưa dùng đường dẫn bạn mời, hết hạn lúc {clock(expires_at, now)}. Nhắc họ, hoặc tạo đường dẫn mới:"
    return titled(f"Lời mời sắp hết hạn: {name}"), text


def audit(event: str) -> tuple[str, str]:
    """Return the sentences for those who audit: the log is not whole, or does not reach the log server."""
    if event == "audit.break_found":
        text = "Nhật ký kiểm toán không còn nguyên vẹn: có dòng bị sửa hoặc bị cắt. Giữ nguyên máy chủ và xem ngay:"
        return "Nhật ký kiểm toán KHÔNG còn nguyên vẹn", text
    return "Nhật ký kiểm toán không gửi được đi", "Máy chủ nhật ký không nhận dòng nào. Xem và báo kỹ thuật:"


def undelivered(channel: str, name: str, error: str) -> tuple[str, str]:
    """Return the sentences for the person (``name`` empty) or for the administrators."""
    if name:
        text = f"Thông báo bằng {channel} cho {name} không gửi được ({error})."
        return titled(f"Không gửi được {channel} cho {name}"), text
    text = f"Thông báo gửi bạn bằng {channel} không tới. Hãy kiểm tra địa chỉ trong trang Thông báo của bạn:"
    return titled(f"Không gửi được {channel} cho bạn"), text


TEST: Final = ("Thông báo thử", "Bạn nhận được tin này thì kênh thông báo đã dùng được. Xem lại lựa chọn của bạn:")
CHANNELS: Final = {
    "push": "thông báo đẩy",
    "email": "thư điện tử",
    "sms": "tin nhắn SMS",
    "zalo": "Zalo",
    "call": "điện thoại",
}


def titled(text: str) -> str:
    return " ".join(text.split())[:TITLE_MOST]
