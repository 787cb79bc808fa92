"""Channel of e-mail, by SMTP."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from cms.notifications.channels.port import ChannelMessage, NotPostedError
from cms.platform.clean_text import clean
from cms.platform.settings import Settings

PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
TIMEOUT_S: Final = 20.0
END_LINE: Final = "\nKhông muốn nhận nữa? Mở liên kết này:"
_REFUSED_FOR_GOOD: Final = 500


@dataclass(frozen=True)
class Mail:
    """Mailer with the server's ``url`` and the ``sender`` address. The id makes the Message-ID."""

    url: str
    sender: str
    secure: Callable[[], ssl.SSLContext] = ssl.create_default_context
    is_repeatable: bool = True

    def send(self, message: ChannelMessage) -> None:
        """Send the mail. Raises NotPostedError: not accepted."""
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
                server.send_message(self._composed(message))
        except smtplib.SMTPRecipientsRefused as error:
            is_final = all(code >= _REFUSED_FOR_GOOD for code, _said in error.recipients.values())
            raise NotPostedError(type(error).__name__, is_final) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:  # a password or address that mail cannot carry
            raise NotPostedError(type(error).__name__) from error

    def _connected(self, scheme: str, host: str, port: int) -> smtplib.SMTP:
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=self.secure())
        return smtplib.SMTP(host, port, timeout=TIMEOUT_S)

    def _composed(self, message: ChannelMessage) -> EmailMessage:
        made = EmailMessage()
        made["From"] = self.sender
        made["To"] = message.to
        # A header is one line: a typed name may hold more.
        made["Subject"] = " ".join(clean(message.title).split())
        made["Date"] = format_datetime(message.written_at)
        made["Message-ID"] = f"<{message.id}@{self.sender.rpartition('@')[2] or 'loa'}>"
        made["Auto-Submitted"] = "auto-generated"
        lines = [message.text, message.link]
        if message.end_link:
            # RFC 8058: mail programs show a button of their own, and post to the link when it is pressed.
            made["List-Unsubscribe"] = f"<{message.end_link}>"
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            lines += [END_LINE, message.end_link]
        made.set_content("\n".join(filter(None, lines)))
        return made


def mail_of(settings: Settings) -> Mail:
    """Build the mailer that the settings describe."""
    return Mail(settings.smtp_url, settings.smtp_sender or settings.effective_cap_sender)
