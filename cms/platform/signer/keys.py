"""Signing keys of one installation, in files that the signer alone opens once they are made, and the keyset.

They are in ``LOA_HOME/keys``, or in a folder of the signer's own user (``LOA_SIGNER_KEYS``), which then keeps the parts
that are no secret in ``public`` below it. The root is among them for as long as it has not been taken off the machine:
who has it needs no other key.
"""

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from joserfc.jwk import OKPKey

from cms.platform.keyring_errors import OtherRootError, RootMissingError, RootNeededError
from cms.platform.process.atomic_file import write_secret
from cms.platform.settings import Settings
from devices import enrolment
from devices.protocol import codec, jws
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import ROOT_KID, TrustedKeys
from devices.protocol.messages import KeyRole, Keyset, PublicKey

ROOT_FILE: Final = "root.pub"
KEYSET_FILE: Final = "keyset.jws"
_FIRMWARE_FILE: Final = "firmware.pub"
_ROLES: Final = (KeyRole.PLAN, KeyRole.ALERT, KeyRole.DRILL)
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
    settings: Settings, now: datetime | None = None, *, has_devices: Callable[[], bool] = lambda: False
) -> None:
    """Make root, signing keys and keyset where they are missing; safe to repeat, also from several processes.

    ``has_devices`` is asked where the folder looks like that of a new installation.

    Raises:
        RootNeededError: a key is missing or new, and the root is not here to name it.
        RootMissingError: it is lost, and something in the field follows it.
        OtherRootError: root and keyset are not of one installation.
    """
    folders = KeyFolders.of(settings)
    with folders.locked():
        _refuse_loss(folders, has_devices)
        _ensure_root(folders, now or datetime.now(UTC))


def trust_firmware(settings: Settings, public_x: str, now: datetime | None = None) -> str:
    """Make devices accept images signed with this key; returns its id. Harmless when repeated.

    Raises:
        ValueError: it is no public key.
        RootNeededError: the root is not here to name it.
    """
    jws.verifying_key(public_x)
    ensure_signing_keys(settings, now)
    folders = KeyFolders.of(settings)
    with folders.locked():
        known = _firmware_keys(folders.private)
        if public_x not in known:
            if not (folders.private / "root.key").exists():
                raise RootNeededError(KeyRole.FIRMWARE)
            lines = "".join(f"{x}\n" for x in (*known, public_x))
            write_secret(folders.private / _FIRMWARE_FILE, lines.encode())
        _ensure_root(folders, now or datetime.now(UTC))
    return kid_of(KeyRole.FIRMWARE, public_x)


def signing_keys(folder: Path) -> dict[KeyRole, OKPKey]:
    """Read the signing keys in this folder. Raises FileNotFoundError."""
    return {role: jws.signing_key((folder / f"{role}.key").read_bytes()) for role in _ROLES}


def missing_keys(folder: Path) -> list[Path]:
    """Return the signing keys that are not in this folder, which is read without opening one."""
    return [path for role in _ROLES if not (path := folder / f"{role}.key").exists()]


def kid_of(role: KeyRole, public_x: str) -> str:
    """Derive the key's id from role and key: two keys can never share an id."""
    return f"{role}-{hashlib.sha256(public_x.encode()).hexdigest()[:12]}"


def opened(root_x: str, keyset: bytes) -> TrustedKeys:
    """Verify and decode a keyset. Raises OtherRootError."""
    try:
        return TrustedKeys.from_root(root_x, keyset)
    except ProtocolError as error:
        raise OtherRootError from error


def _refuse_loss(folders: KeyFolders, has_devices: Callable[[], bool]) -> None:
    """Refuse to make a new root where an older one is missing: devices trust the first one."""
    if folders.root.exists() or (folders.private / "root.key").exists():
        return
    names = (folders.keyset, *(folders.private / name for name in ("ca.key", "ca.pem", "alert.key")))
    if any(path.exists() for path in names) or has_devices():
        raise RootMissingError


def _ensure_root(folders: KeyFolders, now: datetime) -> None:
    folder = folders.private
    if folders.root.exists() and not (folder / "root.key").exists():
        _check_keyset(folders)
        return
    for name in (ROOT_KID, *_ROLES):
        if not (folder / f"{name}.key").exists():
            write_secret(folder / f"{name}.key", enrolment.make_signing_key())
    root = jws.signing_key((folder / "root.key").read_bytes())
    folders.publish(folders.root, jws.public_x(root).encode() + b"\n")
    _ensure_keyset(folders, root, now)


def _check_keyset(folders: KeyFolders) -> None:
    """Check the keyset without the root: no key can be added to it, so it must name all that are here."""
    if not folders.keyset.exists():
        raise RootNeededError(KeyRole.PLAN)
    held = opened(folders.root.read_text(encoding="ascii").strip(), folders.keyset.read_bytes())
    for public_x in _firmware_keys(folders.private):
        if kid_of(KeyRole.FIRMWARE, public_x) not in held.keys:
            raise RootNeededError(KeyRole.FIRMWARE)
    for role in _ROLES:
        path = folders.private / f"{role}.key"
        if not path.exists() or kid_of(role, jws.public_x(jws.signing_key(path.read_bytes()))) not in held.keys:
            raise RootNeededError(role)


def _ensure_keyset(folders: KeyFolders, root: OKPKey, now: datetime) -> None:
    """Write a keyset that names exactly the present keys; a changed one gets the next version, so devices take it."""
    named = [(role, jws.public_x(key)) for role, key in signing_keys(folders.private).items()]
    named += [(KeyRole.FIRMWARE, public_x) for public_x in _firmware_keys(folders.private)]
    version = 0
    if folders.keyset.exists():
        held = opened(jws.public_x(root), folders.keyset.read_bytes())
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
    folders.publish(folders.keyset, jws.sign(codec.encode(keyset), ROOT_KID, root))


def _firmware_keys(folder: Path) -> list[str]:
    path = folder / _FIRMWARE_FILE
    return path.read_text(encoding="ascii").split() if path.exists() else []
