"""PIN of a PKCS#11 token, from a file; one that the token refused is never tried again, also not by a new process.

A token locks itself after some wrong tries, and then no alert goes out before its security officer comes.
"""

import hashlib
import hmac
import logging
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from cms.platform.process.atomic_file import write_secret
from cms.platform.signer.token_errors import PinTrouble, TokenPinError

PIN_MAX_BYTES: Final = 256
_OPEN_TO_OTHERS: Final = 0o077
CREDENTIALS: Final = Path("/run/credentials")
"""systemd lets a service's user read these by an access list, which shows as a right of the group."""
_SALT_BYTES: Final = 16
log = logging.getLogger(__name__)


class TokenPin:
    """PIN in a file; ``mark``: file that remembers which PIN was refused, salted and stretched."""

    def __init__(self, path: Path, mark: Path) -> None:
        self._path, self._mark = path, mark
        self._refused = ""

    def read(self) -> str:
        """Return the PIN, which was not refused before. Raises TokenPinError."""
        try:
            mode = self._path.stat().st_mode
            with self._path.open("rb") as file:
                pin = file.read(PIN_MAX_BYTES).decode().strip()
        except (OSError, ValueError):
            raise TokenPinError(PinTrouble.UNREADABLE) from None
        if not pin:
            raise TokenPinError(PinTrouble.UNREADABLE)
        if mode & _OPEN_TO_OTHERS and not self._path.is_relative_to(CREDENTIALS):
            raise TokenPinError(PinTrouble.OPEN)
        if pin == self._refused or self._is_marked(pin):
            self._refused = pin
            raise TokenPinError(PinTrouble.REFUSED)
        return pin

    def refuse(self, pin: str) -> None:
        """Remember that the token refused this PIN; on a full disk for as long as this process runs."""
        self._refused = pin
        salt = secrets.token_bytes(_SALT_BYTES)
        try:
            self._mark.unlink(missing_ok=True)  # it may be of another user, and unreadable
            write_secret(self._mark, salt + _stretched(pin, salt))
        except OSError as error:
            log.critical("token.pin_refused, which a restart of the signer forgets: %s", error)

    def forget(self) -> None:
        """Forget which PIN was refused: it was accepted, or a person wants it tried once more."""
        self._refused = ""
        with suppress(OSError):
            self._mark.unlink(missing_ok=True)

    def _is_marked(self, pin: str) -> bool:
        try:
            mark = self._mark.read_bytes()
        except OSError:
            return False
        return hmac.compare_digest(_stretched(pin, mark[:_SALT_BYTES]), mark[_SALT_BYTES:])


def _stretched(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1)
