"""Notice sender: sends queued notices by mail or webhook, until accepted or too late."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from broadcast.alerts.model import AlertId, AlertStatus
from cms.alerts.repository.alerts import Alerts
from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.errors import ExchangeError
from cms.exchange.service.http_client import Fetcher
from cms.exchange.service.webhooks import pause_after, signature
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import ALERT_SUBJECT, Notice, Notices
from cms.platform.clean_text import clean
from cms.platform.context import Context
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from devices.health.notices import IncidentStage
from province.errors import CodedError

PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
TIMEOUT_S: Final = 20.0
LOOK_AT: Final = 50
SERVER_SUBJECT: Final = "server"
"""Subject of a notice about the server itself, which is sent without the database."""
WORTH_FOR: Final = timedelta(hours=12)
"""A notice older than this is of yesterday, and dropped."""


@dataclass
class NotPostedError(CodedError, code="NOT_POSTED"):
    """A notice was not accepted; ``reason`` says why, for the operators."""

    reason: str

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Email:
    """E-mail. ``id`` makes the Message-ID, the same if it is sent twice."""

    id: str
    to: str
    subject: str
    text: str
    written_at: datetime


@dataclass(frozen=True)
class Mail:
    """Mailer with the server's ``url`` and the ``sender`` address."""

    url: str
    sender: str
    secure: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def send(self, letter: Email) -> None:
        """Send the mail. Raises NotPostedError: not accepted; try again."""
        parts = urlsplit(self.url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise NotPostedError("NO_MAIL_SERVER")
        port = parts.port or PORTS[parts.scheme]
        try:
            with self._connected(parts.scheme, parts.hostname, port) as server:
                if parts.scheme == "smtp":
                    server.starttls(context=self.secure())
                if parts.username:
                    server.login(unquote(parts.username), unquote(parts.password or ""))
                server.send_message(self._message(letter))
        except (OSError, smtplib.SMTPException, ValueError) as error:  # a password or address that mail cannot carry
            raise NotPostedError(type(error).__name__) from error

    def _connected(self, scheme: str, host: str, port: int) -> smtplib.SMTP:
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=self.secure())
        return smtplib.SMTP(host, port, timeout=TIMEOUT_S)

    def _message(self, letter: Email) -> EmailMessage:
        made = EmailMessage()
        made["From"] = self.sender
        made["To"] = letter.to
        # A header is one line: a typed name may hold more.
        made["Subject"] = " ".join(clean(letter.subject).split())
        made["Date"] = format_datetime(letter.written_at)
        made["Message-ID"] = f"<{letter.id}@{self.sender.rpartition('@')[2] or 'loa'}>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(letter.text)
        return made


def sender_of(context: Context) -> "NoticeSender":
    """Build the sender that the settings describe."""
    settings = context.settings
    mail = Mail(settings.smtp_url, settings.smtp_sender or settings.effective_cap_sender)
    is_local = settings.notices_are_local
    return NoticeSender(context.uow, mail, Fetcher(), settings.notice_secret, is_local, context.now)


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
                self.send(notice)
                tried = replace(tried, sent_at=now, error="")
            except (NotPostedError, ExchangeError) as error:
                tried = replace(tried, error=str(error)[:300], due_at=now + pause_after(tried.attempts))
        with self.uow() as unit:
            unit[Notices].save(tried)
            unit.commit()

    def send(self, notice: Notice) -> None:
        """Send the notice now. Raises NotPostedError, ExchangeError: not accepted; try again."""
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
    """Return the incident or alert of a webhook notice, or that it is about the server."""
    if subject_id.startswith(ALERT_SUBJECT):
        return {"alert": subject_id.removeprefix(ALERT_SUBJECT).rpartition("-")[0]}
    return {"server": "readiness"} if subject_id == SERVER_SUBJECT else {"incident": subject_id}
