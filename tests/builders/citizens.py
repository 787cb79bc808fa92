"""Citizens who follow a commune: builders for tests of their pages and of what they are sent."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from broadcast.citizens.model import CitizenSubscription
from broadcast.citizens.rules import recipient_of
from broadcast.notifications.model import NotificationChannel
from cms.accounts.service.vault import vault_of
from cms.citizens.repository import CitizenSubscriptions
from cms.citizens.service import links
from province.areas import AreaId
from tests.builders import public_pages
from tests.console import COMMUNE, Console

LAN = "lan@x.vn"


def put(
    console: Console, address: str = LAN, area_id: AreaId = COMMUNE, *, push: bool = False, digest: bool = False
) -> CitizenSubscription:
    """Store a confirmed subscription, in place of one of the same address and commune."""
    channel, now = NotificationChannel.PUSH if push else NotificationChannel.EMAIL, console.clock()
    made = CitizenSubscription(
        console.context.new_id(), area_id, channel, recipient_of(channel, address), address, now, has_digest=digest,
        confirmed_at=now,
    )  # fmt: skip
    with console.context.uow() as unit:
        unit[CitizenSubscriptions].subscribe(made)
        (kept,) = [each for each in unit[CitizenSubscriptions].of(made.recipient) if each.area_id == area_id]
        unit.commit()
    return kept


def path(console: Console) -> str:
    """Return the path of the page on which a citizen chooses."""
    return links.choice_path(vault_of(console.context), put(console).id, has_digest=False)


def end_path(console: Console) -> str:
    return links.end_path(vault_of(console.context), put(console).id)


def browser(console: Console, endpoint: str = "https://push.example/1") -> dict[str, str]:
    """Return what a script of the page sends of a browser."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return {
        "endpoint": endpoint,
        "p256dh": _text(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
        "auth": _text(os.urandom(16)),
        "ticket": public_pages.ticket(console),
    }


def mail(console: Console) -> dict[str, str]:
    """Return the form of a citizen who wants mail, on a server that sends some."""
    console.set(smtp_url="smtp://mail.example")
    return {"email": LAN, "ticket": public_pages.ticket(console)}


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
