"""Event log as syslog: RFC 5424 messages in the frames of RFC 5425, over TLS.

A receiver acknowledges nothing. So each batch has a connection of its own, which is ended by a close_notify, and counts
as sent only if the receiver ends its side in turn: it has read everything before that. A batch of which that is not
known is sent again; receivers recognise a line by its ``seq``.
"""

import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cms.platform.settings import Settings

PORT: Final = 6514
TIMEOUT_S: Final = 10.0
MESSAGE_MAX_BYTES: Final = 8192
"""Length that every receiver should take (RFC 5425, 4.3.1)."""
_LOG_AUDIT: Final = 13
_WARNING, _INFORMATIONAL = 4, 6
_MSGID_MOST: Final = 32
_SEQUENCE_MOST: Final = 2**31 - 1
_WARNED: Final = ("right.refused", "token.refused", "site.", "audit.break_found", "device.security")


def message_of(line: Mapping[str, object], host: str) -> bytes:
    """Build the message of a line of the log; its text is the line as ``loa audit export`` prints it.

    The detail of a line that would be too long is left out; its hash stays.
    """
    body = json.dumps(line, ensure_ascii=False)
    if len(body.encode()) > MESSAGE_MAX_BYTES - 200:
        body = json.dumps({**line, "detail": {"left_out": True}}, ensure_ascii=False)
    name, seq = str(line["name"]), int(str(line["seq"]))
    severity = _WARNING if name.startswith(_WARNED) else _INFORMATIONAL
    sequence = (seq - 1) % _SEQUENCE_MOST + 1
    head = f"<{_LOG_AUDIT * 8 + severity}>1 {line['at']} {host} loa - {name[:_MSGID_MOST]}"
    return f'{head} [meta sequenceId="{sequence}"] \ufeff{body}'.encode()


def framed(message: bytes) -> bytes:
    """Put the octet count before the message."""
    return f"{len(message)} ".encode("ascii") + message


@dataclass(frozen=True)
class SyslogReceiver:
    """Receiver of a log server. ``ca``, ``certificate``: files, or empty."""

    host: str
    port: int
    ca: str = ""
    certificate: str = ""
    timeout_s: float = TIMEOUT_S

    @classmethod
    def of(cls, settings: Settings) -> "SyslogReceiver | None":
        """Return the receiver that the settings name; None: there is none."""
        parts = urlsplit(settings.syslog_url)
        if not parts.hostname:
            return None
        return cls(parts.hostname, parts.port or PORT, settings.syslog_ca, settings.syslog_certificate)

    def send(self, messages: Sequence[bytes]) -> None:
        """Send the messages. Raises OSError: not known to have arrived."""
        secure = ssl.create_default_context(cafile=self.ca or None)
        if self.certificate:
            secure.load_cert_chain(self.certificate)
        with (
            socket.create_connection((self.host, self.port), self.timeout_s) as plain,
            secure.wrap_socket(plain, server_hostname=self.host) as link,
        ):
            link.sendall(b"".join(map(framed, messages)))
            try:
                link.unwrap()
            except ssl.SSLEOFError:
                return  # the receiver closed without a close_notify of its own, after it had read ours
