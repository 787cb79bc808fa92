"""Channel of SMS, by SMPP 3.4 to the operator's message centre."""

import ssl
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from smpplib import consts, gsm
from smpplib.client import Client
from smpplib.exceptions import ConnectionError as SmppConnectionError
from smpplib.exceptions import MessageTooLong, PDUError, UnknownCommandError

from broadcast.notifications.rules import international
from cms.notifications.channels.port import ChannelMessage, NotPostedError
from cms.platform.clean_text import clean

PORTS: Final = {"smpp": 2775, "smpps": 3550}
TIMEOUT_S: Final = 10.0
TITLE_MOST: Final = 120
ANSWERS_MOST: Final = 20
"""Other messages of the centre between a part and its answer."""
_WRONG_ADDRESS: Final = frozenset({consts.SMPP_ESME_RINVDSTADR, consts.SMPP_ESME_RINVDSTTON})


@dataclass(frozen=True)
class Sms:
    """Sender of SMS. ``url``: ``smpp://user:password@host:2775?sender=NAME``; each message is a session of its own.

    A repeated SMS is a second SMS: networks know no identity of a message.
    """

    url: str
    is_repeatable: bool = False

    def send(self, message: ChannelMessage) -> None:
        """Send title and link, in as many parts as they take. Raises NotPostedError."""
        parts = urlsplit(self.url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise NotPostedError("NO_MESSAGE_CENTRE")
        sender = parse_qs(parts.query).get("sender", [""])[0]
        secure = ssl.create_default_context() if parts.scheme == "smpps" else None
        client = Client(
            parts.hostname,
            parts.port or PORTS[parts.scheme],
            timeout=TIMEOUT_S,
            ssl_context=_Named(secure, parts.hostname) if secure else None,
            allow_unknown_opt_params=True,
        )
        title = " ".join(clean(message.title).split())[:TITLE_MOST]
        try:
            with client:
                client.connect()
                client.bind_transmitter(system_id=unquote(parts.username or ""), password=unquote(parts.password or ""))
                self._submit(client, sender, international(message.to), f"{title}\n{message.link}".strip())
        except PDUError as error:
            code = error.args[1] if len(error.args) > 1 else 0
            raise NotPostedError(f"SMPP_{code:08X}", is_final=code in _WRONG_ADDRESS) from error
        except (SmppConnectionError, UnknownCommandError, MessageTooLong, OSError, ValueError) as error:
            raise NotPostedError(type(error).__name__) from error

    def _submit(self, client: Any, sender: str, to: str, text: str) -> None:
        """Submit each part and wait until the centre has accepted it."""
        parts, coding, esm_class = gsm.make_parts(text)
        for part in parts:
            accepted: list[int] = []
            client.set_message_sent_handler(lambda pdu, taken=accepted: taken.append(pdu.sequence))
            sent = client.send_message(
                source_addr_ton=consts.SMPP_TON_ALNUM,
                source_addr=sender,
                dest_addr_ton=consts.SMPP_TON_INTL,
                dest_addr_npi=consts.SMPP_NPI_ISDN,
                destination_addr=to,
                short_message=part,
                data_coding=coding,
                esm_class=esm_class,
            )
            for _turn in range(ANSWERS_MOST):
                client.read_once(auto_send_enquire_link=False)
                if sent.sequence in accepted:
                    break
            else:
                raise NotPostedError("NO_ANSWER")


@dataclass(frozen=True)
class _Named:
    """TLS context that checks the name of the one host it is for; the library names none."""

    context: ssl.SSLContext
    host: str

    def wrap_socket(self, plain: Any) -> ssl.SSLSocket:
        return self.context.wrap_socket(plain, server_hostname=self.host)
