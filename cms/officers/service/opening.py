"""Opening of the signatures: for some hours no alert needs one, because keys are lost. Told to all who may use it."""

from datetime import datetime
from typing import Final

from broadcast.notifications.model import NotificationKind, NotificationUrgency
from cms.accounts.repository import People
from cms.notifications.service.news import News, clock
from cms.notifications.service.writer import NotificationWriter
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.people import Action
from province.policy import ROLE_ACTIONS

_ACTIONS: Final = frozenset({Action.ALERT_RAISE, Action.ALERT_APPROVE, Action.ALERT_CANCEL})


def tell_open(
    uow: UnitOfWork, version: int, *, until_at: datetime, reason: str, call: Call, writer: NotificationWriter
) -> int:
    """Tell everybody with a right over alerts, and write it down; return how many. Commits.

    ``version`` is that of the keyset that opens them: told once.
    """
    with uow:
        able = {role for role, actions in ROLE_ACTIONS.items() if not _ACTIONS.isdisjoint(actions)}
        people = [
            user.id
            for user in uow[People].all()
            if user.disabled_at is None and any(grant.role in able for grant in user.grants)
        ]
        title = f"Cảnh báo tạm không cần chữ ký riêng đến {clock(until_at, call.now)}"
        text = (
            f"{call.actor.name} mở ở máy chủ: {reason}\nKhông rõ vì sao thì gọi ngay cho kỹ sư máy chủ. Xem cảnh báo:"
        )
        key, kind = f"signatures-open:{version}", NotificationKind.ACCOUNT
        news = News(key, kind, NotificationUrgency.URGENT, title, text, "/alerts", until_at)
        writer.notify(uow, people, news, call.now)
        uow.record(call.event("officers.opened", f"v{version}", until=until_at.isoformat(), reason=reason))
        uow.commit()
    return len(people)
