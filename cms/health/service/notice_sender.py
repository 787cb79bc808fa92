"""Notice sender: sends queued notices by mail or webhook, until accepted or too late."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.model import AlertId, AlertStatus
from cms.alerts.repository.alerts import Alerts
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.webhooks import pause_after
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import ALERT_SUBJECT, Notice, Notices
from cms.notifications.channels.mail import mail_of
from cms.notifications.channels.port import ChannelMessage, ChannelTransport, NotPostedError
from cms.notifications.channels.webhook import WebhookChannel
from cms.platform.context import Context
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from devices.health.notices import IncidentStage

LOOK_AT: Final = 50
SERVER_SUBJECT: Final = "server"
"""Subject of a notice about the server itself, which is sent without the database."""
WORTH_FOR: Final = timedelta(hours=12)
"""A notice older than this is of yesterday, and dropped."""


def sender_of(context: Context) -> "NoticeSender":
    """Build the sender that the settings describe."""
    settings = context.settings
    webhook = WebhookChannel(Fetcher(), settings.notice_secret, settings.notices_are_local, context.now)
    return NoticeSender(context.uow, mail_of(settings), webhook, context.now)


@dataclass(frozen=True)
class NoticeSender:
    """Sender of notices, by the channels of ``cms.notifications``: an address with ``://`` is a webhook."""

    uow: UowFactory
    mail: ChannelTransport
    webhook: ChannelTransport
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
                self.send(notice)
                tried = replace(tried, sent_at=now, error="")
            except NotPostedError as error:
                tried = replace(tried, error=str(error)[:300], due_at=now + pause_after(tried.attempts))
        with self.uow() as unit:
            unit[Notices].save(tried)
            unit.commit()

    def send(self, notice: Notice) -> None:
        """Send the notice now. Raises NotPostedError: not accepted; try again."""
        about = {**_about(notice.subject_id), "stage": notice.stage.value}
        written_at = notice.written_at
        message = ChannelMessage(notice.id, notice.address, notice.title, notice.text, written_at, about=about)
        (self.webhook if "://" in notice.address else self.mail).send(message)


def _about(subject_id: str) -> dict[str, str]:
    """Return the incident or alert of a webhook notice, or that it is about the server."""
    if subject_id.startswith(ALERT_SUBJECT):
        return {"alert": subject_id.removeprefix(ALERT_SUBJECT).rpartition("-")[0]}
    return {"server": "readiness"} if subject_id == SERVER_SUBJECT else {"incident": subject_id}
