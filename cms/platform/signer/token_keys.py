"""Keys in a PKCS#11 token that may be slow, gone, or have lost its session, which is opened again with a pause.

What hangs inside the module cannot be interrupted: the signer's heartbeat then ends the process.
"""

import hashlib
import logging
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cms.platform.signer.key_store import KeyStore
from cms.platform.signer.token_errors import PinTrouble, TokenAwayError, TokenError, TokenKeyError, TokenPinError
from cms.platform.signer.token_pin import TokenPin
from devices.protocol import jws

PAUSE_S: Final = 0.25
PAUSE_MAX_S: Final = 5.0
"""Pause before the token is opened again, doubled with each failure up to the second, and spread by half."""
SLOW_S: Final = 0.25
SLOW_TOLD_EVERY_S: Final = 60.0
_REMEMBERED: Final = 256
log = logging.getLogger(__name__)


class TokenSession(Protocol):
    """Session with a token, logged in, as ``Pkcs11Token``."""

    def publics(self) -> Mapping[str, str]: ...
    def sign(self, name: str, data: bytes) -> bytes: ...
    def make(self, name: str) -> None: ...
    def bring(self, name: str, key: Ed25519PrivateKey) -> None: ...
    def remove(self, name: str) -> None: ...
    def close(self) -> None: ...


class TokenKeys(KeyStore):
    """Keys in a token.

    ``open_token`` logs in with a PIN; ``known``: public halves that the token has to have; ``patience`` surrounds an
    opening, which may take longer than a turn of the signer's loop.
    """

    def __init__(
        self,
        open_token: Callable[[str], TokenSession],
        pin: TokenPin,
        known: Mapping[str, str] | None = None,
        *,
        patience: Callable[[], AbstractContextManager[object]] = nullcontext,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_token, self._pin = open_token, pin
        self._known = dict(known or {})
        self._patience, self._monotonic = patience, monotonic
        self._lock = threading.RLock()
        self._session: TokenSession | None = None
        self._trouble: TokenError | None = None
        self._failures, self._until_s = 0, float("-inf")
        self._slow_told_s = float("-inf")
        self._made: OrderedDict[bytes, bytes] = OrderedDict()

    def public(self, name: str) -> str | None:
        if name in self._known:
            return self._known[name]
        with self._lock:
            return self._opened().publics().get(name)

    def make(self, name: str) -> None:
        with self._lock:
            self._opened().make(name)

    def bring(self, name: str, key: Ed25519PrivateKey) -> None:
        """Import this key, in place of what a broken import left. Raises TokenError."""
        with self._lock:
            self._opened().remove(name)
            self._opened().bring(name, key)

    def remove(self, name: str) -> None:
        with self._lock:
            self._opened().remove(name)

    def require_ready(self) -> None:
        with self._lock:
            self._opened()

    def tend(self) -> None:
        """Open the token again where that is due, so that the next message finds it open."""
        with suppress(TokenError):
            self.require_ready()

    def sign(self, name: str, data: bytes) -> bytes:
        """Sign as ``KeyStore``. Whoever asks again for what came too late gets it at once."""
        digest = hashlib.sha256(name.encode() + b"\0" + data).digest()
        with self._lock:
            if (made := self._made.get(digest)) is not None:
                return made
            signature = self._signed(name, data)
            self._made[digest] = signature
            if len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
            return signature

    def close(self) -> None:
        """Log out."""
        with self._lock:
            session, self._session = self._session, None
            if session is not None:
                session.close()

    def _signed(self, name: str, data: bytes) -> bytes:
        try:
            return self._tried(name, data)
        except TokenAwayError as error:
            log.warning("token.lost: %s", error)
            self.close()
        # A session that was lost is opened again at once; what fails twice is given a pause.
        try:
            return self._tried(name, data)
        except TokenError as error:
            self._put_off(error)
            raise

    def _tried(self, name: str, data: bytes) -> bytes:
        session = self._opened()
        began_s = self._monotonic()
        signature = session.sign(name, data)
        took_s = self._monotonic() - began_s
        if took_s > SLOW_S and began_s - self._slow_told_s > SLOW_TOLD_EVERY_S:
            self._slow_told_s = began_s
            log.warning("token.slow: a signature took %.2f s", took_s)
        public_x = self._known.get(name) or session.publics().get(name, "")
        try:
            _verifier(public_x).verify(signature, data)
        except (InvalidSignature, ValueError):
            raise TokenAwayError(f"its signature with the {name} key does not hold") from None
        return signature

    def _opened(self) -> TokenSession:
        if self._session is not None:
            return self._session
        if self._trouble is not None and self._monotonic() < self._until_s:
            raise self._trouble.with_traceback(None)  # it is raised many times
        try:
            with self._patience():
                session = self._logged_in()
        except TokenError as error:
            self._put_off(error)
            raise
        if self._failures:
            log.warning("token.opened after %d failures", self._failures)
        self._session, self._trouble, self._failures = session, None, 0
        return session

    def _logged_in(self) -> TokenSession:
        pin = self._pin.read()
        try:
            session = self._open_token(pin)
        except TokenPinError as error:
            if error.trouble is PinTrouble.REFUSED:
                self._pin.refuse(pin)
            raise
        self._pin.forget()
        held = session.publics()
        for name, public_x in self._known.items():
            if held.get(name) != public_x:
                session.close()
                raise TokenKeyError(name)
        return session

    def _put_off(self, error: TokenError) -> None:
        """Let nothing open the token before a pause has passed."""
        self.close()
        if str(error) != str(self._trouble):
            log.critical("token.unusable: %s", error)
        self._trouble = error
        pause_s = min(PAUSE_MAX_S, PAUSE_S * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        self._until_s = self._monotonic() + pause_s * random.uniform(0.5, 1.5)  # noqa: S311 - only spreads out retries


@lru_cache(maxsize=8)
def _verifier(public_x: str) -> Ed25519PublicKey:
    public = jws.verifying_key(public_x).public_key
    assert isinstance(public, Ed25519PublicKey), "verifying_key makes no other"
    return public
