"""Notice sender: sends queued notices by mail or webhook, until accepted or too late."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from broadcast.alerts.model import AlertId, AlertStatus
from cms.alerts.repository.alerts import Alerts
from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.errors import ExchangeError
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.webhooks import pause_after, signature
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import ALERT_SUBJECT, Notice, Notices
from cms.health.service.errors import NotPostedError
from cms.health.service.mail import Email, Mail
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from devices.health.notices import IncidentStage

LOOK_AT: Final = 50
WORTH_FOR: Final = timedelta(hours=12)
"""A notice older than this is of yesterday, and dropped."""


@dataclass(frozen=True)
class NoticeSender:
    """Sender of notices. ``secret`` signs webhooks in the same way as those of CAP (docs/exchange.md)."""

    uow: UowFactory
    mail: Mail
    fetcher: Fetcher
    secret: str
    is_local: bool
    now: Callable[[], datetime]

    def step(self) -> int:
        """Attempt the notices that are due; return their number. Each result is stored before the next attempt."""
        with reading(self.uow.engine) as session:
            due = Notices(session).due(self.now(), LOOK_AT)
            addresses = {each.address for each in FaultRecords(session).duties()} if due else set()
        for notice in due:
            self._settle(notice, self._why_not(notice, addresses))
        return len(due)

    def _why_not(self, notice: Notice, addresses: set[str]) -> str:
        """Return why not to send it at all: off duty, too late, already decided, merged; empty if it may be sent."""
        if notice.address not in addresses:
            return "NOT_ON_CALL"
        if self.now() - notice.written_at > WORTH_FOR:
            return "TOO_LATE"
        if notice.subject_id.startswith(ALERT_SUBJECT):
            with reading(self.uow.engine) as session:
                alert_id = notice.subject_id.removeprefix(ALERT_SUBJECT).rpartition("-")[0]
                alert = Alerts(session).find(AlertId(alert_id))
                return "" if alert is not None and alert.status is AlertStatus.SUBMITTED else "DECIDED"
        if notice.subject_id and notice.stage is not IncidentStage.OVER:
            with reading(self.uow.engine) as session:
                if FaultRecords(session).incident(notice.subject_id).merged_into:
                    return "MERGED"
        return ""

    def _settle(self, notice: Notice, refused: str) -> None:
        now = self.now()
        tried = replace(notice, attempts=notice.attempts + 1)
        if refused:
            tried = replace(tried, dead_at=now, error=refused)
        else:
            try:
                self._send(notice)
                tried = replace(tried, sent_at=now, error="")
            except (NotPostedError, ExchangeError) as error:
                tried = replace(tried, error=str(error)[:300], due_at=now + pause_after(tried.attempts))
        with self.uow() as unit:
            unit[Notices].save(tried)
            unit.commit()

    def _send(self, notice: Notice) -> None:
        if "://" not in notice.address:
            self.mail.send(Email(notice.id, notice.address, notice.title, notice.text, notice.written_at))
            return
        if not self.secret:
            raise NotPostedError("NO_SECRET")
        told = {"id": notice.id, **_about(notice.subject_id), "stage": notice.stage}
        body = msgspec.json.encode({**told, "title": notice.title, "text": notice.text})
        timestamp = str(int(self.now().timestamp()))
        host = frozenset({host_of(notice.address)})
        allowed = Allowed(host, host if self.is_local else frozenset(), self.is_local)
        headers = {
            "Content-Type": "application/json",
            "Loa-Delivery": notice.id,
            "Loa-Timestamp": timestamp,
            "Loa-Signature": signature(self.secret, timestamp, notice.id, body),
        }
        self.fetcher.post(notice.address, allowed, body, headers)


def _about(subject_id: str) -> dict[str, str]:
    """Return the incident or alert of a webhook notice."""
    if subject_id.startswith(ALERT_SUBJECT):
        return {"alert": subject_id.removeprefix(ALERT_SUBJECT).rpartition("-")[0]}
    return {"incident": subject_id}
