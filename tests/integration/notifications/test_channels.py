"""Channels against servers on loopback: web push that a browser can read, SMS by SMPP, Zalo, mail."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import http_ece
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from bench.chaos.mail_sink import mail_server
from broadcast.notifications.model import NotificationUrgency, PushSubscription
from cms.exchange.service.http_client import Fetcher
from cms.notifications.channels.mail import Mail
from cms.notifications.channels.port import ChannelMessage, NotPostedError
from cms.notifications.channels.sms import Sms
from cms.notifications.channels.web_push import WebPush, is_subscription, public_key, push_key
from cms.notifications.channels.zalo import TOKEN_FILE, Zalo, ZaloAccount
from province.people import UserId
from tests.integration.exchange.web_server import Answer, Asked, WebServer, web_server
from tests.integration.notifications.smsc import MessageCentre, message_centre

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HERE = Fetcher(lambda *_: ["127.0.0.1"])
MESSAGE = ChannelMessage(
    "01jd0000000000000000000001",
    "0912345678",
    "Chờ duyệt: Tiêm phòng dại, phát 17:00 hôm nay",
    "Mời bạn nghe thử, rồi duyệt hoặc trả lại:",
    NOW,
    "https://loa.example/bulletins/b1/decision",
    NotificationUrgency.URGENT,
)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as served:
        yield served


@pytest.fixture
def centre() -> Iterator[MessageCentre]:
    with message_centre() as served:
        yield served


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Browser:
    """Browser with the private half of a subscription; it decrypts what a push service hands over."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> PushSubscription:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return PushSubscription("s1", UserId("u1"), self.endpoint, text(point), text(self.auth), "Firefox", NOW)

    def read(self, body: bytes) -> dict[str, str]:
        plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        return msgspec.json.decode(plain, type=dict[str, str])


@dataclass
class PushHome:
    """The server's side of web push, with its subscriptions."""

    keys: Path
    subscriptions: list[PushSubscription]

    @property
    def push(self) -> WebPush:
        return WebPush(
            push_key(self.keys),
            "loa@x.vn",
            lambda _user: list(self.subscriptions),
            self.subscriptions.remove,
            HERE,
            lambda: NOW,
            is_local=True,
        )


@pytest.fixture
def home(tmp_path: Path, server: WebServer) -> tuple[PushHome, Browser]:
    browser = Browser(server.url("/push/1"))
    return PushHome(tmp_path, [browser.subscription]), browser


def test_a_browser_reads_the_push_and_its_service_knows_the_sender(
    server: WebServer, home: tuple[PushHome, Browser]
) -> None:
    pushing, browser = home
    server.pages["/push/1"] = Answer(201)
    pushing.push.send(MESSAGE)
    (asked,) = server.asked
    shown = browser.read(asked.body)
    assert shown == {"title": MESSAGE.title, "body": MESSAGE.text, "url": MESSAGE.link, "tag": MESSAGE.id}
    assert (asked.headers["Urgency"], asked.headers["TTL"]) == ("high", "14400")
    token, key = (part.strip().partition("=")[2] for part in asked.headers["Authorization"][6:].split(","))
    assert key == public_key(pushing.keys)
    claims = jwt.decode(token, ECKey.import_key(_jwk(key))).claims
    assert claims["aud"] == server.url("")
    assert claims["sub"] == "mailto:loa@x.vn"
    assert claims["exp"] <= (NOW + timedelta(hours=24)).timestamp()


def _jwk(point: str) -> dict[str, str | list[str]]:
    raw = urlsafe_b64decode(point + "==")
    return {"kty": "EC", "crv": "P-256", "x": text(raw[1:33]), "y": text(raw[33:])}


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_unsubscribed_is_forgotten(
    server: WebServer, home: tuple[PushHome, Browser], status: int
) -> None:
    pushing, _browser = home
    server.pages["/push/1"] = Answer(status)
    with pytest.raises(NotPostedError) as refusal:
        pushing.push.send(MESSAGE)
    assert refusal.value.is_final
    assert pushing.subscriptions == []


def test_one_browser_of_two_is_enough_and_a_push_service_that_is_away_is_tried_again(
    server: WebServer, home: tuple[PushHome, Browser]
) -> None:
    pushing, _browser = home
    pushing.subscriptions.append(Browser(server.url("/push/2")).subscription)
    server.pages |= {"/push/1": Answer(410), "/push/2": Answer(201)}
    pushing.push.send(MESSAGE)
    assert len(pushing.subscriptions) == 1
    server.pages["/push/2"] = Answer(503)
    with pytest.raises(NotPostedError, match="HTTP_503") as refusal:
        pushing.push.send(MESSAGE)
    assert not refusal.value.is_final


def test_an_address_in_our_own_network_is_no_push_service(tmp_path: Path) -> None:
    inside = Browser("https://10.0.0.1/push").subscription
    known = [inside]
    push = WebPush(push_key(tmp_path), "l@x.vn", lambda _user: list(known), known.remove, Fetcher(), lambda: NOW)
    with pytest.raises(NotPostedError):
        push.send(MESSAGE)
    assert known == []


def test_only_what_a_browser_makes_is_a_subscription() -> None:
    good = Browser("https://push.example/1").subscription
    assert is_subscription(good.endpoint, good.p256dh, good.auth)
    assert not is_subscription("http://push.example/1", good.p256dh, good.auth)
    assert not is_subscription(good.endpoint, text(b"\4" * 65), good.auth)
    assert not is_subscription(good.endpoint, good.p256dh, text(b"short"))
    assert not is_subscription("https://[", good.p256dh, good.auth)


def sms(centre: MessageCentre, scheme: str = "smpp") -> Sms:
    return Sms(f"{scheme}://loa:m%40t@127.0.0.1:{centre.port}?sender=BINHTHUAN")


def test_an_sms_is_read_whole_on_any_telephone(centre: MessageCentre) -> None:
    centre.asks_first = True
    sms(centre).send(MESSAGE)
    assert centre.logins == [("loa", "m@t")]
    assert "".join(part.text for part in centre.parts) == f"{MESSAGE.title}\n{MESSAGE.link}"
    assert {(part.sender, part.to) for part in centre.parts} == {("BINHTHUAN", "84912345678")}
    assert {part.coding for part in centre.parts} == {8}


@pytest.mark.parametrize(
    ("kept", "reason", "is_final"),
    [
        ({"status": 0x0B}, "SMPP_0000000B", True),
        ({"status": 0x58}, "SMPP_00000058", False),
        ({"bind_status": 0x0E}, "SMPP_0000000E", False),
    ],
)
def test_a_refusal_of_the_centre_says_why(
    centre: MessageCentre, kept: dict[str, int], reason: str, is_final: bool
) -> None:
    for name, value in kept.items():
        setattr(centre, name, value)
    with pytest.raises(NotPostedError, match=reason) as refusal:
        sms(centre).send(MESSAGE)
    assert refusal.value.is_final == is_final


def test_no_centre_and_none_that_is_there(centre: MessageCentre) -> None:
    with pytest.raises(NotPostedError, match="NO_MESSAGE_CENTRE"):
        Sms("").send(MESSAGE)
    with pytest.raises(NotPostedError):
        Sms("smpp://127.0.0.1:1").send(MESSAGE)
    with pytest.raises(NotPostedError):
        sms(centre, "smpps").send(MESSAGE)


@pytest.fixture
def zalo(server: WebServer, tmp_path: Path) -> Zalo:
    (tmp_path / TOKEN_FILE).write_text("refresh-1")
    account = ZaloAccount("77", "khoa", "2468", tmp_path / TOKEN_FILE, server.url("/token"), server.url("/message"))
    fresh = {"access_token": "access-1", "refresh_token": "refresh-2", "expires_in": "90000"}
    server.pages["/token"] = Answer(body=msgspec.json.encode(fresh))
    server.pages["/message"] = Answer(body=b'{"error":0,"message":"Success"}')
    return Zalo(account, HERE, lambda: NOW, is_local=True)


def test_zalo_gets_the_template_and_the_token_is_renewed_once(server: WebServer, zalo: Zalo) -> None:
    zalo.send(MESSAGE)
    zalo.send(MESSAGE)
    token, first, _second = server.asked
    assert parse_qs(token.body.decode())["refresh_token"] == ["refresh-1"]
    assert zalo.account.token_file.read_text() == "refresh-2"
    assert {name.lower(): value for name, value in first.headers.items()}["access_token"] == "access-1"
    told = msgspec.json.decode(first.body)
    assert (told["phone"], told["template_id"], told["tracking_id"]) == ("84912345678", "2468", MESSAGE.id)
    assert told["template_data"] == {"tieu_de": MESSAGE.title, "lien_ket": MESSAGE.link}


@pytest.mark.parametrize(
    ("page", "answer", "refusal"),
    [
        ("/message", Answer(body=b'{"error":-118}'), ("ZALO_-118", True)),
        ("/message", Answer(body=b'{"error":-124}'), ("ZALO_-124", False)),
        ("/message", Answer(body=b"no json"), ("ZALO_ANSWER", False)),
        ("/message", Answer(503), ("HTTP_503", False)),
        ("/token", Answer(body=b'{"error":-14014}'), ("ZALO_TOKEN_-14014", False)),
    ],
)
def test_a_refusal_of_zalo_says_why(
    server: WebServer, zalo: Zalo, page: str, answer: Answer, refusal: tuple[str, bool]
) -> None:
    server.pages[page] = answer
    reason, is_final = refusal
    with pytest.raises(NotPostedError, match=reason) as raised:
        zalo.send(MESSAGE)
    assert raised.value.is_final == is_final


def test_a_revoked_access_token_is_renewed_at_the_next_attempt(server: WebServer, zalo: Zalo) -> None:
    def once(asked: Asked) -> Answer:
        del asked
        server.pages["/message"] = Answer(body=b'{"error":0}')
        return Answer(body=b'{"error":-124}')

    server.pages["/message"] = once
    with pytest.raises(NotPostedError):
        zalo.send(MESSAGE)
    zalo.send(MESSAGE)
    assert [asked.path for asked in server.asked] == ["/token", "/message", "/token", "/message"]


def test_zalo_without_a_token_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotPostedError, match="NO_ZALO_TOKEN"):
        Zalo(ZaloAccount("77", "khoa", "1", tmp_path / "none"), HERE, lambda: NOW).send(MESSAGE)


def test_a_mail_ends_with_its_link() -> None:
    with mail_server() as inbox:
        Mail(f"smtp+plain://127.0.0.1:{inbox.port}", "loa@x.vn").send(MESSAGE)
        (letter,) = inbox.letters
    assert letter.get_content().strip().splitlines()[-1] == MESSAGE.link
