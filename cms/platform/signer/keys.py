"""Signing keys of one installation, which the signer alone opens once they are made, and the keyset.

They are in a PKCS#11 token, or in files of ``LOA_HOME/keys`` or of a folder of the signer's own user
(``LOA_SIGNER_KEYS``), which then keeps the parts that are no secret in ``public`` below it. The root is among them for
as long as it has not been taken off the machine: who has it needs no other key.
"""

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cms.platform.keyring_errors import OtherRootError, RootMissingError, RootNeededError
from cms.platform.process.atomic_file import write_secret
from cms.platform.settings import Settings
from cms.platform.signer.key_store import KEY_NAMES, ROLES, KeyStore
from cms.platform.signer.stores import key_store
from devices.protocol import codec, jws
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import ROOT_KID, TrustedKeys
from devices.protocol.messages import KeyRole, Keyset, PublicKey
from province.machine_clock import utc_now

ROOT_FILE: Final = "root.pub"
KEYSET_FILE: Final = "keyset.jws"
_FIRMWARE_FILE: Final = "firmware.pub"
_KEY_LIFE: Final = timedelta(days=10 * 365)


@dataclass(frozen=True, slots=True)
class KeyFolders:
    """Folders of the private keys, and of the parts that every program reads; one and the same where users are not."""

    private: Path
    public: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.signing_dir, settings.trust_dir)

    @property
    def root(self) -> Path:
        return self.public / ROOT_FILE

    @property
    def keyset(self) -> Path:
        return self.public / KEYSET_FILE

    def publish(self, path: Path, data: bytes) -> None:
        """Replace a public file; readable by everybody where another user owns it."""
        write_secret(path, data)
        if self.public != self.private:
            path.chmod(0o644)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock under which keys are made, also from several processes."""
        self.private.mkdir(parents=True, exist_ok=True)
        if self.public != self.private:
            self.public.mkdir(exist_ok=True)
            self.public.chmod(0o755)
        with (self.private / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def ensure_signing_keys(
    settings: Settings,
    now: datetime | None = None,
    *,
    has_devices: Callable[[], bool] = lambda: False,
    is_renewal: bool = False,
) -> None:
    """Make root, signing keys and keyset where they are missing; safe to repeat, also from several processes.

    ``has_devices`` is asked where the folder looks like that of a new installation. ``is_renewal``: a token may lack
    keys that the keyset names, which are made; else it is taken for the wrong token.

    Raises:
        RootNeededError: a key is missing or new, and the root is not here to name it.
        RootMissingError: it is lost, and something in the field follows it.
        OtherRootError: root and keyset are not of one installation.
        TokenError: the token with the keys cannot be used.
    """
    folders = KeyFolders.of(settings)
    with folders.locked(), key_store(settings, {} if is_renewal else named_keys(settings)) as keys:
        _refuse_loss(folders, keys, has_devices)
        _ensure_root(folders, keys, now or utc_now())


def trust_firmware(settings: Settings, public_x: str, now: datetime | None = None) -> str:
    """Make devices accept images signed with this key; returns its id. Harmless when repeated.

    Raises:
        ValueError: it is no public key.
        RootNeededError: the root is not here to name it.
    """
    jws.verifying_key(public_x)
    ensure_signing_keys(settings, now)
    folders = KeyFolders.of(settings)
    with folders.locked(), key_store(settings) as keys:
        known = _firmware_keys(folders.private)
        if public_x not in known:
            if keys.public(ROOT_KID) is None:
                raise RootNeededError(KeyRole.FIRMWARE)
            lines = "".join(f"{x}\n" for x in (*known, public_x))
            write_secret(folders.private / _FIRMWARE_FILE, lines.encode())
        _ensure_root(folders, keys, now or utc_now())
    return kid_of(KeyRole.FIRMWARE, public_x)


def named_keys(settings: Settings) -> dict[str, str]:
    """Return the public halves that the keyset names for the signing keys, by role; empty: there is no keyset yet.

    Raises:
        OtherRootError: root and keyset are not of one installation.
    """
    folders = KeyFolders.of(settings)
    if not folders.root.exists() or not folders.keyset.exists():
        return {}
    held = opened(folders.root.read_text(encoding="ascii").strip(), folders.keyset.read_bytes())
    return {key.role: key.x for key in held.keys.values() if key.role in ROLES}


def missing_keys(folder: Path) -> list[Path]:
    """Return the signing keys that are not in this folder, which is read without opening one."""
    return [path for role in ROLES if not (path := folder / f"{role}.key").exists()]


def kid_of(role: KeyRole, public_x: str) -> str:
    """Derive the key's id from role and key: two keys can never share an id."""
    return f"{role}-{hashlib.sha256(public_x.encode()).hexdigest()[:12]}"


def opened(root_x: str, keyset: bytes) -> TrustedKeys:
    """Verify and decode a keyset. Raises OtherRootError."""
    try:
        return TrustedKeys.from_root(root_x, keyset)
    except ProtocolError as error:
        raise OtherRootError from error


def _refuse_loss(folders: KeyFolders, keys: KeyStore, has_devices: Callable[[], bool]) -> None:
    """Refuse to make a new root where an older one is missing: devices trust the first one."""
    if folders.root.exists() or keys.public(ROOT_KID) is not None:
        return
    names = (folders.keyset, *(folders.private / name for name in ("ca.key", "ca.pem")))
    if any(path.exists() for path in names) or keys.public(KeyRole.ALERT) is not None or has_devices():
        raise RootMissingError


def _ensure_root(folders: KeyFolders, keys: KeyStore, now: datetime) -> None:
    if folders.root.exists() and keys.public(ROOT_KID) is None:
        _check_keyset(folders, keys)
        return
    for name in KEY_NAMES:
        if keys.public(name) is None:
            keys.make(name)
    root_x = _public(keys, ROOT_KID)
    folders.publish(folders.root, root_x.encode() + b"\n")
    _ensure_keyset(folders, keys, root_x, now)


def _public(keys: KeyStore, name: str) -> str:
    public_x = keys.public(name)
    if public_x is None:
        raise RootNeededError(name)
    return public_x


def _check_keyset(folders: KeyFolders, keys: KeyStore) -> None:
    """Check the keyset without the root: no key can be added to it, so it must name all that are here."""
    if not folders.keyset.exists():
        raise RootNeededError(KeyRole.PLAN)
    held = opened(folders.root.read_text(encoding="ascii").strip(), folders.keyset.read_bytes())
    for public_x in _firmware_keys(folders.private):
        if kid_of(KeyRole.FIRMWARE, public_x) not in held.keys:
            raise RootNeededError(KeyRole.FIRMWARE)
    for role in ROLES:
        if kid_of(role, _public(keys, role)) not in held.keys:
            raise RootNeededError(role)


def _ensure_keyset(folders: KeyFolders, keys: KeyStore, root_x: str, now: datetime) -> None:
    """Write a keyset that names exactly the present keys; a changed one gets the next version, so devices take it."""
    named = [(role, _public(keys, role)) for role in ROLES]
    named += [(KeyRole.FIRMWARE, public_x) for public_x in _firmware_keys(folders.private)]
    version = 0
    if folders.keyset.exists():
        held = opened(root_x, folders.keyset.read_bytes())
        if set(held.keys) == {kid_of(role, public_x) for role, public_x in named}:
            return
        version = held.ver
    now_ms = int(now.timestamp() * 1000)
    day_ms = 86_400_000
    keyset = Keyset(
        v=codec.VERSION,
        ver=version + 1,
        iat=now_ms,
        keys=[
            PublicKey(
                kid=kid_of(role, public_x),
                role=role,
                x=public_x,
                nbf=now_ms - day_ms,
                exp=now_ms + _KEY_LIFE.days * day_ms,
            )
            for role, public_x in named
        ],
    )
    folders.publish(folders.keyset, signed_by_root(keys, codec.encode(keyset)))


def signed_by_root(keys: KeyStore, payload: bytes) -> bytes:
    """Return the payload signed with the root, which is here. Raises OversizeError."""
    return jws.sign_with(payload, ROOT_KID, lambda data: keys.sign(ROOT_KID, data))


def _firmware_keys(folder: Path) -> list[str]:
    path = folder / _FIRMWARE_FILE
    return path.read_text(encoding="ascii").split() if path.exists() else []
