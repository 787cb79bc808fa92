"""Background work on health: the watch, notices, the line to the broker, and upkeep of telemetry."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.model import Alert
from cms.alerts.repository.alerts import Alerts
from cms.areas.repository import Places
from cms.bulletins.queries import approvers
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import ALERT_SUBJECT, Notice, Notices
from cms.health.repository.telemetry_days import add_up, let_go, ready_days
from cms.health.service.notice_sender import sender_of
from cms.health.service.notifier import Notifier
from cms.health.service.ticket_dispatcher import Dispatcher
from cms.health.service.watch import HealthWatch
from cms.platform.context import Context
from cms.platform.gateway.messages import to_ms
from cms.platform.process.loops import keep_doing
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from devices.health import notices as rules
from devices.health.notices import LOCAL, Duty, IncidentStage
from province.areas import AreaTree

CALL_EVERY: Final = timedelta(seconds=60)
CALLS_MOST: Final = 10
SECOND_LINE_FROM: Final = 2
"""From the third call on the second line is called as well."""
NAMED_MOST: Final = 5
UPKEEP_LOOK_S: Final = 20.0
DAYS_EVERY: Final = timedelta(hours=1)
BETWEEN_S: Final = 0.1
"""After each piece the database and the processor are free for others."""


@dataclass(frozen=True)
class AlertCaller:
    """Notifier of waiting alerts. ``step`` writes what is due; the store refuses duplicates."""

    uow: UowFactory
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    public_url: str

    def step(self) -> int:
        """Write the notices that are due; return their number."""
        now = self.now()
        with reading(self.uow.engine) as session:
            waiting = [each for each in Alerts(session).submitted() if not each.is_drill and each.expires_at > now]
            if not waiting:
                return 0
            duties, tree = FaultRecords(session).duties(), Places(session).tree()
            told = {
                (each.subject_id, each.address) for each in Notices(session).of([_subject(a, now) for a in waiting])
            }
            due = [
                (alert, address, self._text(alert, tree, _names(session, alert, tree, now)))
                for alert in waiting
                for address in _addresses(alert, duties, tree, now)
                if (_subject(alert, now), address) not in told and _turn(alert, now) < CALLS_MOST
            ]
        if due:
            with self.uow() as unit:
                for alert, address, (title, text) in due:
                    notice = Notice(
                        self.new_id(), address, _subject(alert, now), IncidentStage.OPENED, title, text, now, now
                    )
                    unit[Notices].write(notice)
                unit.commit()
        return len(due)

    def _text(self, alert: Alert, tree: AreaTree, names: str) -> tuple[str, str]:
        areas = [tree.get(each).name for each in alert.audience.targets.areas if each in tree]
        more = f" và {len(areas) - NAMED_MOST} nơi khác" if len(areas) > NAMED_MOST else ""
        where = ", ".join(areas[:NAMED_MOST]) + more
        at = (alert.submitted_at or alert.changed_at).astimezone(LOCAL)
        until = alert.expires_at.astimezone(LOCAL)
        lines = [
            f"CẢNH BÁO THẬT cấp {int(alert.level)} đang chờ người thứ hai duyệt: {alert.headline}.",
            f"Nơi phát: {where}.",
            f"{alert.submitter_name} gửi lúc {at:%H:%M:%S}; hết hạn lúc {until:%H:%M %d/%m/%Y}.",
            f"Ai duyệt được: {names}." if names else "Chưa ai khác được ban bố cấp này ở mọi nơi đó.",
            f"{self.public_url}/alerts/{alert.id}",
        ]
        return f"[Loa] CHỜ DUYỆT: {alert.headline}"[:300], "\n".join(lines)


def _turn(alert: Alert, now: datetime) -> int:
    """Return the number of the call: 0 at submission, then one more every minute."""
    return max(0, (now - (alert.submitted_at or alert.changed_at)) // CALL_EVERY)


def _subject(alert: Alert, now: datetime) -> str:
    return f"{ALERT_SUBJECT}{alert.id}-{_turn(alert, now)}"


def _addresses(alert: Alert, duties: Sequence[Duty], tree: AreaTree, now: datetime) -> list[str]:
    lines = (1, 2) if _turn(alert, now) >= SECOND_LINE_FROM else (1,)
    areas = alert.audience.targets.areas
    found = {each.address for line in lines for each in rules.recipients(duties, areas, tree, line, now)}
    return sorted(found)


def _names(session: Session, alert: Alert, tree: AreaTree, now: datetime) -> str:
    found = approvers(session, alert.audience.targets.areas, tree, now, {alert.author_id, alert.submitter_id})
    return ", ".join(each.name for each in found if each.level >= alert.level)


class HealthJob:
    """Job of the fault registry: faults opened and closed, tickets made, notices written."""

    def __init__(self, context: Context) -> None:
        self._watch = HealthWatch(context.uow, context.now, context.new_id)
        self._dispatcher = Dispatcher(context.uow, context.now, context.new_id)
        self._notifier = Notifier(context.uow, context.now, context.new_id, context.settings.effective_public_url)

    def step(self) -> None:
        self._watch.step()
        self._dispatcher.step()
        self._notifier.step()


class NoticeJob:
    """Job that notifies those on call. A mail that was not stored as sent is sent again, with the same id."""

    def __init__(self, context: Context) -> None:
        url = context.settings.effective_public_url
        self._caller = AlertCaller(context.uow, context.now, context.new_id, url)
        self._sender = sender_of(context)

    def step(self) -> None:
        self._caller.step()
        self._sender.step()

    def is_pending(self, session: Session) -> bool:
        return Notices(session).is_any_open() or bool(Alerts(session).submitted())


class TelemetryUpkeep:
    """Job of the telemetry's upkeep; ``run`` is a thread's loop."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._days_at: datetime | None = None

    def step(self) -> int:
        """Do one piece of what is due; return the number of devices in it. 0: nothing is due."""
        settings, now = self._context.settings, self._context.now()
        raw_before_ms = to_ms(now - timedelta(days=settings.telemetry_raw_days))
        if self._days_at is None or now - self._days_at >= DAYS_EVERY:
            ready_days(self._context.engine, now, raw_before_ms)
            self._days_at = now
        return add_up(self._context.engine, to_ms(now)) or let_go(
            self._context.engine,
            raw_before_ms=raw_before_ms,
            hourly_before_ms=to_ms(now - timedelta(days=settings.telemetry_hourly_days)),
        )

    def run(self, stopping: threading.Event) -> None:
        keep_doing(lambda: self._all(stopping), stopping, "rolling up telemetry", look_s=UPKEEP_LOOK_S)

    def _all(self, stopping: threading.Event) -> None:
        while not stopping.is_set() and self.step():
            stopping.wait(BETWEEN_S)
