"""Errors of a PKCS#11 token, by what has to be done about them.

TokenError
├── TokenAwayError  plug it in, or put its settings right
├── TokenPinError   put the right PIN into its file, or have it unlocked
├── TokenKeyError   put the right token in, or import the keys
└── TokenFullError  remove what is on it
"""

from dataclasses import dataclass
from enum import StrEnum

from cms.platform.keyring_errors import KeysError


class TokenError(KeysError):
    """Error: the signing keys in the token cannot be used now."""


@dataclass
class TokenAwayError(TokenError):
    """Error: the token is not there, or failed; it is tried again."""

    detail: str

    def __str__(self) -> str:
        return f"the PKCS#11 token cannot be used: {self.detail}"


class PinTrouble(StrEnum):
    """Reason why the signer cannot log in."""

    UNREADABLE = "its file cannot be read: see LOA_SIGNER_PIN_FILE"
    OPEN = "other users can read its file: take their rights away with chmod 600"
    REFUSED = "the token refused it, and the signer does not try it again: write the right one into its file"
    LAST_TRY = "the token allows one more try: log in with its maker's tool, which sets the count back"
    LOCKED = "the token has locked it: its security officer has to set a new one"


@dataclass
class TokenPinError(TokenError):
    """Error: the PIN is not to be had, or not to be tried."""

    trouble: PinTrouble

    def __str__(self) -> str:
        return f"the PIN of the PKCS#11 token: {self.trouble}"


@dataclass
class TokenKeyError(TokenError):
    """Error: the token has not the key that devices know."""

    name: str

    def __str__(self) -> str:
        return (
            f"the PKCS#11 token has not the {self.name} key that the keyset names: put the right token in, "
            "or bring the key with loa keys import"
        )


@dataclass
class TokenFullError(TokenError):
    """Error: the token has no room for another key."""

    name: str

    def __str__(self) -> str:
        return f"the PKCS#11 token has no room for the {self.name} key: remove objects that nothing needs"
