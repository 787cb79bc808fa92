"""Alert approval calls: notices to those on call while an alert waits for a second person, each minute, ten times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from broadcast.alerts.model import Alert
from cms.alerts.repository.alerts import Alerts
from cms.areas.repository import Places
from cms.bulletins.queries.approvers import approvers
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import ALERT_SUBJECT, Notice, Notices
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
