"""Signing keys in a person's hands: shown, tried, brought into a token, and renewed."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cms.platform.keyring_errors import KeysError, RootNeededError
from cms.platform.settings import Settings
from cms.platform.signer.key_store import KEY_NAMES, ROLES, FileKeys
from cms.platform.signer.keys import KeyFolders, ensure_signing_keys, kid_of, named_keys
from cms.platform.signer.stores import key_store, token_keys
from devices.protocol.keyset import ROOT_KID
from devices.protocol.messages import KeyRole


@dataclass
class NoTokenError(KeysError):
    """Error: the settings name no token."""

    def __str__(self) -> str:
        return "LOA_SIGNER_MODULE names no PKCS#11 module: the signing keys are in files"


@dataclass
class ForeignKeyError(KeysError):
    """Error: the token has a key of this name that is not the one of the file."""

    name: str

    def __str__(self) -> str:
        return f"the token has a {self.name} key that is not the one of the file: take a token without Loa's keys"


@dataclass
class NothingToImportError(KeysError):
    """Error: no key is in a file."""

    folder: str

    def __str__(self) -> str:
        return f"there is no key in {self.folder} to import"


def held_keys(settings: Settings) -> dict[str, str]:
    """Return the ids of root and signing keys that are here, by name. Raises KeysError."""
    with key_store(settings) as keys:
        found = {name: keys.public(name) for name in KEY_NAMES}
    return {
        name: ROOT_KID if name == ROOT_KID else kid_of(KeyRole(name), public_x)
        for name, public_x in found.items()
        if public_x is not None
    }


def named_kids(settings: Settings) -> set[str]:
    """Return the ids of the signing keys that devices know. Raises OtherRootError."""
    return {kid_of(KeyRole(role), public_x) for role, public_x in named_keys(settings).items()}


def try_keys(settings: Settings) -> None:
    """Sign with each signing key, which has to be the one that devices know.

    Raises:
        TokenError: the token cannot be used.
        RootNeededError: a key is not there, or none that devices know.
    """
    named = named_keys(settings)
    with key_store(settings, named) as keys:
        for role in ROLES:
            if keys.public(role) != named.get(role, ""):
                raise RootNeededError(role)
            keys.sign(role, secrets.token_bytes(32))


def import_keys(settings: Settings, *, with_root: bool) -> Iterator[str]:
    """Bring the keys of the files into the token and try each; yield their names. The files stay.

    A repeated call goes on where a broken one ended.

    Raises:
        NoTokenError, NothingToImportError, ForeignKeyError.
        TokenError: the token cannot be used, or is full.
    """
    if not settings.has_token:
        raise NoTokenError
    files = FileKeys(settings.signing_dir)
    here = [name for name in KEY_NAMES if files.path(name).exists() and (with_root or name != ROOT_KID)]
    if not here:
        raise NothingToImportError(str(settings.signing_dir))
    token = token_keys(settings, is_writable=True)
    data = secrets.token_bytes(32)
    try:
        for name in here:
            if token.public(name) is None:
                token.bring(name, files.private_half(name))
            # Ed25519 leaves nothing to chance: the same key gives the same signature.
            if token.sign(name, data) != files.sign(name, data):
                raise ForeignKeyError(name)
            yield name
    finally:
        token.close()


def remove_files(settings: Settings, names: list[str]) -> None:
    """Remove the files of these keys, which are in the token."""
    files = FileKeys(settings.signing_dir)
    for name in names:
        files.remove(name)


def renew_key(settings: Settings, role: KeyRole, now: datetime) -> str:
    """Replace a signing key by a new one, which the root names; return its id.

    Raises:
        RootNeededError: the root is not here.
        TokenError: the token cannot be used.
    """
    with KeyFolders.of(settings).locked(), key_store(settings) as keys:
        if keys.public(ROOT_KID) is None:
            raise RootNeededError(role)
        keys.remove(role)
    ensure_signing_keys(settings, now, is_renewal=True)
    return kid_of(role, named_keys(settings)[role])
