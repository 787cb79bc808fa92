"""Signers within the process of a benchmark or a test, which runs no program for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from cms.platform.keyring import Keyring
from cms.platform.settings import Settings
from cms.platform.signer.key_store import FileKeys
from cms.platform.signer.local import LocalSigner
from cms.platform.signer.policy import SigningPolicy
from cms.platform.signer.server import SignerServer, uids_of
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import KeyRole


def local_keyring(settings: Settings, now: datetime | None = None) -> Keyring:
    """Make the keys and load them, with a signer of this process."""
    Keyring.ensure(settings, now)
    return Keyring.load(settings, local_signer(settings))


def local_signer(settings: Settings) -> LocalSigner:
    """Return a signer of this process over keys that are there. Raises FileNotFoundError."""
    return LocalSigner.open(settings.signing_dir)


def unchecked_keyring(settings: Settings) -> Keyring:
    """Return the keyring of somebody who has the keys themselves, and no policy."""
    signer = LocalSigner(FileKeys(settings.signing_dir), _Unchecked())
    return Keyring.load(settings, signer)


def kid_in(keyring: Keyring, role: KeyRole) -> str:
    """Return the id of the one key of this role in the keyset."""
    (found,) = [
        each.kid
        for each in TrustedKeys.from_root(keyring.root_x, keyring.keyset_jws).keys.values()
        if each.role == role
    ]
    return found


class _Unchecked(SigningPolicy):
    def check(self, role: KeyRole, kind: str, payload: bytes) -> None:
        """Allow everything."""


@contextmanager
def running_signer(settings: Settings) -> Iterator[None]:
    """Serve the socket of this home on a thread, for programs that are started without a signer."""
    server = SignerServer(settings.signer_path, local_signer(settings), uids_of(""), lambda: None)
    thread = threading.Thread(target=server.serve, name="signer")
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join()
