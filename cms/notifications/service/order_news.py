"""News of standing orders: fired, held for people, proposed, suspended and ended."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertId, AlertKind, AlertStatus
from broadcast.notifications.model import NotificationKind, NotificationUrgency
from broadcast.standing_orders.gauge_warnings import rule_name
from broadcast.standing_orders.model import (
    AlertStandingOrderId,
    AlertStandingOrderStatus,
    HoldReason,
    OrderEndCause,
    SourceId,
)
from cms.alerts.repository.alerts import Alerts
from cms.notifications.queries import LoggedEvent
from cms.notifications.service import news
from cms.notifications.service.news import News, titled
from cms.standing_orders.repository import AlertStandingOrders
from cms.standing_orders.service.lapses import RULE_CHANGED
from cms.user_tasks.queries import RightHolders
from province.areas import AreaId, AreaTree
from province.people import Action, UserId

KEPT: Final = timedelta(days=3)
_K, _U = NotificationKind, NotificationUrgency
_HOLD_REASON: Final = {
    HoldReason.OFF: "tỉnh đang tắt lệnh phát tự động",
    HoldReason.SUSPENDED: "lệnh đang tạm dừng",
    HoldReason.OVER: "lệnh đã hết hạn",
    HoldReason.NOT_BEGUN: "lệnh chưa đến ngày có hiệu lực",
    HoldReason.OUTSIDE_HOURS: "ngoài khung giờ của lệnh",
    HoldReason.USED_UP: "lệnh đã phát đủ số lần",
    HoldReason.TOO_SOON: "lần phát trước còn quá gần",
    HoldReason.CHANGED: "nội dung lệnh khác với nội dung hai người đã đồng ý",
    HoldReason.RULE_CHANGED: "quy tắc trạm đo khác với quy tắc hai người đã đồng ý",
    HoldReason.LOST_RIGHT: "một trong hai người đồng ý không còn quyền",
    HoldReason.NOT_PROVED: "chưa xác minh được tin đến từ nguồn của lệnh",
    HoldReason.NOT_FIRST: "đây là tin cập nhật, không phải tin mới",
    HoldReason.STALE: "tin đến quá muộn",
    HoldReason.SENT_LATER: "tin ghi giờ gửi ở tương lai",
    HoldReason.EXPIRED: "tin đã hết hiệu lực",
    HoldReason.FAR_AHEAD: "sự việc còn lâu mới xảy ra, còn kịp để hai người quyết định",
    HoldReason.FAULTY: "tin có chỗ sai hoặc phải sửa mới đọc được",
    HoldReason.UNCLEAR: "tên sự việc trong tin không rõ là thiên tai nào",
    HoldReason.UNCERTAIN: "nguồn tin chưa chắc chắn",
    HoldReason.MIXED: "các phần của tin có mức độ khác nhau",
    HoldReason.ESCALATES: "tin nặng hơn tin đã phát",
    HoldReason.IN_FORCE: "nơi đó đang có cảnh báo cùng loại do người phát",
    HoldReason.BURST: "quá nhiều lệnh phát trong một giờ",
    HoldReason.INCOMPLETE: "nội dung phát của lệnh không còn dùng được",
}


@dataclass(frozen=True)
class OrderNews:
    """Writer of the news of one step."""

    session: Session
    tree: AreaTree
    holders: RightHolders
    now: datetime

    def told(self, event: LoggedEvent) -> Iterator[tuple[Collection[UserId], News]]:
        """Yield whom to tell what about this event."""
        yield from _BY_EVENT[event.name](self, event)

    def of_fired(self, event: LoggedEvent) -> Iterator[tuple[Collection[UserId], News]]:
        """Tell everybody who may end the alert that a standing order has sent."""
        alert = Alerts(self.session).find(AlertId(str(event.detail["alert"])))
        if alert is None or alert.status is not AlertStatus.ACTIVE:
            return
        source, areas = str(event.detail["source"]), alert.audience.targets.areas
        where, at = news.places(areas, self.tree), alert.approved_at or self.now
        title, text = _fired(alert.headline, where, source, at, self.now, is_drill=alert.is_drill)
        key, path = f"order_fired:{event.detail['firing']}", f"/alerts/{alert.id}"
        urgency = _U.NORMAL if alert.is_drill else _U.URGENT
        yield self._officers(areas), News(key, _K.ORDER_FIRED, urgency, title, text, path, alert.expires_at)

    def of_held(self, event: LoggedEvent) -> Iterator[tuple[Collection[UserId], News]]:
        """Tell everybody who may decide that a warning waits that an order is about, and why it did not fire."""
        areas = [AreaId(str(each)) for each in event.detail["areas"]]
        is_drill = event.detail["kind"] == AlertKind.DRILL
        headline, alert_id = str(event.detail["headline"]), event.detail["alert"]
        reasons = [HoldReason(str(each)) for each in event.detail["reasons"]]
        title, text = _held(headline, news.places(areas, self.tree), reasons, is_drill=is_drill)
        key = f"order_held:{event.subject_id}:{event.seq}"
        path = f"/alerts/{alert_id}" if alert_id else f"/alert-orders/{event.subject_id}"
        urgency = _U.NORMAL if is_drill else _U.URGENT
        yield self._officers(areas), News(key, _K.ORDER_HELD, urgency, title, text, path, self.now + KEPT)

    def of_emergency(self, event: LoggedEvent) -> Iterator[tuple[Collection[UserId], News]]:
        """Tell everybody who may decide of a central emergency that waits as a draft, or was withdrawn."""
        alert_id, headline = str(event.detail["alert"]), str(event.detail["title"])
        areas = [AreaId(str(each)) for each in event.detail["areas"]]
        is_withdrawn = bool(event.detail["is_withdrawn"])
        title, text = _emergency(headline, news.places(areas, self.tree), is_withdrawn=is_withdrawn)
        key, path = f"emergency:{event.subject_id}", f"/alerts/{alert_id}"
        yield self._officers(areas), News(key, _K.ORDER_HELD, _U.URGENT, title, text, path, self.now + KEPT)

    def of_proposed(self, event: LoggedEvent) -> Iterator[tuple[Collection[UserId], News]]:
        found = AlertStandingOrders(self.session).find(AlertStandingOrderId(event.subject_id))
        if found is None or found.status is not AlertStandingOrderStatus.PROPOSED:
            return
        areas = found.pattern.audience.targets.areas
        title, text = _proposed(found.pattern.headline, event.by_name, news.places(areas, self.tree))
        key, path = f"order_proposed:{found.id}:{event.seq}", f"/alert-orders/{found.id}"
        levels = self.holders.of(Action.ALERT_APPROVE, areas, [found.proposed_by, found.pattern.author_id])
        people = [each.user_id for level in levels[:1] for each in level]
        yield people, News(key, _K.ORDER_PROPOSED, _U.NORMAL, title, text, path, self.now + KEPT)

    def of_ended(self, event: LoggedEvent) -> Iterator[tuple[Collection[UserId], News]]:
        """Tell the officers of an order that ended by itself, or was suspended; of the latter its two people, too."""
        found = AlertStandingOrders(self.session).find(AlertStandingOrderId(event.subject_id))
        if found is None or event.detail.get("cause") == OrderEndCause.PERSON:
            return
        areas = found.pattern.audience.targets.areas
        where, cause = news.places(areas, self.tree), str(event.detail.get("cause", ""))
        is_suspended = event.name == "alert_order.suspended"
        say = _suspended if is_suspended else _ended
        title, text = say(found.pattern.headline, where, cause, event.by_name)
        key, path = f"order_ended:{found.id}:{event.seq}", f"/alert-orders/{found.id}"
        own = [found.proposed_by, *([found.agreed_by] if found.agreed_by else [])] if is_suspended else []
        yield {*self._officers(areas), *own}, News(key, _K.ORDER_ENDED, _U.NORMAL, title, text, path, self.now + KEPT)

    def _officers(self, areas: Collection[AreaId]) -> Sequence[UserId]:
        levels = self.holders.of(Action.ALERT_CANCEL, areas)
        return [each.user_id for level in levels for each in level]


def _fired(title: str, where: str, source: str, at: datetime, now: datetime, *, is_drill: bool) -> tuple[str, str]:
    """Return the sentences for who may stop an alert that a standing order has sent."""
    what = "Diễn tập" if is_drill else "CẢNH BÁO"
    lines = [
        f"Lệnh phát tự động đã phát “{title}” ({where}) lúc {news.clock(at, now)}, theo tin từ {_source_name(source)}."
    ]
    lines.append("Không ai bấm nút. Xem ngay; nếu sai, bấm dừng:")
    return titled(f"{what} đang phát tự động: {title}"), "\n".join(lines)


def _held(title: str, where: str, reasons: Iterable[HoldReason], *, is_drill: bool) -> tuple[str, str]:
    """Return the sentences for who may decide on a warning that did not fire the order that it is about."""
    what = "Tin diễn tập" if is_drill else "TIN CẢNH BÁO"
    why = "; ".join(_HOLD_REASON[each] for each in reasons)
    lines = [f"Có tin thuộc lệnh phát tự động “{title}” ({where}), nhưng lệnh không phát: {why}."]
    lines.append("Tin đã thành bản nháp. Xem và quyết định ngay:")
    return titled(f"{what} chờ quyết định ngay: {title}"), "\n".join(lines)


def _emergency(title: str, where: str, *, is_withdrawn: bool) -> tuple[str, str]:
    if is_withdrawn:
        said = f"Hệ thống trung ương thu hồi tin khẩn cấp “{title}” ({where})."
        return titled(f"Trung ương thu hồi tin khẩn cấp: {title}"), f"{said}\nXem cảnh báo và quyết định ngay:"
    said = f"Hệ thống trung ương gửi tin khẩn cấp “{title}” ({where}), nay là bản nháp cảnh báo chờ hai người."
    return titled(f"TIN KHẨN CẤP của trung ương: {title}"), f"{said}\nXem và quyết định ngay:"


def _proposed(title: str, by_name: str, where: str) -> tuple[str, str]:
    text = f"{by_name} đề nghị lệnh phát tự động “{title}” ({where}), cần người thứ hai đồng ý.\nXem và quyết định:"
    return titled(f"Lệnh phát tự động chờ bạn: {title}"), text


def _suspended(title: str, where: str, cause: str, by_name: str) -> tuple[str, str]:
    head = titled(f"Lệnh phát tự động tạm dừng: {title}")
    if cause == RULE_CHANGED:
        said = f"Quy tắc trạm đo của lệnh phát tự động “{title}” ({where}) đã thay đổi, nên lệnh không tự phát nữa."
        return head, f"{said}\nCần hai người đồng ý lại:"
    said = f"{by_name} đã tạm dừng lệnh phát tự động “{title}” ({where}). Từ nay tin khớp sẽ chờ người quyết định."
    return head, f"{said}\nXem lệnh:"


def _ended(title: str, where: str, cause: str, _by_name: str) -> tuple[str, str]:
    why = "đã hết hạn" if cause == OrderEndCause.EXPIRED else "kết thúc vì một trong hai người không còn quyền"
    return titled(f"Lệnh phát tự động kết thúc: {title}"), f"Lệnh phát tự động “{title}” ({where}) {why}.\nXem lệnh:"


def _source_name(source: str) -> str:
    """Return the source of a warning in words."""
    kind, _, name = source.partition(" ")
    said = {
        "sender": f"{name} (có chữ ký số)",
        "feed": f"nguồn tin “{name}”",
        "gauge": f"trạm đo, theo quy tắc “{rule_name(SourceId(source))}”",
    }
    return said.get(kind, "hệ thống trung ương")


_BY_EVENT: Final[Mapping[str, Callable[[OrderNews, LoggedEvent], Iterator[tuple[Collection[UserId], News]]]]] = {
    "alert_order.fired": OrderNews.of_fired,
    "alert_order.held": OrderNews.of_held,
    "central.emergency": OrderNews.of_emergency,
    "alert_order.proposed": OrderNews.of_proposed,
    "alert_order.ended": OrderNews.of_ended,
    "alert_order.suspended": OrderNews.of_ended,
}
ORDER_EVENTS: Final = frozenset(_BY_EVENT)
