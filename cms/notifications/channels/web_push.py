"""Channel of web push: encrypted for the browser (RFC 8291), signed with the server's own key (RFC 8292)."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import http_ece
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from joserfc import jwt
from joserfc.jwk import ECKey

from broadcast.notifications.model import NotificationUrgency, PushSubscription
from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.errors import ExchangeError, FetchFailedError, FetchRefusedError
from cms.exchange.service.http_client import Fetcher
from cms.notifications.channels.port import ChannelMessage, NotPostedError
from cms.platform.process.atomic_file import made_once
from province.people import UserId

KEY_FILE: Final = "web-push.pem"
LASTS: Final = timedelta(hours=4)
"""A browser that is off for longer shows nothing: what waits is on its start page."""
TOKEN_LASTS: Final = timedelta(hours=12)
TEXT_MOST: Final = 900
"""Encrypted, one record of 4096 bytes holds it with title and link in any language."""
_GONE: Final = frozenset({"HTTP_404", "HTTP_410"})
_URGENCY: Final = {
    NotificationUrgency.LOW: "low",
    NotificationUrgency.NORMAL: "normal",
    NotificationUrgency.URGENT: "high",
}


def push_key(keys_dir: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key by which browsers know this server; made once."""
    key = load_pem_private_key(made_once(keys_dir / KEY_FILE, _new_key), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def public_key(keys_dir: Path) -> str:
    """Return its public half as browsers take it: base64url of the uncompressed point."""
    return _text(_point(push_key(keys_dir).public_key()))


def is_subscription(endpoint: str, p256dh: str, auth: str) -> bool:
    """Return whether a browser may have made this subscription: an https address, a point of P-256, 16 bytes."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
        return endpoint.startswith("https://") and bool(host_of(endpoint)) and len(_bytes(auth)) == 16  # noqa: PLR2004
    except (ValueError, ExchangeError):
        return False


@dataclass(frozen=True)
class WebPush:
    """Sender of web push. ``to`` of a message is the person's id.

    ``find`` lists their subscriptions, ``forget`` deletes one that its browser has given up. A message that one browser
    did not take is sent again to all: the others show it once, as its tag is the same.
    """

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    contact: str
    find: Callable[[UserId], Sequence[PushSubscription]]
    forget: Callable[[PushSubscription], object]
    fetcher: Fetcher
    now: Callable[[], datetime]
    is_local: bool = False
    is_repeatable: bool = True

    def send(self, message: ChannelMessage) -> None:
        """Hand the message to the push service of each browser of the person. Raises NotPostedError."""
        found = self.find(UserId(message.to))
        refused = [each for each in found if not self._posted(message, each)]
        if len(refused) == len(found):
            raise NotPostedError("UNSUBSCRIBED", is_final=True)

    def _posted(self, message: ChannelMessage, subscription: PushSubscription) -> bool:
        """Hand the message to the push service; return False where the subscription is gone. Raises NotPostedError."""
        # The tag replaces a notification that is shown already: a message sent twice is seen once.
        shown = {"title": message.title, "body": message.text[:TEXT_MOST], "url": message.link, "tag": message.id}
        headers = {
            "Authorization": self._authorization(subscription.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(LASTS.total_seconds())),
            "Urgency": _URGENCY[message.urgency],
            "Topic": message.id[-32:],
        }
        try:
            host = frozenset({host_of(subscription.endpoint)})
            allowed = Allowed(host, host if self.is_local else frozenset(), self.is_local)
            body = encrypted(msgspec.json.encode(shown), subscription)
            self.fetcher.post(subscription.endpoint, allowed, body, headers)
        except FetchFailedError as error:
            if error.reason not in _GONE:
                raise NotPostedError(str(error)) from error
            self.forget(subscription)
            return False
        except FetchRefusedError:
            self.forget(subscription)
            return False
        return True

    def _authorization(self, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        until = int((self.now() + TOKEN_LASTS).timestamp())
        claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": until, "sub": f"mailto:{self.contact}"}
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(_pem(self.key)))
        return f"vapid t={token}, k={_text(_point(self.key.public_key()))}"


def encrypted(plain: bytes, subscription: PushSubscription) -> bytes:
    """Encrypt for the browser of the subscription, with a key of its own for each message."""
    sealed: bytes = http_ece.encrypt(
        plain,
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(subscription.p256dh),
        auth_secret=_bytes(subscription.auth),
        version="aes128gcm",
    )
    return sealed


def _new_key() -> bytes:
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
