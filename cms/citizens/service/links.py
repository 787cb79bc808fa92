"""Links in messages to citizens. Their key is an HMAC of the subscription's id: it is stored nowhere."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from cms.accounts.service.vault import Vault
from province.areas import AreaId

PATH: Final = "/cong-khai/theo-doi"
_PURPOSE: Final = b"loa citizen subscription 1"


def key_of(vault: Vault, subscription_id: str) -> str:
    """Return the key of the links of a subscription."""
    key = hmac.new(vault.key, _PURPOSE, sha256).digest()
    return urlsafe_b64encode(hmac.new(key, subscription_id.encode(), sha256).digest()[:18]).decode()


def is_key(vault: Vault, subscription_id: str, key: str) -> bool:
    return hmac.compare_digest(key_of(vault, subscription_id).encode(), key.encode())


def choice_path(vault: Vault, subscription_id: str, *, has_digest: bool) -> str:
    """Return the path of the page on which the owner confirms, chooses and ends; the choice asked for is ticked."""
    query = {"key": key_of(vault, subscription_id), **({"tin": "1"} if has_digest else {})}
    return f"{PATH}/{subscription_id}?{urlencode(query)}"


def end_path(vault: Vault, subscription_id: str) -> str:
    """Return the path that ends the subscription by one POST (RFC 8058)."""
    return f"{PATH}/{subscription_id}/thoi?{urlencode({'key': key_of(vault, subscription_id)})}"


def place_path(area_id: AreaId) -> str:
    return f"/cong-khai/{area_id}/"
