"""Mailer: SMTP to the server of one URL: ``smtp:`` (STARTTLS), ``smtps:``, ``smtp+plain:`` (neither)."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from cms.health.service.errors import NotPostedError
from cms.platform.clean_text import clean

PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
TIMEOUT_S: Final = 20.0


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
