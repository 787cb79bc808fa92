"""Client of a remote signing service: API of the Cloud Signature Consortium, version 1 or 2.

::

    oauth2/token ──► credentials/list ──► credentials/info ──► credentials/authorize ──► signatures/signHash

What only reads is repeated a few times; an authorization never: the person would be asked again, or their PIN counted.
"""

import json
import random
import re
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlencode

from cms.exchange.service.addresses import Allowed, host_of
from cms.exchange.service.errors import FetchFailedError, FetchRefusedError
from cms.exchange.service.http_client import Fetcher
from cms.platform.settings import Settings
from cms.signing.model import RemoteCredential, SigningError, SigningFailure, SigningSecrets

ANSWER_S: Final = 15.0
CONFIRM_S: Final = 180.0
"""For the person to take their telephone and confirm."""
TRIES: Final = 3
_WAIT_S: Final = 1.0
_CREDENTIALS_MOST: Final = 10
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_OK: Final = 200
_UNAUTHORIZED: Final = frozenset({401, 403})
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_ERROR_MOST: Final = 300
_REFUSALS: Final = (
    (re.compile(r"(?<![a-z])pin(?![a-z])"), SigningFailure.WRONG_PIN),
    (re.compile(r"(?<![a-z])otp(?![a-z])"), SigningFailure.WRONG_CODE),
    (re.compile(r"denied|declin|cancel|reject"), SigningFailure.DECLINED),
    (re.compile(r"expire|time.?out"), SigningFailure.NOT_CONFIRMED),
)
"""Words in the refusal of an authorization: the specification has no codes of its own for these."""


@dataclass(frozen=True)
class CscClient:
    """Client for one service. ``quick`` asks what is answered at once, ``patient`` what waits for the person."""

    url: str
    version: str
    client_id: str
    client_secret: str = field(repr=False)
    token_url: str = ""
    is_local: bool = False
    quick: Fetcher = field(default_factory=lambda: Fetcher(whole_s=ANSWER_S))
    patient: Fetcher = field(default_factory=lambda: Fetcher(whole_s=CONFIRM_S, read_s=CONFIRM_S))
    pause: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Return the client of the service that the operator has set; None: there is none."""
        if not settings.csc_url:
            return None
        return cls(
            settings.csc_url.rstrip("/"),
            settings.csc_version,
            settings.csc_client_id,
            settings.csc_client_secret,
            settings.csc_token_url,
            settings.csc_is_local,
        )

    def sign_in(self) -> str:
        """Return an access token of ours. Raises SigningError."""
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        url = self.token_url or f"{self.url}/oauth2/token"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return _text(self._repeated(url, urlencode(form).encode(), headers), "access_token")

    def credential_ids(self, token: str, account: str) -> Sequence[str]:
        """Return the names of the person's keys. Raises SigningError."""
        asked: dict[str, object] = {"userID": account, "maxResults": _CREDENTIALS_MOST}
        found = self._read(token, "credentials/list", asked).get("credentialIDs")
        if not isinstance(found, list):
            raise SigningError(SigningFailure.UNREADABLE, "credentialIDs")
        return [str(each) for each in found][:_CREDENTIALS_MOST]

    def credential(self, token: str, credential_id: str) -> RemoteCredential:
        """Return one key with its certificates. Raises SigningError."""
        asked: dict[str, object] = {
            "credentialID": credential_id,
            "certificates": "chain",
            "certInfo": True,
            "authInfo": True,
        }
        found = self._read(token, "credentials/info", asked)
        try:
            key, cert = found["key"], found["cert"]
            is_usable = (key.get("status", "enabled"), cert.get("status", "valid")) == ("enabled", "valid")
            mode = found["authMode"] if "authMode" in found else found["auth"]["mode"]
            certificates = tuple(b64decode(each, validate=True) for each in cert["certificates"])
            return RemoteCredential(credential_id, certificates, tuple(map(str, key["algo"])), str(mode), is_usable)
        except (KeyError, TypeError, AttributeError, NotBase64) as error:
            raise SigningError(SigningFailure.UNREADABLE, f"credentials/info: {error!r}") from None

    def authorize(
        self, token: str, credential: RemoteCredential, digest: bytes, secrets: SigningSecrets, what: str
    ) -> str:
        """Have the person confirm this very digest; return the activation data. Raises SigningError."""
        asked: dict[str, object] = {
            "credentialID": credential.id,
            "numSignatures": 1,
            "description": what,
            **self._hashes(digest),
        }
        given = {name: value for name, value in (("PIN", secrets.pin), ("OTP", secrets.code)) if value}
        if credential.mode == "explicit" and self.version == "v1":
            asked |= given
        elif credential.mode == "explicit":
            asked["authData"] = [{"id": name, "value": value} for name, value in given.items()]
        return _text(self._asked(self.patient, self._at("credentials/authorize"), token, asked), "SAD")

    def sign_hash(self, token: str, credential: RemoteCredential, digest: bytes, sad: str, algorithm: str) -> bytes:
        """Return the signature of the digest. Raises SigningError."""
        asked: dict[str, object] = {"credentialID": credential.id, "SAD": sad, "signAlgo": algorithm}
        asked |= self._hashes(digest) | ({"hashAlgo": _SHA256} if self.version == "v1" else {"operationMode": "S"})
        found = self._asked(self.patient, self._at("signatures/signHash"), token, asked).get("signatures")
        try:
            (made,) = found  # type: ignore[misc] # checked by being unpacked
            return b64decode(made, validate=True)
        except (TypeError, ValueError):
            raise SigningError(SigningFailure.UNREADABLE, "signatures") from None

    def _hashes(self, digest: bytes) -> dict[str, object]:
        hashes = [b64encode(digest).decode()]
        return {"hash": hashes} if self.version == "v1" else {"hashes": hashes, "hashAlgorithmOID": _SHA256}

    def _at(self, name: str) -> str:
        return f"{self.url}/csc/{self.version}/{name}"

    def _read(self, token: str, name: str, asked: Mapping[str, object]) -> dict[str, Any]:
        return self._repeated(self._at(name), json.dumps(asked).encode(), _headers(token))

    def _asked(self, fetcher: Fetcher, url: str, token: str, asked: Mapping[str, object]) -> dict[str, Any]:
        return _answer(*self._sent(fetcher, url, json.dumps(asked).encode(), _headers(token)))

    def _repeated(self, url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        for left in reversed(range(TRIES)):
            try:
                status, answer = self._sent(self.quick, url, body, headers)
            except SigningError:
                if not left:
                    raise
            else:
                if status not in _AGAIN or not left:
                    return _answer(status, answer)
            self.pause(_WAIT_S * (TRIES - left) * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
        raise AssertionError("the last try returns or raises")

    def _sent(self, fetcher: Fetcher, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            host = frozenset({host_of(url)})
            return fetcher.ask(url, Allowed(host, host if self.is_local else frozenset(), self.is_local), body, headers)
        except (FetchRefusedError, FetchFailedError) as error:
            is_late = error.reason == "TIMEOUT" and fetcher is self.patient
            failure = SigningFailure.NOT_CONFIRMED if is_late else SigningFailure.NO_ANSWER
            raise SigningError(failure, str(error)) from None


def _headers(token: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}


def _answer(status: int, body: bytes) -> dict[str, Any]:
    """Return the answer as an object. Raises SigningError: it is none, or a refusal."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if status == _OK and isinstance(answer, dict):
        return answer
    told = ""
    if isinstance(answer, dict):
        told = f"{answer.get('error', '')} {answer.get('error_description', '')}".strip()[:_ERROR_MOST]
    detail = f"HTTP {status} {told}"
    if status in _UNAUTHORIZED and "denied" not in told:
        raise SigningError(SigningFailure.OUR_ACCESS, detail)
    for words, failure in _REFUSALS:
        if words.search(told.lower()):
            raise SigningError(failure, detail)
    if status in _AGAIN:
        raise SigningError(SigningFailure.NO_ANSWER, detail)
    raise SigningError(SigningFailure.UNREADABLE if status == _OK else SigningFailure.REFUSED, detail)


def _text(answer: Mapping[str, object], name: str) -> str:
    found = answer.get(name)
    if not isinstance(found, str) or not found:
        raise SigningError(SigningFailure.UNREADABLE, name)
    return found
