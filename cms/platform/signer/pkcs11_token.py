"""PKCS#11 token by its maker's module: the one place that knows the library.

Keys are pairs of Ed25519 objects with the label ``loa-NAME``, private and not to be taken out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pkcs11.types import SignMixin
from pkcs11.util.ec import encode_named_curve_parameters

from cms.platform.signer.token_errors import (
    PinTrouble,
    TokenAwayError,
    TokenError,
    TokenFullError,
    TokenKeyError,
    TokenPinError,
)
from devices.protocol import jws

if TYPE_CHECKING:
    from pkcs11._pkcs11 import lib as Library  # noqa: N812 - a class

_LABEL: Final = "loa-"
_CURVE: Final = encode_named_curve_parameters("1.3.101.112")
_RAW_BYTES: Final = 32
_OCTET_STRING: Final = b"\x04\x20"
_WRONG_PIN: Final = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange)
_NO_PIN: Final = (pkcs11.PinLocked, pkcs11.PinExpired, pkcs11.UserPinNotInitialized)
_FULL: Final = (pkcs11.DeviceMemory, pkcs11.HostMemory)


class Pkcs11Token:
    """Session with a token, logged in; a single thread uses it at a time."""

    def __init__(self, library: "Library", session: pkcs11.Session) -> None:
        self._library, self._session = library, session
        self._publics: dict[str, str] = {}
        self._privates: dict[str, SignMixin] = {}
        with _translated():
            self._look()

    @classmethod
    def open(cls, module: Path, label: str, pin: str, *, is_writable: bool = False) -> "Pkcs11Token":
        """Load the module, find the token and log in: one try of the PIN, and none that could lock the token.

        Raises:
            TokenAwayError, TokenPinError: see there.
        """
        try:
            library = pkcs11.lib(str(module))
        except (RuntimeError, OSError) as error:
            raise TokenAwayError(f"the module {module} cannot be loaded ({_said(error)})") from None
        try:
            with _translated():
                token = library.get_token(token_label=label)
                if token.flags & pkcs11.TokenFlag.USER_PIN_LOCKED:
                    raise TokenPinError(PinTrouble.LOCKED)
                if token.flags & pkcs11.TokenFlag.USER_PIN_FINAL_TRY:
                    raise TokenPinError(PinTrouble.LAST_TRY)
                return cls(library, token.open(rw=is_writable, user_pin=pin))
        except TokenError:
            _finalize(library)
            raise

    def publics(self) -> Mapping[str, str]:
        """Return the public halves by name, base64url."""
        return self._publics

    def sign(self, name: str, data: bytes) -> bytes:
        """Return the raw signature. Raises TokenAwayError, TokenKeyError."""
        key = self._privates.get(name)
        if key is None:
            raise TokenKeyError(name)
        with _translated():
            return bytes(key.sign(data, mechanism=pkcs11.Mechanism.EDDSA))

    def make(self, name: str) -> None:
        """Make a key pair that never leaves the token. Raises TokenFullError, TokenAwayError."""
        with _translated(name):
            curve = self._session.create_domain_parameters(
                pkcs11.KeyType.EC_EDWARDS, {pkcs11.Attribute.EC_PARAMS: _CURVE}, local=True
            )
            curve.generate_keypair(
                id=name.encode(),
                label=_LABEL + name,
                store=True,
                mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
                private_template={pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False},
            )
            self._look()

    def bring(self, name: str, key: Ed25519PrivateKey) -> None:
        """Import this key. Raises TokenFullError, TokenAwayError."""
        attribute = pkcs11.Attribute
        both = {
            attribute.KEY_TYPE: pkcs11.KeyType.EC_EDWARDS,
            attribute.EC_PARAMS: _CURVE,
            attribute.LABEL: _LABEL + name,
            attribute.ID: name.encode(),
            attribute.TOKEN: True,
        }
        private = {
            attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
            attribute.VALUE: key.private_bytes_raw(),
            attribute.PRIVATE: True,
            attribute.SENSITIVE: True,
            attribute.EXTRACTABLE: False,
            attribute.SIGN: True,
        }
        point = _OCTET_STRING + key.public_key().public_bytes_raw()
        public = {
            attribute.CLASS: pkcs11.ObjectClass.PUBLIC_KEY,
            attribute.EC_POINT: point,
            attribute.PRIVATE: False,
            attribute.VERIFY: True,
        }
        with _translated(name):
            self._session.create_object({**both, **private})
            self._session.create_object({**both, **public})
            self._look()

    def remove(self, name: str) -> None:
        """Remove this key for good, and what a broken import left of it. Raises TokenAwayError."""
        with _translated():
            for found in list(self._session.get_objects({pkcs11.Attribute.LABEL: _LABEL + name})):
                found.destroy()
            self._look()

    def close(self) -> None:
        """Log out and let go of the module, whatever state the token is in."""
        with suppress(RuntimeError):
            self._session.close()
        _finalize(self._library)

    def _look(self) -> None:
        """Find our keys; of several private ones with one label none is taken."""
        self._publics, self._privates = {}, {}
        twice = set()
        for each in self._session.get_objects({pkcs11.Attribute.KEY_TYPE: pkcs11.KeyType.EC_EDWARDS}):
            label = str(each[pkcs11.Attribute.LABEL])
            name = label.removeprefix(_LABEL)
            if not label.startswith(_LABEL):
                continue
            if isinstance(each, pkcs11.PublicKey):
                # Some makers give the point itself, others as the octet string of the standard.
                self._publics[name] = jws.encoded_x(bytes(each[pkcs11.Attribute.EC_POINT])[-_RAW_BYTES:])
            elif isinstance(each, SignMixin):
                twice |= {name} & self._privates.keys()
                self._privates[name] = each
        for name in twice:
            del self._privates[name]


@contextmanager
def _translated(name: str = "") -> Iterator[None]:
    """Turn the library's errors into ours. ``name``: key that is being stored."""
    try:
        yield
    except _WRONG_PIN:
        raise TokenPinError(PinTrouble.REFUSED) from None
    except _NO_PIN:
        raise TokenPinError(PinTrouble.LOCKED) from None
    except pkcs11.NoSuchToken:
        raise TokenAwayError("there is none of that label: plug it in, or put LOA_SIGNER_TOKEN right") from None
    except pkcs11.MultipleTokensReturned:
        raise TokenAwayError("there are several of that label: put LOA_SIGNER_TOKEN right") from None
    except pkcs11.PKCS11Error as error:
        if name and isinstance(error, _FULL):
            raise TokenFullError(name) from None
        raise TokenAwayError(f"it answered {_said(error)}") from None


def _said(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()


def _finalize(library: "Library") -> None:
    """Let the module begin afresh at the next opening: one whose token was taken out may need it."""
    with suppress(RuntimeError):
        library.finalize()
