"""Choice of the key store: files, or the PKCS#11 token of the settings, whose library is loaded for it alone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cms.platform.settings import Settings
from cms.platform.signer.key_store import FileKeys, KeyStore
from cms.platform.signer.token_pin import TokenPin
from devices.protocol.keyset import ROOT_KID

if TYPE_CHECKING:
    from cms.platform.signer.pkcs11_token import Pkcs11Token
    from cms.platform.signer.token_keys import TokenKeys

PIN_MARK: Final = "token.pin-refused"
"""File of the keys' folder that remembers which PIN the token refused."""


class RootBeside(KeyStore):
    """Keys of a token, and the root of a file where the token has none: it may be brought for one command."""

    def __init__(self, token: KeyStore, files: FileKeys) -> None:
        self._token, self._files = token, files

    def public(self, name: str) -> str | None:
        found = self._token.public(name)
        return self._files.public(name) if found is None and name == ROOT_KID else found

    def make(self, name: str) -> None:
        self._token.make(name)

    def remove(self, name: str) -> None:
        self._token.remove(name)

    def sign(self, name: str, data: bytes) -> bytes:
        is_in_token = name != ROOT_KID or self._token.public(name) is not None
        return (self._token if is_in_token else self._files).sign(name, data)

    def require_ready(self) -> None:
        self._token.require_ready()

    def tend(self) -> None:
        self._token.tend()


@contextmanager
def key_store(settings: Settings, known: Mapping[str, str] | None = None) -> Iterator[KeyStore]:
    """Open the store of private keys that the settings choose, to make and use any; ``known`` as in ``TokenKeys``."""
    files = FileKeys(settings.signing_dir)
    if not settings.has_token:
        yield files
        return
    token = token_keys(settings, known, is_writable=True)
    try:
        yield RootBeside(token, files)
    finally:
        token.close()


def token_keys(
    settings: Settings,
    known: Mapping[str, str] | None = None,
    *,
    is_writable: bool = False,
    patience: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> "TokenKeys":
    """Return the keys of the token; nothing is opened yet."""
    from cms.platform.signer.token_keys import TokenKeys

    return TokenKeys(
        lambda pin: open_token(settings, pin, is_writable=is_writable), token_pin(settings), known, patience=patience
    )


def token_pin(settings: Settings) -> TokenPin:
    """Return the PIN of the settings."""
    return TokenPin(Path(settings.signer_pin_file), settings.signing_dir / PIN_MARK)


def open_token(settings: Settings, pin: str, *, is_writable: bool = True) -> "Pkcs11Token":
    """Log in to the token of the settings. Raises TokenError."""
    from cms.platform.signer.pkcs11_token import Pkcs11Token

    return Pkcs11Token.open(Path(settings.signer_module), settings.signer_token, pin, is_writable=is_writable)
