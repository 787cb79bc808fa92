"""Channel of Zalo: notification service (ZNS) of the province's official account, by telephone number.

Zalo sends only texts of a template that it has approved: ours has the parameters ``tieu_de`` and ``lien_ket``. The
access token lasts a day and is renewed with a refresh token, which is good once and is replaced in its file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from broadcast.notifications.rules import international
from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.errors import ExchangeError
from cms.exchange.service.http_client import Fetcher
from cms.notifications.channels.port import ChannelMessage, NotPostedError
from cms.platform.process.atomic_file import write_secret

TOKEN_URL: Final = "https://oauth.zaloapp.com/v4/oa/access_token"  # noqa: S105 - an address
MESSAGE_URL: Final = "https://business.openapi.zalo.me/message/template"
TOKEN_FILE: Final = "zalo.refresh"  # noqa: S105 - the name of a file
RENEWED_BEFORE: Final = timedelta(minutes=10)
TITLE_MOST: Final = 100
_NO_SUCH_USER: Final = frozenset({-108, -114, -118, -119})
"""Zalo's codes for a number that is wrong, or has no account that takes messages."""


@dataclass(frozen=True, slots=True)
class ZaloAccount:
    """Application and template of the official account; ``token_file`` holds the refresh token."""

    app_id: str
    secret_key: str = field(repr=False)
    template_id: str = ""
    token_file: Path = Path(TOKEN_FILE)
    token_url: str = TOKEN_URL
    message_url: str = MESSAGE_URL


@dataclass
class Zalo:
    """Sender of Zalo notifications. One that is repeated is shown again: ``tracking_id`` only names it for reports."""

    account: ZaloAccount
    fetcher: Fetcher
    now: Callable[[], datetime]
    is_local: bool = False
    is_repeatable: bool = False
    _access: str = field(default="", repr=False)
    _good_until: datetime | None = None

    def send(self, message: ChannelMessage) -> None:
        """Send title and link by the template. Raises NotPostedError."""
        told = {"tieu_de": message.title[:TITLE_MOST], "lien_ket": message.link}
        body = {
            "phone": international(message.to),
            "template_id": self.account.template_id,
            "template_data": told,
            "tracking_id": message.id,
        }
        headers = {"Content-Type": "application/json", "access_token": self._token()}
        answer = self._posted(self.account.message_url, msgspec.json.encode(body), headers)
        code = answer.get("error", 0)
        if code:
            self._access = ""  # an access token that was revoked is renewed at the next attempt
            raise NotPostedError(f"ZALO_{code}", is_final=code in _NO_SUCH_USER)

    def _token(self) -> str:
        """Return an access token; renew it shortly before its end."""
        if self._access and self._good_until is not None and self.now() < self._good_until - RENEWED_BEFORE:
            return self._access
        try:
            refresh = self.account.token_file.read_text().strip()
        except OSError as error:
            raise NotPostedError("NO_ZALO_TOKEN") from error
        form = {"refresh_token": refresh, "app_id": self.account.app_id, "grant_type": "refresh_token"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "secret_key": self.account.secret_key}
        answer = self._posted(self.account.token_url, urlencode(form).encode(), headers)
        access, fresh = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(access, str) or not isinstance(fresh, str):
            raise NotPostedError(f"ZALO_TOKEN_{answer.get('error', 'ANSWER')}")
        # First on the disk: the one before is used up.
        write_secret(self.account.token_file, fresh.encode())
        self._access, self._good_until = access, self.now() + timedelta(seconds=int(answer.get("expires_in", 3600)))
        return access

    def _posted(self, url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        try:
            host = frozenset({host_of(url)})
            allowed = Allowed(host, host if self.is_local else frozenset(), self.is_local)
            return msgspec.json.decode(self.fetcher.post_for(url, allowed, body, headers), type=dict[str, Any])
        except ExchangeError as error:
            raise NotPostedError(str(error)) from error
        except msgspec.DecodeError as error:
            raise NotPostedError("ZALO_ANSWER") from error
